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

    private AlarmStep Hear(double second, int peak, RoomSound plays)
    {
        var block = At(second, peak);
        return alarm.Hear(block, own.Judge(block, Usual, plays));
    }

    private static HeardBlock At(double second, int peak) => new(TimeSpan.FromSeconds(second), Block, Night.AddSeconds(second), peak);
}
