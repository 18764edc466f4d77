namespace Vigil.Server.Recordings.Schedules;

public enum ScheduleType
{
    /// <summary>On the start date only.</summary>
    Once,

    Daily,

    /// <summary>On the chosen days; a night belongs to the day on which it begins.</summary>
    Weekly,

    /// <summary>Always, in pieces of an hour; the two times are ignored.</summary>
    Continuous,
}

/// <summary>Days of a week as a set.</summary>
[Flags]
public enum WeekDays
{
    None = 0,
    Monday = 1,
    Tuesday = 2,
    Wednesday = 4,
    Thursday = 8,
    Friday = 16,
    Saturday = 32,
    Sunday = 64,
    All = 127,
}

/// <summary>When a camera is recorded: one row. Times and dates are those of the household's clock.</summary>
public sealed record RecordingSchedule
{
    public Guid Id { get; init; }

    public long HouseholdId { get; init; }

    public int CameraId { get; init; }

    public string Name { get; init; } = "";

    public ScheduleType Type { get; init; }

    public TimeOnly StartTime { get; init; }

    /// <summary>Not after <see cref="StartTime"/>: on the next day. The same: a whole day.</summary>
    public TimeOnly EndTime { get; init; }

    /// <summary>The first day on which it begins; null: since ever.</summary>
    public DateOnly? StartDate { get; init; }

    /// <summary>The last day on which it begins; null: for ever.</summary>
    public DateOnly? EndDate { get; init; }

    /// <summary>For <see cref="ScheduleType.Weekly"/>.</summary>
    public WeekDays Days { get; init; }

    public bool IsActive { get; init; } = true;

    public long? CreatedBy { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>It ends on the morning after the day it belongs to.</summary>
    public bool IsOvernight => Type != ScheduleType.Continuous && EndTime <= StartTime;
}

public static class WeekDaySets
{
    extension(DayOfWeek day)
    {
        public WeekDays AsSet() => (WeekDays)(1 << (((int)day + 6) % 7));
    }

    extension(WeekDays days)
    {
        public bool Has(DayOfWeek day) => (days & day.AsSet()) != 0;

        /// <summary>From Monday on.</summary>
        public IReadOnlyList<DayOfWeek> ToList() =>
            [.. Enumerable.Range(1, 7).Select(i => (DayOfWeek)(i % 7)).Where(d => days.Has(d))];
    }
}
