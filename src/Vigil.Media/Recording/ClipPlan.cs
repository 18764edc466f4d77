using System.Runtime.CompilerServices;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.Mp4;

namespace Vigil.Media.Recording;

/// <summary>A stretch of a segment file that stands in the clip at <paramref name="At"/>, counted from the first byte of media.</summary>
internal readonly record struct ClipExtent(long At, int File, long Offset, int Length);

/// <summary>A hole in a clip: the recording has nothing for these moments.</summary>
public sealed record ClipGap
{
    /// <summary>Where the hole begins in the clip.</summary>
    public required TimeSpan Position { get; init; }

    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    /// <summary>How long the clip stands still there: the whole hole, or less when it was long.</summary>
    public required TimeSpan Kept { get; init; }

    public required SegmentEnd Reason { get; init; }
}

/// <summary>
/// Which samples of which segments make the clip of a time range, and where they stand on its timeline. Pure: indexes in, tables out.
/// The clip's timeline begins with the first sample taken; its <see cref="Start"/> is what is shown first.
/// </summary>
internal sealed class ClipPlan
{
    /// <summary>Holes up to this keep their length; longer ones shrink to <see cref="ShrunkGap"/>, because nobody watches a still picture for an hour.</summary>
    private static readonly TimeSpan LongestKeptGap = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShrunkGap = TimeSpan.FromSeconds(1);

    /// <summary>Segments that follow each other this closely are joined without a seam: their clocks are estimates.</summary>
    private static readonly TimeSpan Seam = TimeSpan.FromMilliseconds(500);

    /// <summary>Sound before the start, for decoders to settle ("Encapsulation of Opus in ISOBMFF" §4.3.6.2 asks for 80 ms).</summary>
    private static readonly TimeSpan SoundLead = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan Rounding = TimeSpan.FromMilliseconds(1);

    private readonly ClipTrack video = new();
    private readonly ClipTrack audio = new();
    private readonly List<ClipExtent> extents = [];
    private readonly List<ClipGap> gaps = [];
    private readonly DateTimeOffset from;
    private readonly DateTimeOffset to;
    private readonly DateTimeOffset notBefore;
    private long mediaBytes;
    private MediaTime? zero;
    private MediaTime placedUntil;
    private DateTimeOffset wallUntil;

    private ClipPlan(DateTimeOffset from, DateTimeOffset to, DateTimeOffset notBefore)
    {
        this.from = from;
        this.to = to;
        this.notBefore = notBefore;
    }

    public IReadOnlyList<ClipExtent> Extents => extents;

    public IReadOnlyList<ClipGap> Gaps => gaps;

    public long MediaBytes => mediaBytes;

    /// <summary>Capture time of what is shown first.</summary>
    public DateTimeOffset Start { get; private set; }

    public TimeSpan Duration { get; private set; }

    public IReadOnlyList<MovieTrack> Tracks { get; private set; } = [];

    /// <summary>
    /// Null when the range holds nothing. <paramref name="segments"/> in order of their start. Nothing that was captured before
    /// <paramref name="notBefore"/> is taken, not even for the decoder: then the clip begins at the next key frame.
    /// </summary>
    public static ClipPlan? Make(IReadOnlyList<SegmentIndex> segments, DateTimeOffset from, DateTimeOffset to, DateTimeOffset notBefore = default)
    {
        var plan = new ClipPlan(from, to, notBefore);
        plan.video.Expect(Count(segments, TrackKind.Video));
        plan.audio.Expect(Count(segments, TrackKind.Audio));
        SegmentIndex? before = null;
        for (var i = 0; i < segments.Count; i++)
        {
            if (segments[i].End <= from || segments[i].Start >= to)
            {
                continue;
            }

            // Where the next begins with a repeated group of pictures, that group counts; the margin is for rounding.
            var until = i + 1 < segments.Count && segments[i + 1].Start < to ? segments[i + 1].Start - Rounding : to;
            if (until <= from || !plan.TryAdd(segments[i], i, before, until))
            {
                continue;
            }

            before = segments[i];
        }

        return plan.Finish() ? plan : null;
    }

    private static int Count(IReadOnlyList<SegmentIndex> segments, TrackKind kind)
    {
        var count = 0;
        foreach (var segment in segments)
        {
            var id = segment.Tracks.FirstOrDefault(t => t.Format.Kind == kind)?.Id;
            foreach (var fragment in segment.Fragments)
            {
                foreach (var part in fragment.Index.Tracks)
                {
                    count += part.TrackId == id ? part.Samples.Length : 0;
                }
            }
        }

        return count;
    }

