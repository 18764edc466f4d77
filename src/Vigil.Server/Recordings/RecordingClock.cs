namespace Vigil.Server.Recordings;

/// <summary>
/// When a recording is over, and which moments are its own although somebody set the clock meanwhile. "Thirty minutes" are counted on the
/// monotonic clock; only a schedule means the time of day.
/// </summary>
internal sealed class RecordingClock(TimeProvider time, DateTimeOffset from)
{
    private static readonly TimeSpan Adjusted = TimeSpan.FromSeconds(1);

    private DateTimeOffset? planned;
    private TimeSpan remaining;
    private long since = time.GetTimestamp();
    private DateTimeOffset highest = from;
    private DateTimeOffset seen = time.GetUtcNow();
    private bool setBack;

    /// <summary>The earliest moment of its footage: earlier than it began when the clock was set back.</summary>
    public DateTimeOffset From { get; private set; } = from;

    /// <summary>Monotonic time since its end was noticed.</summary>
    public TimeSpan? SinceEnd => endedAt is { } ended ? time.GetElapsedTime(ended) : null;

    private long? endedAt;

    public void NoteEnd() => endedAt ??= time.GetTimestamp();

    /// <summary>Called about once a second.</summary>
    public void Tick()
    {
        var now = time.GetUtcNow();
        if (now < seen - Adjusted)
        {
            setBack = true;
            From = now < From ? now : From;
        }

        seen = now;
        highest = now > highest ? now : highest;
    }

    /// <summary>If it ends now, its footage reaches up to here.</summary>
    public DateTimeOffset End()
    {
        Tick();
        return setBack ? highest : seen > From ? seen : From;
    }

    public bool IsOver(Recording recording)
    {
        if (recording.PlannedUntil is not { } until)
        {
            return false;
        }

        if (planned != until)
        {
            planned = until;
            remaining = until - time.GetUtcNow();
            since = time.GetTimestamp();
        }

        return recording.Kind == RecordingKind.Scheduled ? time.GetUtcNow() >= until : time.GetElapsedTime(since) >= remaining;
    }
}
