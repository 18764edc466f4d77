using System.Buffers;
using System.Buffers.Binary;
using Vigil.Protocols.Rtcp;
using Vigil.Protocols.Rtp;

namespace Vigil.Protocols.Tests.Rtcp;

public sealed class RtcpTests
{
    // SR of SSRC 11223344 with one report block, then SDES, then BYE.
    private const string Compound =
        "81C8000C" + "11223344" + "E8D0A5B0" + "80000000" + "00015F90" + "0000000A" + "000003E8"
        + "AABBCCDD" + "00000000" + "00000001" + "00000000" + "00000000" + "00000000"
        + "81CA0003" + "11223344" + "0104" + "63616D31" + "0000"
        + "81CB0001" + "11223344";

    [Fact]
    public void A_compound_packet_is_read_part_by_part()
    {
        var reader = new RtcpReader(Convert.FromHexString(Compound));

        reader.TryRead().ShouldBeTrue();
        reader.Kind.ShouldBe(RtcpKind.SenderReport);
        reader.SenderReport.ShouldBe(new SenderReport(0x11223344, 0xE8D0A5B0_80000000, 90_000, 10, 1000));
        reader.SenderReport.MiddleNtp.ShouldBe(0xA5B08000);
        reader.TryRead().ShouldBeTrue();
        reader.Kind.ShouldBe(RtcpKind.SourceDescription);
        reader.TryRead().ShouldBeTrue();
        reader.Kind.ShouldBe(RtcpKind.Goodbye);
        reader.Ssrc.ShouldBe(0x11223344u);
        reader.TryRead().ShouldBeFalse();
        reader.Error.ShouldBe(RtcpParseError.None);
    }

    [Fact]
    public void Every_truncation_ends_with_a_reason_or_at_a_boundary()
    {
        var bytes = Convert.FromHexString(Compound);
        for (var length = 0; length <= bytes.Length; length++)
        {
            var reader = new RtcpReader(bytes.AsSpan(0, length));
            while (reader.TryRead())
            {
                _ = reader.SenderReport;
            }

            (reader.Error == RtcpParseError.None).ShouldBe(length is 0 or 52 or 68 or 76, $"{length} bytes");
        }
    }

    [Theory]
    [InlineData(0xE8D0A5B0_80000000, "2023-10-11T04:40:16.5000000+00:00")]
    [InlineData(0x83AA7E80_00000000, "1970-01-01T00:00:00.0000000+00:00")]
    [InlineData(0x00000000_80000000, "2036-02-07T06:28:16.5000000+00:00")]
    public void The_senders_clock_is_read_in_both_eras(ulong ntp, string expected) =>
        new SenderReport(1, ntp, 0, 0, 0).WallClock!.Value.ToString("o").ShouldBe(expected);

    [Fact]
    public void A_sender_without_a_clock_says_so() => new SenderReport(1, 0, 0, 0, 0).WallClock.ShouldBeNull();

    [Fact]
    public void A_receiver_report_is_what_the_reader_reads_and_ends_on_words()
    {
        foreach (var name in (string[])["", "a", "ab", "abc", "vigil@host", new string('x', 300)])
        {
            var output = new ArrayBufferWriter<byte>();
            RtcpWriter.WriteReceiverReport(output, 7, [new ReportBlock(9, 128, -2, 70_000, 55, 1, 2)], name);
            RtcpWriter.WriteGoodbye(output, 7);

            (output.WrittenCount % 4).ShouldBe(0);
            var reader = new RtcpReader(output.WrittenSpan);
            reader.TryRead().ShouldBeTrue();
            reader.Kind.ShouldBe(RtcpKind.ReceiverReport);
            reader.Ssrc.ShouldBe(7u);
            Convert.ToHexString(output.WrittenSpan[8..32]).ShouldBe("00000009" + "80FFFFFE" + "00011170" + "00000037" + "00000001" + "00000002");
            reader.TryRead().ShouldBeTrue();
            reader.Kind.ShouldBe(RtcpKind.SourceDescription);
            reader.TryRead().ShouldBeTrue();
            reader.Kind.ShouldBe(RtcpKind.Goodbye);
            reader.TryRead().ShouldBeFalse();
            reader.Error.ShouldBe(RtcpParseError.None);
        }
    }

    [Fact]
    public void Loss_and_the_highest_sequence_are_counted_over_the_wrap()
    {
        var statistics = new ReceiverStatistics();
        ushort[] sequences = [65_533, 65_534, 0, 1, 2, 4];
        foreach (var sequence in sequences)
        {
            Arrive(statistics, sequence, 0, TimeSpan.Zero);
        }

        statistics.Lost.ShouldBe(2);
        var block = statistics.Report(TimeSpan.Zero);
        block.HighestSequence.ShouldBe(0x1_0004u);
        block.CumulativeLost.ShouldBe(2);
        block.FractionLost.ShouldBe((byte)(2 * 256 / 8));
        statistics.Report(TimeSpan.Zero).FractionLost.ShouldBe((byte)0, "nothing was lost since the block before");
    }

    [Fact]
    public void Jitter_follows_appendix_A8()
    {
        var statistics = new ReceiverStatistics();
        Arrive(statistics, 1, 0, TimeSpan.Zero);
        Arrive(statistics, 2, 3600, TimeSpan.FromMilliseconds(40));
        statistics.Jitter.ShouldBe(0u);
        // 16 ms late: |D| = 1,440 ticks, a sixteenth of it counts.
        Arrive(statistics, 3, 7200, TimeSpan.FromMilliseconds(96));
        statistics.Jitter.ShouldBe(90u);
    }

    [Fact]
    public void A_report_says_how_long_ago_the_senders_report_came()
    {
        var statistics = new ReceiverStatistics();
        Arrive(statistics, 1, 0, TimeSpan.Zero);
        statistics.SenderReported(new SenderReport(1, 0x0000_1234_5678_0000, 0, 0, 0), TimeSpan.FromSeconds(1));

        var block = statistics.Report(TimeSpan.FromSeconds(1.5));
        block.LastSenderReport.ShouldBe(0x1234_5678u);
        block.DelaySinceLastSenderReport.ShouldBe(32_768u);
    }

    private static void Arrive(ReceiverStatistics statistics, ushort sequence, uint timestamp, TimeSpan now)
    {
        var bytes = new byte[12];
        bytes[0] = 0x80;
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), sequence);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), timestamp);
        RtpPacket.TryParse(bytes, out var packet).ShouldBe(RtpParseError.None);
        statistics.Arrived(packet, 90_000, now);
    }
}
