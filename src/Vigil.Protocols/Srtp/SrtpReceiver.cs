using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Vigil.Protocols.Rtp;

namespace Vigil.Protocols.Srtp;

/// <summary>Why a protected packet was not let in.</summary>
public enum SrtpError
{
    None,
    Malformed,
    Replayed,
    WrongTag,
    TooManySources,
}

/// <summary>
/// Lets in what one peer sends: authenticates, then decrypts in place. Keeps rollover counter and replay window per SSRC
/// (RFC 3711 §3.2.3, §3.3). Nothing about a packet is believed before its tag fitted.
/// </summary>
public sealed class SrtpReceiver(SrtpKeys rtpKeys, ISrtpCipher rtp, SrtpKeys rtcpKeys, ISrtpCipher rtcp) : IDisposable
{
    /// <summary>A phone sends picture, sound, and one RTX each; simulcast three of them.</summary>
    private const int MaxSources = 16;

    private const int RtcpHeaderLength = 8;
    private readonly bool aead = rtpKeys.Profile == SrtpProfile.AeadAes128Gcm;
    private readonly int tagLength = SrtpKeys.TagLength(rtpKeys.Profile);
    private readonly Dictionary<uint, Source> rtpSources = [];
    private readonly Dictionary<uint, Source> rtcpSources = [];

    /// <summary>Decrypts in place; <paramref name="length"/> becomes that of the plain packet.</summary>
    /// <param name="packet">The datagram.</param>
    /// <param name="length">Of the plain packet; 0 on failure.</param>
    /// <param name="index">ROC ‖ sequence number: never wraps in practice.</param>
    public SrtpError UnprotectRtp(Span<byte> packet, out int length, out ulong index)
    {
        length = 0;
        index = 0;
        var plainLength = packet.Length - tagLength;
        if (plainLength < RtpPacket.FixedHeaderLength || !TryHeaderLength(packet[..plainLength], out var headerLength))
        {
            return SrtpError.Malformed;
        }

        var sequence = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        var ssrc = BinaryPrimitives.ReadUInt32BigEndian(packet[8..]);
        var known = rtpSources.TryGetValue(ssrc, out var source);
        if (!known && rtpSources.Count >= MaxSources)
        {
            return SrtpError.TooManySources;
        }

        var guess = known ? GuessIndex(source.Newest, sequence) : sequence;
        if (!source.Window.IsFresh(guess))
        {
            return SrtpError.Replayed;
        }

        Span<byte> iv = stackalloc byte[16];
        Span<byte> roc = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(roc, (uint)(guess >> 16));
        if (!rtp.Open(
            SrtpIv.Build(rtpKeys.Salt.Span, ssrc, guess, iv),
            packet[..headerLength],
            packet[headerLength..plainLength],
            aead ? default : roc,
            packet[plainLength..]))
        {
            return SrtpError.WrongTag;
        }

        Accept(rtpSources, ssrc, guess);
        length = plainLength;
        index = guess;
        return SrtpError.None;
    }

    /// <summary>Decrypts a compound RTCP packet in place.</summary>
    public SrtpError UnprotectRtcp(Span<byte> packet, out int length)
    {
        length = 0;
        var plainLength = packet.Length - tagLength - 4;
        if (plainLength < RtcpHeaderLength)
        {
            return SrtpError.Malformed;
        }

        var word = packet.Slice(aead ? packet.Length - 4 : plainLength, 4);
        var tag = packet.Slice(aead ? plainLength : plainLength + 4, tagLength);
        var encryptedAndIndex = BinaryPrimitives.ReadUInt32BigEndian(word);
        if ((encryptedAndIndex & 0x8000_0000) == 0)
        {
            return SrtpError.Malformed; // WebRTC never sends RTCP in the clear (RFC 8827 §6.5).
        }

        var index = encryptedAndIndex & 0x7FFF_FFFF;
        var ssrc = BinaryPrimitives.ReadUInt32BigEndian(packet[4..]);
        if (!rtcpSources.TryGetValue(ssrc, out var source) && rtcpSources.Count >= MaxSources)
        {
            return SrtpError.TooManySources;
        }

        if (!source.Window.IsFresh(index))
        {
            return SrtpError.Replayed;
        }

        Span<byte> iv = stackalloc byte[16];
        if (!rtcp.Open(
            SrtpIv.Build(rtcpKeys.Salt.Span, ssrc, index, iv),
            packet[..RtcpHeaderLength],
            packet[RtcpHeaderLength..plainLength],
            word,
            tag))
        {
            return SrtpError.WrongTag;
        }

        Accept(rtcpSources, ssrc, index);
        length = plainLength;
        return SrtpError.None;
    }

    public void Dispose()
    {
        rtp.Dispose();
        rtcp.Dispose();
    }

    /// <summary>RFC 3711 §3.3.1 and appendix A: the index nearest to the newest one that ends in this sequence number.</summary>
    public static ulong GuessIndex(ulong newest, ushort sequence)
    {
        var difference = (short)(sequence - (ushort)newest);
        return difference < 0 && newest < (ulong)-difference ? sequence : newest + (ulong)(long)difference;
    }

    private static void Accept(Dictionary<uint, Source> sources, uint ssrc, ulong index)
    {
        ref var source = ref CollectionsMarshal.GetValueRefOrAddDefault(sources, ssrc, out var existed);
        source.Window.Accept(index);
        source.Newest = existed ? Math.Max(source.Newest, index) : index;
    }

    private static bool TryHeaderLength(ReadOnlySpan<byte> packet, out int length)
    {
        length = RtpPacket.FixedHeaderLength + ((packet[0] & 0x0F) * 4);
        if (packet[0] >> 6 != 2 || length > packet.Length)
        {
            return false;
        }

        if ((packet[0] & 0x10) == 0)
        {
            return true;
        }

        if (length + 4 > packet.Length)
        {
            return false;
        }

        length += 4 + (BinaryPrimitives.ReadUInt16BigEndian(packet[(length + 2)..]) * 4);
        return length <= packet.Length;
    }

    private struct Source
    {
        public ReplayWindow Window;
        public ulong Newest;
    }
}
