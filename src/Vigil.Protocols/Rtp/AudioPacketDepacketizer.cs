using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Rtp;

/// <summary>Audio whose RTP packet is the frame: G.711 (RFC 3551 §4.5.14) and Opus (RFC 7587).</summary>
internal sealed class AudioPacketDepacketizer : Depacketizer
{
    /// <summary>About a second of G.711; small, so that an old frame in somebody's queue holds little.</summary>
    private const int ChunkBytes = 8 * 1024;

    private readonly UnitBuffer buffer = new(ChunkBytes);
    private readonly TrackFormat format;

    public AudioPacketDepacketizer(RtpTrackDescription description)
        : base(description)
    {
        format = description.Codec == Codec.Opus
            ? OpusFormat.Format(description.Channels)
            : new TrackFormat
            {
                Codec = description.Codec,
                ClockRate = description.ClockRate,
                Channels = Math.Clamp(description.Channels, 1, 8),
                CodecString = description.Codec == Codec.PcmA ? "alaw" : "ulaw",
            };
        Format = format;
    }

    private protected override void Accept(in RtpPacket packet, long timestamp)
    {
        var payload = packet.Payload;
        if (payload.IsEmpty)
        {
            return; // Opus in discontinuous transmission, or a keep-alive.
        }

        if (payload.Length > RtpLimits.MaxAudioFrameBytes || (format.Codec == Codec.Opus && OpusFormat.SamplesIn(payload) == 0))
        {
            Stats.MalformedPackets++;
            return;
        }

        buffer.Append(payload);
        Emit(format, timestamp, isKeyFrame: true, buffer.Take(payload.Length));
    }

    private protected override void Interrupted()
    {
        // Nothing is ever half built.
    }
}
