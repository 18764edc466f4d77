using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Vigil.Media.WebRtc;

/// <summary>
/// One UDP socket on one local address, so that answers leave from the address that was asked. Sends whole frames with one
/// system call where the kernel can cut them (UDP generic segmentation offload, Linux 4.18), which costs a third.
/// </summary>
internal sealed unsafe partial class UdpPort : IDisposable
{
    /// <summary>UDP_MAX_SEGMENTS of linux/udp.h.</summary>
    public const int MaxSegments = 64;

    /// <summary>A key frame to sixty viewers must not overflow it.</summary>
    private const int BufferBytes = 4 * 1024 * 1024;

    private const int LevelUdp = 17;
    private const int UdpSegment = 103;
    private const int FlagDontWait = 0x40;

    private readonly Socket socket;
    private bool segmentation = true;

    public UdpPort(IPEndPoint local)
    {
        socket = new Socket(local.AddressFamily, SocketType.Dgram, ProtocolType.Udp)
        {
            ReceiveBufferSize = BufferBytes,
            SendBufferSize = BufferBytes,
        };
        socket.Bind(local);
        Local = (IPEndPoint)socket.LocalEndPoint!;
    }

    public IPEndPoint Local { get; }

    public SocketAddress NewAddress() => new(socket.AddressFamily);

    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, SocketAddress from, CancellationToken cancel) =>
        socket.ReceiveFromAsync(buffer, SocketFlags.None, from, cancel);

    /// <summary>Sends one datagram; loss is the network's business, so errors are not reported.</summary>
    public void Send(ReadOnlySpan<byte> datagram, SocketAddress to) => Transmit(datagram, 0, to);

    /// <summary>Sends datagrams that lie one behind the other: all of <paramref name="segment"/> bytes but the last, which may be shorter.</summary>
    public void SendSegments(ReadOnlySpan<byte> datagrams, int segment, SocketAddress to)
    {
        if (datagrams.Length > segment && segmentation)
        {
            if (Transmit(datagrams, segment, to))
            {
                return;
            }

            segmentation = false; // An old kernel, or a network card that refuses: from now on one by one.
        }

        while (!datagrams.IsEmpty)
        {
            var length = Math.Min(segment, datagrams.Length);
            Transmit(datagrams[..length], 0, to);
            datagrams = datagrams[length..];
        }
    }

    public void Dispose() => socket.Dispose();

    /// <summary>False only when the kernel does not know segmentation.</summary>
    private bool Transmit(ReadOnlySpan<byte> data, int segment, SocketAddress to)
    {
        var control = stackalloc byte[24];
        fixed (byte* dataAt = data, toAt = to.Buffer.Span)
        {
            var vector = new IoVector { Base = dataAt, Length = (nuint)data.Length };
            var message = new MessageHeader { Name = toAt, NameLength = (uint)to.Size, Vectors = &vector, VectorCount = 1 };
            if (segment > 0)
            {
                *(nuint*)control = (nuint)(16 + sizeof(ushort)); // CMSG_LEN
                *(int*)(control + 8) = LevelUdp;
                *(int*)(control + 12) = UdpSegment;
                *(ushort*)(control + 16) = (ushort)segment;
                message.Control = control;
                message.ControlLength = 24; // CMSG_SPACE
            }

            const int InvalidArgument = 22;
            const int InputOutput = 5;
            return SendMessage(socket.SafeHandle, &message, FlagDontWait) >= 0
                || segment == 0
                || Marshal.GetLastPInvokeError() is not (InvalidArgument or InputOutput);
        }
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(SafeSocketHandle socket, MessageHeader* message, int flags);

    /// <summary><c>struct iovec</c>.</summary>
    private struct IoVector
    {
        public byte* Base;
        public nuint Length;
    }

    /// <summary><c>struct msghdr</c> of 64-bit Linux.</summary>
    private struct MessageHeader
    {
        public byte* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public byte* Control;
        public nuint ControlLength;
        public int Flags;
    }
}
