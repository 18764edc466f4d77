using System.Buffers.Binary;

namespace Vigil.Protocols.Rtcp;

/// <summary>Packet types of RFC 3550 §12.1 that Vigil tells apart.</summary>
public enum RtcpKind
{
    Other,
    SenderReport,
    ReceiverReport,
    SourceDescription,
    Goodbye,

    /// <summary>RTPFB (RFC 4585 §6.2): NACK, transport-wide congestion control.</summary>
    TransportFeedback,

    /// <summary>PSFB (RFC 4585 §6.3): PLI, FIR, REMB.</summary>
    PayloadFeedback,

    /// <summary>XR (RFC 3611): a viewer that asks for its round trip.</summary>
    ExtendedReport,
}

/// <summary>Why a compound RTCP packet ended.</summary>
public enum RtcpParseError
{
    None,
    TooShort,
    WrongVersion,
    LengthBeyondEnd,
}

/// <summary>The sender's half of an SR (RFC 3550 §6.4.1): which wall clock belongs to which RTP timestamp.</summary>
public readonly record struct SenderReport(uint Ssrc, ulong NtpTimestamp, uint RtpTimestamp, uint PacketCount, uint OctetCount)
{
    private static readonly DateTimeOffset NtpEpoch = new(1900, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The sender's clock; null when it says that it has none (an NTP timestamp of 0). Era 1 begins in February 2036.</summary>
    public DateTimeOffset? WallClock
    {
        get
        {
            if (NtpTimestamp == 0)
            {
                return null;
            }

            var seconds = (long)(NtpTimestamp >> 32);
            // RFC 4330 §3: with the top bit clear the time is in era 1, from 2036 on.
            seconds += (seconds & 0x8000_0000) == 0 ? 1L << 32 : 0;
            var fraction = (long)(((NtpTimestamp & 0xFFFF_FFFF) * TimeSpan.TicksPerSecond) >> 32);
            return NtpEpoch.AddTicks((seconds * TimeSpan.TicksPerSecond) + fraction);
        }
    }

    /// <summary>The middle 32 bits, which go back to the sender as LSR.</summary>
    public uint MiddleNtp => (uint)(NtpTimestamp >> 16);
}

/// <summary>
/// Walks a compound RTCP packet (RFC 3550 §6.1) without copying: <see cref="TryRead"/> until false, then see <see cref="Error"/>.
/// Must not outlive the bytes.
/// </summary>
public ref struct RtcpReader(ReadOnlySpan<byte> compound)
{
    private ReadOnlySpan<byte> rest = compound;
    private ReadOnlySpan<byte> body;
    private int count;

    public RtcpKind Kind { get; private set; }

    public RtcpParseError Error { get; private set; }

    /// <summary>The first SSRC of the packet; 0 where it has none (an empty BYE).</summary>
    public uint Ssrc { get; private set; }

    /// <summary>RC, SC or FMT: the five bits of the first byte.</summary>
    public readonly int Count => count;

    /// <summary>Everything behind the four-byte head.</summary>
    public readonly ReadOnlySpan<byte> Body => body;

    public bool TryRead()
    {
        Kind = RtcpKind.Other;
        Ssrc = 0;
        body = default;
        if (rest.IsEmpty || Error != RtcpParseError.None)
        {
            return false;
        }

        if (rest.Length < 4)
        {
            Error = RtcpParseError.TooShort;
            return false;
        }

        if (rest[0] >> 6 != 2)
        {
            Error = RtcpParseError.WrongVersion;
            return false;
        }

        var length = (BinaryPrimitives.ReadUInt16BigEndian(rest[2..]) + 1) * 4;
        if (length > rest.Length)
        {
            Error = RtcpParseError.LengthBeyondEnd;
            return false;
        }

        count = rest[0] & 0x1F;
        body = rest[4..length];
        Kind = rest[1] switch
        {
            200 when body.Length >= 24 => RtcpKind.SenderReport,
            201 when body.Length >= 4 => RtcpKind.ReceiverReport,
            202 => RtcpKind.SourceDescription,
            203 => RtcpKind.Goodbye,
            205 when body.Length >= 8 => RtcpKind.TransportFeedback,
            206 when body.Length >= 8 => RtcpKind.PayloadFeedback,
            207 when body.Length >= 4 => RtcpKind.ExtendedReport,
            _ => RtcpKind.Other,
        };
        Ssrc = body.Length >= 4 && (Kind != RtcpKind.Goodbye || count > 0) ? BinaryPrimitives.ReadUInt32BigEndian(body) : 0;
        rest = rest[length..];
        return true;
    }

    /// <summary>Of 256, what a receiver report says was lost of a source since the report before; null when it says nothing of it.</summary>
    public readonly byte? FractionLost(uint source)
    {
        if (Kind == RtcpKind.ReceiverReport)
        {
            for (var (at, left) = (4, count); left > 0 && at + 24 <= body.Length; at += 24, left--)
            {
                if (BinaryPrimitives.ReadUInt32BigEndian(body[at..]) == source)
                {
                    return body[at + 4];
                }
            }
        }

        return null;
    }

    /// <summary>The report of the packet just read; only when <see cref="Kind"/> is <see cref="RtcpKind.SenderReport"/>.</summary>
    public readonly SenderReport SenderReport => Kind != RtcpKind.SenderReport
        ? default
        : new SenderReport(
            BinaryPrimitives.ReadUInt32BigEndian(body),
            BinaryPrimitives.ReadUInt64BigEndian(body[4..]),
            BinaryPrimitives.ReadUInt32BigEndian(body[12..]),
            BinaryPrimitives.ReadUInt32BigEndian(body[16..]),
            BinaryPrimitives.ReadUInt32BigEndian(body[20..]));
}
