using Vigil.Protocols.Rtcp;

namespace Vigil.Media.WebRtc;

/// <summary>One person watching one camera over WebRTC.</summary>
internal sealed class WhepViewer(PeerTransport transport, RtpFanout fanout, TimeProvider time, Action closed) : IPeer
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(1);

    /// <summary>A browser that asks for key frames all the time is not served more often (RFC 5104 §3.5.1.2 leaves it to us).</summary>
    private static readonly TimeSpan KeyFrameInterval = TimeSpan.FromSeconds(1);

    /// <summary>Packets sent again: 10 % of a 4 Mbit/s picture lost, twice; at once, a big key frame.</summary>
    private const double ResendsPerSecond = 100;
    private const double ResendBurst = 400;

    private double resendAllowance = ResendBurst;
    private TimeSpan allowanceAt;
    private TimeSpan nextReport;
    private TimeSpan nextRestart;
    private bool heldBack;

    public ViewerTrack? Video { get; init; }

    public ViewerTrack? Audio { get; init; }

    public PeerTransport Transport => transport;

    /// <summary>What the viewer says it can take, in bit/s; null while it has not said.</summary>
    public long? BitrateLimitBps { get; private set; }

    public void Connected(TimeSpan now) => fanout.Add(this);

    public void ReceiveRtp(ReadOnlySpan<byte> packet, ulong index, TimeSpan now)
    {
        // Viewers send nothing (talk back has a session of its own).
    }

    public void ReceiveRtcp(ReadOnlySpan<byte> compound, TimeSpan now)
    {
        var reader = new RtcpReader(compound);
        Span<ushort> lost = stackalloc ushort[17];
        Span<byte> answer = stackalloc byte[24];
        while (reader.TryRead())
        {
            switch (reader.Kind)
            {
                case RtcpKind.TransportFeedback when reader.Count == RtcpFeedback.GenericNack:
                    var track = TrackOf(System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(reader.Body[4..]));
                    for (int at = 0, count; track is not null && (count = RtcpFeedback.ReadNack(reader.Body, at, lost)) > 0; at++)
                    {
                        foreach (var sequence in lost[..count])
                        {
                            Resend(track, sequence, now);
                        }
                    }

                    break;
                case RtcpKind.PayloadFeedback when reader.Count is RtcpFeedback.PictureLoss or RtcpFeedback.FullIntraRequest && now >= nextRestart:
                    nextRestart = now + KeyFrameInterval;
                    Video?.Restart();
                    break;
                case RtcpKind.PayloadFeedback when reader.Count == RtcpFeedback.ApplicationLayer:
                    BitrateLimitBps = RtcpFeedback.ReadRemb(reader.Body) ?? BitrateLimitBps;
                    break;
                case RtcpKind.ExtendedReport when RtcpFeedback.ReadReferenceTime(reader.Body) is { } asked && transport.IsConnected:
                    transport.SendRtcp(answer[..RtcpFeedback.WriteReferenceAnswer(answer, Video?.Ssrc ?? Audio!.Ssrc, reader.Ssrc, asked)]);
                    break;
                default:
                    break;
            }
        }
    }

    public void Tick(TimeSpan now)
    {
        if (now < nextReport)
        {
            return;
        }

        nextReport = now + ReportInterval;
        Span<byte> report = stackalloc byte[64];
        var clock = time.GetUtcNow();
        var length = Video?.WriteReport(report, clock) ?? 0;
        length += Audio?.WriteReport(report[length..], clock) ?? 0;
        if (length > 0)
        {
            transport.SendRtcp(report[..length]);
        }
    }

    public void Closed()
    {
        fanout.Remove(this);
        closed();
    }

    /// <summary>Called by the fan-out's task whenever there is something new.</summary>
    /// <returns>True while more waits than one round may send.</returns>
    public bool Send(Span<byte> buffer)
    {
        lock (transport.Gate)
        {
            if (!transport.IsConnected)
            {
                return false;
            }

            // On a jammed road (TCP) nothing is queued: the next frame asks again, and what is too old by then is skipped.
            if (!transport.HasRoom)
            {
                heldBack = true;
                return false;
            }

            if (heldBack)
            {
                heldBack = false;
                Video?.Restart();
                Audio?.Restart();
            }

            Video?.Send(buffer, fromGroup: true);
            Audio?.Send(buffer, fromGroup: false);
            return Video?.IsBehind == true;
        }
    }

    /// <summary>
    /// Twice, because what is lost once is likely to be lost again, and the viewer would wait for another round trip. Bounded, because
    /// a viewer that loses much on a narrow line must not be sent even more.
    /// </summary>
    private void Resend(ViewerTrack track, ushort sequence, TimeSpan now)
    {
        resendAllowance = Math.Min(ResendBurst, resendAllowance + ((now - allowanceAt).TotalSeconds * ResendsPerSecond));
        allowanceAt = now;
        for (var copy = 0; copy < 2 && resendAllowance >= 1; copy++, resendAllowance--)
        {
            track.Resend(sequence);
        }
    }

    private ViewerTrack? TrackOf(uint ssrc) => Video?.Ssrc == ssrc ? Video : Audio?.Ssrc == ssrc ? Audio : null;
}
