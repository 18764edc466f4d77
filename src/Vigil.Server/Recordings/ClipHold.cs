using Vigil.Server.Events;

namespace Vigil.Server.Recordings;

/// <summary>
/// How long a camera is recorded for one event. Counted on the monotonic clock from when we heard of its end: a wall clock that is set
/// makes no clip longer or shorter.
/// </summary>
internal sealed class ClipHold(TimeProvider time)
{
    /// <summary>Pictures of a moment arrive this much after it, at the latest, in a camera that works.</summary>
    public static readonly TimeSpan Lateness = TimeSpan.FromSeconds(2);

    /// <summary>An event that goes on is seen again every second; one that is not is over.</summary>
    public static readonly TimeSpan Forgotten = TimeSpan.FromSeconds(30);

    private readonly long began = time.GetTimestamp();
    private DateTimeOffset? clipTo;
    private TimeSpan goesOnFor = Forgotten;
    private long since = time.GetTimestamp();

    public bool IsOver => time.GetElapsedTime(since) > goesOnFor;

    /// <summary>
    /// Whether what has just become durable, up to <paramref name="end"/>, has the noise in it. On a clock that was set back the times tell
    /// nothing; then it has once it grows although the noise is longer ago than pictures are late.
    /// </summary>
    public bool HasFootage(DateTimeOffset noise, DateTimeOffset end) => end > noise || time.GetElapsedTime(began) > Lateness + Lateness;

    /// <summary>An event of long ago that somebody has touched needs no recording.</summary>
    public static bool IsPast(CameraEvent e, DateTimeOffset now) => e.ClipTo is { } over && now > over + Lateness;

    /// <summary>The event as it stands now. That it has changed otherwise (its clip can be played) prolongs nothing.</summary>
    public void Follow(CameraEvent e)
    {
        if (e.ClipTo is { } to && to == clipTo)
        {
            return;
        }

        clipTo = e.ClipTo;
        since = time.GetTimestamp();
        goesOnFor = e.ClipTo is { } end ? end - e.Until + Lateness : Forgotten;
    }
}
