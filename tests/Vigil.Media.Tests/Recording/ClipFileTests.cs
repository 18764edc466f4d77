using Vigil.Media.Recording;
using Vigil.Protocols.Codecs;
using Vigil.Testing;

namespace Vigil.Media.Tests.Recording;

public sealed class ClipFileTests
{
    private static readonly Lazy<IReadOnlyList<MediaFrame>> Twenty = new(() => SampleFootage.Make(20, SampleFootage.H264WithBFrames));

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private static DateTimeOffset At(double seconds) => SampleFootage.Epoch + Seconds(seconds);

    [Theory]
    [InlineData(3.3, 8.1)] // In the middle of a group, over a seam between segments.
    [InlineData(0.5, 19)] // Over all of them.
    [InlineData(7.5, 7.9)] // Within one group.
    public async Task A_clip_shows_what_was_asked_for_and_decodes_without_a_complaint(double from, double to)
    {
        await using var rig = await Recorded(Twenty.Value, Seconds(5));

        var probed = await ProbeClip(rig, At(from), At(to));

        probed.Video.ShouldBe("h264");
        probed.Audio.ShouldBe("aac");
        probed.Start.ShouldBe(0, 0.001);
        probed.Duration.ShouldBe(to - from, 0.05);
        ((double)probed.VideoFrames).ShouldBe((to - from) * 25, 2, "the frames before the start are there for the decoder, not for the eye");
    }

    [Fact]
    public async Task A_clip_that_asks_for_more_than_there_is_shows_what_there_is()
    {
        await using var rig = await Recorded(Twenty.Value, Seconds(60));

        using var clip = ClipFile.Open(rig.Segments, rig.Root, At(-10), At(100));

        clip.ShouldNotBeNull().Duration.ShouldBe(Seconds(20), Seconds(0.15));
        clip.Start.ShouldBe(At(0), Seconds(0.15));
    }

    [Fact]
    public async Task A_range_without_footage_is_no_clip()
    {
        await using var rig = await Recorded(Twenty.Value, Seconds(60));

        ClipFile.Open(rig.Segments, rig.Root, At(30), At(40)).ShouldBeNull();
        ClipFile.Open([], rig.Root, At(0), At(10)).ShouldBeNull();
    }

    [Fact]
    public async Task Any_part_can_be_read_and_is_the_same_as_in_the_whole()
    {
        await using var rig = await Recorded(Twenty.Value, Seconds(5));
        using var clip = ClipFile.Open(rig.Segments, rig.Root, At(2.2), At(17)).ShouldNotBeNull();
        var whole = await ReadAll(clip);
        var random = new Random(1);

        for (var i = 0; i < 200; i++)
        {
            var offset = random.NextInt64(whole.Length);
            var part = new byte[random.Next(1, 70_000)];
            var got = await clip.ReadAsync(offset, part, TestContext.Current.CancellationToken);
            got.ShouldBeGreaterThan(0);
            part.AsSpan(0, got).SequenceEqual(whole.AsSpan((int)offset, got)).ShouldBeTrue();
        }

        (await clip.ReadAsync(whole.Length, new byte[10], TestContext.Current.CancellationToken)).ShouldBe(0);
    }

    [Fact]
    public async Task A_clip_plays_while_its_segment_is_being_written_and_keeps_its_tag_afterwards()
    {
        await using var rig = new RecorderRig();
        using var hold = rig.Camera.Hold();
        rig.Play(Twenty.Value, Seconds(12));
        rig.Segments.ShouldHaveSingleItem().Open.ShouldBeTrue();

        var probed = await ProbeClip(rig, At(3), At(8));
        using var early = ClipFile.Open(rig.Segments, rig.Root, At(3), At(8)).ShouldNotBeNull();
        rig.Play(Twenty.Value.Where(f => f.Dts - MediaTime.Zero >= Seconds(12)));
        await rig.StopAsync();
        using var late = ClipFile.Open(rig.Segments, rig.Root, At(3), At(8)).ShouldNotBeNull();

        probed.Duration.ShouldBe(5, 0.05);
        late.ETag.ShouldBe(early.ETag);
        late.Length.ShouldBe(early.Length);
        var before = await ReadAll(early);
        (await ReadAll(late)).AsSpan().SequenceEqual(before).ShouldBeTrue();
    }

    [Fact]
    public async Task A_short_hole_keeps_its_time_and_a_long_one_shrinks()
    {
        var footage = Twenty.Value.Where(f => f.Dts - MediaTime.Zero < Seconds(5))
            .Concat(Twenty.Value.Where(f => f.Dts - MediaTime.Zero < Seconds(5)).Select(f => SampleFootage.Shift(f, Seconds(9))))
            .Concat(Twenty.Value.Where(f => f.Dts - MediaTime.Zero < Seconds(5)).Select(f => SampleFootage.Shift(f, Seconds(60))));
        await using var rig = await Recorded(footage, Seconds(60));
        using var clip = ClipFile.Open(rig.Segments, rig.Root, At(0), At(70)).ShouldNotBeNull();

        clip.Gaps.Select(g => g.Reason).ShouldBe([SegmentEnd.CameraGone, SegmentEnd.CameraGone]);
        clip.Gaps.Select(g => Math.Round(g.Kept.TotalSeconds)).ShouldBe([4, 1]);
        clip.Gaps.Select(g => Math.Round((g.To - g.From).TotalSeconds)).ShouldBe([4, 46]);
        clip.Duration.ShouldBe(Seconds(5 + 4 + 5 + 1 + 5), Seconds(0.4));
        (await ProbeClip(rig, At(0), At(70))).VideoFrames.ShouldBeInRange(369, 375);
    }

