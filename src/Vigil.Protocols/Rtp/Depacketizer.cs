using System.Diagnostics;
using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Rtp;

/// <summary>
/// Turns the RTP packets of one track into access units. One input, then drain: call <see cref="Push"/>, then
/// <see cref="TryTake"/> until false. Never throws on what a camera sends; what is wrong is counted in <see cref="Stats"/>.
/// Loss is seen in the sequence numbers; packets must come in order (TCP), late ones are ignored.
/// </summary>
public abstract class Depacketizer
{
    private readonly Queue<AccessUnit> ready = new(4);
    private readonly int payloadType;
    private TrackFormat? format;
    private ushort expectedSequence;
    private bool sequenceKnown;
    private uint ssrc;
    private bool afterLoss;

    private protected Depacketizer(RtpTrackDescription description)
    {
        payloadType = description.PayloadType;
    }

    /// <summary>Known from SDP, or from the stream itself; null until then, and no unit comes out before.</summary>
    public TrackFormat? Format
    {
        get => format;
        private protected set
        {
            if (format is not null && value != format)
            {
                Stats.FormatChanges++;
            }

            format = value;
        }
    }

    public DepacketizerStats Stats { get; } = new();

    /// <summary>The track's extended RTP clock, on which an RTCP sender report is placed with <see cref="RtpTimeline.Place"/>.</summary>
    public RtpTimeline Timeline { get; } = new();

    /// <summary>The depacketizer for a track; null when Vigil has none for such a description (say, H.264 interleaved mode).</summary>
    public static Depacketizer? Create(RtpTrackDescription description)
    {
        if (description.ClockRate is <= 0 or > 10_000_000)
        {
            return null;
        }

        return description.Codec switch
        {
            // RFC 6184 §6.4: the interleaved mode sends out of decoding order. No camera does.
            Codec.H264 => description.Fmtp.GetValueOrDefault("packetization-mode", "").Trim() == "2" ? null : new H264Depacketizer(description),
            Codec.H265 => new H265Depacketizer(description),
            Codec.Mjpeg => new JpegDepacketizer(description),
            Codec.Aac when description.EncodingName.Equals("MP4A-LATM", StringComparison.OrdinalIgnoreCase) => LatmDepacketizer.From(description),
            Codec.Aac => AacDepacketizer.From(description),
            Codec.Opus or Codec.PcmA or Codec.PcmU => new AudioPacketDepacketizer(description),
            _ => throw new UnreachableException("Codec is a closed enumeration"),
        };
    }

    public void Push(in RtpPacket packet)
    {
        Stats.Packets++;
        if (packet.PayloadType != payloadType)
        {
            // Also comfort noise and telephone events, which share the track (RFC 3551 §6).
            Stats.MalformedPackets++;
            return;
        }

        if (!CheckSequence(packet.SequenceNumber, packet.Ssrc))
        {
            return;
        }

        Accept(packet, Timeline.Extend(packet.Timestamp));
    }

    public bool TryTake(out AccessUnit unit) => ready.TryDequeue(out unit);

    /// <summary>One packet in sequence. <paramref name="timestamp"/> is extended.</summary>
    private protected abstract void Accept(in RtpPacket packet, long timestamp);

    /// <summary>Packets are missing before the next one, or a new source begins: what is half built is lost.</summary>
    private protected abstract void Interrupted();

    /// <summary>The next unit out will say that it comes after loss; what was lost before the first unit nobody misses.</summary>
    private protected void NoteLoss() => afterLoss = Stats.Units > 0;

    private protected void Emit(TrackFormat unitFormat, long timestamp, bool isKeyFrame, ReadOnlyMemory<byte> payload)
    {
        Stats.Units++;
        if (isKeyFrame)
        {
            Stats.KeyFrames++;
        }

        ready.Enqueue(new AccessUnit
        {
            Format = unitFormat,
            Timestamp = timestamp,
            IsKeyFrame = isKeyFrame,
            Payload = payload,
            AfterLoss = afterLoss,
        });
        afterLoss = false;
    }

    private bool CheckSequence(ushort sequence, uint source)
    {
        if (sequenceKnown && source == ssrc)
        {
            var ahead = (short)(sequence - expectedSequence);
            if (ahead < 0 && ahead > -RtpLimits.MaxMisorder)
            {
                Stats.LatePackets++;
                return false;
            }

            if (ahead != 0)
            {
                // A jump back by more than misordering explains is a sender that began anew; nobody knows how much is missing.
                Stats.LostPackets += ahead > 0 ? ahead : 1;
                NoteLoss();
                Interrupted();
            }
        }
        else if (sequenceKnown)
        {
            NoteLoss();
            Interrupted();
        }

        sequenceKnown = true;
        ssrc = source;
        expectedSequence = (ushort)(sequence + 1);
        return true;
    }
}
