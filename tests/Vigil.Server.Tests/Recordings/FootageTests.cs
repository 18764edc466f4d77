using Vigil.Media.Recording;
using Vigil.Server.Recordings;

namespace Vigil.Server.Tests.Recordings;

public sealed class FootageTests
{
    private static readonly DateTimeOffset Night = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Segments_that_follow_each_other_are_one_stretch_and_parts_count_by_their_share()
    {
        var footage = Footage.Of([Segment(0, 60), Segment(59.8, 120), Segment(120.3, 180)], Night.AddSeconds(30), Night.AddSeconds(150));

        footage.Ranges.ShouldBe([Range(30, 150)]);
        footage.Gaps.ShouldBeEmpty();
        footage.Bytes.ShouldBeInRange(119_000, 121_000);
        footage.Frames.ShouldBeInRange(2990, 3010);
        footage.FrameRate.ShouldBe(25, 0.2);
        (footage.Width, footage.Height, footage.VideoCodec).ShouldBe((640, 360, "avc1.64001f"));
    }

    [Theory]
    [InlineData(SegmentEnd.CameraGone, GapReason.CameraGone)]
    [InlineData(SegmentEnd.Paused, GapReason.Paused)]
    [InlineData(SegmentEnd.DiskFull, GapReason.DiskFull)]
    [InlineData(SegmentEnd.DiskFailed, GapReason.DiskFailed)]
    [InlineData(SegmentEnd.Overrun, GapReason.TooSlow)]
    [InlineData(SegmentEnd.Stopped, GapReason.Restart)]
    [InlineData(SegmentEnd.Interrupted, GapReason.Interrupted)]
    [InlineData(SegmentEnd.Continued, GapReason.Deleted)]
    [InlineData(SegmentEnd.Released, GapReason.NotRecorded)]
    public void A_gap_says_why_also_where_it_began_before_the_range(SegmentEnd ended, GapReason reason)
    {
        var before = Segment(0, 60) with { Ended = ended };

        Footage.Of([before, Segment(90, 150)], Night, Night.AddSeconds(150)).Gaps.ShouldBe([Gap(60, 90, reason)]);
        Footage.Of([Segment(90, 150)], Night.AddSeconds(70), Night.AddSeconds(150), before).Gaps.ShouldBe([Gap(70, 90, reason)]);
        Footage.Of([before], Night, Night.AddSeconds(100)).Gaps.ShouldBe([Gap(60, 100, reason)]);
    }

    [Fact]
    public void What_was_wanted_and_never_came_is_the_cameras_fault_and_else_nobody_wanted_it()
    {
        Footage.Of([], Night, Night.AddSeconds(60)).Gaps.ShouldBe([Gap(0, 60, GapReason.NotRecorded)]);
        Footage.Of([], Night, Night.AddSeconds(60), wanted: true).Gaps.ShouldBe([Gap(0, 60, GapReason.CameraGone)]);
    }

    [Fact]
    public void The_second_that_is_still_on_its_way_to_the_disk_is_no_gap()
    {
        var open = Segment(0, 58) with { Ended = SegmentEnd.Open };

        Footage.Of([open], Night, Night.AddSeconds(60)).Gaps.ShouldBeEmpty();
        Footage.Of([open], Night, Night.AddSeconds(70)).Gaps.ShouldHaveSingleItem();
    }

    private static FootageRange Range(double from, double to) => new() { From = Night.AddSeconds(from), To = Night.AddSeconds(to) };

    private static FootageGap Gap(double from, double to, GapReason reason) =>
        new() { From = Night.AddSeconds(from), To = Night.AddSeconds(to), Reason = reason };

    private static SegmentRecord Segment(double from, double to) => new()
    {
        CameraId = 1,
        Path = $"1/2026-11-21/{from}.mp4",
        Start = Night.AddSeconds(from),
        End = Night.AddSeconds(to),
        Bytes = (long)((to - from) * 1000),
        Frames = (int)((to - from) * 25),
        Ended = SegmentEnd.Continued,
        VideoCodec = "avc1.64001f",
        Width = 640,
        Height = 360,
    };
}
