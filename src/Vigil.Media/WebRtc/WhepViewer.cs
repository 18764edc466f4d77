using System.Buffers.Binary;
using Vigil.Protocols.Rtcp;

namespace Vigil.Media.WebRtc;

/// <summary>One person watching one camera over WebRTC.</summary>
internal sealed class WhepViewer(PeerTransport transport, RtpFanout fanout, TimeProvider time, Action closed) : IPeer
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(1);

    /// <summary>A viewer that asks for key frames is not served more often (RFC 5104 §3.5.1.2 leaves it to us); doubles while it goes on asking.</summary>
    private static readonly TimeSpan RestartInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRestartInterval = TimeSpan.FromSeconds(8);

    /// <summary>Packets sent again: 10 % of a 4 Mbit/s picture lost, twice; at once, a big key frame.</summary>
    private const double ResendsPerSecond = 100;
    private const double ResendBurst = 400;

    private readonly LineChoice line = new();
    private readonly PlayoutChoice playout = new();
    private double resendAllowance = ResendBurst;
    private TimeSpan allowanceAt;
    private TimeSpan connectedAt;
    private TimeSpan nextReport;
    private TimeSpan restartedAt = -LongestRestartInterval;
    private TimeSpan restartInterval = RestartInterval;
    private bool jammed;

    public ViewerTrack? Video { get; init; }

    public ViewerTrack? Audio { get; init; }

    /// <summary>The viewer asked for the small picture; it never gets the big one.</summary>
    public bool AsksForSmall { get; init; }

    /// <summary>False: whoever asks for a key frame waits for the source's next one. A server that records must not get the same pictures twice.</summary>
    public bool RepeatsGroups { get; init; } = true;

    /// <summary>The small picture is needed, now or in a moment.</summary>
    public bool WantsSmall => AsksForSmall || line.IsNarrow || line.Tries || Video?.Source == fanout.SmallVideo;

    public PeerTransport Transport => transport;

    /// <summary>What the viewer says it can take, in bit/s; null while it has not said.</summary>
    public long? BitrateLimitBps { get; private set; }

    public void Connected(TimeSpan now)
    {
        connectedAt = now;
        fanout.Add(this);
    }

    public void ReceiveRtp(ReadOnlySpan<byte> packet, ulong index, TimeSpan now)
    {
        // Viewers send nothing (talk back has a session of its own).
    }

    public void ReceiveRtcp(ReadOnlySpan<byte> compound, TimeSpan now)
    {
        var reader = new RtcpReader(compound);
        Span<byte> answer = stackalloc byte[24];
        while (reader.TryRead())
        {
            switch (reader.Kind)
            {
                case RtcpKind.TransportFeedback when reader.Count == RtcpFeedback.GenericNack:
                    Resend(reader.Body, now);
                    break;
                case RtcpKind.PayloadFeedback when reader.Count is RtcpFeedback.PictureLoss or RtcpFeedback.FullIntraRequest:
                    Restart(now);
                    break;
                case RtcpKind.PayloadFeedback when reader.Count == RtcpFeedback.ApplicationLayer && RtcpFeedback.ReadRemb(reader.Body) is { } limit:
                    BitrateLimitBps = limit;
                    line.Limited(limit);
                    break;
                case RtcpKind.ReceiverReport when reader.FractionLost(Video?.Ssrc ?? 0) is { } lost:
                    line.Lost(lost);
                    if (line.Tries)
                    {
                        ChooseSource(now); // The viewer may see nothing meanwhile.
                    }

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
        ChooseSource(now);
        Video?.Playout = playout.At(now);
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
    public bool Send(Span<byte> buffer, TimeSpan now)
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
                jammed = true;
                return false;
            }

            if (jammed)
            {
                jammed = false;
                Video?.Skip();
                Audio?.Skip();
            }

            Video?.Send(buffer, now);
            Audio?.Send(buffer, now);
            return Video?.IsBehind == true;
        }
    }

    private void ChooseSource(TimeSpan now)
    {
        if (Video is null || AsksForSmall || !fanout.HasSmallVideo)
        {
            return;
        }

        line.Decide(fanout.Video.BitrateBps, now - connectedAt);
        Video.SwitchTo(line.IsNarrow ? fanout.SmallVideo : fanout.Video);
    }

    private void Restart(TimeSpan now)
    {
        var since = now - restartedAt;
        if (since < restartInterval)
        {
            return;
        }

        var goesOn = since < restartInterval * 2;
        restartInterval = !goesOn ? RestartInterval : restartInterval * 2 > LongestRestartInterval ? LongestRestartInterval : restartInterval * 2;
        restartedAt = now;
        if (fanout.Bus.MakesKeyFrames && Video?.Source == fanout.Video)
        {
            fanout.Bus.AskForKeyFrame();
        }
        else if (RepeatsGroups)
        {
            Video?.Restart();
            fanout.Wake();
        }
    }

    private void Resend(ReadOnlySpan<byte> nack, TimeSpan now)
    {
        Span<ushort> lost = stackalloc ushort[17];
        var ssrc = BinaryPrimitives.ReadUInt32BigEndian(nack[4..]);
        if ((Video?.Ssrc == ssrc ? Video : Audio?.Ssrc == ssrc ? Audio : null) is not { } track || !transport.IsConnected)
        {
            return;
        }

        resendAllowance = Math.Min(ResendBurst, resendAllowance + ((now - allowanceAt).TotalSeconds * ResendsPerSecond));
        allowanceAt = now;
        for (int at = 0, count; (count = RtcpFeedback.ReadNack(nack, at, lost)) > 0; at++)
        {
            if (track == Video)
            {
                playout.Lost(count, now);
                track.Playout = playout.At(now);
            }

            foreach (var sequence in lost[..count])
            {
                Resend(track, sequence);
            }
        }
    }

    /// <summary>
    /// Twice, because what is lost once is likely to be lost again, and the viewer would wait for another round trip. Bounded, because
    /// a viewer that loses much on a narrow line must not be sent even more.
    /// </summary>
    private void Resend(ViewerTrack track, ushort sequence)
    {
        for (var copy = 0; copy < 2 && resendAllowance >= 1; copy++, resendAllowance--)
        {
            track.Resend(sequence);
        }
    }
}
