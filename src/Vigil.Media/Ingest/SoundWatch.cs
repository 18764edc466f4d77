namespace Vigil.Media.Ingest;

/// <summary>
/// When missing sound is worth a new connection although pictures come: after half a minute of silence on the wire, then at most once a
/// minute, and twice as rarely after each connection that brought none, because some cameras announce sound and never send any, and
/// their pictures must not break off every minute. Pure: times of the feed in, verdicts out.
/// </summary>
internal sealed class SoundWatch(TimeSpan after)
{
    public static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private TimeSpan pause = Shortest;
    private TimeSpan? expectedSince;
    private TimeSpan? triedAt;

    /// <summary>Pictures come, but the sound that should come with them does not.</summary>
    public bool IsSilent { get; private set; }

    /// <param name="now">The time of this look.</param>
    /// <param name="expected">The session announced sound, or has brought some.</param>
    /// <param name="lastSound">When sound last came, over all sessions.</param>
    /// <returns>True when the camera should be connected anew.</returns>
    public bool Look(TimeSpan now, bool expected, TimeSpan? lastSound)
    {
        if (!expected)
        {
            (IsSilent, expectedSince) = (false, null);
            return false;
        }

        expectedSince ??= now;
        if (lastSound > triedAt)
        {
            pause = Shortest;
        }

        IsSilent = now - (lastSound ?? expectedSince.Value) >= after;
        if (!IsSilent || now - triedAt < pause)
        {
            return false;
        }

        if (triedAt is not null && !(lastSound > triedAt))
        {
            pause = pause * 2 < Longest ? pause * 2 : Longest;
        }

        triedAt = now;
        return true;
    }
}
