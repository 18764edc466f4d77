using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Tests.Codecs;

public sealed class AudioTests
{
    [Fact]
    public void Every_G711_code_survives_decoding_and_encoding()
    {
        var samples = new short[256];
        var codes = Enumerable.Range(0, 256).Select(c => (byte)c).ToArray();
        G711.DecodeALaw(codes, samples);
        samples.Select(G711.EncodeALaw).ShouldBe(codes);
        G711.DecodeMuLaw(codes, samples);
        // µ-law has two zeros; the negative one comes back as the positive.
        samples.Select(G711.EncodeMuLaw).ShouldBe(codes.Select(c => c == 0x7F ? (byte)0xFF : c));
    }

    [Theory]
    [InlineData(0xD5, 8)]
    [InlineData(0x55, -8)]
    [InlineData(0xAA, 32_256)]
    [InlineData(0x2A, -32_256)]
    public void A_law_has_its_known_values(byte code, short sample)
    {
        var samples = new short[1];
        G711.DecodeALaw([code], samples);
        samples[0].ShouldBe(sample);
    }

    [Theory]
    [InlineData(0xFF, 0)]
    [InlineData(0x00, -32_124)]
    [InlineData(0x80, 32_124)]
    public void Mu_law_has_its_known_values(byte code, short sample)
    {
        var samples = new short[1];
        G711.DecodeMuLaw([code], samples);
        samples[0].ShouldBe(sample);
    }

    [Fact]
    public void Encoding_is_off_by_half_a_step_at_most()
    {
        var one = new short[1];
        for (var sample = (int)short.MinValue; sample <= short.MaxValue; sample++)
        {
            var step = Math.Max(16, Math.Abs(sample) / 16);
            G711.DecodeALaw([G711.EncodeALaw((short)sample)], one);
            Math.Abs(one[0] - sample).ShouldBeLessThanOrEqualTo(step);
            G711.DecodeMuLaw([G711.EncodeMuLaw((short)sample)], one);
            Math.Abs(one[0] - sample).ShouldBeLessThanOrEqualTo(step);
        }
    }

    [Theory]
    [InlineData("1190", 2, 48_000, 2, "mp4a.40.2")]
    [InlineData("1408", 2, 16_000, 1, "mp4a.40.2")]
    [InlineData("1588", 2, 8_000, 1, "mp4a.40.2")]
    [InlineData("2B098800", 5, 24_000, 1, "mp4a.40.5")] // SBR over a 24 kHz core
    [InlineData("13881900", 2, 22_050, 1, "mp4a.40.2")]
    [InlineData("178012C008", 2, 9_600, 1, "mp4a.40.2")] // a rate spelled out
    public void An_AudioSpecificConfig_is_read(string hex, int type, int rate, int channels, string codec)
    {
        AudioSpecificConfig.TryParse(Convert.FromHexString(hex), out var config).ShouldBeTrue();
        config.ObjectType.ShouldBe(type);
        config.SampleRate.ShouldBe(rate);
        config.Channels.ShouldBe(channels);
        config.CodecString.ShouldBe(codec);
        config.SamplesPerFrame.ShouldBe(1024);
    }

    [Theory]
    [InlineData("")]
    [InlineData("11")]
    [InlineData("FFFF")]
    [InlineData("1690")] // sampling_frequency_index 13
    [InlineData("0000")]
    public void A_damaged_AudioSpecificConfig_is_refused(string hex) =>
        AudioSpecificConfig.TryParse(Convert.FromHexString(hex), out _).ShouldBeFalse();

    [Theory]
    [InlineData(48_000, 2, "1190")]
    [InlineData(16_000, 1, "1408")]
    [InlineData(9_600, 1, "178012C008")]
    public void An_AudioSpecificConfig_is_built(int rate, int channels, string hex) =>
        Convert.ToHexString(AudioSpecificConfig.Build(2, rate, channels)).ShouldBe(hex);

    [Fact]
    public void ADTS_headers_are_written_as_they_are_read()
    {
        AudioSpecificConfig.TryParse(Convert.FromHexString("1190"), out var config).ShouldBeTrue();
        Span<byte> bytes = stackalloc byte[7];
        AdtsHeader.TryWrite(bytes, config, 371).ShouldBeTrue();
        AdtsHeader.TryParse(bytes, out var header).ShouldBe(AdtsParseError.None);
        header.ShouldBe(new AdtsHeader
        {
            HeaderLength = 7,
            FrameLength = 378,
            ObjectType = 2,
            SampleRate = 48_000,
            ChannelConfiguration = 2,
            RawBlocks = 1,
        });
        AdtsHeader.TryWrite(bytes, config, 8185).ShouldBeFalse();
        AdtsHeader.TryWrite(bytes, config with { SampleRate = 9600 }, 1).ShouldBeFalse();
        for (var length = 0; length < 7; length++)
        {
            AdtsHeader.TryParse(bytes[..length], out _).ShouldBe(AdtsParseError.NeedMore);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(13)]
    [InlineData(100_000)]
    public void A_stream_of_ADTS_is_cut_the_same_however_it_comes_and_behind_garbage(int chunk)
    {
        byte[] stream = [0xFF, 1, 0xFF, 0xF9, 0, .. Testdata.Read("aac-48k-stereo.adts")];
        var splitter = new AdtsSplitter();
        var frames = 0;
        foreach (var piece in stream.Chunk(chunk))
        {
            splitter.Push(piece);
            while (splitter.TryTake(out var frame))
            {
                frame.Length.ShouldBeGreaterThan(0);
                frames++;
            }
        }

        frames.ShouldBe(48);
        splitter.SkippedBytes.ShouldBe(5);
        splitter.Format!.ClockRate.ShouldBe(48_000);
        splitter.Format.Channels.ShouldBe(2);
        Convert.ToHexString(splitter.Format.Config.Span).ShouldBe("1190");
    }

    [Theory]
    [InlineData("78", 960)] // hybrid, 20 ms
    [InlineData("FC", 960)]
    [InlineData("E0", 120)] // 2.5 ms
    [InlineData("F1", 960)] // two frames of 10 ms
    [InlineData("1B06", 0)] // six frames of 60 ms are too long
    [InlineData("1B02", 5760)]
    [InlineData("0801", 960)]
    [InlineData("", 0)]
    [InlineData("03", 0)]
    public void An_Opus_packet_tells_its_length(string hex, int samples) =>
        OpusFormat.SamplesIn(Convert.FromHexString(hex)).ShouldBe(samples);

    [Fact]
    public void The_Opus_box_is_big_endian() =>
        Convert.ToHexString(OpusFormat.Format(2, 312).Config.Span).ShouldBe("0002" + "0138" + "0000BB80" + "0000" + "00");
}
