using Vigil.Protocols.Rtp;

namespace Vigil.Protocols.Tests.Rtp;

public sealed class RtpPacketTests
{
    private static readonly string Head = "80E0FFFE" + "01020304" + "AABBCCDD";

    public static TheoryData<string, string, int, string> Good => new()
    {
        // packet, payload, extension profile, extension
        { Head + "1122", "1122", 0, "" },
        { Head, "", 0, "" },
        { "82E0FFFE01020304AABBCCDD" + "0000000100000002" + "55", "55", 0, "" },
        { "90E0FFFE01020304AABBCCDD" + "BEDE0001" + "10FF0000" + "77", "77", 0xBEDE, "10FF0000" },
        { "90E0FFFE01020304AABBCCDD" + "ABAC0000" + "77", "77", 0xABAC, "" },
        { "A0E0FFFE01020304AABBCCDD" + "1122" + "000003", "1122", 0, "" },
        { "A0E0FFFE01020304AABBCCDD" + "01", "", 0, "" },
    };

    public static TheoryData<string, RtpParseError> Bad => new()
    {
        { "", RtpParseError.TooShort },
        { "40E0FFFE01020304AABBCCDD", RtpParseError.WrongVersion },
        { "82E0FFFE01020304AABBCCDD00000001", RtpParseError.CsrcBeyondEnd },
        { "90E0FFFE01020304AABBCCDDBEDE", RtpParseError.ExtensionBeyondEnd },
        { "90E0FFFE01020304AABBCCDDBEDE000100", RtpParseError.ExtensionBeyondEnd },
        { "A0E0FFFE01020304AABBCCDD", RtpParseError.PaddingBeyondPayload },
        { "A0E0FFFE01020304AABBCCDD00", RtpParseError.PaddingBeyondPayload },
        { "A0E0FFFE01020304AABBCCDD1103", RtpParseError.PaddingBeyondPayload },
    };

    [Theory]
    [MemberData(nameof(Good))]
    public void A_packet_is_viewed_without_copying(string hex, string payload, int profile, string extension)
    {
        RtpPacket.TryParse(Convert.FromHexString(hex), out var packet).ShouldBe(RtpParseError.None);

        Convert.ToHexString(packet.Payload).ShouldBe(payload);
        packet.Marker.ShouldBeTrue();
        packet.PayloadType.ShouldBe(96);
        packet.SequenceNumber.ShouldBe((ushort)0xFFFE);
        packet.Timestamp.ShouldBe(0x01020304u);
        packet.Ssrc.ShouldBe(0xAABBCCDDu);
        ((int)packet.ExtensionProfile).ShouldBe(profile);
        Convert.ToHexString(packet.Extension).ShouldBe(extension);
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_wrong_packet_has_a_reason(string hex, RtpParseError reason) =>
        RtpPacket.TryParse(Convert.FromHexString(hex), out _).ShouldBe(reason);

    [Fact]
    public void Every_truncation_of_a_header_is_refused()
    {
        var bytes = Convert.FromHexString("B2E0FFFE01020304AABBCCDD" + "0000000100000002" + "BEDE000110FF0000" + "99" + "0002");
        for (var length = 0; length < 28; length++)
        {
            RtpPacket.TryParse(bytes.AsSpan(0, length), out _).ShouldNotBe(RtpParseError.None, $"{length} bytes");
        }

        RtpPacket.TryParse(bytes, out var whole).ShouldBe(RtpParseError.None);
        Convert.ToHexString(whole.Payload).ShouldBe("99");
    }

    [Fact]
    public void Time_stamps_go_on_over_the_wrap_and_a_report_is_placed_beside_them()
    {
        var timeline = new RtpTimeline();
        timeline.Extend(0xFFFF_FF00).ShouldBe(0xFFFF_FF00);
        timeline.Extend(0x0000_0100).ShouldBe(0x1_0000_0100);
        timeline.Place(0xFFFF_FFFF).ShouldBe(0xFFFF_FFFF);
        timeline.Extend(0x8000_0000).ShouldBe(0x1_8000_0000);
        timeline.Extend(0xFFFF_FFFF).ShouldBe(0x1_FFFF_FFFF);
        timeline.Extend(5).ShouldBe(0x2_0000_0005);
        timeline.Extend(0xFFFF_FFF0).ShouldBe(0x1_FFFF_FFF0);
    }
}
