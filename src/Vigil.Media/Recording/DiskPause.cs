namespace Vigil.Media.Recording;

/// <summary>
/// Whether the disk may be written to, and when it is worth another try: after a full disk when there is room for the reserve and more,
/// after a failure in 1, 2, 4 … 30 s. Decides; writes nothing but the reserve.
/// </summary>
internal sealed class DiskPause(RecorderOptions options, ISegmentDisk disk, TimeProvider time)
{
    private static readonly TimeSpan RoomCheckInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private SegmentEnd? reason;
    private DateTimeOffset since = time.GetUtcNow();
    private TimeSpan retryDelay = ShortestRetry;
    private long began;
    private TimeSpan wait;

    /// <summary>Null while all is well.</summary>
    public SegmentEnd? Reason
    {
        get
        {
            lock (gate)
            {
                return reason;
            }
        }
    }

    public DateTimeOffset Since
    {
        get
        {
            lock (gate)
            {
                return since;
            }
        }
    }

    /// <summary>The disk is full or failed. True when that is news.</summary>
    public bool Begin(SegmentEnd why)
    {
        lock (gate)
        {
            if (reason == why || (reason is not null && why == SegmentEnd.DiskFailed))
            {
                return false; // The retry is set already.
            }

            wait = RoomCheckInterval;
            if (why == SegmentEnd.DiskFailed)
            {
                wait = retryDelay;
                retryDelay = retryDelay * 2 < LongestRetry ? retryDelay * 2 : LongestRetry;
            }

            began = time.GetTimestamp();
            Set(why);
            return true;
        }
    }

    /// <summary>True when the pause is over now.</summary>
    public bool TryEnd()
    {
        lock (gate)
        {
            if (reason is not { } why || time.GetElapsedTime(began) < wait)
            {
                return false;
            }

            if (why == SegmentEnd.DiskFull && !HasRoom())
            {
                began = time.GetTimestamp();
                return false;
            }

            Set(null);
            return true;
        }
    }

    /// <summary>A sync of real data succeeded: the next failure is a new one.</summary>
    public void NoteSuccess()
    {
        lock (gate)
        {
            retryDelay = ShortestRetry;
        }
    }

    private bool HasRoom()
    {
        try
        {
            return disk.FreeBytes >= options.ReserveBytes + options.ResumeBytes
                && (options.ReserveBytes == 0 || disk.Reserve(options.ReserveBytes));
        }
        catch (IOException)
        {
            return false;
        }
    }

    private void Set(SegmentEnd? why)
    {
        reason = why;
        since = time.GetUtcNow();
    }
}
