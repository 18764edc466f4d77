using System.Buffers.Binary;
using Vigil.Protocols.Rtcp;

namespace Vigil.Protocols.Tests.Rtcp;

public sealed class RtcpFeedbackTests
{
    [Theory]
    [InlineData(new ushort[] { 5 })]
    [InlineData(new ushort[] { 5, 6, 21, 22 })]
    [InlineData(new ushort[] { 65_534, 65_535, 0, 14, 15 })]
    public void Missing_packets_are_asked_for_and_understood(ushort[] missing)
    {
        var bytes = new byte[256];
        var length = RtcpFeedback.WriteNack(bytes, 1, 2, missing);
        var reader = new RtcpReader(bytes.AsSpan(0, length));
        reader.TryRead().ShouldBeTrue();
        reader.Kind.ShouldBe(RtcpKind.TransportFeedback);
        reader.Count.ShouldBe(RtcpFeedback.GenericNack);

        var understood = new List<ushort>();
        var some = new ushort[17];
        for (int at = 0, count; (count = RtcpFeedback.ReadNack(reader.Body, at, some)) > 0; at++)
        {
            understood.AddRange(some[..count]);
        }

        understood.ShouldBe(missing);
        reader.TryRead().ShouldBeFalse();
        reader.Error.ShouldBe(RtcpParseError.None);
    }

    [Theory]
    [InlineData(30_000)]
    [InlineData(262_143)]
    [InlineData(4_000_000)]
    [InlineData(100_000_000)]
    public void A_bit_rate_survives_within_its_mantissa(long bitrate)
    {
        var bytes = new byte[64];
        var length = RtcpFeedback.WriteRemb(bytes, 1, 2, bitrate);
        var reader = new RtcpReader(bytes.AsSpan(0, length));
        reader.TryRead().ShouldBeTrue();
        reader.Count.ShouldBe(RtcpFeedback.ApplicationLayer);
        RtcpFeedback.ReadRemb(reader.Body)!.Value.ShouldBeInRange(bitrate - (bitrate / 100_000) - 1, bitrate);
    }

    [Fact]
    public void A_viewers_reference_time_comes_back_to_it()
    {
        // RFC 3611 §4.4: an XR with a block of another kind (statistics, type 6) before the reference time.
        var report = Convert.FromHexString("80CF0006" + "00000001" + "06000001AABBCCDD" + "04000002" + "1122334455667788");
        var reader = new RtcpReader(report);
        reader.TryRead().ShouldBeTrue();
        reader.Kind.ShouldBe(RtcpKind.ExtendedReport);
        reader.Ssrc.ShouldBe(1u);
        RtcpFeedback.ReadReferenceTime(reader.Body).ShouldBe(0x33445566u);
        for (var length = 0; length < reader.Body.Length; length++)
        {
            RtcpFeedback.ReadReferenceTime(reader.Body[..length]).ShouldBeNull();
        }

        var answer = new byte[24];
        RtcpFeedback.WriteReferenceAnswer(answer, 9, 1, 0x33445566).ShouldBe(24);
        answer.ShouldBe(Convert.FromHexString("80CF0005" + "00000009" + "05000003" + "00000001" + "33445566" + "00000000"));
    }

    [Fact]
    public void Transport_wide_feedback_tells_what_came_and_when()
    {
        var feedback = new TransportCcFeedback();
        feedback.Add(65_535, TimeSpan.FromMilliseconds(1000));
        feedback.Add(0, TimeSpan.FromMilliseconds(1002));
        feedback.Add(2, TimeSpan.FromMilliseconds(1200));
        var bytes = new byte[1200];
        var length = feedback.Write(bytes, 1, 2);
        var reader = new RtcpReader(bytes.AsSpan(0, length));
        reader.TryRead().ShouldBeTrue();
        reader.Count.ShouldBe(RtcpFeedback.TransportCc);
        var body = reader.Body;

        BinaryPrimitives.ReadUInt16BigEndian(body[8..]).ShouldBe((ushort)65_535);
        BinaryPrimitives.ReadUInt16BigEndian(body[10..]).ShouldBe((ushort)4);
        (BinaryPrimitives.ReadUInt32BigEndian(body[12..]) >> 8).ShouldBe(15u, "1,000 ms are 15 times 64 ms and 40 ms");
        BinaryPrimitives.ReadUInt16BigEndian(body[16..]).ShouldBe((ushort)0b11_01_01_00_10_00_00_00, "small, small, lost, large");
        body[18].ShouldBe((byte)160);
        body[19].ShouldBe((byte)8);
        BinaryPrimitives.ReadInt16BigEndian(body[20..]).ShouldBe((short)792);
        feedback.Write(bytes, 1, 2).ShouldBe(0);
        feedback.Add(1, TimeSpan.FromMilliseconds(1300));
        feedback.Write(bytes, 1, 2).ShouldBe(0, "told of as lost already");
        feedback.Add(3, TimeSpan.FromMilliseconds(1400));
        feedback.Write(bytes, 1, 2).ShouldBeGreaterThan(0);
    }
}
