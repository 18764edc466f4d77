using System.Globalization;
using System.Text;

namespace Vigil.Media.Live;

/// <summary>One finished HLS segment: a group of pictures (or more, up to a second at least) as fragments.</summary>
public sealed record HlsSegment
{
    public required long Number { get; init; }

    public required int Generation { get; init; }

    public required TimeSpan Length { get; init; }

    public required DateTimeOffset At { get; init; }

    public required IReadOnlyList<LiveFragment> Fragments { get; init; }

    public long Bytes => Fragments.Sum(fragment => (long)fragment.Length);
}

/// <summary>
/// The last segments of one stream for players that know only HLS (RFC 8216, fMP4). Segments begin at key frames and last a second or
/// a group of pictures, whichever is longer. Forgotten when nobody has asked for the playlist for a while.
/// </summary>
public sealed class HlsWindow
{
    private const int Segments = 8;
    private static readonly TimeSpan ShortestSegment = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(30);

    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private readonly List<HlsSegment> finished = [];
    private readonly Dictionary<int, LiveInit> inits = [];
    private readonly List<LiveFragment> current = [];
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LiveInit? init;
    private long nextNumber;
    private long discontinuities;
    private long lastAsked;
    private bool ended;

    internal HlsWindow(TimeProvider time)
    {
        this.time = time;
        lastAsked = time.GetTimestamp();
    }

    /// <summary>
    /// The playlist, waiting up to <paramref name="patience"/> for the first segments; null when there are none by then.
    /// <paramref name="query"/> (a signature, without question mark) is repeated on every line.
    /// </summary>
    public async Task<string?> PlaylistAsync(string query, TimeSpan patience, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            Task more;
            lock (gate)
            {
                lastAsked = time.GetTimestamp();
                var waited = time.GetElapsedTime(started);
                // Two are better than one: a player that finds one has nothing to play while it asks again.
                if (finished.Count >= 2 || (finished.Count == 1 && waited > patience / 2))
                {
                    return Write(query);
                }

                if (ended || waited >= patience)
                {
                    return null;
                }

                more = changed.Task;
            }

            var left = (patience / 2) - time.GetElapsedTime(started);
            left = left > TimeSpan.Zero ? left : patience - time.GetElapsedTime(started);
            try
            {
                await more.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1), time, cancel);
            }
            catch (TimeoutException)
            {
                // Take what is there.
            }
        }
    }

    /// <summary>The init segment of a generation that the playlist names; null when it has gone.</summary>
    public LiveInit? FindInit(int generation)
    {
        lock (gate)
        {
            return inits.GetValueOrDefault(generation);
        }
    }

    /// <summary>A segment by number; null when it has gone or is not finished.</summary>
    public HlsSegment? Find(long number)
    {
        lock (gate)
        {
            return finished.Find(segment => segment.Number == number);
        }
    }

    internal void Push(LiveInit next)
    {
        lock (gate)
        {
            Finish(current.Count > 0 ? current[^1].DecodeTime : TimeSpan.Zero);
            init = next;
            inits[next.Generation] = next;
        }
    }

    internal void Push(LiveFragment fragment)
    {
        lock (gate)
        {
            if (init is null)
            {
                return;
            }

            if (current.Count > 0 && fragment.StartsGroup && fragment.DecodeTime - current[0].DecodeTime >= ShortestSegment)
            {
                Finish(fragment.DecodeTime);
            }

            if (current.Count > 0 || fragment.StartsGroup)
            {
                current.Add(fragment);
            }

            if (current.Count > LiveStream.GroupFragmentLimit)
            {
                current.Clear(); // No key frame comes: there is nothing to cut a segment at, and no player would wait so long.
            }
        }
    }

    internal void End()
    {
        lock (gate)
        {
            ended = true;
            changed.TrySetResult();
        }
    }

    /// <summary>Completes when nobody has asked for half a minute, or the stream ended.</summary>
    internal async Task IdleAsync()
    {
        while (true)
        {
            TimeSpan left;
            lock (gate)
            {
                left = ended ? TimeSpan.Zero : Idle - time.GetElapsedTime(lastAsked);
                if (left <= TimeSpan.Zero)
                {
                    ended = true;
                    changed.TrySetResult();
                    return;
                }
            }

            // A delay of a part of a millisecond is none: until the clock moves on, the loop would spin.
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)), time, CancellationToken.None);
        }
    }

    private void Finish(TimeSpan end)
    {
        if (current.Count == 0 || init is null)
        {
            return;
        }

        // A hole of minutes (the camera was away) is not the length of a segment.
        var length = end - current[0].DecodeTime;
        var heard = current[^1].DecodeTime - current[0].DecodeTime;
        length = length > heard + ShortestSegment || length <= TimeSpan.Zero ? heard + TimeSpan.FromMilliseconds(40) : length;
        finished.Add(new HlsSegment
        {
            Number = nextNumber++,
            Generation = init.Generation,
            Length = length,
            At = current[0].WallClock,
            Fragments = [.. current],
        });
        current.Clear();
        if (finished.Count > Segments)
        {
            if (finished[0].Generation != finished[1].Generation)
            {
                discontinuities++;
                inits.Remove(finished[0].Generation);
            }

            finished.RemoveAt(0);
        }

        changed.TrySetResult();
        changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private string Write(string query)
    {
        var suffix = query.Length == 0 ? "" : "?" + query;
        var target = (int)Math.Ceiling(finished.Max(segment => segment.Length.TotalSeconds));
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{Math.Max(1, target)}\n");
        text.Append(CultureInfo.InvariantCulture, $"#EXT-X-MEDIA-SEQUENCE:{finished[0].Number}\n");
        text.Append(CultureInfo.InvariantCulture, $"#EXT-X-DISCONTINUITY-SEQUENCE:{discontinuities}\n#EXT-X-INDEPENDENT-SEGMENTS\n");
        var generation = -1;
        foreach (var segment in finished)
        {
            if (segment.Generation != generation)
            {
                text.Append(generation < 0 ? "" : "#EXT-X-DISCONTINUITY\n");
                text.Append(CultureInfo.InvariantCulture, $"#EXT-X-MAP:URI=\"init-{segment.Generation}.mp4{suffix}\"\n");
                generation = segment.Generation;
            }

            text.Append(CultureInfo.InvariantCulture, $"#EXT-X-PROGRAM-DATE-TIME:{segment.At.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}\n");
            text.Append(CultureInfo.InvariantCulture, $"#EXTINF:{segment.Length.TotalSeconds:F3},\n{segment.Number}.m4s{suffix}\n");
        }

        return text.ToString();
    }
}
