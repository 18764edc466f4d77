using Vigil.Protocols.Rtp;

namespace Vigil.Protocols.Rtcp;

/// <summary>One report block (RFC 3550 §6.4.1).</summary>
public readonly record struct ReportBlock(
    uint Ssrc, byte FractionLost, int CumulativeLost, uint HighestSequence, uint Jitter, uint LastSenderReport, uint DelaySinceLastSenderReport);

/// <summary>What a receiver knows of one source: RFC 3550 appendix A.1 (sequence), A.3 (loss) and A.8 (jitter). Time is an argument.</summary>
public sealed class ReceiverStatistics
{
    private uint ssrc;
    private uint baseSequence;
    private uint cycles;
    private ushort maxSequence;
    private long received;
    private long expectedPrior;
    private long receivedPrior;
    private long jitter16;
    private uint lastTransit;
    private uint middleNtp;
    private TimeSpan senderReportAt;
    private bool started;

    public long Received => received;

    /// <summary>Expected less received; negative with duplicates.</summary>
    public long Lost => Expected - received;

    /// <summary>Interarrival jitter in ticks of the RTP clock.</summary>
    public uint Jitter => (uint)(jitter16 >> 4);

    private uint HighestSequence => cycles + maxSequence;

    private long Expected => started ? (long)HighestSequence - baseSequence + 1 : 0;

    /// <summary>One packet at <paramref name="now"/>, monotonic since any moment.</summary>
    public void Arrived(in RtpPacket packet, int clockRate, TimeSpan now)
    {
        var sequence = packet.SequenceNumber;
        if (!started || packet.Ssrc != ssrc)
        {
            Start(packet.Ssrc, sequence);
        }
        else
        {
            var ahead = (ushort)(sequence - maxSequence);
            if (ahead < 0x8000)
            {
                if (sequence < maxSequence)
                {
                    cycles += 1u << 16;
                }

                maxSequence = sequence;
            }
        }

        received++;
        var arrival = (uint)(long)(now.TotalSeconds * clockRate);
        var transit = arrival - packet.Timestamp;
        if (received > 1)
        {
            var d = (long)Math.Abs((int)(transit - lastTransit));
            jitter16 += d - ((jitter16 + 8) >> 4);
        }

        lastTransit = transit;
    }

    public void SenderReported(in SenderReport report, TimeSpan now)
    {
        middleNtp = report.MiddleNtp;
        senderReportAt = now;
    }

    /// <summary>The block to send now; the fraction lost counts from the block before.</summary>
    public ReportBlock Report(TimeSpan now)
    {
        var expected = Expected;
        var expectedInterval = expected - expectedPrior;
        var lostInterval = expectedInterval - (received - receivedPrior);
        expectedPrior = expected;
        receivedPrior = received;
        var fraction = expectedInterval <= 0 || lostInterval <= 0 ? 0 : Math.Min(255, (lostInterval << 8) / expectedInterval);
        return new ReportBlock(
            ssrc,
            (byte)fraction,
            (int)Math.Clamp(Lost, -0x80_0000, 0x7F_FFFF),
            HighestSequence,
            Jitter,
            middleNtp,
            middleNtp == 0 ? 0 : (uint)((now - senderReportAt).TotalSeconds * 65536));
    }

    private void Start(uint source, ushort sequence)
    {
        ssrc = source;
        started = true;
        baseSequence = sequence;
        maxSequence = sequence;
        cycles = 0;
        received = 0;
        expectedPrior = 0;
        receivedPrior = 0;
        jitter16 = 0;
    }
}
