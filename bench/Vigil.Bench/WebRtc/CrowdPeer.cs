using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Vigil.Media.Crypto;
using Vigil.Media.WebRtc;
using Vigil.Protocols.Ice;
using Vigil.Protocols.Stun;
using Vigil.Protocols.WebRtc;
using static Vigil.Media.WebRtc.NativeSocket;

namespace Vigil.Bench.WebRtc;

/// <summary>
/// One client of a WebRTC server, cheap enough to run by the hundred: a socket that is emptied a few dozen times a second, real DTLS and
/// real decryption, and a count of what came by sequence number. Asks for nothing again, so that what is lost is seen.
/// </summary>
internal sealed class CrowdPeer : IPeer, IRoad, IDisposable
{
    private const int Batch = 32;
    private const int DatagramBytes = 2048;
    private const int BufferBytes = 8 * 1024 * 1024;
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(4);
    private static readonly byte[] Received = GC.AllocateUninitializedArray<byte>(Batch * DatagramBytes, pinned: true);

    private readonly Socket socket;
    private readonly SocketAddress server;
    private readonly OfferedTransport remote;
    private readonly TaskCompletionSource connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool checks;
    private TimeSpan nextCheck;
    private ulong first;
    private ulong highest;

    /// <param name="context">DTLS client settings of all peers.</param>
    /// <param name="local">As the server was told them.</param>
    /// <param name="remote">As the server told them.</param>
    /// <param name="socket">Bound.</param>
    /// <param name="server">Where the server said it listens.</param>
    /// <param name="checks">The server is ICE-lite: we check it, and it does not check us.</param>
    /// <param name="now">Of the crowd's clock.</param>
    public CrowdPeer(DtlsContext context, IceCredentials local, OfferedTransport remote, Socket socket, IPEndPoint server, bool checks, TimeSpan now)
    {
        this.socket = socket;
        this.server = server.Serialize();
        this.remote = remote;
        this.checks = checks;
        Remote = server;
        Link = new PeerTransport(context, local, remote, now);
        Link.Attach(this);
    }

    public PeerTransport Link { get; }

    public Task Connected => connected.Task;

    public long Packets { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>Pictures whose last packet came.</summary>
    public long Pictures { get; private set; }

    /// <summary>Holes in the numbers between the first packet and the newest.</summary>
    public long Lost => Packets == 0 ? 0 : (long)(highest - first) + 1 - Packets;

    public IPEndPoint Remote { get; }

    public PeerTransport? Transport => Link;

    public bool HasRoom => true;

    /// <summary>A socket on <paramref name="address"/> with room for a second of a picture.</summary>
    public static Socket Open(IPAddress address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
        socket.Bind(new IPEndPoint(address, 0));
        Span<byte> size = stackalloc byte[sizeof(int)];
        MemoryMarshal.Write(size, BufferBytes);
        try
        {
            socket.SetRawSocketOption(LevelSocket, ReceiveBufferForce, size);
        }
        catch (SocketException)
        {
            socket.SetRawSocketOption(LevelSocket, ReceiveBuffer, size);
        }

        return socket;
    }

    /// <summary>Opens the road by a check that we make up ourselves, as ours are the only ones, and says hello.</summary>
    public void Begin(TimeSpan now)
    {
        if (checks)
        {
            Span<byte> bytes = stackalloc byte[512];
            StunMessage.TryParse(Check(bytes, $"{Link.UsernameFragment}:{remote.UsernameFragment}", Link.Credentials.Password), out var message);
            Link.Check(message, this, new byte[512], now);
            SendCheck(now);
        }

        Link.Tick(now);
    }

    /// <summary>Takes what the socket has. All peers on one thread.</summary>
    public void Drain(TimeSpan now)
    {
        while (DrainBatch(now) == Batch)
        {
        }
    }

    public void TickAll(TimeSpan now)
    {
        if (checks && now >= nextCheck)
        {
            SendCheck(now);
        }

        Link.Tick(now);
    }

    public void Send(ReadOnlySpan<byte> datagram)
    {
        try
        {
            socket.SendTo(datagram, SocketFlags.None, server);
        }
        catch (SocketException)
        {
            // The server is gone, or the kernel has no room: lost, as on any network.
        }
    }

    public void SendSegments(ReadOnlySpan<byte> datagrams, int segment) => throw new NotSupportedException("A client sends one by one.");

    public void Close()
    {
        // The socket closes with the peer.
    }

    void IPeer.Connected(TimeSpan now) => connected.TrySetResult();

    public void ReceiveRtp(ReadOnlySpan<byte> packet, ulong index, TimeSpan now)
    {
        first = Packets == 0 ? index : Math.Min(first, index);
        highest = Packets == 0 ? index : Math.Max(highest, index);
        Packets++;
        Bytes += packet.Length;
        Pictures += packet[1] >> 7;
    }

    public void ReceiveRtcp(ReadOnlySpan<byte> compound, TimeSpan now)
    {
        // Reports interest nobody here.
    }

    public void Tick(TimeSpan now)
    {
        // Nothing to report.
    }

    public void Closed() => connected.TrySetCanceled();

    /// <summary>Leaves without a word when <paramref name="abruptly"/>, as a phone whose battery is empty.</summary>
    public void Leave(bool abruptly)
    {
        if (abruptly)
        {
            socket.Dispose();
        }

        Dispose();
    }

    public void Dispose()
    {
        try
        {
            Link.Dispose();
        }
        catch (ObjectDisposedException)
        {
            // Its goodbye found the socket closed, as wanted.
        }

        socket.Dispose();
    }

    private static ReadOnlySpan<byte> Check(Span<byte> bytes, string username, string password)
    {
        var writer = new StunWriter(bytes, StunType.BindingRequest, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        writer.Add(StunAttribute.Username, Encoding.ASCII.GetBytes(username));
        writer.Add(StunAttribute.IceControlling, 1ul);
        writer.Add(StunAttribute.UseCandidate, []);
        writer.Sign(Encoding.ASCII.GetBytes(password));
        writer.AddFingerprint();
        return bytes[..writer.Written.Length];
    }

    private void SendCheck(TimeSpan now)
    {
        nextCheck = now + CheckInterval;
        Span<byte> bytes = stackalloc byte[512];
        Send(Check(bytes, $"{remote.UsernameFragment}:{Link.UsernameFragment}", remote.Password));
    }

    private unsafe int DrainBatch(TimeSpan now)
    {
        var messages = stackalloc MultiMessage[Batch];
        var vectors = stackalloc IoVector[Batch];
        var data = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(Received));
        for (var i = 0; i < Batch; i++)
        {
            vectors[i] = new IoVector { Base = data + (i * DatagramBytes), Length = DatagramBytes };
            messages[i].Header = new MessageHeader { Vectors = &vectors[i], VectorCount = 1 };
        }

        var count = ReceiveMessages(socket.SafeHandle, messages, Batch, FlagDontWait, null);
        for (var i = 0; i < count; i++)
        {
            Take(Received.AsSpan(i * DatagramBytes, (int)messages[i].Length), now);
        }

        return count;
    }

    private void Take(Span<byte> datagram, TimeSpan now)
    {
        if (!StunMessage.LooksLikeStun(datagram))
        {
            Link.Receive(this, datagram, now);
        }
        else if (StunMessage.TryParse(datagram, out var message) == StunParseError.None && message.Type == StunType.BindingRequest)
        {
            Span<byte> reply = stackalloc byte[512];
            Send(reply[..Link.Check(message, this, reply, now)]);
        }
    }
}
