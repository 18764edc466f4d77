using Vigil.Protocols.Codecs;

namespace Vigil.Media.Recording;

/// <summary>
/// The last moments of one camera: whole groups of pictures covering at least the pre-roll, in order of arrival. Without a video track
/// every frame is a place to start. Holds references, never copies.
/// </summary>
internal sealed class FrameRing(TimeSpan preRoll, long byteLimit)
{
    private readonly List<long> starts = [];
    private MediaFrame[] frames = new MediaFrame[64];
    private long first;
    private long next;

    /// <summary>Bytes of media held.</summary>
    public long Bytes { get; private set; }

    public int Count => (int)(next - first);

    public MediaFrame this[int index] => frames[(int)((first + index) % frames.Length)];

    /// <summary>Appends, and lets go of the groups that the pre-roll no longer needs or the byte limit no longer allows.</summary>
    public void Add(MediaFrame frame, bool hasVideo)
    {
        if (Count == frames.Length)
        {
            Grow();
        }

        if (frame.Kind == TrackKind.Video ? frame.IsKeyFrame : !hasVideo)
        {
            starts.Add(next);
        }

        frames[(int)(next++ % frames.Length)] = frame;
        Bytes += frame.Payload.Length;
        Trim(frame.Pts - preRoll);
    }

    public void Clear()
    {
        Array.Clear(frames);
        starts.Clear();
        first = next;
        Bytes = 0;
    }

    /// <summary>
    /// Where to start so that <paramref name="from"/> is covered: the last start at or before it, else the first there is; −1 when there is
    /// none. What was written as far as <paramref name="written"/> is left out: in media time, because the wall clock may have been set back.
    /// It may have been set forward as well: no start is passed over that is later than <paramref name="from"/> by the newest frame's clock.
    /// </summary>
    public int FindStart(DateTimeOffset from, MediaTime written)
    {
        var found = -1L;
        var needed = Count == 0 ? MediaTime.Zero : At(next - 1).Pts + (from - At(next - 1).WallClock);
        foreach (var start in starts)
        {
            if (found >= 0 && (At(start).WallClock > from || At(start).Pts > needed) && At(start).Dts > written)
            {
                break;
            }

            found = start;
        }

        return found < 0 ? -1 : (int)(found - first);
    }

    private MediaFrame At(long position) => frames[(int)(position % frames.Length)];

    private void Trim(MediaTime needed)
    {
        if (starts.Count > 0)
        {
            DropTo(starts[0]); // What comes before the first start leads nowhere.
        }

        while (starts.Count > 1 && (At(starts[1]).Pts <= needed || Bytes > byteLimit))
        {
            starts.RemoveAt(0);
            DropTo(starts[0]);
        }

        if (Bytes > byteLimit)
        {
            Clear(); // One group larger than the limit, or no start at all.
        }
    }

    private void DropTo(long position)
    {
        for (; first < position; first++)
        {
            ref var slot = ref frames[(int)(first % frames.Length)];
            Bytes -= slot.Payload.Length;
            slot = null!;
        }
    }

    private void Grow()
    {
        var bigger = new MediaFrame[frames.Length * 2];
        for (var position = first; position < next; position++)
        {
            bigger[position % bigger.Length] = frames[position % frames.Length];
        }

        frames = bigger;
    }
}
