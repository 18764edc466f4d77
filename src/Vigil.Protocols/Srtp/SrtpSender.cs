using System.Buffers.Binary;

namespace Vigil.Protocols.Srtp;

/// <summary>Protects what one side sends. The caller owns packet indices, because only it knows where a viewer's sequence began.</summary>
public sealed class SrtpSender(SrtpKeys rtpKeys, ISrtpCipher rtp, SrtpKeys rtcpKeys, ISrtpCipher rtcp) : IDisposable
{
    private const int RtcpHeaderLength = 8;
    private readonly bool aead = rtpKeys.Profile == SrtpProfile.AeadAes128Gcm;
    private readonly int tagLength = SrtpKeys.TagLength(rtpKeys.Profile);
    private uint rtcpIndex;

    /// <summary>Most bytes that protection adds to an RTP or RTCP packet.</summary>
    public const int MaxOverhead = 16 + 4;

    /// <summary>Encrypts a packet in place and appends the tag. Returns the protected length.</summary>
    /// <param name="buffer">The packet, with <see cref="MaxOverhead"/> bytes of room behind it.</param>
    /// <param name="headerLength">Up to the payload, CSRCs and extensions included.</param>
    /// <param name="length">Of the packet.</param>
    /// <param name="index">ROC ‖ sequence number, 48 bits; the low 16 are those in the header.</param>
    public int ProtectRtp(Span<byte> buffer, int headerLength, int length, ulong index)
    {
        Span<byte> iv = stackalloc byte[16];
        Span<byte> roc = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(roc, (uint)(index >> 16));
        var ssrc = BinaryPrimitives.ReadUInt32BigEndian(buffer[8..]);
        rtp.Seal(
            SrtpIv.Build(rtpKeys.Salt.Span, ssrc, index, iv),
            buffer[..headerLength],
            buffer[headerLength..length],
            aead ? default : roc,
            buffer.Slice(length, tagLength));
        return length + tagLength;
    }

    /// <summary>Encrypts a compound RTCP packet in place and appends what belongs behind it (RFC 3711 §3.4, RFC 7714 §9).</summary>
    public int ProtectRtcp(Span<byte> buffer, int length)
    {
        // The first index is 1, as libsrtp and the browsers have it; 0 is never seen.
        rtcpIndex = (rtcpIndex + 1) & 0x7FFF_FFFF;
        Span<byte> iv = stackalloc byte[16];
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(word, rtcpIndex | 0x8000_0000);
        var ssrc = BinaryPrimitives.ReadUInt32BigEndian(buffer[4..]);
        var tagAt = aead ? length : length + 4;
        rtcp.Seal(
            SrtpIv.Build(rtcpKeys.Salt.Span, ssrc, rtcpIndex, iv),
            buffer[..RtcpHeaderLength],
            buffer[RtcpHeaderLength..length],
            word,
            buffer.Slice(tagAt, tagLength));
        word.CopyTo(buffer[(aead ? length + tagLength : length)..]);
        return length + tagLength + 4;
    }

    public void Dispose()
    {
        rtp.Dispose();
        rtcp.Dispose();
    }
}
