using Vigil.Media.Bus;
using Vigil.Media.Decoding;
using Vigil.Media.Recording;
using Vigil.Protocols.Codecs;
using Vigil.Testing;

namespace Vigil.Media.Tests.Recording;

public sealed class RecorderTests
{
    private static readonly Lazy<IReadOnlyList<MediaFrame>> Twenty = new(() => SampleFootage.Make(20));

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    [Fact]
    public async Task Nothing_is_written_while_nobody_holds_the_camera()
    {
        await using var rig = new RecorderRig();

        rig.Play(Twenty.Value);

        (await rig.StopAsync()).ShouldBeEmpty();
        Directory.EnumerateFiles(rig.Root, "*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_hold_keeps_what_was_before_it_and_what_follows()
    {
        await using var rig = new RecorderRig();
        rig.Play(Twenty.Value, Seconds(9.5));
        using (rig.Camera.Hold())
        {
            rig.Play(Twenty.Value.Where(f => f.Dts - MediaTime.Zero >= Seconds(9.5)), Seconds(14));
        }

        var segment = (await rig.StopAsync()).ShouldHaveSingleItem();

        segment.Start.ShouldBe(SampleFootage.Epoch + Seconds(4), Seconds(0.1)); // The key frame at or before 4.5 s.
        segment.End.ShouldBe(SampleFootage.Epoch + Seconds(14), Seconds(0.1));
        segment.Ended.ShouldBe(SegmentEnd.Released, "the hold was gone before the recorder");
        segment.Bytes.ShouldBe(new FileInfo(rig.FileOf(segment)).Length);
        var probed = ProbedFile.Probe(rig.FileOf(segment));
        probed.Video.ShouldBe("h264");
        probed.Audio.ShouldBe("aac");
        probed.Start.ShouldBe(0, 0.07);
        probed.Duration.ShouldBe(10, 0.1);
        probed.VideoFrames.ShouldBe(249);
    }

    [Fact]
    public async Task Two_holds_share_one_file_that_ends_with_the_last_of_them()
    {
        await using var rig = new RecorderRig();
        var first = rig.Camera.Hold();
        rig.Play(Twenty.Value, Seconds(4));
        var second = rig.Camera.Hold();
        first.Dispose();
        rig.Play(Twenty.Value.Where(f => f.Dts - MediaTime.Zero >= Seconds(4)), Seconds(8));
        second.Dispose();
        rig.AdvanceTo(Seconds(9));

        var segment = rig.Segments.ShouldHaveSingleItem();

        segment.Open.ShouldBeFalse();
        (segment.End - segment.Start).ShouldBe(Seconds(8), Seconds(0.1));
    }

    [Fact]
    public async Task A_clock_set_back_costs_the_next_recording_none_of_its_pre_roll()
    {
        var back = TimeSpan.FromHours(-1);
        var jumping = Twenty.Value.Select(f => f.Dts - MediaTime.Zero < Seconds(5) ? f : SampleFootage.SetClock(f, back)).ToList();
        await using var rig = new RecorderRig();
        using (rig.Camera.Hold(SampleFootage.Epoch))
        {
            rig.Play(jumping, Seconds(4));
        }

        rig.Play(jumping.Where(f => f.Dts - MediaTime.Zero >= Seconds(4)), Seconds(12.5));
        using (rig.Camera.Hold(SampleFootage.Epoch + back + Seconds(8.5)))
        {
            rig.Play(jumping.Where(f => f.Dts - MediaTime.Zero >= Seconds(12.5)), Seconds(14));
        }

        var newest = (await rig.StopAsync()).Single(s => s.Start < SampleFootage.Epoch + Seconds(-60));
        newest.Start.ShouldBe(SampleFootage.Epoch + back + Seconds(8), Seconds(0.1));
    }

    [Fact]
    public async Task A_clock_set_forward_costs_a_recording_none_of_its_pre_roll()
    {
        var forward = TimeSpan.FromHours(1);
        await using var rig = new RecorderRig();
        rig.Play(Twenty.Value.Select(f => f.Dts - MediaTime.Zero < Seconds(11.5) ? f : SampleFootage.SetClock(f, forward)), Seconds(12.5));
        using (rig.Camera.Hold(SampleFootage.Epoch + forward + Seconds(8.5)))
        {
            rig.AdvanceTo(Seconds(13));
        }

        (await rig.StopAsync()).ShouldHaveSingleItem().Start.ShouldBe(SampleFootage.Epoch + Seconds(8), Seconds(0.1));
    }

    [Fact]
    public async Task A_segment_ends_at_the_first_key_frame_after_its_length_and_the_next_loses_nothing()
    {
        await using var rig = new RecorderRig(segmentLength: Seconds(6.5));
        using var hold = rig.Camera.Hold();
        rig.Play(Twenty.Value);

        var segments = await rig.StopAsync();

        segments.Select(s => s.Ended).ShouldBe([SegmentEnd.Continued, SegmentEnd.Continued, SegmentEnd.Stopped]);
        segments.Select(s => Math.Round((s.End - s.Start).TotalSeconds)).ShouldBe([7, 7, 6]);
        segments.Sum(s => ProbedFile.Probe(rig.FileOf(s)).VideoFrames).ShouldBe(500);
        Packets(rig, segments, "a").ShouldBe(Twenty.Value.Count(f => f.Kind == TrackKind.Audio));
    }

    [Theory]
    [InlineData(SampleFootage.H264WithBFrames, SampleFootage.Aac, "h264", "aac")]
    [InlineData(SampleFootage.H265, SampleFootage.Opus, "hevc", "opus")]
    [InlineData(SampleFootage.Mjpeg, SampleFootage.Aac, "mjpeg", "aac")]
    [InlineData(SampleFootage.H264, null, "h264", "")]
    public async Task What_a_camera_sends_is_what_the_file_holds(string video, string? audio, string videoName, string audioName)
    {
        var footage = SampleFootage.Make(6, video, audio);
        await using var rig = new RecorderRig();
        using var hold = rig.Camera.Hold();
        rig.Play(footage);

        var segment = (await rig.StopAsync()).ShouldHaveSingleItem();

        var probed = ProbedFile.Probe(rig.FileOf(segment));
        probed.Video.ShouldBe(videoName);
        probed.Audio.ShouldBe(audioName);
        probed.Duration.ShouldBe(6, 0.15);
        probed.VideoFrames.ShouldBe(150);
        Packets(rig, [segment], "v").ShouldBe(150);
    }

    [Fact]
    public async Task A_camera_without_picture_is_recorded_too()
    {
        var footage = SampleFootage.Make(6).Where(f => f.Kind == TrackKind.Audio).ToList();
        await using var rig = new RecorderRig(segmentLength: Seconds(2));
        using var hold = rig.Camera.Hold();
        rig.Play(footage);

        var segments = await rig.StopAsync();

        segments.Count.ShouldBe(3);
        Packets(rig, segments, "a").ShouldBe(footage.Count);
    }

    [Fact]
    public async Task Telephone_sound_becomes_Opus()
    {
        Assert.SkipUnless(
            OpusTranscoder.CanTranscode(new TrackFormat { Codec = Codec.PcmA, ClockRate = 8000, Channels = 1 }), "libopus is not installed");
        var pcm = new TrackFormat { Codec = Codec.PcmA, ClockRate = 8000, Channels = 1, CodecString = "" };
        var pictures = Twenty.Value.Where(f => f.Kind == TrackKind.Video && f.Dts - MediaTime.Zero < Seconds(10));
        var sound = Enumerable.Range(0, 500).Select(i => new MediaFrame
        {
            Format = pcm,
            Pts = MediaTime.FromClock(i * 160, 8000),
            Dts = MediaTime.FromClock(i * 160, 8000),
            IsKeyFrame = true,
            WallClock = SampleFootage.Epoch + Seconds(i * 0.02),
            Payload = Enumerable.Repeat((byte)0xD5, 160).ToArray(),
        });
        await using var rig = new RecorderRig(segmentLength: Seconds(4));
        rig.Bus.Announce(pcm);
        using var hold = rig.Camera.Hold();
        rig.Play(pictures.Concat(sound).OrderBy(f => f.Dts.Ticks));

        var segments = await rig.StopAsync();

        segments.Count.ShouldBe(3);
        segments.ShouldAllBe(s => s.AudioCodec == "opus");
        Packets(rig, segments, "a").ShouldBeInRange(498, 502);
        ProbedFile.Probe(rig.FileOf(segments[1])).Duration.ShouldBe(4, 0.1);
    }

    [Fact]
    public async Task A_camera_that_goes_away_leaves_a_gap_with_its_reason()
    {
        await using var rig = new RecorderRig();
        using var hold = rig.Camera.Hold();
        rig.Play(Twenty.Value, Seconds(5));
        rig.AdvanceTo(Seconds(9));
        rig.Segments.ShouldHaveSingleItem().Ended.ShouldBe(SegmentEnd.CameraGone);

        rig.Play(Twenty.Value.Where(f => f.Dts - MediaTime.Zero >= Seconds(10)), Seconds(15));

        var segments = await rig.StopAsync();
        segments.Select(s => s.Ended).ShouldBe([SegmentEnd.CameraGone, SegmentEnd.Stopped]);
        segments[0].End.ShouldBe(SampleFootage.Epoch + Seconds(5), Seconds(0.1));
        segments[1].Start.ShouldBe(SampleFootage.Epoch + Seconds(10), Seconds(0.1));
    }

    [Fact]
    public async Task A_new_picture_size_begins_a_new_segment_at_its_key_frame()
    {
        var larger = SampleFootage.Make(5, size: "640x480").Select(f => SampleFootage.Shift(f, Seconds(5)));
        await using var rig = new RecorderRig();
        using var hold = rig.Camera.Hold();
        rig.Play(Twenty.Value, Seconds(5));
        rig.Play(larger);

        var segments = await rig.StopAsync();

        segments.Select(s => s.Ended).ShouldBe([SegmentEnd.FormatChanged, SegmentEnd.Stopped]);
        segments.Select(s => s.Width).ShouldBe([320, 640]);
        ProbedFile.Probe(rig.FileOf(segments[0])).VideoFrames.ShouldBe(124); // ffmpeg's sound leads by 64 ms.
        ProbedFile.Probe(rig.FileOf(segments[1])).VideoFrames.ShouldBe(125);
    }

    [Fact]
    public async Task A_recorder_that_was_too_slow_says_so_and_goes_on_at_a_key_frame()
    {
        await using var rig = new RecorderRig();
        using var hold = rig.Camera.Hold();
        rig.Play(Twenty.Value, Seconds(4));
        for (var copy = 0; copy < 3; copy++)
        {
            foreach (var frame in Twenty.Value)
            {
                rig.Bus.Publish(SampleFootage.Shift(frame, Seconds(4 + (20 * copy)))); // A minute in one step: more than its queue holds.
            }
        }

        rig.AdvanceTo(Seconds(5));

        var segments = await rig.StopAsync();
        segments[0].Ended.ShouldBe(SegmentEnd.Overrun);
        segments.Count.ShouldBe(2);
        rig.Camera.Status.Dropped.ShouldBeGreaterThan(0);
        segments.ShouldAllBe(s => ProbedFile.Probe(Path.Combine(rig.Root, s.Path)).VideoFrames > 0);
    }

    [Fact]
    public async Task The_index_is_told_only_what_a_sync_made_durable()
    {
        await using var rig = new RecorderRig();
        using var hold = rig.Camera.Hold();
        foreach (var frame in Twenty.Value.TakeWhile(f => f.Dts - MediaTime.Zero < Seconds(1)))
        {
            rig.Bus.Publish(frame);
        }

        rig.Recorder.Step();
        rig.Recorder.Changes.TryRead(out _).ShouldBeFalse();
        rig.Recorder.Sync();

        rig.Recorder.Changes.TryRead(out var change).ShouldBeTrue();
        change!.Kind.ShouldBe(SegmentChangeKind.Opened);
        change.Segment.Open.ShouldBeTrue();
        change.Segment.Bytes.ShouldBe(new FileInfo(rig.FileOf(change.Segment)).Length);
    }

    [Fact]
    public async Task The_ring_forgets_whole_groups_and_keeps_to_its_bytes()
    {
        await using var rig = new RecorderRig(ringBytes: 100_000, preRoll: Seconds(15));
        rig.Play(Twenty.Value);

        rig.Camera.Status.RingBytes.ShouldBeInRange(1, 100_000);
        using var hold = rig.Camera.Hold();
        rig.AdvanceTo(Seconds(20.8));

        var segment = rig.Segments.ShouldHaveSingleItem();
        segment.Start.ShouldBeGreaterThan(SampleFootage.Epoch + Seconds(10));
        ProbedFile.Probe(rig.FileOf(segment)).VideoFrames.ShouldBeGreaterThan(20);
    }

    [Fact]
    public async Task A_second_camera_under_the_same_id_takes_over()
    {
        await using var rig = new RecorderRig();
        using var hold = rig.Camera.Hold();
        rig.Play(Twenty.Value, Seconds(3));
        var bus = new MediaBus();
        var second = rig.Recorder.Attach(RecorderRig.Crib, bus, Seconds(5));
        using var hold2 = second.Hold();
        foreach (var frame in Twenty.Value.Take(200))
        {
            bus.Publish(SampleFootage.Shift(frame, Seconds(3)));
        }

        rig.AdvanceTo(Seconds(4.9));

        rig.Segments.Count.ShouldBe(2);
        rig.Segments[0].Ended.ShouldBe(SegmentEnd.Stopped);
        var gone = rig.Recorder.DetachAsync(RecorderRig.Crib);
        rig.Step();
        rig.Step();
        await gone;
        rig.Segments.ShouldAllBe(s => !s.Open);
    }

    private static int Packets(RecorderRig rig, IReadOnlyList<SegmentRecord> segments, string stream) =>
        segments.Sum(s => SampleFootage.Run("ffprobe", $"-v error -select_streams {stream} -show_entries packet=pts -of csv=p=0 {rig.FileOf(s)}")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
}
