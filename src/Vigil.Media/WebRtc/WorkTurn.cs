namespace Vigil.Media.WebRtc;

/// <summary>
/// Whether a loop that works on what comes has got stuck in it. A loop that waits is not stuck, however long nothing comes; one that is
/// at the same piece of work at two looks is.
/// </summary>
internal sealed class WorkTurn
{
    // Odd while at work.
    private long steps;
    private long seen;

    /// <summary>Does one piece of work; returns what it returns.</summary>
    public T Do<T>(Func<T> work)
    {
        Interlocked.Increment(ref steps);
        try
        {
            return work();
        }
        finally
        {
            Interlocked.Increment(ref steps);
        }
    }

    /// <summary>One look; always by the same looker.</summary>
    public bool IsStuck()
    {
        var now = Interlocked.Read(ref steps);
        var stuck = now == seen && (now & 1) == 1;
        seen = now;
        return stuck;
    }
}
