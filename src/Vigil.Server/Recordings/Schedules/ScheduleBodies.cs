using System.ComponentModel.DataAnnotations;

namespace Vigil.Server.Recordings.Schedules;

/// <summary>A schedule as somebody wishes it. Times and dates are those of the household's clock.</summary>
public sealed record ScheduleRequest
{
    public int CameraId { get; init; }

    /// <summary>What its recordings are called; empty for a preview.</summary>
    [StringLength(255)]
    public string Name { get; init; } = "";

    [EnumDataType(typeof(ScheduleType))]
    public ScheduleType Type { get; init; } = ScheduleType.Daily;

    public TimeOnly StartTime { get; init; }

    /// <summary>Not after the start: on the next morning. The same: a whole day.</summary>
    public TimeOnly EndTime { get; init; }

    /// <summary>The day of `once`; otherwise the first day on which it begins.</summary>
    public DateOnly? StartDate { get; init; }

    /// <summary>The last day on which it begins.</summary>
    public DateOnly? EndDate { get; init; }

    /// <summary>For `weekly`: the days on which it begins.</summary>
    public IReadOnlyList<DayOfWeek> Days { get; init; } = [];

    public bool IsActive { get; init; } = true;
}

/// <summary>A schedule as it stands, and what comes of it.</summary>
public sealed record ScheduleView
{
    public required Guid Id { get; init; }

    public required int CameraId { get; init; }

    public required string CameraName { get; init; }

    public required string Name { get; init; }

    public required ScheduleType Type { get; init; }

    public required TimeOnly StartTime { get; init; }

    public required TimeOnly EndTime { get; init; }

    public required DateOnly? StartDate { get; init; }

    public required DateOnly? EndDate { get; init; }

    public required IReadOnlyList<DayOfWeek> Days { get; init; }

    public required bool IsActive { get; init; }

    /// <summary>It ends on the morning after the day it belongs to.</summary>
    public required bool IsOvernight { get; init; }

    /// <summary>By this schedule the camera is to be recorded now; until when.</summary>
    public required DateTimeOffset? Until { get; init; }

    /// <summary>When it begins next; null when it is off or over.</summary>
    public required DateTimeOffset? NextStart { get; init; }

    /// <summary>The member may change it.</summary>
    public required bool CanChange { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>What will be recorded in the next 24 hours, and on the next night on which the clocks change.</summary>
public sealed record SchedulePreview
{
    /// <summary>The household's zone, in which all local times are.</summary>
    public required string TimeZone { get; init; }

    public required PreviewSpan Next { get; init; }

    /// <summary>Null where the clocks do not change within the next year.</summary>
    public required PreviewClockChange? ClockChange { get; init; }
}

public sealed record PreviewClockChange
{
    public required DateTimeOffset At { get; init; }

    /// <summary>How far the clocks are put; positive is forward.</summary>
    public required int Minutes { get; init; }

    /// <summary>For people: "Sun 29 Mar 2026: at 02:00 the clocks go forward to 03:00".</summary>
    public required string Words { get; init; }

    /// <summary>From the noon before to the noon after.</summary>
    public required PreviewSpan Night { get; init; }
}

public sealed record PreviewSpan
{
    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    /// <summary>How much of it is recorded.</summary>
    public required long Seconds { get; init; }

    public required IReadOnlyList<PreviewRange> Ranges { get; init; }

    /// <summary>Every full hour of the household's clock; one comes twice when the clocks go back.</summary>
    public required IReadOnlyList<PreviewHour> Hours { get; init; }
}

public sealed record PreviewRange
{
    /// <summary>Null: the proposed schedule.</summary>
    public required Guid? ScheduleId { get; init; }

    public required string Name { get; init; }

    /// <summary>The whole range; it may begin before the span and end after it.</summary>
    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    /// <summary>For people: "Sat 21 Nov 18:00 – Sun 22 Nov 06:00, 12 h".</summary>
    public required string Words { get; init; }
}

public sealed record PreviewHour
{
    public required DateTimeOffset At { get; init; }

    /// <summary>What the clock shows: "18:00".</summary>
    public required string Local { get; init; }
}
