using Vigil.Media.Ingest;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.Tests.Ingest;

public sealed class ClockMapTests
{
    private const int Rate = 90_000;
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly ClockMap map = new(shared: false);

    public ClockMapTests()
    {
        map.Video.Reset(Rate);
        map.Audio.Reset(8000);
    }

    [Fact]
    public void Network_jitter_does_not_reach_the_timestamps()
    {
        var random = new Random(1);
        for (var i = 0; i < 1000; i++)
        {
            var at = Video(i * 3600L, 5 + (i * 0.04) + (random.NextDouble() * 0.03));
            at.TotalSeconds.ShouldBe(map.Video.At(0).TotalSeconds + (i * 0.04), 1e-6);
        }
    }

    [Fact]
    public void Drift_is_taken_out_slowly_and_time_never_steps()
    {
        // A clock 100 ppm slow against ours for two hours: 720 ms in all.
        var last = Video(0, 1);
        for (var i = 1; i < 180_000; i++)
        {
            var next = Video(i * 3600L, 1 + (i * 0.04 * 1.0001));
            (next - last).TotalMilliseconds.ShouldBeInRange(39.9, 40.1);
            last = next;
        }

        last.TotalSeconds.ShouldBe(1 + (179_999 * 0.04 * 1.0001), 0.1);
        map.Video.Jumps.ShouldBe(0);
    }

    [Theory]
    [InlineData(3600)]
    [InlineData(-3600)]
    [InlineData(5)]
    public void A_clock_that_is_set_is_anchored_anew_at_its_arrival(int seconds)
    {
        Video(1_000_000_000, 10);
        Video(1_000_003_600, 10.04);

        var after = Video(1_000_007_200 + ((long)seconds * Rate), 10.08);

        after.TotalSeconds.ShouldBe(10.08, 1e-6);
        map.Video.Jumps.ShouldBe(1);
    }

    [Fact]
    public void A_backlog_after_a_stalled_network_keeps_its_times()
    {
        for (var i = 0; i < 25; i++)
        {
            Video(i * 3600L, i * 0.04);
        }

        // Eight seconds of pictures come at once.
        for (var i = 25; i < 225; i++)
        {
            Video(i * 3600L, 9).TotalSeconds.ShouldBe(i * 0.04, 1e-3);
        }

        map.Video.Jumps.ShouldBe(0);
    }

    [Fact]
    public void A_clock_that_lost_time_for_good_is_brought_forward()
    {
        for (var i = 0; i < 25; i++)
        {
            Video(i * 3600L, i * 0.04);
        }

        MediaTime at = default;
        for (var i = 25; i < 1000; i++)
        {
            at = Video(i * 3600L, 8 + (i * 0.04));
        }

        at.TotalSeconds.ShouldBe(8 + (999 * 0.04), 0.05);
    }

    [Fact]
    public void A_burst_of_cached_pictures_runs_ahead_and_the_wall_clock_knows()
    {
        for (var i = 0; i < 25; i++)
        {
            Video(i * 3600L, 1);
        }

        map.Video.Lead.TotalSeconds.ShouldBe(0.96, 0.01);
        (Video(25 * 3600L, 1.04) - new MediaTime(map.Video.Lead.Ticks)).TotalSeconds.ShouldBe(1.04, 0.01);
    }

    [Fact]
    public void Sender_reports_bring_the_lips_together()
    {
        // The same instant at the camera; the sound reached us 300 ms later than the picture.
        Video(90_000, 10);
        Audio(8000, 10.3);
        map.SenderReported(TrackKind.Video, 90_000, Noon);
        map.SenderReported(TrackKind.Audio, 8000, Noon);

        map.Audio.At(8000).ShouldBe(map.Video.At(90_000));
    }

    [Fact]
    public void Reports_that_cannot_be_true_are_ignored()
    {
        Video(90_000, 10);
        Audio(8000, 10.3);
        map.SenderReported(TrackKind.Video, 90_000, Noon);
        map.SenderReported(TrackKind.Audio, 8000, Noon.AddHours(1));

        map.Audio.At(8000).TotalSeconds.ShouldBe(10.3, 1e-6);
    }

    [Fact]
    public void A_new_session_never_begins_before_the_end_of_the_last()
    {
        map.Video.Observe(0, TimeSpan.FromSeconds(5), new MediaTime(6 * MediaTime.TicksPerSecond));

        map.Video.At(0).TotalSeconds.ShouldBe(6);
    }

    private MediaTime Video(long timestamp, double now)
    {
        map.Video.Observe(timestamp, TimeSpan.FromSeconds(now), MediaTime.Zero);
        return map.Video.At(timestamp);
    }

    private void Audio(long timestamp, double now) => map.Audio.Observe(timestamp, TimeSpan.FromSeconds(now), MediaTime.Zero);
}
