using System.Buffers.Binary;
using Vigil.Media.Ingest;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.Rtcp;
using Vigil.Protocols.Rtp;
using Vigil.Protocols.Srtp;

namespace Vigil.Media.WebRtc;

/// <summary>One track that a publisher sends: order, repair, access units. Under the transport's lock.</summary>
internal sealed class PublishedTrack
{
    /// <summary>A picture waits for a retransmission this long; sound half of it, because a gap is shorter than a pause.</summary>
    private static readonly TimeSpan VideoPatience = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan AudioPatience = TimeSpan.FromMilliseconds(150);

    private readonly RtpTrackDescription description;
    private readonly int retransmissionType;
    private readonly ReorderBuffer order;
    private readonly ReceiverStatistics statistics = new();
    private readonly Depacketizer depacketizer;
    private ulong newest;

    public PublishedTrack(RtpTrackDescription description, Depacketizer depacketizer, int retransmissionType)
    {
        this.description = description;
        this.depacketizer = depacketizer;
        this.retransmissionType = retransmissionType;
        order = new ReorderBuffer(IsVideo ? VideoPatience : AudioPatience);
    }

    public bool IsVideo => description.Codec.Kind == TrackKind.Video;

    public int ClockRate => description.ClockRate;

    /// <summary>The sender's SSRC; 0 before its first packet.</summary>
    public uint Ssrc { get; private set; }

    /// <summary>Something was lost for good, or nothing decodable came yet: a key frame would help.</summary>
    public bool NeedsKeyFrame { get; private set; } = true;

    public long Lost => order.Lost;

    /// <summary>Time of the newest key frame that came out; the start before one did.</summary>
    public TimeSpan KeyFrameAt { get; private set; }

    /// <summary>When the newest unit came out, whoever took it; null before one did.</summary>
    public TimeSpan? UnitAt { get; private set; }

    /// <summary>Whoever listens from now on has seen no key frame.</summary>
    public void NewListener() => NeedsKeyFrame = true;

    public bool Owns(int payloadType) => payloadType == description.PayloadType || (retransmissionType != 0 && payloadType == retransmissionType);

    public void Receive(ReadOnlySpan<byte> packet, ulong index, StreamSink? sink, TimeSpan now)
    {
        if (RtpPacket.TryParse(packet, out var parsed) != RtpParseError.None)
        {
            return;
        }

        if (parsed.PayloadType == description.PayloadType)
        {
            Ssrc = parsed.Ssrc;
            newest = Math.Max(newest, index);
            statistics.Arrived(parsed, description.ClockRate, now);
            order.Add(index, packet.ToArray(), now);
        }
        else if (Ssrc != 0 && parsed.Payload.Length >= 2)
        {
            // RFC 4588 §4: the original sequence number stands before the original payload.
            var sequence = BinaryPrimitives.ReadUInt16BigEndian(parsed.Payload);
            order.Add(SrtpReceiver.GuessIndex(newest, sequence), Original(parsed, sequence), now, retransmitted: true);
        }

        Drain(sink, now);
    }

    /// <summary>Lets go of what waited too long.</summary>
    public void Drain(StreamSink? sink, TimeSpan now)
    {
        while (order.TryTake(now, out var packet))
        {
            // Padding-only probes hold a place in the sequence and nothing else; the depacketizers pass over empty payloads.
            if (RtpPacket.TryParse(packet, out var parsed) == RtpParseError.None)
            {
                depacketizer.Push(parsed);
            }

            while (depacketizer.TryTake(out var unit))
            {
                UnitAt = now;
                NeedsKeyFrame = IsVideo && !unit.IsKeyFrame && (NeedsKeyFrame || unit.AfterLoss);
                KeyFrameAt = unit.IsKeyFrame ? now : KeyFrameAt;
                sink?.Push(unit.Format, unit.Timestamp, null, unit.IsKeyFrame, unit.Payload, sink.Clock.Now);
            }
        }
    }

    public void SenderReported(SenderReport report, StreamSink? sink, TimeSpan now)
    {
        statistics.SenderReported(report, now);
        if (sink is not null && report.WallClock is { } wall && depacketizer.Timeline.Started)
        {
            sink.Clocks.SenderReported(description.Codec.Kind, depacketizer.Timeline.Place(report.RtpTimestamp), wall);
        }
    }

    public ReportBlock? Report(TimeSpan now) => statistics.Received > 0 ? statistics.Report(now) : null;

    public int WriteNack(Span<byte> output, uint sender, TimeSpan now)
    {
        if (order.Missing == 0)
        {
            return 0;
        }

        Span<ushort> missing = stackalloc ushort[64];
        var count = order.CollectMissing(now, missing);
        return count == 0 ? 0 : RtcpFeedback.WriteNack(output, sender, Ssrc, missing[..count]);
    }

    private byte[] Original(in RtpPacket retransmission, ushort sequence)
    {
        var packet = new byte[RtpPacket.FixedHeaderLength + retransmission.Payload.Length - 2];
        packet[0] = 0x80;
        packet[1] = (byte)(description.PayloadType | (retransmission.Marker ? 0x80 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), sequence);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), retransmission.Timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), Ssrc);
        retransmission.Payload[2..].CopyTo(packet.AsSpan(RtpPacket.FixedHeaderLength));
        return packet;
    }
}
