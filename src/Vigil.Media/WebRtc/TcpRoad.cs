using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Vigil.Protocols.Ice;

namespace Vigil.Media.WebRtc;

/// <summary>
/// One TCP connection of a peer whose network lets no UDP through (RFC 6544). What the network does not take waits in a bounded
/// queue; when that is full, packets are dropped as a network would.
/// </summary>
internal sealed class TcpRoad : IRoad
{
    /// <summary>Media stops here: 0.1 s of a 5 Mbit/s picture on top of what the kernel holds.</summary>
    private const int FullBytes = 64 * 1024;

    /// <summary>What one round of a viewer may add on top (100 packets), and control packets.</summary>
    private const int MaxBytes = 256 * 1024;

    /// <summary>In the kernel: more would be seconds of old pictures on a slow line.</summary>
    private const int KernelBytes = 128 * 1024;

    private readonly Socket socket;
    private readonly Lock gate = new();
    private byte[] waiting = [];
    private int waitingBytes;
    private byte[] leaving = [];
    private int leavingBytes;
    private bool sending;
    private long dropped;

    public TcpRoad(Socket socket, TimeSpan now)
    {
        this.socket = socket;
        socket.NoDelay = true;
        socket.SendBufferSize = KernelBytes;
        Remote = (IPEndPoint)socket.RemoteEndPoint!;
        Network = NetworkOf(Remote.Address);
        OpenedAt = now;
    }

    public IPEndPoint Remote { get; }

    public TimeSpan OpenedAt { get; }

    /// <summary>When its session was seen to have ended; for <see cref="TcpPort"/> only.</summary>
    public TimeSpan? ClosedAt { get; set; }

    /// <summary>What counts as one address: an IPv4 address, or the /64 that a household gets of IPv6.</summary>
    public UInt128 Network { get; }

    public PeerTransport? Transport { get; private set; }

    public bool IsClosed { get; private set; }

    public int QueuedBytes => Volatile.Read(ref waitingBytes) + Volatile.Read(ref leavingBytes);

    public bool HasRoom => QueuedBytes < FullBytes;

    /// <summary>Datagrams that found no room.</summary>
    public long Dropped => Interlocked.Read(ref dropped);

    /// <summary>A signed check came: the connection is this peer's, for good.</summary>
    public void BelongTo(PeerTransport transport) => Transport = transport;

    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancel) => socket.ReceiveAsync(buffer, cancel);

    public void Send(ReadOnlySpan<byte> datagram) => SendSegments(datagram, datagram.Length);

    public void SendSegments(ReadOnlySpan<byte> datagrams, int segment)
    {
        lock (gate)
        {
            while (!datagrams.IsEmpty && !IsClosed)
            {
                var length = Math.Min(segment, datagrams.Length);
                Append(datagrams[..length]);
                datagrams = datagrams[length..];
            }

            if (sending || waitingBytes == 0)
            {
                return;
            }

            sending = true;
        }

        _ = Task.Run(SendAllAsync);
    }

    public void Close()
    {
        lock (gate)
        {
            if (IsClosed)
            {
                return;
            }

            IsClosed = true;
            if (sending)
            {
                return; // The last words (a goodbye) are on their way; the sender closes behind them.
            }
        }

        socket.Dispose();
    }

    /// <summary>Nobody waits for last words.</summary>
    public void Abort()
    {
        Close();
        socket.Dispose();
    }

    private static UInt128 NetworkOf(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        _ = address.MapToIPv6().TryWriteBytes(bytes, out _);
        var whole = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        return address.IsIPv4MappedToIPv6 || address.AddressFamily == AddressFamily.InterNetwork ? whole : whole >> 64;
    }

    private void Append(ReadOnlySpan<byte> datagram)
    {
        var needed = waitingBytes + StreamFraming.HeadLength + datagram.Length;
        if (needed + leavingBytes > MaxBytes)
        {
            Interlocked.Increment(ref dropped);
            return;
        }

        if (needed > waiting.Length)
        {
            Array.Resize(ref waiting, Math.Max(needed, Math.Min(MaxBytes, Math.Max(4096, waiting.Length * 2))));
        }

        waitingBytes += StreamFraming.Write(datagram, waiting.AsSpan(waitingBytes));
    }

    private async Task SendAllAsync()
    {
        try
        {
            while (TakeWaiting() is { Length: > 0 } chunk)
            {
                while (!chunk.IsEmpty)
                {
                    chunk = chunk[await socket.SendAsync(chunk)..];
                }
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            Abort();
        }
    }

    private ReadOnlyMemory<byte> TakeWaiting()
    {
        lock (gate)
        {
            (leaving, waiting) = (waiting, leaving);
            leavingBytes = waitingBytes;
            waitingBytes = 0;
            sending = leavingBytes > 0;
            if (!sending && IsClosed)
            {
                socket.Dispose();
            }

            return leaving.AsMemory(0, leavingBytes);
        }
    }
}
