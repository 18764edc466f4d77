using Vigil.Server.Detection;
using Vigil.Server.Devices;

namespace Vigil.Server.Tests.Detection;

public sealed class OwnSoundTests
{
    private static readonly DateTimeOffset Night = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Block = TimeSpan.FromMilliseconds(42.6875);
    private static readonly SoundSettings Usual = new();

    private readonly OwnSound own = new();
    private readonly SoundAlarm alarm = new();

    [Fact]
    public void A_voice_from_the_loudspeaker_and_its_echo_wake_nobody_and_a_cry_after_it_does()
    {
        Hear(0, 20_000, new RoomSound("Ana", null)).ShouldBe(AlarmStep.None);
        var silentAgain = new RoomSound(null, Night.AddSeconds(5));
        Hear(5.2, 20_000, silentAgain).ShouldBe(AlarmStep.None);
        Hear(6.4, 20_000, silentAgain).ShouldBe(AlarmStep.None);
        Hear(6.6, 20_000, silentAgain).ShouldBe(AlarmStep.Began);
    }

    [Fact]
    public void A_cry_that_is_being_recorded_goes_on_when_somebody_speaks()
    {
        Hear(0, 20_000, new RoomSound(null, null)).ShouldBe(AlarmStep.Began);
        Hear(0.5, 20_000, new RoomSound("Ana", null)).ShouldBe(AlarmStep.Grew);
    }

    [Fact]
    public void Where_nothing_plays_nothing_changes() =>
        own.Judge(At(0, 20_000), Usual, new RoomSound(null, null)).ShouldBeSameAs(Usual);

    [Fact]
    public void A_lullaby_that_is_louder_than_red_wakes_nobody_and_a_cry_above_it_does()
    {
        var plays = new RoomSound(null, null, Lullaby(0));
        var second = PlayFor(20, 6000, plays);
        Hear(second, 12_000, plays).ShouldBe(AlarmStep.Began, "a cry must be heard above the lullaby");
    }

    [Fact]
    public void However_loud_the_lullaby_is_the_alarm_is_never_muted()
    {
        var plays = new RoomSound(null, null, Lullaby(0));
        Hear(0, 15_000, plays).ShouldBe(AlarmStep.Began, "three times red, before anything was learnt");
        own.Judge(At(PlayFor(40, 32_000, plays, new SoundAlarm()), 1), Usual, plays).Red.ShouldBe(15_000);
        own.Judge(At(41, 1), Usual with { Red = 30_000 }, plays).Red.ShouldBe(30_000, "never under what was set");
    }

    [Fact]
    public void A_quiet_lullaby_changes_nothing_after_the_first_seconds()
    {
        var plays = new RoomSound(null, null, Lullaby(0));
        Hear(PlayFor(6, 800, plays), 5000, plays).ShouldBe(AlarmStep.Began);
    }

    [Fact]
    public void A_cry_does_not_teach_the_alarm_to_be_deaf()
    {
        var plays = new RoomSound(null, null, Lullaby(0));
        var second = PlayFor(20, 1000, plays);
        second = PlayFor(6, 14_000, plays, new SoundAlarm(), second);
        own.Judge(At(second, 1), Usual, plays).Red.ShouldBe(Usual.Red);
    }

    [Fact]
    public void After_another_volume_it_is_learnt_anew_and_after_the_end_all_is_as_it_was_set()
    {
        var second = PlayFor(20, 6000, new RoomSound(null, null, Lullaby(0)));
        var louder = new RoomSound(null, null, Lullaby(second));
        Hear(second + 0.1, 14_000, louder).ShouldBe(AlarmStep.None);
        second = PlayFor(10, 9000, louder, from: second + 0.2);

        var over = new RoomSound(null, null);
        Hear(second + 1, 9000, over).ShouldBe(AlarmStep.None, "its echo");
        Hear(second + 4, 9000, over).ShouldBe(AlarmStep.Began);
    }

    private static Lullaby Lullaby(double second) => new()
    {
        Sound = LullabySound.Pink,
        Volume = 0.5,
        StartedBy = "Ana",
        StartedAt = Night.AddSeconds(second),
        Until = Night.AddHours(1),
    };

    /// <summary>Plays at one loudness, which wakes nobody; the second when it is over.</summary>
    private double PlayFor(double seconds, int peak, RoomSound plays, SoundAlarm? another = null, double from = 0)
    {
        var at = from;
        for (; at < from + seconds; at += Block.TotalSeconds)
        {
            var block = At(at, peak);
            var step = (another ?? alarm).Hear(block, own.Judge(block, Usual, plays));
            if (another is null)
            {
                step.ShouldBe(AlarmStep.None);
            }
        }

        return at;
    }

    private AlarmStep Hear(double second, int peak, RoomSound plays)
    {
        var block = At(second, peak);
        return alarm.Hear(block, own.Judge(block, Usual, plays));
    }

    private static HeardBlock At(double second, int peak) => new(TimeSpan.FromSeconds(second), Block, Night.AddSeconds(second), peak);
}
