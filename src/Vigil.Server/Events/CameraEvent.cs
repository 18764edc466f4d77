using System.Text.Json;

namespace Vigil.Server.Events;

/// <summary>Everything that can stand on the timeline. In the table the names are snake_case, in JSON camelCase.</summary>
public enum EventKind
{
    Sound,
    Cry,
    CameraOffline,
    CameraOnline,
    NotListening,
    NotRecording,

    /// <summary>A device that sends straight to its viewers has been paired, or given away.</summary>
    DevicePaired,
    ServerTrouble,

    /// <summary>Something moved in the picture. New kinds come last, because the spool has numbers.</summary>
    Motion,

    /// <summary>A reading by the household's rule: check, and call a doctor.</summary>
    MayBeIll,
    RoomTooHot,
    RoomTooCold,
    RoomTooHumid,
}

/// <summary>How serious a noise was.</summary>
public enum EventLevel
{
    Yellow,
    Red,
}

/// <summary>A part of the picture: 0..1 from its left and upper edge.</summary>
public sealed record EventBox(float X, float Y, float Width, float Height)
{
    /// <summary>Around both.</summary>
    public EventBox Union(EventBox? other)
    {
        if (other is null)
        {
            return this;
        }

        var (x, y) = (Math.Min(X, other.X), Math.Min(Y, other.Y));
        return new EventBox(x, y, Math.Max(X + Width, other.X + other.Width) - x, Math.Max(Y + Height, other.Y + other.Height) - y);
    }
}

/// <summary>
/// One line of the timeline, as it is known now. An event grows while what it tells goes on; each change has a higher
/// <see cref="Revision"/>, so that a late or repeated writing of an older state changes nothing.
/// </summary>
public sealed record CameraEvent
{
    /// <summary>UUID version 7 of the beginning: sorting by it is sorting by time, and it exists before any row does.</summary>
    public required Guid Id { get; init; }

    public required long HouseholdId { get; init; }

    /// <summary>Null for what concerns the whole server.</summary>
    public int? CameraId { get; init; }

    public required EventKind Kind { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Known to go on at least until then.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>Null while it goes on.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Loudest sample, 0 to 32767.</summary>
    public int? Peak { get; init; }

    public EventLevel? Level { get; init; }

    /// <summary>How sure the detector was at its surest, 0 to 1; null for what is not a matter of belief.</summary>
    public float? Score { get; init; }

    public string? Detail { get; init; }

    /// <summary>Around everything that moved; null for what is not seen.</summary>
    public EventBox? Box { get; init; }

    /// <summary>Begin of the footage that belongs to it; null when there is none.</summary>
    public DateTimeOffset? ClipFrom { get; init; }

    /// <summary>End of that footage; null while it grows.</summary>
    public DateTimeOffset? ClipTo { get; init; }

    /// <summary>Footage is on disk and indexed: the clip can be played, also while it grows.</summary>
    public bool ClipReady { get; init; }

    public DateTimeOffset? AcknowledgedAt { get; init; }

    public long? AcknowledgedBy { get; init; }

    /// <summary>The name of that person at the time.</summary>
    public string? AcknowledgedName { get; init; }

    public int Revision { get; init; }

    /// <summary>Should be noticed by somebody, and nobody has said that they did.</summary>
    public bool IsUnanswered => AcknowledgedAt is null && Kind is not (EventKind.Motion or EventKind.CameraOnline) && Level != EventLevel.Yellow;
}

/// <summary>
/// What a detector noticed: the whole noise so far, again and again while it grows. <see cref="EventMerger"/> makes events of it.
/// </summary>
public sealed record Observation
{
    public required long HouseholdId { get; init; }

    public int? CameraId { get; init; }

    public required EventKind Kind { get; init; }

    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    /// <summary>It goes on: more observations of it will come.</summary>
    public bool GoesOn { get; init; }

    public int? Peak { get; init; }

    public EventLevel? Level { get; init; }

    public float? Score { get; init; }

    public string? Detail { get; init; }

    public EventBox? Box { get; init; }

    /// <summary>Footage to keep from before <see cref="From"/>; null: none at all.</summary>
    public TimeSpan? PreRoll { get; init; }

    public TimeSpan PostRoll { get; init; }
}

/// <summary>The names of kinds in the table.</summary>
public static class EventKinds
{
    extension(EventKind kind)
    {
        public string ToText() => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());
    }

    /// <summary>Takes both spellings, <c>camera_offline</c> and <c>cameraOffline</c>.</summary>
    public static EventKind? Parse(string? text) =>
        text is { Length: > 0 } && !char.IsAsciiDigit(text[0])
        && Enum.TryParse<EventKind>(text.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var kind) && Enum.IsDefined(kind)
            ? kind
            : null;
}
