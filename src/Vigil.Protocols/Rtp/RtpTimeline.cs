namespace Vigil.Protocols.Rtp;

/// <summary>
/// Extends 32-bit RTP timestamps to 64 bits, so that nobody downstream thinks about the wrap (every 13 h at 90 kHz). The first
/// timestamp seen keeps its value; every later one is placed within ±2^31 ticks of the newest.
/// </summary>
public sealed class RtpTimeline
{
    private long newest;
    private bool started;

    /// <summary>True once a timestamp was seen.</summary>
    public bool Started => started;

    /// <summary>Extends <paramref name="timestamp"/> and moves the reference there.</summary>
    public long Extend(uint timestamp)
    {
        newest = Place(timestamp);
        started = true;
        return newest;
    }

    /// <summary>Extends without moving the reference: for the RTP timestamp of an RTCP sender report.</summary>
    public long Place(uint timestamp) => started ? newest + (int)(timestamp - (uint)newest) : timestamp;

    public void Reset()
    {
        started = false;
        newest = 0;
    }
}
