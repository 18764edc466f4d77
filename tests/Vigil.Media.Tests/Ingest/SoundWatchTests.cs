using Vigil.Media.Ingest;

namespace Vigil.Media.Tests.Ingest;

public sealed class SoundWatchTests
{
    [Fact]
    public void Missing_sound_is_worth_a_connection_after_half_a_minute_and_then_ever_more_rarely()
    {
        var watch = new SoundWatch(TimeSpan.FromSeconds(30));
        var tries = Enumerable.Range(0, 600).Where(s => watch.Look(TimeSpan.FromSeconds(s), expected: true, lastSound: null)).ToList();

        tries.ShouldBe([30, 90, 210, 450]);
        watch.IsSilent.ShouldBeTrue();
        watch.Look(TimeSpan.FromSeconds(600), expected: true, lastSound: TimeSpan.FromSeconds(600)).ShouldBeFalse();
        watch.IsSilent.ShouldBeFalse();
        watch.Look(TimeSpan.FromSeconds(630), expected: true, lastSound: TimeSpan.FromSeconds(600)).ShouldBeTrue("it had come back meanwhile");
    }

    [Fact]
    public void A_camera_without_sound_is_left_alone()
    {
        var watch = new SoundWatch(TimeSpan.FromSeconds(30));

        Enumerable.Range(0, 600).ShouldAllBe(s => !watch.Look(TimeSpan.FromSeconds(s), false, null) && !watch.IsSilent);
    }
}
