using System.Buffers.Binary;

namespace Vigil.Protocols.Rtp;

/// <summary>Why a datagram is not an RTP packet.</summary>
public enum RtpParseError
{
    None,
    TooShort,
    WrongVersion,
    CsrcBeyondEnd,
    ExtensionBeyondEnd,
    PaddingBeyondPayload,
}

/// <summary>
/// A validated view of an RTP packet (RFC 3550 §5.1). Copies nothing and must not outlive the bytes it was parsed from.
/// </summary>
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// |V=2|P|X|  CC   |M|     PT      |       sequence number         |
/// |                           timestamp                           |
/// |           synchronization source (SSRC) identifier            |
/// |            contributing source (CSRC) identifiers             |
/// </code>
public readonly ref struct RtpPacket
{
    public const int FixedHeaderLength = 12;

    private readonly ReadOnlySpan<byte> header;

    private RtpPacket(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload, ushort extensionProfile, ReadOnlySpan<byte> extension)
    {
        this.header = header;
        Payload = payload;
        ExtensionProfile = extensionProfile;
        Extension = extension;
    }

    /// <summary>What the marker means is the payload format's business; for video it ends an access unit.</summary>
    public bool Marker => (header[1] & 0x80) != 0;

    public int PayloadType => header[1] & 0x7F;

    public ushort SequenceNumber => BinaryPrimitives.ReadUInt16BigEndian(header[2..]);

    public uint Timestamp => BinaryPrimitives.ReadUInt32BigEndian(header[4..]);

    public uint Ssrc => BinaryPrimitives.ReadUInt32BigEndian(header[8..]);

    /// <summary>Without padding. May be empty.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>The "defined by profile" field of the header extension (RFC 3550 §5.3.1); 0 without an extension.</summary>
    public ushort ExtensionProfile { get; }

    /// <summary>The header extension without its four-byte head.</summary>
    public ReadOnlySpan<byte> Extension { get; }

    public static RtpParseError TryParse(ReadOnlySpan<byte> datagram, out RtpPacket packet)
    {
        packet = default;
        if (datagram.Length < FixedHeaderLength)
        {
            return RtpParseError.TooShort;
        }

        if (datagram[0] >> 6 != 2)
        {
            return RtpParseError.WrongVersion;
        }

        var start = FixedHeaderLength + ((datagram[0] & 0x0F) * 4);
        if (start > datagram.Length)
        {
            return RtpParseError.CsrcBeyondEnd;
        }

        ushort profile = 0;
        ReadOnlySpan<byte> extension = default;
        if ((datagram[0] & 0x10) != 0)
        {
            if (start + 4 > datagram.Length)
            {
                return RtpParseError.ExtensionBeyondEnd;
            }

            profile = BinaryPrimitives.ReadUInt16BigEndian(datagram[start..]);
            var extensionLength = BinaryPrimitives.ReadUInt16BigEndian(datagram[(start + 2)..]) * 4;
            start += 4;
            if (start + extensionLength > datagram.Length)
            {
                return RtpParseError.ExtensionBeyondEnd;
            }

            extension = datagram.Slice(start, extensionLength);
            start += extensionLength;
        }

        var end = datagram.Length;
        if ((datagram[0] & 0x20) != 0)
        {
            // The last byte counts itself, so 0 is as wrong as too much.
            var padding = start == end ? 0 : datagram[end - 1];
            if (padding == 0 || padding > end - start)
            {
                return RtpParseError.PaddingBeyondPayload;
            }

            end -= padding;
        }

        packet = new RtpPacket(datagram[..FixedHeaderLength], datagram[start..end], profile, extension);
        return RtpParseError.None;
    }
}
