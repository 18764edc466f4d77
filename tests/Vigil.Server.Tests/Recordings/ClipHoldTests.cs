using Vigil.Server.Events;
using Vigil.Server.Recordings;
using Vigil.Testing;

namespace Vigil.Server.Tests.Recordings;

public sealed class ClipHoldTests
{
    private static readonly TimeSpan PostRoll = TimeSpan.FromSeconds(5);
    private readonly ManualTime time = new();

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1)]
    public void A_clock_that_is_set_makes_no_recording_longer_or_shorter(int hours)
    {
        var hold = new ClipHold(time);
        var crying = Noise();
        hold.Follow(crying);
        time.Advance(TimeSpan.FromSeconds(1));
        var over = crying with { Until = time.GetUtcNow(), EndedAt = time.GetUtcNow(), ClipTo = time.GetUtcNow() + PostRoll };
        hold.Follow(over);

        time.SetWallClock(time.GetUtcNow().AddHours(hours));
        hold.Follow(over with { ClipReady = true });

        time.Advance(PostRoll + ClipHold.Lateness);
        hold.IsOver.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(1));
        hold.IsOver.ShouldBeTrue();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_clip_is_ready_once_the_noise_is_on_the_disk_also_when_the_clock_was_set_back(int hours)
    {
        var noise = time.GetUtcNow();
        var hold = new ClipHold(time);
        hold.HasFootage(noise, noise - TimeSpan.FromSeconds(1)).ShouldBeFalse();

        time.Advance(ClipHold.Lateness + ClipHold.Lateness + TimeSpan.FromSeconds(1));

        hold.HasFootage(noise, time.GetUtcNow().AddHours(hours)).ShouldBeTrue();
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void A_noise_that_goes_on_is_recorded_while_it_is_heard_whatever_the_clock_says(int hours)
    {
        var hold = new ClipHold(time);
        for (var second = 0; second < 60; second++)
        {
            hold.Follow(Noise());
            time.Advance(TimeSpan.FromSeconds(1));
            time.SetWallClock(time.GetUtcNow().AddHours(second == 30 ? hours : 0));
            hold.IsOver.ShouldBeFalse();
        }

        time.Advance(ClipHold.Forgotten);
        hold.IsOver.ShouldBeTrue();
    }

    [Fact]
    public void A_noise_that_begins_again_is_recorded_on()
    {
        var hold = new ClipHold(time);
        var over = Noise() with { ClipTo = time.GetUtcNow() + PostRoll };
        hold.Follow(over);
        time.Advance(TimeSpan.FromSeconds(5));
        hold.Follow(over with { ClipTo = null });
        time.Advance(TimeSpan.FromSeconds(5));

        hold.IsOver.ShouldBeFalse();
    }

    [Fact]
    public void An_event_of_long_ago_is_not_recorded_because_somebody_touched_it()
    {
        var over = Noise() with { ClipTo = time.GetUtcNow() + PostRoll };

        ClipHold.IsPast(over, time.GetUtcNow()).ShouldBeFalse();
        ClipHold.IsPast(over, time.GetUtcNow().AddHours(1)).ShouldBeTrue();
        ClipHold.IsPast(over with { ClipTo = null }, time.GetUtcNow().AddHours(1)).ShouldBeFalse();
    }

    private CameraEvent Noise() => new()
    {
        Id = Guid.CreateVersion7(time.GetUtcNow()),
        HouseholdId = 1,
        CameraId = 1,
        Kind = EventKind.Sound,
        StartedAt = time.GetUtcNow(),
        Until = time.GetUtcNow(),
        ClipFrom = time.GetUtcNow() - TimeSpan.FromSeconds(5),
    };
}
