namespace Vigil.Server.Recordings.Schedules;

/// <summary>A recording that runs for a schedule.</summary>
public readonly record struct RunningScheduled(Guid Id, Guid ScheduleId, int CameraId, DateTimeOffset From, DateTimeOffset? PlannedUntil);

/// <summary>What has to be done so that what runs is what is wanted.</summary>
public sealed record ReconcileSteps
{
    /// <summary>To be begun.</summary>
    public required IReadOnlyList<(RecordingSchedule Schedule, ScheduledRange Range)> Begin { get; init; }

    /// <summary>To be given another end.</summary>
    public required IReadOnlyList<(Guid Recording, DateTimeOffset Until)> Move { get; init; }

    /// <summary>Not wanted any more.</summary>
    public required IReadOnlyList<Guid> End { get; init; }
}

/// <summary>The difference between what schedules want and what runs. Pure; the same question again has the same answer.</summary>
public static class ReconcilePlan
{
    /// <param name="schedules">All of them.</param>
    /// <param name="zoneOf">The clock of a household.</param>
    /// <param name="exists">Whether a camera does.</param>
    /// <param name="running">What is being recorded for schedules.</param>
    /// <param name="now">The wall clock.</param>
    public static ReconcileSteps Make(
        IEnumerable<RecordingSchedule> schedules, Func<long, TimeZoneInfo> zoneOf, Func<int, bool> exists, IReadOnlyCollection<RunningScheduled> running,
        DateTimeOffset now)
    {
        var wanted = new Dictionary<Guid, (RecordingSchedule Schedule, ScheduledRange Range)>();
        foreach (var schedule in schedules)
        {
            if (exists(schedule.CameraId) && ScheduleRule.Current(schedule, zoneOf(schedule.HouseholdId), now) is { } range)
            {
                wanted[schedule.Id] = (schedule, range);
            }
        }

        var (move, end) = (new List<(Guid, DateTimeOffset)>(), new List<Guid>());
        foreach (var recording in running)
        {
            if (!wanted.TryGetValue(recording.ScheduleId, out var want) || want.Schedule.CameraId != recording.CameraId)
            {
                end.Add(recording.Id);
                continue;
            }

            wanted.Remove(recording.ScheduleId);
            if (recording.PlannedUntil <= want.Range.Start)
            {
                // The piece before, which is about to end: the next begins where it ends, a moment later.
                end.Add(recording.Id);
            }
            else if (recording.PlannedUntil != want.Range.End)
            {
                move.Add((recording.Id, want.Range.End));
            }
        }

        return new ReconcileSteps { Begin = [.. wanted.Values], Move = move, End = end };
    }
}
