namespace Vigil.Server.Watchdog;

/// <summary>What <see cref="OfflineRule"/> decided.</summary>
public enum OfflineStep
{
    None,

    /// <summary>The camera has been without media for too long: tell it, once.</summary>
    Lost,

    /// <summary>It is back: tell it, once.</summary>
    Back,

    /// <summary>It is no longer expected to send (paused, removed): close what is open, tell nothing.</summary>
    Excused,
}

/// <summary>
/// When a camera's silence becomes an event, and when its return does. Knows whether an offline event is open, also from before a
/// restart. Pure: time is an argument.
/// </summary>
public sealed class OfflineRule(bool openFromBefore)
{
    public static readonly TimeSpan After = TimeSpan.FromSeconds(10);

    private DateTimeOffset? watchedSince;

    public bool IsLost { get; private set; } = openFromBefore;

    /// <param name="now">The time of this look.</param>
    /// <param name="expected">The camera should send (not paused).</param>
    /// <param name="lastMedia">When it last sent something, if ever.</param>
    public OfflineStep Look(DateTimeOffset now, bool expected, DateTimeOffset? lastMedia)
    {
        if (!expected)
        {
            watchedSince = null;
            var excused = IsLost;
            IsLost = false;
            return excused ? OfflineStep.Excused : OfflineStep.None;
        }

        watchedSince ??= now;
        var heard = lastMedia is { } last && now - last < After;
        if (heard && IsLost)
        {
            IsLost = false;
            return OfflineStep.Back;
        }

        var silentSince = lastMedia > watchedSince ? lastMedia.Value : watchedSince.Value;
        if (!heard && !IsLost && now - silentSince >= After)
        {
            IsLost = true;
            return OfflineStep.Lost;
        }

        return OfflineStep.None;
    }
}
