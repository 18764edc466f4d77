namespace Vigil.Server.Recordings.Schedules;

/// <summary>What was typed becomes a schedule, or a list of what is wrong with it. Pure.</summary>
public static class ScheduleForm
{
    private static readonly DateOnly First = new(2000, 1, 1);
    private static readonly DateOnly Last = new(2199, 12, 31);

    /// <param name="schedule">The wish; what its type has no use for is taken out of it.</param>
    /// <param name="old">As it was, when it is changed: a date that has passed since is no fault.</param>
    /// <param name="zone">The household's.</param>
    /// <param name="now">A date in the past is one before today's on the household's clock.</param>
    public static (RecordingSchedule Schedule, Dictionary<string, string[]> Errors) Check(
        RecordingSchedule schedule, RecordingSchedule? old, TimeZoneInfo zone, DateTimeOffset now)
    {
        var tidy = schedule with
        {
            Name = schedule.Name.Trim(),
            Days = schedule.Type == ScheduleType.Weekly ? schedule.Days & WeekDays.All : WeekDays.None,
            EndDate = schedule.Type == ScheduleType.Once ? null : schedule.EndDate,
        };
        var errors = new Dictionary<string, string[]>();
        if (tidy.Name.Length is 0 or > 255)
        {
            errors[nameof(tidy.Name)] = ["The schedule needs a name, of 255 characters at most."];
        }

        if (tidy.StartDate < First || tidy.StartDate > Last)
        {
            errors[nameof(tidy.StartDate)] = ["That date is out of reach."];
        }

        if (tidy.EndDate < First || tidy.EndDate > Last)
        {
            errors[nameof(tidy.EndDate)] = ["That date is out of reach."];
        }
        else if (tidy.EndDate < tidy.StartDate)
        {
            errors[nameof(tidy.EndDate)] = ["The last day is before the first."];
        }

        if (tidy.Type == ScheduleType.Weekly && tidy.Days == WeekDays.None)
        {
            errors[nameof(tidy.Days)] = ["Choose at least one day."];
        }

        if (tidy.Type == ScheduleType.Once && errors.Count == 0)
        {
            if (tidy.StartDate is null)
            {
                errors[nameof(tidy.StartDate)] = ["On which day?"];
            }
            else if (HasMoved(tidy, old) && tidy.StartDate < DateOnly.FromDateTime(LocalClock.At(zone, now)))
            {
                errors[nameof(tidy.StartDate)] = ["That day has passed."];
            }
            else if (HasMoved(tidy, old) && ScheduleRule.Over(tidy, zone) <= now)
            {
                errors[nameof(tidy.EndTime)] = ["That time has passed today."];
            }
        }

        return (tidy, errors);
    }

    private static bool HasMoved(RecordingSchedule schedule, RecordingSchedule? old) =>
        old is null || (schedule.Type, schedule.StartDate, schedule.StartTime, schedule.EndTime) != (old.Type, old.StartDate, old.StartTime, old.EndTime)
        || (schedule.IsActive && !old.IsActive);
}
