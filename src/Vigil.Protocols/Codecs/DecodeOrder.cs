namespace Vigil.Protocols.Codecs;

/// <summary>
/// Derives decoding times for a track whose frames come in decoding order with presentation times only (RTP). Adds no delay: the
/// DTS of a frame is the presentation time that stands <see cref="Depth"/> places back in presentation order, known when the frame
/// comes. Without B-frames the depth is 0 and DTS equals PTS. DTS rises strictly; it stays at or below PTS, but for the few frames
/// during which a reordering that the stream did not announce is learnt.
/// </summary>
public sealed class DecodeOrder
{
    /// <summary>H.264 §E.2.1 and H.265 §7.4.3.2.1: no picture waits for more than 16 others.</summary>
    public const int MaxDepth = 16;

    /// <summary>x264's deepest pyramid reorders by 4. A frame that seems to jump further back is a clock that was set.</summary>
    private const int MaxLearntDepth = 4;

    private readonly long[] recent = new long[MaxDepth];
    private readonly PriorityQueue<long, long> waiting = new(MaxDepth + 1);
    private readonly long frameDuration;
    private long lastDts;
    private long seen;

    /// <param name="announcedDepth">max_num_reorder_frames of the SPS, or 0 when it does not say.</param>
    /// <param name="frameDuration">Nominal, in the unit of the time stamps; spaces the DTS of the first frames. At least 1.</param>
    public DecodeOrder(int announcedDepth, long frameDuration)
    {
        Depth = Math.Clamp(announcedDepth, 0, MaxDepth);
        this.frameDuration = Math.Max(frameDuration, 1);
    }

    /// <summary>How many frames presentation may lag behind decoding; grows when the stream reorders more than it announced.</summary>
    public int Depth { get; private set; }

    /// <summary>The decoding time of the next frame, given its presentation time.</summary>
    public long Next(long pts)
    {
        if (seen == 0)
        {
            Prime(pts);
            lastDts = pts - (frameDuration * Depth) - 1;
        }
        else if (Overtaken(pts) is > 0 and var depth && depth > Depth)
        {
            if (depth <= MaxLearntDepth)
            {
                Depth = depth; // More wait from here on.
            }
            else
            {
                // Times go on from where they are; whoever maps clocks should have called Reset().
                waiting.Clear();
                seen = 0;
                Prime(pts);
            }
        }

        recent[seen++ % MaxDepth] = pts;
        waiting.Enqueue(pts, pts);
        var dts = waiting.Count > Depth ? waiting.Dequeue() : lastDts;
        lastDts = Math.Max(dts, lastDts + 1);
        return lastDts;
    }

    /// <summary>Forgets the past: the next frame begins a new timeline (a new RTP session).</summary>
    public void Reset()
    {
        waiting.Clear();
        seen = 0;
    }

    /// <summary>How many of the last frames are shown after one with this time, though they were decoded before it; more than
    /// <see cref="MaxDepth"/> when one is further away than any reordering reaches.</summary>
    private int Overtaken(long pts)
    {
        var count = 0;
        var limit = frameDuration * (MaxDepth + 1);
        foreach (var earlier in recent.AsSpan(0, (int)Math.Min(seen, MaxDepth)))
        {
            count += earlier > pts ? earlier - pts > limit ? MaxDepth + 1 : 1 : 0;
        }

        return count;
    }

    private void Prime(long pts)
    {
        for (var i = Depth; i > 0; i--)
        {
            waiting.Enqueue(pts - (frameDuration * i), pts - (frameDuration * i));
        }
    }
}
