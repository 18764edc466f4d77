namespace Vigil.Media.Recording;

/// <summary>How and where footage is kept.</summary>
public sealed record RecorderOptions
{
    /// <summary>The directory of the segment store.</summary>
    public required string Root { get; init; }

    /// <summary>A segment ends with the first key frame after this. Default 60 s: short enough to delete by the minute.</summary>
    public TimeSpan SegmentLength { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Media waits in memory no longer than this (plus one frame): what a killed process loses. Default 400 ms, so that two
    /// fragments and the sync after them stay under a second.
    /// </summary>
    public TimeSpan FragmentLength { get; init; } = TimeSpan.FromMilliseconds(400);

    /// <summary>All files are synced together every so many fragments. Default 2: a power cut loses under a second.</summary>
    public int FragmentsPerSync { get; init; } = 2;

    /// <summary>Preallocated and given back when the disk is full, so that open segments can be finished. Default 64 MB; 0 for none.</summary>
    public long ReserveBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Most bytes one camera's pre-roll may hold. Default 48 MB: 60 s at 6 Mbit/s.</summary>
    public long RingBytes { get; init; } = 48 * 1024 * 1024;

    /// <summary>A camera that sends nothing for this long has its segment closed, and the time until it returns is a gap. Default 2 s.</summary>
    public TimeSpan GapAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>After a full disk, recording resumes when this much is free beside the reserve. Default 128 MB, so that it does not stop again at once.</summary>
    public long ResumeBytes { get; init; } = 128 * 1024 * 1024;

    /// <summary>Called at every step of the loop: the recorder's pulse.</summary>
    public Action? Beat { get; init; }
}
