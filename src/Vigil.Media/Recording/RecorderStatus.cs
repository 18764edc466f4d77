namespace Vigil.Media.Recording;

/// <summary>What the recorder as a whole is doing.</summary>
public sealed record RecorderStatus
{
    /// <summary><see cref="SegmentEnd.DiskFull"/> or <see cref="SegmentEnd.DiskFailed"/> while nothing is written because of it; null when all is well.</summary>
    public required SegmentEnd? Paused { get; init; }

    /// <summary>Since when it is paused, or running.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>How long the last sync of all files took.</summary>
    public required TimeSpan LastSync { get; init; }

    /// <summary>Changes that wait because nobody reads <see cref="Recorder.Changes"/>.</summary>
    public required int WaitingChanges { get; init; }
}
