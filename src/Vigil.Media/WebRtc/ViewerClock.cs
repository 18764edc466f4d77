namespace Vigil.Media.WebRtc;

/// <summary>
/// RTP times of one viewer. They follow the source's, but cached pictures are squeezed together before the newest one, so that they are
/// shown as fast as they decode; and they never step back, whatever is sent again or wherever the source changes.
/// </summary>
internal struct ViewerClock
{
    /// <summary>Cached pictures are at most a millisecond apart on the 90 kHz clock.</summary>
    private const int LongestStep = 90;

    /// <summary>What is squeezed in behind the newest time ends before the next picture, also at 60 a second.</summary>
    private const int Slack = 1350;

    private bool started;
    private uint last;
    private uint offset;
    private long firstCached;
    private long lastCached;
    private uint cachedFrom;
    private uint step;

    /// <summary>Frames from <paramref name="first"/> up to the newest are cached; what comes after is live.</summary>
    public void Jump(long first, PacketFacts newest)
    {
        var count = (uint)Math.Max(0, newest.Frame - first);
        firstCached = first;
        lastCached = newest.Frame;
        if (!started)
        {
            offset = 0;
            step = LongestStep;
            cachedFrom = newest.Timestamp - (count * step);
            return;
        }

        // A source whose clock is behind what was sent is moved up.
        var ahead = (int)(newest.Timestamp - last);
        offset = ahead < 0 ? (uint)-ahead : 0;
        var room = (uint)Math.Max(0, ahead) + Slack;
        step = Math.Clamp(room / (count + 1), 1, LongestStep);
        var natural = newest.Timestamp + offset - (count * step);
        cachedFrom = (int)(natural - last) > 0 ? natural : last + step;
    }

    /// <summary>The time of a packet; the same each time it is asked between two jumps.</summary>
    public readonly uint At(PacketFacts facts) =>
        facts.Frame <= lastCached ? cachedFrom + ((uint)(facts.Frame - firstCached) * step) : facts.Timestamp + offset;

    /// <summary>As <see cref="At"/>, of a packet that goes out for the first time.</summary>
    public uint Send(PacketFacts facts)
    {
        var time = At(facts);
        last = !started || (int)(time - last) > 0 ? time : last;
        started = true;
        return time;
    }
}
