using Vigil.Protocols.Codecs;
using Vigil.Protocols.Rtp;

namespace Vigil.Protocols.Tests.Rtp;

/// <summary>Streams of real encoders through RTP and back, compared with what ffprobe says of them.</summary>
public sealed class CaptureTests
{
    public static TheoryData<Codec, string, int> Streams => new()
    {
        { Codec.H264, "x264-bframes.h264", 1400 },
        { Codec.H264, "x264-bframes.h264", 100 },
        { Codec.H265, "x265-bframes.h265", 1400 },
        { Codec.H265, "x265-bframes.h265", 100 },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public void A_stream_with_B_frames_comes_out_with_ffprobes_times_and_key_frames(Codec codec, string file, int maxPayload)
    {
        var source = Testdata.Units(codec, Testdata.Read(file));
        var times = Testdata.Times(Path.ChangeExtension(file, ".csv"));
        source.Count.ShouldBe(times.Count);
        var packetizer = new Packetizer(96, maxPayload);
        var depacketizer = DepacketizerPush.Make(codec);
        // The first presentation time lies just before the wrap of the RTP clock.
        var packets = source.SelectMany((nals, i) =>
        {
            var timestamp = (uint)(0xFFFF_F000 + (times[i].Pts * 90_000 / 12_800));
            return codec == Codec.H264 ? packetizer.H264(nals, timestamp) : packetizer.H265(nals, timestamp);
        });

        var units = depacketizer.PushAll(packets);

        units.Count.ShouldBe(times.Count);
        units.Select(u => (u.Timestamp - 0xFFFF_F000) * 12_800 / 90_000).ShouldBe(times.Select(t => t.Pts));
        units.Select(u => u.IsKeyFrame).ShouldBe(times.Select(t => t.Key));
        units.ShouldAllBe(u => !u.AfterLoss);
        for (var i = 0; i < units.Count; i++)
        {
            units[i].Nals().ShouldBe(source[i].Where(n => StaysInside(codec, n)), $"unit {i}");
        }

        var order = VideoTiming.Of(depacketizer.Format!).ToDecodeOrder(90_000);
        units.Select(u => (order.Next(u.Timestamp) - 0xFFFF_F000) * 12_800 / 90_000).ShouldBe(times.Select(t => t.Dts));
        depacketizer.Stats.MalformedPackets.ShouldBe(0);
        depacketizer.Stats.DroppedUnits.ShouldBe(0);
    }

    [Fact]
    public void The_H264_configuration_is_the_one_that_ffmpeg_writes()
    {
        var format = Format(Codec.H264, "x264-bframes.h264");

        format.Width.ShouldBe(160);
        format.Height.ShouldBe(90);
        format.CodecString.ShouldBe("avc1.64000b");
        // ffmpeg leaves the chroma fields of high profiles as they are here: 4:2:0, eight bits.
        Convert.ToHexStringLower(format.Config.Span).ShouldBe(
            "0164000bffe100196764000bacd9428df93011000003000100000300320f14299601000668eae094b22cfdf8f800");
        VideoTiming.Of(format).ShouldBe(new VideoTiming(25, 2));
    }

    [Fact]
    public void The_H265_configuration_names_profile_size_and_rate()
    {
        var format = Format(Codec.H265, "x265-bframes.h265");

        format.Width.ShouldBe(162);
        format.Height.ShouldBe(92);
        format.CodecString.ShouldBe("hvc1.1.6.L30.90");
        Convert.ToHexStringLower(format.Config.Span).ShouldStartWith("0101600000009000000000001ef000fcfdf8f800000f03a0000100");
        VideoTiming.Of(format).ShouldBe(new VideoTiming(25, 2));
    }

    [Theory]
    [InlineData(Codec.H264, "x264-bframes.h264")]
    [InlineData(Codec.H265, "x265-bframes.h265")]
    public void A_raw_stream_gives_the_same_units_however_it_is_cut(Codec codec, string file)
    {
        var stream = Testdata.Read(file);
        var expected = Testdata.Units(codec, stream);
        foreach (var chunk in (int[])[1, 7, 1000, stream.Length])
        {
            var reader = new AnnexBUnitReader(codec);
            var units = new List<AccessUnit>();
            foreach (var piece in stream.Chunk(chunk))
            {
                reader.Push(piece);
                while (reader.TryTake(out var unit))
                {
                    units.Add(unit);
                }
            }

            reader.Flush();
            while (reader.TryTake(out var unit))
            {
                units.Add(unit);
            }

            units.Count.ShouldBe(expected.Count);
            units.Select(u => u.Timestamp).ShouldBe(Enumerable.Range(0, units.Count).Select(i => (long)i));
            for (var i = 0; i < units.Count; i++)
            {
                units[i].Nals().ShouldBe(expected[i].Where(n => StaysInside(codec, n)), $"unit {i} in chunks of {chunk}");
            }
        }
    }

    [Fact]
    public void AAC_comes_out_frame_by_frame_however_it_was_packed()
    {
        var splitter = new AdtsSplitter();
        splitter.Push(Testdata.Read("aac-48k-stereo.adts"));
        var frames = new List<byte[]>();
        while (splitter.TryTake(out var frame))
        {
            frames.Add(frame.ToArray());
        }

        frames.Count.ShouldBe(48); // 47 and the encoder's priming
        splitter.SkippedBytes.ShouldBe(0);
        foreach (var (perPacket, maxPayload) in ((int, int)[])[(1, 1400), (1, 50), (4, 1400)])
        {
            var packetizer = new Packetizer(96, maxPayload);
            var depacketizer = DepacketizerPush.Make(
                Codec.Aac, 48_000, 2, "", ("mode", "AAC-hbr"), ("config", "1190"), ("sizeLength", "13"), ("indexLength", "3"), ("indexDeltaLength", "3"));
            var units = depacketizer.PushAll(frames.Chunk(perPacket).SelectMany((group, i) => packetizer.Aac(group, (uint)(i * perPacket * 1024))));

            units.Select(u => u.Payload.ToArray()).ShouldBe(frames);
            units.Select(u => u.Timestamp).ShouldBe(Enumerable.Range(0, frames.Count).Select(i => i * 1024L));
            depacketizer.Format!.CodecString.ShouldBe("mp4a.40.2");
            depacketizer.Format.Channels.ShouldBe(2);
        }
    }

    private static bool StaysInside(Codec codec, byte[] nal) => codec == Codec.H264
        ? H264Nal.TypeOf(nal[0]) is not (H264Nal.Sps or H264Nal.Pps or H264Nal.Delimiter)
        : H265Nal.TypeOf(nal[0]) is not (H265Nal.Vps or H265Nal.Sps or H265Nal.Pps or H265Nal.Delimiter);

    private static TrackFormat Format(Codec codec, string file)
    {
        var reader = new AnnexBUnitReader(codec);
        reader.Push(Testdata.Read(file));
        return reader.Format.ShouldNotBeNull();
    }
}
