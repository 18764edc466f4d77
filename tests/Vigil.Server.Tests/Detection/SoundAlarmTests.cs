using Vigil.Server.Detection;

namespace Vigil.Server.Tests.Detection;

public sealed class SoundAlarmTests
{
    private static readonly DateTimeOffset Night = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Block = TimeSpan.FromMilliseconds(42.6875);
    private static readonly SoundSettings Usual = new();

    [Fact]
    public void Red_starts_a_recording_and_yellow_does_not()
    {
        var alarm = new SoundAlarm();

        alarm.Hear(At(0, 4999), Usual).ShouldBe(AlarmStep.None);
        alarm.Hear(At(0.1, 5000), Usual).ShouldBe(AlarmStep.Began);
    }

    [Fact]
    public void A_scream_ends_after_three_quiet_seconds() =>
        EndOf(t => t < 1 ? 9000 : 0).ShouldBe(4, 0.1);

    [Fact]
    public void Yellow_keeps_a_recording_alive_up_to_its_greatest_length() =>
        EndOf(t => t < 0.5 ? 9000 : 2000).ShouldBe(5, 0.1);

    [Fact]
    public void A_short_quiet_is_no_end()
    {
        var longer = Usual with { MaxClip = TimeSpan.FromSeconds(60) };

        EndOf(t => t is < 0.5 or (> 3 and < 3.3) ? 9000 : 0, longer).ShouldBe(6.3, 0.1);
    }

    [Fact]
    public void The_least_length_is_kept_even_when_quiet_comes_at_once()
    {
        var slow = Usual with { MinClip = TimeSpan.FromSeconds(4), Quiet = TimeSpan.FromSeconds(0.5) };

        EndOf(t => t < 0.1 ? 9000 : 0, slow).ShouldBe(4, 0.1);
    }

    [Fact]
    public void A_room_that_stays_loud_is_recorded_without_a_gap()
    {
        var alarm = new SoundAlarm();
        var noises = Play(alarm, 16, _ => 9000).Where(s => s.Step is AlarmStep.Began or AlarmStep.Ended).ToList();

        noises.Count(n => n.Step == AlarmStep.Began).ShouldBe(4);
        for (var i = 1; i + 1 < noises.Count; i += 2)
        {
            (noises[i + 1].Noise.From - noises[i].Noise.To).ShouldBe(TimeSpan.Zero, TimeSpan.FromMilliseconds(1));
        }
    }

    [Fact]
    public void The_noise_knows_its_loudest_moment()
    {
        var alarm = new SoundAlarm();
        alarm.Hear(At(0, 6000), Usual);
        alarm.Hear(At(0.5, 32767), Usual);
        alarm.Hear(At(1, 100), Usual);

        alarm.Noise.Peak.ShouldBe(32767);
        alarm.Noise.From.ShouldBe(Night);
    }

    [Fact]
    public void Sound_that_breaks_off_ends_the_recording()
    {
        var alarm = new SoundAlarm();
        alarm.Hear(At(0, 9000), Usual);

        alarm.BreakOff().ShouldBe(AlarmStep.Ended);
        alarm.BreakOff().ShouldBe(AlarmStep.None);
    }

    [Fact]
    public void A_clock_that_jumps_bends_nothing()
    {
        var alarm = new SoundAlarm();
        alarm.Hear(At(0, 9000), Usual);

        // Half a second later by the sound, an hour later by the clock.
        alarm.Hear(At(0.5, 0) with { At = Night.AddHours(1) }, Usual).ShouldBe(AlarmStep.Grew);
    }

    private static double EndOf(Func<double, int> peak, SoundSettings? settings = null) =>
        (Play(new SoundAlarm(), 20, peak, settings).First(s => s.Step == AlarmStep.Ended).Noise.To - Night).TotalSeconds;

    private static IEnumerable<(AlarmStep Step, Noise Noise)> Play(SoundAlarm alarm, double seconds, Func<double, int> peak, SoundSettings? settings = null)
    {
        for (var t = 0.0; t < seconds; t += Block.TotalSeconds)
        {
            yield return (alarm.Hear(At(t, peak(t)), settings ?? Usual), alarm.Noise);
        }
    }

    private static HeardBlock At(double seconds, int peak) =>
        new(TimeSpan.FromSeconds(seconds), Block, Night + TimeSpan.FromSeconds(seconds), peak);
}
