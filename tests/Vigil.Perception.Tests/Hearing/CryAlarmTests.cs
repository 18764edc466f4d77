using Vigil.Perception.Hearing;

namespace Vigil.Perception.Tests.Hearing;

public sealed class CryAlarmTests
{
    private const float Threshold = 0.5f;
    private readonly CryAlarm alarm = new();
    private readonly Firings firings = new();
    private TimeSpan at;

    [Fact]
    public void One_window_that_sounds_like_crying_wakes_nobody() =>
        Hear(0, 0, 0, 1, 0, 0, 0).ShouldAllBe(s => s == CryStep.None);

    [Fact]
    public void Three_windows_confirm_one_another()
    {
        Hear(0, 0, .9f, .9f).ShouldBe([CryStep.None, CryStep.None, CryStep.None, CryStep.Began]);
        Hear(.9f).ShouldBe([CryStep.Grew]);
    }

    [Fact]
    public void A_breath_does_not_end_it_and_ten_calm_seconds_do()
    {
        Hear(1, 1, 1);
        Hear(Of(18, 0)).ShouldAllBe(s => s == CryStep.Grew);
        Hear(1, 1, 1).ShouldAllBe(s => s == CryStep.Grew);
        var steps = Hear(Of(30, 0));
        steps.Count(s => s == CryStep.Ended).ShouldBe(1);
        steps[^1].ShouldBe(CryStep.None);
        (alarm.To - alarm.From).ShouldBeGreaterThan(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Whimpering_keeps_it_alive_but_does_not_begin_it()
    {
        var low = CryAlarm.Shift(Threshold, -0.9f);
        Hear(Of(40, low)).ShouldAllBe(s => s == CryStep.None);
        Hear(1, 1, 1);
        Hear(Of(60, low)).ShouldAllBe(s => s == CryStep.Grew);
    }

    [Fact]
    public void A_lasting_alarm_fires_at_once_and_every_fifteen_seconds()
    {
        Hear(Of(70, 1)); // 36.5 s of windows, the first confirmed at 3 s
        fired.Select(t => t.TotalSeconds).ShouldBe([3.0, 18.0, 33.0]);
    }

    [Fact]
    public void Sound_that_is_missing_confirms_nothing()
    {
        Hear(1, 1);
        alarm.Break().ShouldBeFalse();
        Hear(1, 1).ShouldAllBe(s => s == CryStep.None);
        Hear(1).ShouldBe([CryStep.Began]);
        alarm.Break().ShouldBeTrue();
    }

    [Fact]
    public void What_does_not_stand_out_of_the_fan_is_the_fan()
    {
        var fan = new VoiceLevel(-30, -32);
        for (var i = 0; i < 60; i++)
        {
            Hear(0, fan);
        }

        alarm.RoomDbfs!.Value.ShouldBe(-32, 0.5f);
        Enumerable.Range(0, 20).Select(_ => Hear(1, fan with { Loud = -31 })).ShouldAllBe(s => s == CryStep.None);
        Enumerable.Range(0, 3).Select(_ => Hear(1, new VoiceLevel(-24, -31))).ShouldContain(CryStep.Began);
    }

    [Fact]
    public void A_room_that_becomes_quiet_is_believed_within_seconds()
    {
        for (var i = 0; i < 60; i++)
        {
            Hear(0, new VoiceLevel(-20, -22));
        }

        for (var i = 0; i < 10; i++)
        {
            Hear(0, new VoiceLevel(-60, -62));
        }

        alarm.RoomDbfs!.Value.ShouldBeLessThan(-58);
    }

    [Fact]
    public void A_cry_that_goes_on_does_not_become_the_room()
    {
        Hear(0, new VoiceLevel(-60, -62));
        for (var i = 0; i < 600; i++)
        {
            Hear(1, new VoiceLevel(-15, -25));
        }

        alarm.RoomDbfs!.Value.ShouldBeLessThan(-55);
        alarm.Crying.ShouldBeTrue();
    }

    [Fact]
    public void A_shift_on_the_logit_scale_moves_both_ways_and_back()
    {
        CryAlarm.Shift(0.5f, 1).ShouldBe(0.731f, 0.001f);
        CryAlarm.Shift(CryAlarm.Shift(0.3f, 0.7f), -0.7f).ShouldBe(0.3f, 0.0001f);
    }

    [Fact]
    public void A_clip_is_what_its_surest_windows_are_and_its_segments_are_joined()
    {
        ClipVerdict.Score([0.1f, 0.9f, 0.7f, 0, 0.3f]).ShouldBe(0.65f, 0.0001f); // 0.8 and 0.5
        ClipVerdict.Score([0.4f]).ShouldBe(0.4f);
        var segments = ClipVerdict.Segments([1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1], 0.9f);
        segments.Select(s => (s.Start, s.End)).ShouldBe([(0, 3), (4.5, 7)]);
        ClipVerdict.Segments([1], 0.9f).ShouldHaveSingleItem().End.ShouldBe(2);
    }

    private readonly List<TimeSpan> fired = [];

    private List<CryStep> Hear(params IEnumerable<float> scores) => [.. scores.Select(s => Hear(s, new VoiceLevel(-20, -40)))];

    private CryStep Hear(float score, VoiceLevel level)
    {
        var window = new CryWindow(at, score, level);
        at += CryWindow.Hop;
        var step = alarm.Hear(window, Threshold);
        if (firings.Fires(alarm, window.End))
        {
            fired.Add(window.End);
        }

        return step;
    }

    private static IEnumerable<float> Of(int count, float score) => Enumerable.Repeat(score, count);
}
