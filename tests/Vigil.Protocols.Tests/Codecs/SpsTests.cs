using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Tests.Codecs;

/// <summary>Parameter sets as x264 and x265 wrote them, against what ffprobe says of their streams.</summary>
public sealed class SpsTests
{
    private const string HighHd = "67640028acb200f0044fcb8088000003000800000301e078c19240";

    public static TheoryData<string, int, int, double, int, string> H264 => new()
    {
        { HighHd, 1920, 1080, 30, 0, "avc1.640028" },
        { "6742c00dd90141fb0110000003001000000303c0f142a480", 320, 240, 30, 0, "avc1.42c00d" },
        { "677a001fb6cd9405005bb0110000030001000003003c0f183196", 1280, 720, 30, 2, "avc1.7a001f" }, // 4:2:2, ten bits
        { "6764001facd940b424d80880000003008000001e0f8b16cb", 720, 576, 30, 2, "avc1.64001f" }, // interlaced
        { "6764001eacd940a02ff970110000030001000003003c602001e840007a13930c01e2c5b2c0", 640, 360, 30, 2, "avc1.64001e" }, // HRD, scaling lists
        { "67f400159196405827f8fc0440000003004000000f03c58b92", 352, 290, 30, 0, "avc1.f40015" }, // 4:4:4
    };

    public static TheoryData<string, int, int, double, int, string> H265 => new()
    {
        { "420101016000000300900000030000030078a003c08010e5964a924caf016808000003000800000300f040", 1920, 1080, 30, 0, "hvc1.1.6.L120.90" },
        { "42010102200000030090000003000003005da00280802d9f2365959a4932bc05a020000003002000000303c1", 1280, 722, 30, 2, "hvc1.2.4.L93.90" },
        { "42010101600000030090000003000003003fa00502016965959a49395e02d010000003001000000301e080", 640, 360, 30, 2, "hvc1.1.6.L63.90" },
        { "4201010408000003009e0800000300003c9001610094f9f2cacd249caf016808000003000800000300f040", 352, 290, 30, 2, "hvc1.4.10.L60.9E.8" },
    };

    [Theory]
    [MemberData(nameof(H264))]
    public void An_H264_SPS_tells_size_rate_and_reordering(string hex, int width, int height, double rate, int reorder, string codec)
    {
        H264Sps.TryParse(Convert.FromHexString(hex), out var sps).ShouldBe(SpsParseError.None);

        (sps.Width, sps.Height).ShouldBe((width, height));
        sps.FramesPerSecond.ShouldBe(rate);
        sps.ReorderFrames.ShouldBe(reorder);
        sps.CodecString.ShouldBe(codec);
    }

    [Theory]
    [MemberData(nameof(H265))]
    public void An_H265_SPS_tells_size_rate_and_reordering(string hex, int width, int height, double rate, int reorder, string codec)
    {
        H265Sps.TryParse(Convert.FromHexString(hex), out var sps).ShouldBe(SpsParseError.None);

        (sps.Width, sps.Height).ShouldBe((width, height));
        sps.FramesPerSecond.ShouldBe(rate);
        sps.ReorderFrames.ShouldBe(reorder);
        sps.CodecString.ShouldBe(codec);
    }

    [Fact]
    public void A_truncated_SPS_is_refused_or_loses_only_its_VUI()
    {
        foreach (var row in H264)
        {
            var whole = Convert.FromHexString(row.Data.Item1);
            for (var length = 0; length < whole.Length; length++)
            {
                if (H264Sps.TryParse(whole.AsSpan(0, length), out var sps) == SpsParseError.None)
                {
                    (sps.Width, sps.Height).ShouldBe((row.Data.Item2, row.Data.Item3));
                }
            }
        }

        foreach (var row in H265)
        {
            var whole = Convert.FromHexString(row.Data.Item1);
            for (var length = 0; length < whole.Length; length++)
            {
                if (H265Sps.TryParse(whole.AsSpan(0, length), out var sps) == SpsParseError.None)
                {
                    (sps.Width, sps.Height).ShouldBe((row.Data.Item2, row.Data.Item3));
                }
            }
        }
    }

    [Fact]
    public void What_is_no_SPS_has_a_reason()
    {
        H264Sps.TryParse([0x68, 1, 2, 3], out _).ShouldBe(SpsParseError.NotAnSps);
        H264Sps.TryParse([0x67, 1], out _).ShouldBe(SpsParseError.CutShort);
        H264Sps.TryParse([0x67, .. new byte[CodecLimits.MaxParameterSetBytes]], out _).ShouldBe(SpsParseError.TooLong);
        H265Sps.TryParse([0x44, 1, 2, 3], out _).ShouldBe(SpsParseError.NotAnSps);
        H265Sps.TryParse([0x42, 1, 1], out _).ShouldBe(SpsParseError.CutShort);
    }

    [Fact]
    public void A_configuration_record_gives_back_its_parameter_sets()
    {
        byte[][] sps = [Convert.FromHexString(HighHd), [.. Convert.FromHexString(HighHd), 7]];
        byte[][] pps = [[0x68, 1], [0x68, 2, 3]];
        var format = H264Config.ToFormat(sps, pps).ShouldNotBeNull();
        var sets = new List<byte[]>();
        H264Config.TryReadParameterSets(format.Config.Span, sets).ShouldBeTrue();
        sets.ShouldBe([.. sps, .. pps]);

        byte[][] vps = [[0x40, 1, 2]];
        byte[][] sps265 = [Convert.FromHexString(H265.First().Data.Item1)];
        var format265 = H265Config.ToFormat(vps, sps265, [[0x44, 1, 9]]).ShouldNotBeNull();
        sets.Clear();
        H265Config.TryReadParameterSets(format265.Config.Span, sets).ShouldBeTrue();
        sets.ShouldBe([.. vps, .. sps265, [0x44, 1, 9]]);
        for (var length = 0; length < format265.Config.Length; length++)
        {
            H265Config.TryReadParameterSets(format265.Config.Span[..length], new List<byte[]>()).ShouldBeFalse();
        }
    }

    [Fact]
    public void Annex_B_and_length_prefixes_are_two_spellings_of_the_same()
    {
        byte[] stream = [0, 0, 0, 1, 0x67, 1, 0, 0, 0, 0, 1, 0x68, 2, 0, 0, 1, 0x65, 0, 0, 3, 1];
        var prefixed = new System.Buffers.ArrayBufferWriter<byte>();
        AnnexB.ToLengthPrefixed(stream, prefixed);
        prefixed.WrittenSpan.ToArray().ShouldBe([0, 0, 0, 2, 0x67, 1, 0, 0, 0, 2, 0x68, 2, 0, 0, 0, 5, 0x65, 0, 0, 3, 1]);

        var back = new System.Buffers.ArrayBufferWriter<byte>();
        AnnexB.FromLengthPrefixed(prefixed.WrittenSpan, back).ShouldBeTrue();
        Testdata.Nals(back.WrittenSpan.ToArray()).ShouldBe(Testdata.Nals(stream));
        AnnexB.FromLengthPrefixed([0, 0, 0, 2, 1], back).ShouldBeFalse();
        AnnexB.FromLengthPrefixed([0xFF, 0xFF, 0xFF, 0xFF, 1], back).ShouldBeFalse();
    }
}
