using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.Mp4;

namespace Vigil.Media.Recording;

/// <summary>One track of a clip as it grows, its times on the clip's timeline.</summary>
internal sealed class ClipTrack
{
    private readonly List<TrackFormat> formats = [];
    private readonly List<MovieSample> samples = [];
    private readonly List<MovieChunk> chunks = [];
    private long firstPts = long.MaxValue;

    public bool IsEmpty => samples.Count == 0;

    /// <summary>Decoding time of the newest sample.</summary>
    public MediaTime Last { get; private set; } = new(long.MinValue / 2);

    /// <summary>Where the newest sample ends.</summary>
    public MediaTime End { get; private set; }

    private int Rate => formats.Count > 0 ? formats[0].ClockRate : 0;

    /// <summary>Whether a track in this format may continue this one.</summary>
    public bool Accepts(TrackFormat? format) => IsEmpty || (format is not null && format.Codec == formats[0].Codec);

    /// <summary>Samples that follow each other.</summary>
    /// <param name="run">At least one.</param>
    /// <param name="time">Decoding time of the first in its segment, in ticks of its clock.</param>
    /// <param name="rate">Ticks a second of that clock.</param>
    /// <param name="shift">From there to the clip's timeline.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // An hour has 150,000, and somebody waits.
    public void Add(ReadOnlySpan<IndexedSample> run, long time, int rate, TimeSpan shift)
    {
        var scale = Rate == 0 ? rate : Rate;
        var start = (MediaTime.FromClock(time, rate) + shift).ToClock(scale) - time;
        var before = samples.Count > 0 ? samples[^1].DecodeTime : long.MinValue;
        var count = samples.Count;
        CollectionsMarshal.SetCount(samples, count + run.Length);
        var into = CollectionsMarshal.AsSpan(samples)[count..];
        for (var i = 0; i < run.Length; i++)
        {
            // Within a run of the same clock the distances stay what they were.
            ref readonly var sample = ref run[i];
            var at = scale == rate ? time + start : (MediaTime.FromClock(time, rate) + shift).ToClock(scale);
            var offset = scale == rate ? sample.CompositionOffset : (int)MediaTime.FromClock(sample.CompositionOffset, rate).ToClock(scale);
            before = at > before ? at : before + 1;
            into[i] = new MovieSample(before, sample.Size, offset, sample.IsSync);
            firstPts = Math.Min(firstPts, before + offset);
            time += sample.Duration;
        }

        Last = MediaTime.FromClock(time - run[^1].Duration, rate) + shift;
        End = Last + (MediaTime.FromClock(run[^1].Duration, rate) - MediaTime.Zero);
    }

    /// <summary>Takes the memory for so many samples at once.</summary>
    public void Expect(int count) => samples.EnsureCapacity(count);

    public void AddChunk(long offset, int count, TrackFormat format)
    {
        var index = formats.FindIndex(f => ReferenceEquals(f, format) || f.Equals(format));
        if (index < 0)
        {
            index = formats.Count;
            formats.Add(format);
        }

        chunks.Add(new MovieChunk(offset, count, index));
    }

    public MovieTrack ToMovieTrack(MediaTime zero)
    {
        var shown = zero.ToClock(Rate);
        return new MovieTrack
        {
            Formats = formats,
            Samples = samples,
            Chunks = chunks,
            EndTime = Math.Max(End.ToClock(Rate), samples[^1].DecodeTime + 1),
            Trim = Math.Max(shown, firstPts),
            Delay = firstPts > shown ? MediaTime.FromClock(firstPts - shown, Rate) - MediaTime.Zero : TimeSpan.Zero,
        };
    }
}

/// <summary>The clock of one segment: which capture time belongs to which position in the file.</summary>
internal sealed class SegmentTimes(SegmentIndex segment)
{
    private readonly ProducerTime first = segment.Fragments[0].Captured;
    private readonly MediaTime firstPosition = Position(segment, segment.Fragments[0].Captured);

    /// <summary>
    /// From the first fragment alone, so that the whole segment keeps one pace; over a minute a camera's clock strays by milliseconds.
    /// </summary>
    public DateTimeOffset WallOf(MediaTime position) => first.WallClock + (position - firstPosition);

    /// <summary>The other way round.</summary>
    public MediaTime PositionOf(DateTimeOffset wall) => firstPosition + (wall - first.WallClock);

    /// <summary>Decoding time of the first sample of a track.</summary>
    public MediaTime? First(Mp4Track track) => Samples(track).Select(s => (MediaTime?)s.Dts).FirstOrDefault();

    /// <summary>
    /// Decoding time of the last sync sample that is shown at or before <paramref name="from"/>, else of the first there is; of those from
    /// <paramref name="notBefore"/> on.
    /// </summary>
    public MediaTime? StartFor(Mp4Track track, DateTimeOffset from, DateTimeOffset notBefore)
    {
        MediaTime? found = null;
        foreach (var (dts, pts) in Samples(track, syncOnly: true))
        {
            if (WallOf(pts) < notBefore)
            {
                continue;
            }

            if (found is not null && WallOf(pts) > from)
            {
                break;
            }

            found = dts;
        }

        return found;
    }

    private static MediaTime Position(SegmentIndex segment, ProducerTime captured)
    {
        var rate = segment.Tracks.FirstOrDefault(t => t.Id == captured.TrackId)?.Format.ClockRate ?? 0;
        return rate > 0 ? MediaTime.FromClock(captured.MediaTime, rate) : MediaTime.Zero;
    }

    private IEnumerable<(MediaTime Dts, MediaTime Pts)> Samples(Mp4Track track, bool syncOnly = false)
    {
        foreach (var fragment in segment.Fragments)
        {
            foreach (var part in fragment.Index.Tracks)
            {
                if (part.TrackId != track.Id)
                {
                    continue;
                }

                var time = part.BaseDecodeTime ?? 0;
                foreach (var sample in part.Samples)
                {
                    if (!syncOnly || sample.IsSync)
                    {
                        yield return (MediaTime.FromClock(time, track.Format.ClockRate), MediaTime.FromClock(time + sample.CompositionOffset, track.Format.ClockRate));
                    }

                    time += sample.Duration;
                }
            }
        }
    }
}
