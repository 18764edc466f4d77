using Vigil.Server.Watchdog;

namespace Vigil.Server.Tests.Watchdog;

public sealed class OfflineRuleTests
{
    private static readonly DateTimeOffset Night = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Ten_seconds_without_media_are_one_loss_and_the_return_is_one_return()
    {
        var rule = new OfflineRule(openFromBefore: false);
        var steps = Enumerable.Range(0, 60)
            .Select(s => (Second: s, Step: rule.Look(Night.AddSeconds(s), true, Night.AddSeconds(s is > 5 and < 40 ? 5 : s))))
            .Where(s => s.Step != OfflineStep.None)
            .ToList();

        steps.ShouldBe([(15, OfflineStep.Lost), (40, OfflineStep.Back)]);
    }

    [Fact]
    public void A_camera_that_was_never_reached_is_lost_too()
    {
        var rule = new OfflineRule(openFromBefore: false);

        Enumerable.Range(0, 30).Select(s => rule.Look(Night.AddSeconds(s), true, null)).Count(s => s == OfflineStep.Lost).ShouldBe(1);
    }

    [Fact]
    public void A_restart_does_not_tell_the_same_loss_twice_and_still_tells_the_return()
    {
        var rule = new OfflineRule(openFromBefore: true);

        Enumerable.Range(0, 30).Select(s => rule.Look(Night.AddSeconds(s), true, null)).ShouldAllBe(s => s == OfflineStep.None);
        rule.Look(Night.AddSeconds(31), true, Night.AddSeconds(31)).ShouldBe(OfflineStep.Back);
    }

    [Fact]
    public void A_paused_camera_is_excused_and_watched_afresh_when_it_goes_on()
    {
        var rule = new OfflineRule(openFromBefore: false);
        for (var s = 0; s < 20; s++)
        {
            rule.Look(Night.AddSeconds(s), true, null);
        }

        rule.Look(Night.AddSeconds(20), false, null).ShouldBe(OfflineStep.Excused);
        rule.Look(Night.AddSeconds(21), false, null).ShouldBe(OfflineStep.None);
        rule.Look(Night.AddSeconds(30), true, Night).ShouldBe(OfflineStep.None);
        rule.Look(Night.AddSeconds(39), true, Night).ShouldBe(OfflineStep.None);
        rule.Look(Night.AddSeconds(40), true, Night).ShouldBe(OfflineStep.Lost);
    }

    [Theory]
    [InlineData(45, "45 seconds")]
    [InlineData(750, "12 minutes")]
    [InlineData(7300, "2 hours")]
    [InlineData(300000, "3 days")]
    public void Absences_are_told_in_words(int seconds, string words) => CameraWatch.Words(TimeSpan.FromSeconds(seconds)).ShouldBe(words);
}