    [Theory]
    [InlineData(3.3, 4)] // In the middle of a group.
    [InlineData(4, 4)] // On a key frame.
    [InlineData(4.7, 5)] // Over the seam between segments.
    public async Task Nothing_older_than_allowed_is_in_a_clip_not_even_for_the_decoder(double from, double first)
    {
        await using var rig = await Recorded(Twenty.Value, Seconds(5));
        using var clip = ClipFile.Open(rig.Segments, rig.Root, At(from), At(9), notBefore: At(from)).ShouldNotBeNull();

        clip.Start.ShouldBe(At(first), Seconds(0.05));
        clip.Start.ShouldBeGreaterThanOrEqualTo(At(from));
        var whole = await ReadAll(clip);
        var path = Path.Combine(rig.Root, "clip.mp4");
        await File.WriteAllBytesAsync(path, whole, TestContext.Current.CancellationToken);
        ProbedFile.Probe(path).Duration.ShouldBe(9 - first, 0.1);
        foreach (var early in Twenty.Value.Where(f => f.WallClock < At(from) && f.Payload.Length > 16))
        {
            whole.AsSpan().IndexOf(early.Payload.Span).ShouldBe(-1, $"what was captured at {early.WallClock:O} must not be sent");
        }
    }

    [Fact]
    public async Task Recording_again_at_once_shows_nothing_twice()
    {
        await using var rig = new RecorderRig();
        var first = rig.Camera.Hold();
        rig.Play(Twenty.Value, Seconds(7.5));
        first.Dispose();
        rig.Play(Twenty.Value.Where(f => f.Dts - MediaTime.Zero >= Seconds(7.5)), Seconds(7.9));
        using var second = rig.Camera.Hold();
        rig.Play(Twenty.Value.Where(f => f.Dts - MediaTime.Zero >= Seconds(7.9)), Seconds(15));
        await rig.StopAsync();

        rig.Segments.Count.ShouldBe(2);
        rig.Segments[1].Start.ShouldBeLessThan(rig.Segments[0].End);
        var probed = await ProbeClip(rig, At(2), At(12));
        probed.Duration.ShouldBe(10, 0.05);
        probed.VideoFrames.ShouldBeInRange(238, 252);
    }

    [Theory]
    [InlineData(SampleFootage.H265, SampleFootage.Opus, "hevc", "opus")]
    [InlineData(SampleFootage.Mjpeg, null, "mjpeg", "")]
    public async Task Clips_are_made_of_every_codec(string video, string? audio, string videoName, string audioName)
    {
        await using var rig = await Recorded(SampleFootage.Make(8, video, audio), Seconds(3));

        var probed = await ProbeClip(rig, At(1.5), At(6.5));

        probed.Video.ShouldBe(videoName);
        probed.Audio.ShouldBe(audioName);
        probed.Duration.ShouldBe(5, 0.05);
        probed.VideoFrames.ShouldBeInRange(124, 127);
    }

    [Fact]
    public async Task A_clip_over_a_change_of_picture_size_holds_both()
    {
        var footage = Twenty.Value.Where(f => f.Dts - MediaTime.Zero < Seconds(5))
            .Concat(SampleFootage.Make(5, SampleFootage.H264WithBFrames, size: "640x480").Select(f => SampleFootage.Shift(f, Seconds(5))));
        await using var rig = await Recorded(footage, Seconds(60));

        var probed = await ProbeClip(rig, At(2), At(8));

        probed.Duration.ShouldBe(6, 0.05);
        probed.VideoFrames.ShouldBeInRange(148, 153);
    }

    [Fact]
    public async Task A_file_that_is_gone_is_a_hole_and_not_an_error()
    {
        await using var rig = await Recorded(Twenty.Value, Seconds(5));
        File.Delete(rig.FileOf(rig.Segments[1]));

        using var clip = ClipFile.Open(rig.Segments, rig.Root, At(1), At(18)).ShouldNotBeNull();

        clip.Gaps.ShouldHaveSingleItem().Kept.ShouldBe(Seconds(5), Seconds(0.2));
    }

    [Fact]
    public async Task A_file_that_may_not_be_opened_fails_the_clip_with_that_reason()
    {
        await using var rig = await Recorded(Twenty.Value, Seconds(5));
        File.Delete(rig.FileOf(rig.Segments[1]));
        Directory.CreateDirectory(rig.FileOf(rig.Segments[1])); // Refused to everybody, root included.

        Should.Throw<UnauthorizedAccessException>(() => ClipFile.Open(rig.Segments, rig.Root, At(1), At(18)));
    }

    private static async Task<RecorderRig> Recorded(IEnumerable<MediaFrame> footage, TimeSpan segmentLength)
    {
        var rig = new RecorderRig(segmentLength: segmentLength);
        using (rig.Camera.Hold())
        {
            rig.Play(footage);
            await rig.StopAsync();
        }

        return rig;
    }

    private static async Task<ProbedFile> ProbeClip(RecorderRig rig, DateTimeOffset from, DateTimeOffset to)
    {
        using var clip = ClipFile.Open(rig.Segments, rig.Root, from, to).ShouldNotBeNull();
        var path = Path.Combine(rig.Root, "clip.mp4");
        await File.WriteAllBytesAsync(path, await ReadAll(clip));
        return ProbedFile.Probe(path);
    }

    private static async Task<byte[]> ReadAll(ClipFile clip)
    {
        var bytes = new byte[clip.Length];
        var at = 0;
        while (at < bytes.Length)
        {
            var read = await clip.ReadAsync(at, bytes.AsMemory(at, Math.Min(65_536, bytes.Length - at)), TestContext.Current.CancellationToken);
            read.ShouldBeGreaterThan(0);
            at += read;
        }

        return bytes;
    }
}
