using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Vigil.Media.WebRtc;

/// <summary>What of Linux's socket calls .NET does not offer: control messages and batches. Numbers of 64-bit Linux.</summary>
internal static unsafe partial class NativeSocket
{
    internal const int LevelIp = 0;
    internal const int LevelSocket = 1;
    internal const int LevelUdp = 17;
    internal const int LevelIpv6 = 41;
    internal const int PacketInfo4 = 8;
    internal const int PacketInfo6 = 50;
    internal const int ReceivePacketInfo6 = 49;
    internal const int UdpSegment = 103;
    internal const int SendBuffer = 7;
    internal const int ReceiveBuffer = 8;
    internal const int SendBufferForce = 32;
    internal const int ReceiveBufferForce = 33;

    internal const int FlagTruncated = 0x20;
    internal const int FlagDontWait = 0x40;
    internal const short PollOut = 4;

    internal const int ErrorInputOutput = 5;
    internal const int ErrorTryAgain = 11;
    internal const int ErrorInvalidArgument = 22;
    internal const int ErrorMessageSize = 90;

    /// <summary>Room for <c>struct sockaddr_in6</c>, the larger one.</summary>
    internal const int NameBytes = 28;

    private const int ControlHead = 16;

    /// <summary>Writes one control message with its padding; returns its length (CMSG_SPACE).</summary>
    internal static int WriteControl(byte* at, int level, int type, ReadOnlySpan<byte> value)
    {
        *(nuint*)at = (nuint)(ControlHead + value.Length); // CMSG_LEN
        *(int*)(at + 8) = level;
        *(int*)(at + 12) = type;
        value.CopyTo(new Span<byte>(at + ControlHead, value.Length));
        return ControlHead + ((value.Length + 7) & ~7);
    }

    /// <summary>The value of a control message; empty when it is not there.</summary>
    internal static ReadOnlySpan<byte> ReadControl(in MessageHeader header, int level, int type)
    {
        for (nuint at = 0; at + ControlHead <= header.ControlLength;)
        {
            var message = header.Control + at;
            var length = *(nuint*)message;
            if (length < ControlHead || length > header.ControlLength - at)
            {
                break;
            }

            if (*(int*)(message + 8) == level && *(int*)(message + 12) == type)
            {
                return new ReadOnlySpan<byte>(message + ControlHead, (int)length - ControlHead);
            }

            at += (length + 7) & ~(nuint)7;
        }

        return default;
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    internal static partial nint SendMessage(SafeSocketHandle socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmmsg", SetLastError = true)]
    internal static partial int ReceiveMessages(SafeSocketHandle socket, MultiMessage* messages, uint count, int flags, void* timeout);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(PollDescriptor* descriptors, nuint count, int milliseconds);

    /// <summary><c>struct iovec</c>.</summary>
    internal struct IoVector
    {
        public byte* Base;
        public nuint Length;
    }

    /// <summary><c>struct msghdr</c>.</summary>
    internal struct MessageHeader
    {
        public byte* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public byte* Control;
        public nuint ControlLength;
        public int Flags;
    }

    /// <summary><c>struct mmsghdr</c>.</summary>
    internal struct MultiMessage
    {
        public MessageHeader Header;
        public uint Length;
    }

    /// <summary><c>struct pollfd</c>.</summary>
    internal struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Happened;
    }
}
