namespace Vigil.Media.Recording;

/// <summary>Why a segment file ends where it does; also the reason of the gap up to the next one, if there is a gap.</summary>
public enum SegmentEnd
{
    /// <summary>Still being written.</summary>
    Open,

    /// <summary>Full length reached; the next segment goes on without a gap.</summary>
    Continued,

    /// <summary>Nobody wanted it any longer: the last hold was released.</summary>
    Released,

    /// <summary>Codec or picture size changed; the next segment goes on with the new format.</summary>
    FormatChanged,

    /// <summary>The camera stopped sending.</summary>
    CameraGone,

    /// <summary>The recorder was too slow (disk stalled) and lost frames.</summary>
    Overrun,

    /// <summary>The disk was full.</summary>
    DiskFull,

    /// <summary>The disk refused to write.</summary>
    DiskFailed,

    /// <summary>The recorder was stopped in an orderly way.</summary>
    Stopped,

    /// <summary>The process or the machine died; found by the scan at start-up.</summary>
    Interrupted,

    /// <summary>The camera was paused for privacy.</summary>
    Paused,
}

/// <summary>
/// One segment file: a self-contained fragmented MP4 of one camera. Everything it says is durable: the bytes up to
/// <see cref="Bytes"/> survive a power cut.
/// </summary>
public sealed record SegmentRecord
{
    public required int CameraId { get; init; }

    /// <summary>Relative to the root, with forward slashes, made of ids and times only: <c>7/2026-11-21/094200_123.mp4</c>. Identifies the segment.</summary>
    public required string Path { get; init; }

    /// <summary>Capture time of the first frame.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>Capture time of the last frame plus its duration.</summary>
    public required DateTimeOffset End { get; init; }

    public required long Bytes { get; init; }

    public bool Open => Ended == SegmentEnd.Open;

    public required SegmentEnd Ended { get; init; }

    /// <summary>RFC 6381, e.g. <c>avc1.64001f</c>; empty for a camera without picture.</summary>
    public string VideoCodec { get; init; } = "";

    /// <summary>RFC 6381, e.g. <c>mp4a.40.2</c>; empty for a camera without sound.</summary>
    public string AudioCodec { get; init; } = "";

    public int Width { get; init; }

    public int Height { get; init; }

    /// <summary>Pictures; of a camera without picture, frames of sound.</summary>
    public int Frames { get; init; }
}

public enum SegmentChangeKind
{
    Opened,
    Extended,
    Closed,
    Deleted,
}

/// <summary>What became durable. Several changes of one segment may be merged into the newest when the reader is slow.</summary>
public sealed record SegmentChange(SegmentChangeKind Kind, SegmentRecord Segment);
