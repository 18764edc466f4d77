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

    public void Add(MediaTime dts, IndexedSample sample, TimeSpan duration, int rate)
    {
        var scale = Rate == 0 ? rate : Rate;
        var time = dts.ToClock(scale);
        if (samples.Count > 0 && time <= samples[^1].DecodeTime)
        {
            time = samples[^1].DecodeTime + 1;
        }

        var offset = scale == rate ? sample.CompositionOffset : (int)MediaTime.FromClock(sample.CompositionOffset, rate).ToClock(scale);
        samples.Add(new MovieSample(time, sample.Size, offset, sample.IsSync));
        firstPts = Math.Min(firstPts, time + offset);
        Last = dts;
        End = dts + duration;
    }

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
