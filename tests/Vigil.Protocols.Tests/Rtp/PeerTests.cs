using System.Buffers.Binary;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.Rtp;

namespace Vigil.Protocols.Tests.Rtp;

/// <summary>Packets that ffmpeg and GStreamer made of our test streams (<c>testdata/rtp</c>): what comes out is the stream.</summary>
public sealed class PeerTests
{
    [Theory]
    [InlineData("ffmpeg-h264", Codec.H264, "x264-bframes", 30)]
    [InlineData("ffmpeg-h265", Codec.H265, "x265-bframes", 30)]
    [InlineData("gst-h264", Codec.H264, "x264-bframes", 50)]
    [InlineData("gst-h265", Codec.H265, "x265-bframes", 50)]
    public void Video_of_another_sender_is_the_stream_it_was(string capture, Codec codec, string stream, int count)
    {
        var source = Testdata.Units(codec, Testdata.Read(stream + (codec == Codec.H264 ? ".h264" : ".h265")));
        var times = Testdata.Times(stream + ".csv");
        var packets = Packets(capture);
        var depacketizer = Make(codec, packets);

        var units = depacketizer.PushAll(packets);

        units.Count.ShouldBe(count);
        units.Select(u => u.IsKeyFrame).ShouldBe(times.Take(count).Select(t => t.Key));
        for (var i = 0; i < count; i++)
        {
            Slices(codec, units[i].Nals()).ShouldBe(Slices(codec, source[i]), $"unit {i}");
        }

        if (capture.StartsWith("gst", StringComparison.Ordinal))
        {
            // GStreamer rounds time stamps down.
            units.Select(u => (u.Timestamp - units[0].Timestamp + 1) * 12_800 / 90_000).ShouldBe(times.Select(t => t.Pts - times[0].Pts));
        }

        depacketizer.Stats.MalformedPackets.ShouldBe(0);
        depacketizer.Stats.WrongMarkers.ShouldBe(0);
        depacketizer.Stats.DroppedUnits.ShouldBe(0);
    }

    [Theory]
    [InlineData("ffmpeg-aac", "", "config", "119056E500")]
    [InlineData("gst-aac", "", "config", "1190")]
    [InlineData("ffmpeg-latm", "MP4A-LATM", "config", "400023203fc0")]
    [InlineData("gst-latm", "MP4A-LATM", "config", "400023203fc0")]
    public void AAC_of_another_sender_is_the_stream_it_was(string capture, string encoding, string name, string value)
    {
        var packets = Packets(capture);
        var depacketizer = Make(Codec.Aac, packets, 48_000, encoding, (name, value), ("cpresent", "0"));
        var splitter = new AdtsSplitter();
        splitter.Push(Testdata.Read("aac-48k-stereo.adts"));
        var frames = new List<string>();
        while (splitter.TryTake(out var frame))
        {
            frames.Add(Convert.ToHexString(frame.Span));
        }

        var units = depacketizer.PushAll(packets);

        // GStreamer's MP4 reader leaves out what the edit list does.
        var first = frames.IndexOf(Convert.ToHexString(units[0].Payload.Span));
        first.ShouldBeInRange(0, 2);
        units.Count.ShouldBeGreaterThan(44);
        units.Select(u => Convert.ToHexString(u.Payload.Span)).ShouldBe(frames.Skip(first).Take(units.Count));
        units.Zip(units.Skip(1), (a, b) => b.Timestamp - a.Timestamp).Distinct().Except([1023, 1024, 1025, 0]).ShouldBeEmpty(); // GStreamer stamps the last two alike.
        depacketizer.Stats.MalformedPackets.ShouldBe(0);
    }

    [Theory]
    [InlineData("ffmpeg-jpeg")]
    [InlineData("gst-jpeg")]
    public void JPEG_of_another_sender_has_the_same_scan(string capture)
    {
        var splitter = new JpegSplitter();
        splitter.Push(Testdata.Read("mjpeg-420.mjpeg"));
        var packets = Packets(capture);
        var depacketizer = Make(Codec.Mjpeg, packets);

        var units = depacketizer.PushAll(packets);

        units.Count.ShouldBe(3);
        foreach (var unit in units)
        {
            splitter.TryTake(out var original).ShouldBeTrue();
            (unit.Format.Width, unit.Format.Height).ShouldBe((160, 96));
            Scan(unit.Payload.Span).ShouldBe(Scan(original.Span));
        }
    }

    [Fact]
    public void Opus_of_another_sender_is_20_ms_a_packet()
    {
        var packets = Packets("ffmpeg-opus");
        var units = Make(Codec.Opus, packets, 48_000).PushAll(packets);
        units.Count.ShouldBe(16);
        units.Select(u => OpusFormat.SamplesIn(u.Payload.Span)).ShouldAllBe(samples => samples == 960);
        units.Zip(units.Skip(1)).ShouldAllBe(p => p.Second.Timestamp - p.First.Timestamp == 960);
    }

    [Theory]
    [InlineData("ffmpeg-h264", Codec.H264)]
    [InlineData("ffmpeg-h265", Codec.H265)]
    [InlineData("gst-h265", Codec.H265)]
    public void Any_one_packet_lost_costs_one_picture_and_the_next_says_so(string capture, Codec codec)
    {
        var packets = Packets(capture);
        var whole = Make(codec, packets).PushAll(packets).Select(u => string.Join(' ', Slices(codec, u.Nals()))).ToList();

        // The first picture holds the parameter sets: without them nothing comes out before the next.
        for (var lost = 8; lost < packets.Count - 1; lost++)
        {
            var units = Make(codec, packets).PushAll([.. packets.Take(lost), .. packets.Skip(lost + 1)]);
            units.Count.ShouldBeGreaterThanOrEqualTo(whole.Count - 1, $"without packet {lost}");
            units.Select(u => string.Join(' ', Slices(codec, u.Nals()))).Except(whole).ShouldBeEmpty();
            units.Count(u => u.AfterLoss).ShouldBe(1);
        }
    }

    private static List<byte[]> Packets(string capture)
    {
        ReadOnlySpan<byte> rest = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "testdata", "rtp", capture + ".rtp"));
        var packets = new List<byte[]>();
        while (!rest.IsEmpty)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(rest);
            packets.Add(rest.Slice(2, length).ToArray());
            rest = rest[(2 + length)..];
        }

        return packets;
    }

    private static Depacketizer Make(
        Codec codec, List<byte[]> packets, int clockRate = 90_000, string encoding = "", params ReadOnlySpan<(string Name, string Value)> fmtp) =>
        Depacketizer.Create(new RtpTrackDescription
        {
            Codec = codec,
            PayloadType = packets[0][1] & 0x7F,
            ClockRate = clockRate,
            Channels = 2,
            EncodingName = encoding,
            Fmtp = fmtp.ToArray().ToDictionary(p => p.Name, p => p.Value),
        }).ShouldNotBeNull();

    private static List<string> Slices(Codec codec, List<byte[]> nals) =>
    [
        .. nals.Where(n => codec == Codec.H264 ? H264Nal.TypeOf(n[0]) <= 5 : H265Nal.TypeOf(n[0]) <= 31).Select(Convert.ToHexString),
    ];

    private static string Scan(ReadOnlySpan<byte> jpeg)
    {
        var start = jpeg.IndexOf<byte>([0xFF, 0xDA, 0, 12]);
        return Convert.ToHexString(jpeg[(start + 14)..]);
    }
}
