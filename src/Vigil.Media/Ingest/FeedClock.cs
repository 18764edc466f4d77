namespace Vigil.Media.Ingest;

/// <summary>The clock of one camera feed: monotonic time since the feed began, and its wall-clock meaning at this moment.</summary>
internal sealed class FeedClock(TimeProvider time)
{
    private readonly long startedAt = time.GetTimestamp();

    public TimeProvider Time => time;

    public TimeSpan Now => time.GetElapsedTime(startedAt);

    /// <summary>
    /// The wall clock at a position of the media timeline. Asks the system clock each time, so that a clock set by NTP after the
    /// start counts for new frames.
    /// </summary>
    public DateTimeOffset WallClockAt(TimeSpan mediaTime) => time.GetUtcNow() - (Now - mediaTime);
}
