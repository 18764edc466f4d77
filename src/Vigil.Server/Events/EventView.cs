namespace Vigil.Server.Events;

/// <summary>An event as pages see it.</summary>
public sealed record EventView
{
    public required Guid Id { get; init; }

    /// <summary>0 when it concerns no camera.</summary>
    public required int CameraId { get; init; }

    public required string CameraName { get; init; }

    public required EventKind Kind { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Null while it goes on.</summary>
    public required DateTimeOffset? EndedAt { get; init; }

    public required int? Peak { get; init; }

    public required EventLevel? Level { get; init; }

    /// <summary>How sure the detector was at its surest, 0 to 1.</summary>
    public required float? Score { get; init; }

    public required string? Detail { get; init; }

    /// <summary>Of motion: around everything that moved.</summary>
    public required EventBox? Box { get; init; }

    public required ClipView? Clip { get; init; }

    public required DateTimeOffset? AcknowledgedAt { get; init; }

    public required string? AcknowledgedBy { get; init; }

    public static EventView Of(CameraEvent e, string cameraName) => new()
    {
        Id = e.Id,
        CameraId = e.CameraId ?? 0,
        CameraName = cameraName,
        Kind = e.Kind,
        StartedAt = e.StartedAt,
        EndedAt = e.EndedAt,
        Peak = e.Peak,
        Level = e.Level,
        Score = e.Score,
        Detail = e.Detail,
        Box = e.Box,
        Clip = e.ClipFrom is { } from ? ClipView.Of(e.Id, from, e.ClipTo ?? e.Until, e.ClipReady) : null,
        AcknowledgedAt = e.AcknowledgedAt,
        AcknowledgedBy = e.AcknowledgedName,
    };
}

/// <summary>The footage of an event. It can be played as soon as <see cref="Ready"/>, also while the event goes on.</summary>
public sealed record ClipView
{
    public required string Url { get; init; }

    public required DateTimeOffset From { get; init; }

    /// <summary>So far, while the event goes on.</summary>
    public required DateTimeOffset To { get; init; }

    public required bool Ready { get; init; }

    public required double DurationSeconds { get; init; }

    public static ClipView Of(Guid id, DateTimeOffset from, DateTimeOffset to, bool ready) => new()
    {
        Url = $"/api/v1/events/{id}/clip.mp4",
        From = from,
        To = to,
        Ready = ready,
        DurationSeconds = Math.Round((to - from).TotalSeconds, 3),
    };
}

public sealed record EventPage
{
    public required IReadOnlyList<EventView> Events { get; init; }

    /// <summary>Give this as <c>before</c> for the next, older page; null at the end.</summary>
    public required Guid? Next { get; init; }
}
