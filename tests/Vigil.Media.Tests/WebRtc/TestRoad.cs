using System.Net;
using System.Net.Sockets;
using Vigil.Protocols.Ice;

namespace Vigil.Media.Tests.WebRtc;

/// <summary>A client's socket: datagrams by UDP, or framed by TCP (RFC 4571).</summary>
internal sealed class TestRoad : IDisposable
{
    private readonly Socket socket;
    private readonly bool stream;

    private TestRoad(Socket socket, bool stream, IPEndPoint server)
    {
        this.socket = socket;
        this.stream = stream;
        Server = server;
    }

    public IPEndPoint Server { get; }

    /// <summary>Whom the last datagram came from.</summary>
    public IPEndPoint? From { get; private set; }

    public static async Task<TestRoad> OpenAsync(IPEndPoint server, bool byTcp, CancellationToken cancel)
    {
        var socket = new Socket(server.AddressFamily, byTcp ? SocketType.Stream : SocketType.Dgram, byTcp ? ProtocolType.Tcp : ProtocolType.Udp);
        if (byTcp)
        {
            await socket.ConnectAsync(server, cancel);
        }
        else
        {
            socket.Bind(new IPEndPoint(server.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0));
        }

        return new TestRoad(socket, byTcp, server);
    }

    public async Task SendAsync(ReadOnlyMemory<byte> datagram, CancellationToken cancel)
    {
        if (!stream)
        {
            await socket.SendToAsync(datagram, Server, cancel);
            return;
        }

        var framed = new byte[StreamFraming.HeadLength + datagram.Length];
        StreamFraming.Write(datagram.Span, framed);
        await SendBytesAsync(framed, cancel);
    }

    /// <summary>Bytes of a stream as they are.</summary>
    public async Task SendBytesAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel) => await socket.SendAsync(bytes, cancel);

    /// <summary>The next datagram or frame; empty when the server has ended the connection.</summary>
    public async Task<byte[]> ReceiveAsync(CancellationToken cancel)
    {
        if (stream)
        {
            var head = await ReceiveExactlyAsync(StreamFraming.HeadLength, cancel);
            return head.Length == 0 ? [] : await ReceiveExactlyAsync((head[0] << 8) | head[1], cancel);
        }

        var buffer = new byte[2048];
        var got = await socket.ReceiveFromAsync(buffer, new IPEndPoint(Server.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0), cancel);
        From = (IPEndPoint)got.RemoteEndPoint;
        return buffer[..got.ReceivedBytes];
    }

    public void Dispose() => socket.Dispose();

    private async Task<byte[]> ReceiveExactlyAsync(int count, CancellationToken cancel)
    {
        var bytes = new byte[count];
        for (var filled = 0; filled < count;)
        {
            int got;
            try
            {
                got = await socket.ReceiveAsync(bytes.AsMemory(filled), cancel);
            }
            catch (SocketException)
            {
                return [];
            }

            if (got == 0)
            {
                return [];
            }

            filled += got;
        }

        return bytes;
    }
}
