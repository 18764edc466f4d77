namespace Vigil.Server.Recordings;

/// <summary>Who or what wanted it.</summary>
public enum RecordingKind
{
    Manual,
    Scheduled,

    /// <summary>The camera is set to record always; pieces of an hour.</summary>
    Continuous,

    /// <summary>An event with footage; its id is the event's.</summary>
    Alert,
}

public enum RecordingStatus
{
    Recording,

    /// <summary>Ended as planned, or had no plan.</summary>
    Completed,

    /// <summary>Ended by somebody before its planned end.</summary>
    Stopped,

    /// <summary>Hardly anything came: less than 1 kB or 11 pictures.</summary>
    Failed,
}

/// <summary>A range of a camera's footage that somebody or something asked for. Size, gaps and pictures are read from the segments.</summary>
public sealed record Recording
{
    public required Guid Id { get; init; }

    public required long HouseholdId { get; init; }

    public required int CameraId { get; init; }

    public required string Name { get; init; }

    public required RecordingKind Kind { get; init; }

    public Guid? ScheduleId { get; init; }

    public long? StartedBy { get; init; }

    /// <summary>Kept when the account goes.</summary>
    public string? StartedByName { get; init; }

    public required DateTimeOffset From { get; init; }

    /// <summary>Null: until somebody stops it.</summary>
    public DateTimeOffset? PlannedUntil { get; init; }

    /// <summary>Null while it is being recorded.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Still <see cref="RecordingStatus.Recording"/> for some seconds after <see cref="EndedAt"/>, until the last pictures are on the disk.</summary>
    public RecordingStatus Status { get; init; }

    /// <summary>Of a name, in UTF-16 units.</summary>
    internal const int LongestName = 255;

    public string? Error { get; init; }

    /// <summary>Clean-up leaves its footage alone.</summary>
    public bool Protected { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Grows with every change.</summary>
    public int Revision { get; init; }

    public bool IsRunning => EndedAt is null;

    /// <summary>What it is once it has ended, unless too little came.</summary>
    public RecordingStatus Outcome =>
        EndedAt is not { } ended ? RecordingStatus.Recording
        : Status != RecordingStatus.Recording ? Status
        : PlannedUntil is { } planned && ended < planned - TimeSpan.FromSeconds(1) ? RecordingStatus.Stopped
        : RecordingStatus.Completed;

    /// <summary>Up to where its footage goes.</summary>
    public DateTimeOffset Until(DateTimeOffset now) => EndedAt ?? (now > From ? now : From);
}

/// <summary>A wish to record.</summary>
public sealed record RecordingStart
{
    public required int CameraId { get; init; }

    public required RecordingKind Kind { get; init; }

    /// <summary>Empty for <c>{camera}_{yyyyMMdd_HHmmss}</c> in the household's zone.</summary>
    public string? Name { get; init; }

    public long? StartedBy { get; init; }

    public string? StartedByName { get; init; }

    /// <summary>Null for now.</summary>
    public DateTimeOffset? From { get; init; }

    public DateTimeOffset? PlannedUntil { get; init; }

    public Guid? ScheduleId { get; init; }
}
