using Vigil.Server.Cameras;
using Vigil.Server.Detection;

namespace Vigil.Server.Tests.Detection;

/// <summary>Who may see a part of the time is told nothing of the rest, however coarse the points are.</summary>
public sealed class LevelStepTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_long_point_that_reaches_out_of_what_one_may_see_is_left_out()
    {
        LevelRow[] points = [.. new[] { 0, 30, 60, 90 }.Select(minutes => new LevelRow(Noon.AddMinutes(minutes), 1, 1))];
        var window = new TimeRange(Noon.AddMinutes(15), Noon.AddMinutes(100));

        Minutes(points, TimeSpan.FromMinutes(30), window).ShouldBe([30, 60]);
        Minutes(points, TimeSpan.FromSeconds(5), window).ShouldBe([30, 60, 90]);
    }

    [Fact]
    public void The_first_and_the_last_point_are_only_as_long_as_what_was_asked_for()
    {
        LevelRow[] points = [.. new[] { -10, 20, 110 }.Select(minutes => new LevelRow(Noon.AddMinutes(minutes), 1, 1))];

        Minutes(points, TimeSpan.FromMinutes(30), new TimeRange(Noon, Noon.AddHours(2))).ShouldBe([-10, 20, 110]);
        Minutes(points, TimeSpan.FromMinutes(30), TimeRange.Always).ShouldBe([-10, 20, 110]);
        Minutes(points, TimeSpan.FromMinutes(30)).ShouldBeEmpty();
    }

    private static double[] Minutes(LevelRow[] points, TimeSpan length, params TimeRange[] visible) =>
        [.. LevelEndpoints.Seen(points, length, Noon, Noon.AddHours(2), visible).Select(point => (point.At - Noon).TotalMinutes)];
}