    private bool TryAdd(SegmentIndex segment, int file, SegmentIndex? before, DateTimeOffset nextStart)
    {
        var pictures = segment.Tracks.FirstOrDefault(t => t.Format.Kind == TrackKind.Video);
        var sound = segment.Tracks.FirstOrDefault(t => t.Format.Kind == TrackKind.Audio);
        if (!video.Accepts(pictures?.Format) || (video.IsEmpty && before is not null && pictures is not null))
        {
            return false; // Another codec cannot be part of the same track: what was begun goes on as far as it goes.
        }

        sound = audio.Accepts(sound?.Format) ? sound : null;
        var lead = pictures ?? sound;
        if (lead is null)
        {
            return false;
        }

        var walk = new SegmentTimes(segment);
        var start = zero is null ? walk.StartFor(lead, from, notBefore) : walk.First(lead);
        if (start is not { } first)
        {
            return false;
        }

        // Where the segment's own time 0 stands on the clip's timeline.
        var shift = Place(segment, before, walk.WallOf(first), first);
        if (zero is null)
        {
            var shown = from > walk.WallOf(first) ? first + (from - walk.WallOf(first)) : first;
            zero = shown + shift;
            Start = walk.WallOf(shown);
        }

        var soundFrom = before is null ? zero.Value - shift - SoundLead : new MediaTime(long.MinValue / 2);
        if (before is null && walk.WallOf(soundFrom) < notBefore)
        {
            soundFrom += notBefore - walk.WallOf(soundFrom);
        }

        foreach (var fragment in segment.Fragments)
        {
            foreach (var part in fragment.Index.Tracks)
            {
                if (part.TrackId == pictures?.Id)
                {
                    Take(video, pictures.Format, fragment, part, shift, first, walk, nextStart, file);
                }
                else if (part.TrackId == sound?.Id)
                {
                    Take(audio, sound.Format, fragment, part, shift, pictures is null ? first : soundFrom, walk, pictures is null ? nextStart : to, file);
                }
            }
        }

        var main = video.IsEmpty ? audio : video;
        placedUntil = main.End;
        wallUntil = walk.WallOf(main.End - shift);
        return true;
    }

    private TimeSpan Place(SegmentIndex segment, SegmentIndex? before, DateTimeOffset wall, MediaTime first)
    {
        if (before is null)
        {
            return MediaTime.Zero - first;
        }

        var gap = wall - wallUntil;
        if (gap < Seam)
        {
            return placedUntil - first;
        }

        var kept = gap <= LongestKeptGap ? gap : ShrunkGap;
        gaps.Add(new ClipGap
        {
            Position = placedUntil - (zero ?? MediaTime.Zero),
            From = wallUntil,
            To = wall,
            Kept = kept,
            Reason = before.Ended == SegmentEnd.Open ? SegmentEnd.Interrupted : before.Ended,
        });
        return placedUntil + kept - first;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // Each of an hour's samples comes by here, and somebody waits.
    private void Take(
        ClipTrack track, TrackFormat format, SegmentFragment fragment, FragmentTrack part, TimeSpan shift, MediaTime earliest,
        SegmentTimes walk, DateTimeOffset until, int file)
    {
        var rate = format.ClockRate;
        var time = part.BaseDecodeTime ?? 0;
        var begin = fragment.MoofOffset + part.DataOffset;
        var wantedFrom = TickAt(new MediaTime(Math.Max(earliest.Ticks, (track.Last - shift).Ticks + 1)), rate);
        var wantedTo = TickAt(walk.PositionOf(until), rate);
        ReadOnlySpan<IndexedSample> samples = part.Samples;
        var first = 0;
        for (; first < samples.Length && (time < wantedFrom || time >= wantedTo); first++)
        {
            begin += samples[first].Size;
            time += samples[first].Duration;
        }

        var taken = 0;
        var bytes = 0;
        for (var next = time; first + taken < samples.Length && next >= wantedFrom && next < wantedTo; taken++)
        {
            wantedFrom = next + 1;
            bytes += samples[first + taken].Size;
            next += samples[first + taken].Duration;
        }

        if (taken > 0)
        {
            track.Add(samples.Slice(first, taken), time, rate, shift);
            track.AddChunk(mediaBytes, taken, format);
            if (extents.Count > 0 && extents[^1] is var before && before.File == file && before.Offset + before.Length == begin)
            {
                extents[^1] = before with { Length = before.Length + bytes };
            }
            else
            {
                extents.Add(new ClipExtent(mediaBytes, file, begin, bytes));
            }

            mediaBytes += bytes;
        }
    }

    /// <summary>The first tick of a clock that is not before a position: to compare ticks costs no division.</summary>
    private static long TickAt(MediaTime position, int rate)
    {
        var tick = position.ToClock(rate);
        return MediaTime.FromClock(tick, rate) < position ? tick + 1 : tick;
    }

    private bool Finish()
    {
        if (zero is not { } shown || (video.IsEmpty && audio.IsEmpty))
        {
            return false;
        }

        var end = video.IsEmpty ? audio.End : video.End;
        var asked = Gaps.Count == 0 ? to - Start : TimeSpan.MaxValue;
        Duration = end - shown < asked ? end - shown : asked;
        Tracks = [.. new[] { video, audio }.Where(t => !t.IsEmpty).Select(t => t.ToMovieTrack(shown))];
        return Duration > TimeSpan.Zero;
    }
}
