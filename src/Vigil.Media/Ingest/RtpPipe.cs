using Vigil.Protocols.Codecs;
using Vigil.Protocols.Rtcp;
using Vigil.Protocols.Rtp;

namespace Vigil.Media.Ingest;

/// <summary>One RTP track of a session, from packets to units in the sink. Used under the connection's lock; allocates only units.</summary>
internal sealed class RtpPipe(RtpTrackDescription track, Depacketizer depacketizer, StreamSink sink)
{
    private readonly ReceiverStatistics statistics = new();

    public TrackKind Kind => track.Codec.Kind;

    public int ClockRate => track.ClockRate;

    public TrackFormat? Format => depacketizer.Format;

    public DepacketizerStats Stats => depacketizer.Stats;

    public byte RtcpChannel { get; set; }

    public void PushRtp(ReadOnlySpan<byte> datagram, TimeSpan now)
    {
        if (RtpPacket.TryParse(datagram, out var packet) != RtpParseError.None)
        {
            return;
        }

        statistics.Arrived(packet, track.ClockRate, now);
        depacketizer.Push(packet);
        while (depacketizer.TryTake(out var unit))
        {
            sink.Push(unit.Format, unit.Timestamp, null, unit.IsKeyFrame, unit.Payload, now);
        }
    }

    public void PushRtcp(ReadOnlySpan<byte> compound, TimeSpan now)
    {
        var reader = new RtcpReader(compound);
        while (reader.TryRead())
        {
            if (reader.Kind != RtcpKind.SenderReport)
            {
                continue;
            }

            var report = reader.SenderReport;
            statistics.SenderReported(report, now);
            if (report.WallClock is { } wall && depacketizer.Timeline.Started)
            {
                sink.Clocks.SenderReported(Kind, depacketizer.Timeline.Place(report.RtpTimestamp), wall);
            }
        }
    }

    public ReportBlock? Report(TimeSpan now) => statistics.Received > 0 ? statistics.Report(now) : null;
}
