using Vigil.Server.Recordings;
using Vigil.Testing;

namespace Vigil.Server.Tests.Recordings;

public sealed class RecordingClockTests
{
    private readonly ManualTime time = new();

    [Theory]
    [InlineData(0)]
    [InlineData(-60)]
    [InlineData(60)]
    public void Thirty_minutes_are_thirty_minutes_whatever_is_done_to_the_clock(int minutes)
    {
        var recording = Recording(RecordingKind.Manual, 30);
        var clock = new RecordingClock(time, recording.From);
        clock.IsOver(recording).ShouldBeFalse();
        time.Advance(TimeSpan.FromMinutes(10));
        time.SetWallClock(time.GetUtcNow().AddMinutes(minutes));

        clock.IsOver(recording).ShouldBeFalse();
        time.Advance(TimeSpan.FromMinutes(19));
        clock.IsOver(recording).ShouldBeFalse();
        time.Advance(TimeSpan.FromMinutes(1));
        clock.IsOver(recording).ShouldBeTrue();
    }

    [Fact]
    public void A_schedule_means_the_time_of_day()
    {
        var recording = Recording(RecordingKind.Scheduled, 30);
        var clock = new RecordingClock(time, recording.From);
        clock.IsOver(recording).ShouldBeFalse();

        time.SetWallClock(time.GetUtcNow().AddMinutes(30));

        clock.IsOver(recording).ShouldBeTrue();
    }

    [Fact]
    public void A_clock_that_was_set_back_loses_no_footage_at_either_end()
    {
        var from = time.GetUtcNow();
        var clock = new RecordingClock(time, from);
        time.Advance(TimeSpan.FromMinutes(10));
        clock.Tick();
        time.SetWallClock(from.AddMinutes(-50));
        clock.Tick();
        time.Advance(TimeSpan.FromMinutes(5));

        clock.End().ShouldBe(from.AddMinutes(10));
        clock.From.ShouldBe(from.AddMinutes(-50));
    }

    [Fact]
    public void A_plan_that_is_changed_counts_from_then()
    {
        var recording = Recording(RecordingKind.Manual, 30);
        var clock = new RecordingClock(time, recording.From);
        clock.IsOver(recording);
        time.Advance(TimeSpan.FromMinutes(29));
        var longer = recording with { PlannedUntil = recording.PlannedUntil!.Value.AddMinutes(30) };

        clock.IsOver(longer).ShouldBeFalse();
        time.Advance(TimeSpan.FromMinutes(30));
        clock.IsOver(longer).ShouldBeFalse();
        time.Advance(TimeSpan.FromMinutes(1));
        clock.IsOver(longer).ShouldBeTrue();
        clock.IsOver(longer with { PlannedUntil = null }).ShouldBeFalse();
    }

    private Recording Recording(RecordingKind kind, int minutes) => new()
    {
        Id = Guid.CreateVersion7(time.GetUtcNow()),
        HouseholdId = 1,
        CameraId = 1,
        Name = "nap",
        Kind = kind,
        From = time.GetUtcNow(),
        PlannedUntil = time.GetUtcNow().AddMinutes(minutes),
        CreatedAt = time.GetUtcNow(),
    };
}
