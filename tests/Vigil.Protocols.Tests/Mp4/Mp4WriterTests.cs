using System.Buffers;
using System.Security.Cryptography;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.Mp4;

namespace Vigil.Protocols.Tests.Mp4;

public sealed class Mp4WriterTests
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 15, 12, 0, 0, TimeSpan.Zero);

    private static readonly TrackFormat Video = new()
    {
        Codec = Codec.H264,
        ClockRate = 90_000,
        Width = 640,
        Height = 360,
        CodecString = "avc1.42c01e",
        Config = Convert.FromHexString("0142C01EFFE1000A6742C01EDA0280BFE5C001000468CE3C80"),
    };

    private static readonly TrackFormat Aac = new()
    {
        Codec = Codec.Aac,
        ClockRate = 16_000,
        Channels = 1,
        CodecString = "mp4a.40.2",
        Config = Convert.FromHexString("1408"),
    };

    private static readonly TrackFormat Opus = new()
    {
        Codec = Codec.Opus,
        ClockRate = 48_000,
        Channels = 1,
        CodecString = "opus",
        Config = Convert.FromHexString("0001013800001F40000000"),
    };

    private static readonly TrackFormat Hevc = new()
    {
        Codec = Codec.H265,
        ClockRate = 90_000,
        Width = 1920,
        Height = 1080,
        CodecString = "hvc1.1.6.L120.90",
        Config = Convert.FromHexString("0101600000009000000000007800F000FCFDF8F800000F00"),
    };

    private static readonly TrackFormat Jpeg = new() { Codec = Codec.Mjpeg, ClockRate = 90_000, Width = 320, Height = 240, CodecString = "mp4v.6c" };

    public static TheoryData<string, TrackFormat[], string> Golden => new()
    {
        { "H.264 and AAC", [Video, Aac], "2a90eafa9314e094" },
        { "H.265", [Hevc], "0bb4864811eff4b1" },
        { "Opus", [Opus], "128065056cf4f64f" },
        { "JPEG", [Jpeg], "9921079c51a62c9f" },
    };

    [Theory]
    [MemberData(nameof(Golden))]
    public void The_bytes_are_those_of_the_day_it_was_right(string what, TrackFormat[] tracks, string hash)
    {
        // Brittle, which is the point: players were tried with these bytes. Look at the tree, try players, then change the hash.
        var file = new ArrayBufferWriter<byte>();
        Mp4Init.Write(file, tracks, new Mp4InitOptions { Created = Epoch });
        Mp4Fragment.Write(file, 1, Fragment(tracks), new ProducerTime(1, Epoch, 90_000));

        Convert.ToHexStringLower(SHA256.HashData(file.WrittenSpan).AsSpan(0, 8)).ShouldBe(hash, $"{what}\n{Mp4BoxTree.Print(file.WrittenSpan)}");
    }

    [Theory]
    [MemberData(nameof(Golden))]
    public void What_was_written_reads_back(string what, TrackFormat[] tracks, string hash)
    {
        _ = hash;
        var file = new ArrayBufferWriter<byte>();
        Mp4Init.Write(file, tracks);
        var ftyp = Box(file.WrittenSpan);
        Mp4InitReader.TryParse(file.WrittenSpan[(int)ftyp.Size..], out var read).ShouldBe(Mp4Error.None);
        read.Select(t => t.Format).ShouldBe(tracks, what);

        var written = Fragment(tracks);
        var fragment = new ArrayBufferWriter<byte>();
        Mp4Fragment.Write(fragment, 77, written, new ProducerTime(1, Epoch, 12345));
        var bytes = fragment.WrittenSpan;
        var prft = Box(bytes);
        Mp4FragmentReader.TryParseProducerTime(bytes[..(int)prft.Size], out var captured).ShouldBeTrue();
        captured.ShouldBe(new ProducerTime(1, Epoch, 12345));

        var moof = bytes[(int)prft.Size..];
        Mp4FragmentReader.TryParse(moof, read, out var index).ShouldBe(Mp4Error.None);
        index!.Sequence.ShouldBe(77u);
        for (var i = 0; i < written.Length; i++)
        {
            var part = index.Tracks[i];
            part.BaseDecodeTime.ShouldBe(written[i].BaseDecodeTime);
            var at = part.DataOffset;
            foreach (var (sample, expected) in part.Samples.Zip(written[i].Samples.ToArray()))
            {
                new Mp4Sample(moof.Slice(at, sample.Size).ToArray(), sample.Duration, sample.CompositionOffset, sample.IsSync)
                    .ShouldSatisfyAllConditions(
                        s => s.Payload.Span.SequenceEqual(expected.Payload.Span).ShouldBeTrue(),
                        s => s.Duration.ShouldBe(expected.Duration),
                        s => s.CompositionOffset.ShouldBe(expected.CompositionOffset),
                        s => s.IsSync.ShouldBe(expected.IsSync));
                at += sample.Size;
            }
        }
    }

    [Fact]
    public void No_cut_of_a_file_is_more_than_an_error()
    {
        var file = new ArrayBufferWriter<byte>();
        Mp4Init.Write(file, [Video, Aac]);
        var init = file.WrittenSpan[(int)Box(file.WrittenSpan).Size..];
        var moof = new ArrayBufferWriter<byte>();
        Mp4Fragment.Write(moof, 1, Fragment([Video, Aac]));
        for (var length = 0; length < init.Length; length++)
        {
            Mp4InitReader.TryParse(init[..length], out _).ShouldNotBe(Mp4Error.None);
        }

        var whole = (int)Box(moof.WrittenSpan).Size;
        for (var length = 0; length < whole; length++)
        {
            Mp4FragmentReader.TryParse(moof.WrittenSpan[..length], [], out _).ShouldNotBe(Mp4Error.None);
        }
    }

    [Fact]
    public void Garbage_is_refused_without_an_exception()
    {
        var file = new ArrayBufferWriter<byte>();
        Mp4Init.Write(file, [Video, Aac]);
        var init = file.WrittenSpan[(int)Box(file.WrittenSpan).Size..].ToArray();
        var fragment = new ArrayBufferWriter<byte>();
        Mp4Fragment.Write(fragment, 1, Fragment([Video, Aac]), new ProducerTime(1, Epoch, 0));
        var media = fragment.WrittenSpan.ToArray();
        var random = new Random(5);
        for (var trial = 0; trial < 20_000; trial++)
        {
            var torn = (trial % 2 == 0 ? init : media).ToArray();
            for (var flips = random.Next(1, 6); flips > 0; flips--)
            {
                torn[random.Next(torn.Length)] = (byte)random.Next(256);
            }

            _ = Mp4InitReader.TryParse(torn, out var tracks);
            _ = Mp4FragmentReader.TryParse(torn.AsSpan(trial % 2 == 0 ? 0 : 32), tracks, out _);
            _ = Mp4FragmentReader.TryParseProducerTime(torn, out _);
            _ = Mp4BoxTree.Print(torn);
        }
    }

    [Fact]
    public void Wall_clock_goes_through_NTP_time_unharmed()
    {
        var random = new Random(2);
        for (var i = 0; i < 1000; i++)
        {
            var time = new DateTimeOffset(random.NextInt64(
                new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks, new DateTime(2035, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks), TimeSpan.Zero);
            ProducerTime.FromNtp(ProducerTime.ToNtp(time)).ShouldBe(time);
        }

        // RFC 5905 figure 4: the Unix epoch.
        ProducerTime.ToNtp(DateTimeOffset.UnixEpoch).ShouldBe(2_208_988_800UL << 32);
    }

    [Fact]
    public void Durations_come_from_the_next_frame_and_never_drift()
    {
        // 29.97 pictures a second on a clock of 90 kHz: 3003 ticks; arrival times are rounded to 100 ns.
        var timer = new SampleTimer(Video, MediaTime.Zero);
        var frames = Enumerable.Range(0, 10_000).Select(i => Frame(MediaTime.FromClock(i * 3003L, 90_000))).ToList();
        long total = 0;
        for (var i = 0; i + 1 < frames.Count; i++)
        {
            total += timer.Take(frames[i], frames[i + 1]).Duration;
        }

        total.ShouldBe(9_999 * 3003L);
    }

    [Fact]
    public void Without_a_next_frame_a_duration_is_the_last_distance_and_a_gap_is_not_a_pace()
    {
        var timer = new SampleTimer(Video, MediaTime.Zero);
        timer.Take(Frame(MediaTime.FromClock(0, 90_000))).Duration.ShouldBe(3600u);
        timer.Take(Frame(MediaTime.FromClock(6000, 90_000))).Duration.ShouldBe(6000u);
        timer.Take(Frame(MediaTime.FromClock(900_000, 90_000))).Duration.ShouldBe(6000u);
    }

    [Fact]
    public void Pictures_shown_before_they_are_decoded_have_negative_offsets()
    {
        var sample = new SampleTimer(Video, MediaTime.Zero).Take(new MediaFrame
        {
            Format = Video,
            Dts = MediaTime.FromClock(7200, 90_000),
            Pts = MediaTime.FromClock(3600, 90_000),
            IsKeyFrame = false,
            WallClock = Epoch,
            Payload = new byte[1],
        });

        sample.CompositionOffset.ShouldBe(-3600);
    }

    [Fact]
    public void A_configuration_longer_than_anybody_needs_still_reads_back()
    {
        var odd = Aac with { Config = (byte[])[0x14, 0x08, .. new byte[300]] };
        var file = new ArrayBufferWriter<byte>();
        Mp4Init.Write(file, [odd]);

        Mp4InitReader.TryParse(file.WrittenSpan[(int)Box(file.WrittenSpan).Size..], out var read).ShouldBe(Mp4Error.None);
        read.ShouldHaveSingleItem().Format.ShouldBe(odd);
    }

    [Fact]
    public void A_long_film_has_wide_offsets()
    {
        var head = new ArrayBufferWriter<byte>();
        var track = new MovieTrack
        {
            Formats = [Video],
            Samples = [new MovieSample(0, 100, 0, true)],
            Chunks = [new MovieChunk(5_000_000_000, 1, 0)],
            EndTime = 3600,
        };

        Mp4Movie.WriteHead(head, [track], 5_000_000_100, TimeSpan.FromSeconds(0.04), null);

        var tree = Mp4BoxTree.Print(head.WrittenSpan);
        tree.ShouldContain("co64");
        var media = head.WrittenSpan[^16..];
        Box(media).ShouldBe(new Mp4Box(Mp4Box.Mdat, 5_000_000_116, 16));
    }

    private static TrackSamples[] Fragment(TrackFormat[] tracks) =>
        [.. tracks.Select((track, i) => new TrackSamples
        {
            TrackId = i + 1,
            BaseDecodeTime = 0x1_0000_0000L + (i * 1000),
            Samples = track.Kind == TrackKind.Audio
                ? new Mp4Sample[] { new(new byte[] { 1, 2, 3 }, 1024, 0, true), new(new byte[] { 4, 5 }, 1024, 0, true) }
                : track.Codec == Codec.Mjpeg
                    ? new Mp4Sample[] { new(new byte[] { 0xFF, 0xD8 }, 3600, 0, true) }
                    : new Mp4Sample[]
                    {
                        new(new byte[] { 0, 0, 0, 1, 0x65 }, 3600, 7200, true),
                        new(new byte[] { 0, 0, 0, 1, 0x41 }, 3600, 10800, false),
                        new(new byte[] { 0, 0, 0, 2, 0x41, 0 }, 3601, -3600, false),
                    },
        })];

    private static MediaFrame Frame(MediaTime time) => new()
    {
        Format = Video,
        Dts = time,
        Pts = time,
        IsKeyFrame = true,
        WallClock = Epoch,
        Payload = new byte[1],
    };

    private static Mp4Box Box(ReadOnlySpan<byte> bytes)
    {
        Mp4Box.TryParse(bytes, out var box).ShouldBe(Mp4Error.None);
        return box;
    }
}
