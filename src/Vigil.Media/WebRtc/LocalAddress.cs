using System.Net.Sockets;
using System.Runtime.InteropServices;
using static Vigil.Media.WebRtc.NativeSocket;

namespace Vigil.Media.WebRtc;

/// <summary>
/// Which of our addresses a datagram was sent to, in the 16 bytes of IPv6 (IPv4 as <c>::ffff:a.b.c.d</c>); all zero when the socket is
/// bound to one address anyway. Answers leave from here.
/// </summary>
internal readonly record struct LocalAddress(UInt128 Bytes)
{
    /// <summary>From the IP_PKTINFO or IPV6_PKTINFO of a received message.</summary>
    public static LocalAddress Read(in MessageHeader header)
    {
        var six = ReadControl(header, LevelIpv6, PacketInfo6);
        if (six.Length >= 16)
        {
            return new LocalAddress(MemoryMarshal.Read<UInt128>(six));
        }

        // struct in_pktinfo: interface, local address, address in the header.
        var four = ReadControl(header, LevelIp, PacketInfo4);
        if (four.Length < 12)
        {
            return default;
        }

        Span<byte> mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0];
        four.Slice(4, 4).CopyTo(mapped[12..]);
        return new LocalAddress(MemoryMarshal.Read<UInt128>(mapped));
    }

    /// <summary>The same as a control message for sending; returns its length. The route decides on the interface.</summary>
    public unsafe int Write(byte* control, AddressFamily family)
    {
        if (Bytes == default)
        {
            return 0;
        }

        Span<byte> value = stackalloc byte[20];
        value.Clear();
        MemoryMarshal.Write(value, Bytes);
        if (family == AddressFamily.InterNetworkV6)
        {
            return WriteControl(control, LevelIpv6, PacketInfo6, value); // Linux takes the mapped form for IPv4 here.
        }

        Span<byte> four = stackalloc byte[12];
        four.Clear();
        value.Slice(12, 4).CopyTo(four[4..]);
        return WriteControl(control, LevelIp, PacketInfo4, four);
    }
}
