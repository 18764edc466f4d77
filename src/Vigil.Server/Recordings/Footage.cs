using Vigil.Media.Recording;

namespace Vigil.Server.Recordings;

/// <summary>Why there is no footage.</summary>
public enum GapReason
{
    /// <summary>Nobody wanted it.</summary>
    NotRecorded,
    CameraGone,

    /// <summary>For privacy.</summary>
    Paused,
    DiskFull,
    DiskFailed,

    /// <summary>The disk was too slow.</summary>
    TooSlow,

    /// <summary>Vigil was stopped and started in order.</summary>
    Restart,

    /// <summary>Vigil or its machine died.</summary>
    Interrupted,

    /// <summary>There was footage; it has been deleted.</summary>
    Deleted,
}

public sealed record FootageRange
{
    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }
}

public sealed record FootageGap
{
    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    public required GapReason Reason { get; init; }
}

/// <summary>What the segments hold of a range: pure arithmetic over their records.</summary>
public sealed record Footage
{
    /// <summary>Segments that follow each other this closely are one; their clocks are estimates.</summary>
    private static readonly TimeSpan Seam = TimeSpan.FromMilliseconds(500);

    public required IReadOnlyList<FootageRange> Ranges { get; init; }

    public required IReadOnlyList<FootageGap> Gaps { get; init; }

    /// <summary>Of segments that reach beyond the range, their share.</summary>
    public required long Bytes { get; init; }

    public required long Frames { get; init; }

    /// <summary>What is there, without the gaps.</summary>
    public required TimeSpan Present { get; init; }

    public required int Width { get; init; }

    public required int Height { get; init; }

    public required string VideoCodec { get; init; }

    public required string AudioCodec { get; init; }

    /// <summary>Pictures a second; 0 when there are none.</summary>
    public double FrameRate => Present > TimeSpan.FromMilliseconds(100) && VideoCodec.Length > 0 ? Math.Round(Frames / Present.TotalSeconds, 1) : 0;

    /// <param name="segments">Those of one camera that overlap the range, by time.</param>
    /// <param name="from">Begin of the range.</param>
    /// <param name="to">Its end; for what is still being recorded, now.</param>
    /// <param name="before">The last one before the range, whose end may be the reason for a hole at its begin.</param>
    /// <param name="wanted">Somebody wanted all of it: then footage that never came is the camera's fault.</param>
    public static Footage Of(IReadOnlyList<SegmentRecord> segments, DateTimeOffset from, DateTimeOffset to, SegmentRecord? before = null, bool wanted = false)
    {
        var ranges = new List<FootageRange>();
        var gaps = new List<FootageGap>();
        double bytes = 0, frames = 0;
        var last = before;
        foreach (var segment in segments.Where(s => s.End > from && s.Start < to))
        {
            var begin = Later(segment.Start, from);
            var end = Earlier(segment.End, to);
            var whole = (segment.End - segment.Start).TotalSeconds;
            var share = whole <= 0 ? 1 : (end - begin).TotalSeconds / whole;
            bytes += segment.Bytes * share;
            frames += segment.Frames * share;
            var until = ranges.Count > 0 ? ranges[^1].To : from;
            if (begin - until > Seam)
            {
                gaps.Add(new FootageGap { From = until, To = begin, Reason = ReasonAfter(last, wanted) });
                ranges.Add(new FootageRange { From = begin, To = end });
            }
            else if (ranges.Count > 0)
            {
                ranges[^1] = ranges[^1] with { To = Later(ranges[^1].To, end) };
            }
            else
            {
                ranges.Add(new FootageRange { From = begin, To = end });
            }

            last = segment;
        }

        var reached = ranges.Count > 0 ? ranges[^1].To : from;
        // What is being written reaches the disk about a second after it happened.
        if (to - reached > (last is { Open: true } ? TimeSpan.FromSeconds(5) : Seam))
        {
            gaps.Add(new FootageGap { From = reached, To = to, Reason = ReasonAfter(last, wanted) });
        }

        var picture = segments.LastOrDefault(s => s.Width > 0);
        return new Footage
        {
            Ranges = ranges,
            Gaps = gaps,
            Bytes = (long)bytes,
            Frames = (long)Math.Round(frames),
            Present = ranges.Aggregate(TimeSpan.Zero, (sum, r) => sum + (r.To - r.From)),
            Width = picture?.Width ?? 0,
            Height = picture?.Height ?? 0,
            VideoCodec = segments.LastOrDefault(s => s.VideoCodec.Length > 0)?.VideoCodec ?? "",
            AudioCodec = segments.LastOrDefault(s => s.AudioCodec.Length > 0)?.AudioCodec ?? "",
        };
    }

    /// <summary>Parts of one camera's time, in order, as one; what lies between them is neither footage nor a gap.</summary>
    public static Footage Together(IReadOnlyList<Footage> parts) => parts is [var only] ? only : new Footage
    {
        Ranges = [.. parts.SelectMany(p => p.Ranges)],
        Gaps = [.. parts.SelectMany(p => p.Gaps)],
        Bytes = parts.Sum(p => p.Bytes),
        Frames = parts.Sum(p => p.Frames),
        Present = parts.Aggregate(TimeSpan.Zero, (sum, p) => sum + p.Present),
        Width = parts.LastOrDefault(p => p.Width > 0)?.Width ?? 0,
        Height = parts.LastOrDefault(p => p.Width > 0)?.Height ?? 0,
        VideoCodec = parts.LastOrDefault(p => p.VideoCodec.Length > 0)?.VideoCodec ?? "",
        AudioCodec = parts.LastOrDefault(p => p.AudioCodec.Length > 0)?.AudioCodec ?? "",
    };

    private static GapReason ReasonAfter(SegmentRecord? last, bool wanted) => last?.Ended switch
    {
        SegmentEnd.CameraGone => GapReason.CameraGone,
        SegmentEnd.Paused => GapReason.Paused,
        SegmentEnd.DiskFull => GapReason.DiskFull,
        SegmentEnd.DiskFailed => GapReason.DiskFailed,
        SegmentEnd.Overrun => GapReason.TooSlow,
        SegmentEnd.Stopped => GapReason.Restart,
        SegmentEnd.Interrupted => GapReason.Interrupted,
        // It went on, so the next piece was there once.
        SegmentEnd.Continued => GapReason.Deleted,
        _ => wanted ? GapReason.CameraGone : GapReason.NotRecorded,
    };

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
