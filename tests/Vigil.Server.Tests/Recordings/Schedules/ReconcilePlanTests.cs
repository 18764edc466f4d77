using Vigil.Server.Recordings.Schedules;

namespace Vigil.Server.Tests.Recordings.Schedules;

public sealed class ReconcilePlanTests
{
    private static readonly TimeZoneInfo Zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Zagreb");

    /// <summary>A quarter past seven in the evening in Zagreb.</summary>
    private static readonly DateTimeOffset Evening = new(2026, 11, 21, 18, 15, 0, TimeSpan.Zero);

    private static readonly RecordingSchedule Nightly = new()
    {
        Id = Guid.Parse("00000000-0000-0000-0000-000000000001"),
        HouseholdId = 1,
        CameraId = 1,
        Name = "Nights",
        Type = ScheduleType.Daily,
        StartTime = new TimeOnly(18, 0),
        EndTime = new TimeOnly(6, 0),
    };

    private static readonly DateTimeOffset Morning = new(2026, 11, 22, 5, 0, 0, TimeSpan.Zero);

    [Fact]
    public void What_is_wanted_and_does_not_run_is_begun_also_in_the_middle()
    {
        var steps = Plan([Nightly], []);

        steps.Begin.ShouldHaveSingleItem().Range.End.ShouldBe(Morning);
        steps.End.ShouldBeEmpty();
    }

    [Fact]
    public void What_runs_as_wanted_is_left_alone()
    {
        IsNothing(Plan([Nightly], [Running(Morning)]));
    }

    [Fact]
    public void Switched_off_removed_or_edited_away_it_ends()
    {
        Plan([Nightly with { IsActive = false }], [Running(Morning)]).End.Count.ShouldBe(1);
        Plan([], [Running(Morning)]).End.Count.ShouldBe(1);
        Plan([Nightly with { StartTime = new TimeOnly(20, 0) }], [Running(Morning)]).End.Count.ShouldBe(1);
        Plan([Nightly], [Running(Morning)], exists: _ => false).End.Count.ShouldBe(1);
    }

    [Fact]
    public void A_later_end_moves_the_end_of_what_runs_and_another_camera_takes_over()
    {
        Plan([Nightly with { EndTime = new TimeOnly(7, 0) }], [Running(Morning)]).Move.ShouldHaveSingleItem().Until.ShouldBe(Morning.AddHours(1));

        var moved = Plan([Nightly with { CameraId = 2 }], [Running(Morning)]);
        moved.End.Count.ShouldBe(1);
        moved.Begin.ShouldHaveSingleItem().Schedule.CameraId.ShouldBe(2);
    }

    [Fact]
    public void A_piece_whose_time_is_over_ends_before_the_next_one_begins()
    {
        var always = Nightly with { Type = ScheduleType.Continuous };
        var over = Running(Evening.AddMinutes(-15));

        var first = Plan([always], [over]);
        first.End.Count.ShouldBe(1);
        first.Begin.ShouldBeEmpty();
        Plan([always], []).Begin.ShouldHaveSingleItem().Range.Start.ShouldBe(Evening.AddMinutes(-15));
    }

    /// <summary>Whatever happened before: done what the plan says, there is nothing more to do, and exactly what is wanted runs.</summary>
    [Fact]
    public void From_any_state_two_rounds_lead_to_what_is_wanted()
    {
        var random = new Random(5);
        for (var round = 0; round < 2000; round++)
        {
            var now = Evening.AddMinutes(random.Next(-100_000, 100_000));
            var schedules = Enumerable.Range(1, random.Next(6)).Select(i => Any(random, i)).ToList();
            var running = Enumerable.Range(1, random.Next(8)).Select(i => new RunningScheduled(
                Id(100 + i), Id(i), random.Next(1, 4), now.AddMinutes(-random.Next(2000)), random.Next(5) == 0 ? null : now.AddMinutes(random.Next(-2000, 2000))))
                .ToList();

            var after = Do(Do(running, Plan(schedules, running, now: now), now), Plan(schedules, Do(running, Plan(schedules, running, now: now), now), now: now), now);

            IsNothing(Plan(schedules, after, now: now));
            after.Select(r => (r.ScheduleId, r.CameraId)).Order().ShouldBe(
                schedules.Where(s => ScheduleRule.ShouldRecord(s, Zone, now)).Select(s => (s.Id, s.CameraId)).Order());
        }
    }

    private static List<RunningScheduled> Do(List<RunningScheduled> running, ReconcileSteps steps, DateTimeOffset now)
    {
        var next = 1000;
        return
        [
            .. running.Where(r => !steps.End.Contains(r.Id))
                .Select(r => steps.Move.Where(m => m.Recording == r.Id).Select(m => r with { PlannedUntil = m.Until }).FirstOrDefault(r)),
            .. steps.Begin.Select(b => new RunningScheduled(Id(next++ + running.Count), b.Schedule.Id, b.Schedule.CameraId, now, b.Range.End)),
        ];
    }

    private static RecordingSchedule Any(Random random, int number) => Nightly with
    {
        Id = Id(number),
        CameraId = random.Next(1, 4),
        Type = (ScheduleType)random.Next(1, 4),
        StartTime = new TimeOnly(random.Next(24), random.Next(60)),
        EndTime = new TimeOnly(random.Next(24), random.Next(60)),
        Days = (WeekDays)random.Next(1, 128),
        IsActive = random.Next(4) > 0,
    };

    private static Guid Id(int number) => new(number, 0, 0, new byte[8]);

    private static RunningScheduled Running(DateTimeOffset until) => new(Id(100), Nightly.Id, 1, Evening.AddMinutes(-75), until);

    private static ReconcileSteps Plan(
        IEnumerable<RecordingSchedule> schedules, IReadOnlyCollection<RunningScheduled> running, Func<int, bool>? exists = null, DateTimeOffset? now = null) =>
        ReconcilePlan.Make(schedules, _ => Zone, exists ?? (_ => true), running, now ?? Evening);

    private static void IsNothing(ReconcileSteps steps)
    {
        steps.Begin.ShouldBeEmpty();
        steps.Move.ShouldBeEmpty();
        steps.End.ShouldBeEmpty();
    }
}
