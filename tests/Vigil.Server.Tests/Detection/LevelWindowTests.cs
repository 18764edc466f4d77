using Vigil.Server.Detection;

namespace Vigil.Server.Tests.Detection;

public sealed class LevelWindowTests
{
    private static readonly DateTimeOffset Night = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Block = TimeSpan.FromMilliseconds(42.6875);
    private static readonly SoundSettings Usual = new();

    [Fact]
    public void Silence_is_never_broadcast() => Broadcasts(10, _ => 999).ShouldBeEmpty();

    [Fact]
    public void One_short_scream_is_one_broadcast_and_then_one_none()
    {
        var told = Broadcasts(5, t => t is > 1 and < 1.2 ? 7000 : 10);

        told.Select(r => r.Level).ShouldBe([AlertLevel.Red, AlertLevel.None]);
        told[0].Peak.ShouldBe(7000);
        told[1].Peak.ShouldBe(10);
    }

    [Fact]
    public void A_long_noise_is_broadcast_twice_a_second_with_its_highest_peak()
    {
        var told = Broadcasts(10, t => t % 0.5 < 0.05 ? 6000 : 1500);

        told.Count.ShouldBeInRange(18, 20);
        told.ShouldAllBe(r => r.Level == AlertLevel.Red && r.Peak == 6000);
    }

    [Fact]
    public void Yellow_is_yellow() => Broadcasts(1, _ => 1000).ShouldAllBe(r => r.Level == AlertLevel.Yellow);

    [Fact]
    public void A_window_does_not_begin_with_what_the_last_one_told()
    {
        // Loud in the first window only: the second must not be RED.
        var told = Broadcasts(3, t => t < 0.3 ? 9000 : t < 1.2 ? 2000 : 0);

        told.Select(r => r.Level).ShouldBe([AlertLevel.Red, AlertLevel.Yellow, AlertLevel.Yellow, AlertLevel.None]);
    }

    [Fact]
    public void When_the_camera_goes_the_last_level_does_not_stand()
    {
        var window = new BroadcastWindow();
        for (var t = 0.0; t < 0.7; t += Block.TotalSeconds)
        {
            window.Hear(At(t, 9000), Usual);
        }

        window.BreakOff(Night).Select(r => r.Level).ShouldBe([AlertLevel.Red, AlertLevel.None]);
        window.BreakOff(Night).ShouldBeEmpty();
    }

    [Fact]
    public void The_meter_tells_silence_too()
    {
        var meter = new MeterWindow(TimeSpan.FromMilliseconds(250));
        var told = Enumerable.Range(0, 230).Select(i => meter.Hear(At(i * Block.TotalSeconds, 3), Usual)).Count(r => r is not null);

        told.ShouldBeInRange(36, 40);
    }

    private static List<LevelReport> Broadcasts(double seconds, Func<double, int> peak)
    {
        var window = new BroadcastWindow();
        var told = new List<LevelReport>();
        for (var t = 0.0; t < seconds; t += Block.TotalSeconds)
        {
            if (window.Hear(At(t, peak(t)), Usual) is { } report)
            {
                told.Add(report);
            }
        }

        return told;
    }

    private static HeardBlock At(double seconds, int peak) =>
        new(TimeSpan.FromSeconds(seconds), Block, Night + TimeSpan.FromSeconds(seconds), peak);
}
