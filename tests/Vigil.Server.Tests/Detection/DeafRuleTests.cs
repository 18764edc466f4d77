using Vigil.Server.Detection;

namespace Vigil.Server.Tests.Detection;

public sealed class DeafRuleTests
{
    private static readonly DateTimeOffset Night = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_camera_that_sends_sound_nobody_hears_is_told_once_and_once_when_over()
    {
        var rule = new DeafRule();
        var told = Enumerable.Range(0, 60).Select(s => rule.Step(Night.AddSeconds(s), heard: false, expected: true)).OfType<Deafness>().ToList();

        told.ShouldBe([new Deafness(Night, GoesOn: true)]);
        rule.Step(Night.AddSeconds(61), heard: true, expected: true).ShouldBe(new Deafness(Night, GoesOn: false));
        rule.Step(Night.AddSeconds(62), heard: true, expected: true).ShouldBeNull();
    }

    [Fact]
    public void A_camera_without_sound_is_not_trouble()
    {
        var rule = new DeafRule();

        Enumerable.Range(0, 60).Select(s => rule.Step(Night.AddSeconds(s), heard: false, expected: false)).ShouldAllBe(d => d == null);
    }
}
