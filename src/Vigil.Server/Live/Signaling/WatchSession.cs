namespace Vigil.Server.Live.Signaling;

internal enum WatchState
{
    /// <summary>Promised to the viewer; no offer yet.</summary>
    Pending,

    /// <summary>An offer has gone to the device.</summary>
    Active,

    Ended,
}

internal enum WatchEnd
{
    UserEnded,
    ViewerDisconnected,
    DeviceDisconnected,
    Timeout,
    Error,
}

/// <summary>What may be done with a message.</summary>
internal enum WatchVerdict
{
    /// <summary>Pass it on to the other side.</summary>
    Relay,

    /// <summary>Out of order: an answer where nothing was offered.</summary>
    Unexpected,

    /// <summary>The session is over.</summary>
    Over,
}

/// <summary>
/// One viewer's look at one device: pending → active (first offer) → ended. Either side may say candidates at any time before the end. Pure: the time is an
/// argument. Not for several threads at once.
/// </summary>
internal sealed class WatchSession(DateTimeOffset startedAt)
{
    /// <summary>A viewer that was promised a session offers at once; one that has not after this long has gone.</summary>
    public static readonly TimeSpan LongestPending = TimeSpan.FromSeconds(60);

    public WatchState State { get; private set; }

    public WatchEnd? Reason { get; private set; }

    public DateTimeOffset StartedAt => startedAt;

    public DateTimeOffset? ActiveAt { get; private set; }

    public DateTimeOffset? EndedAt { get; private set; }

    public WatchVerdict Offer(DateTimeOffset now)
    {
        if (State == WatchState.Ended)
        {
            return WatchVerdict.Over;
        }

        // Later offers (ICE restart, another picture size) change nothing here.
        State = WatchState.Active;
        ActiveAt ??= now;
        return WatchVerdict.Relay;
    }

    public WatchVerdict Answer() => State switch
    {
        WatchState.Pending => WatchVerdict.Unexpected,
        WatchState.Active => WatchVerdict.Relay,
        _ => WatchVerdict.Over,
    };

    public WatchVerdict Candidate() => State == WatchState.Ended ? WatchVerdict.Over : WatchVerdict.Relay;

    /// <summary>False when it was over already: the first reason stands.</summary>
    public bool End(WatchEnd reason, DateTimeOffset now)
    {
        if (State == WatchState.Ended)
        {
            return false;
        }

        (State, Reason, EndedAt) = (WatchState.Ended, reason, now);
        return true;
    }

    public bool IsOverdue(DateTimeOffset now) => State == WatchState.Pending && now - startedAt > LongestPending;
}

/// <summary>The documented words.</summary>
internal static class WatchWords
{
    public static string Of(WatchState state) => state switch
    {
        WatchState.Pending => "pending",
        WatchState.Active => "active",
        _ => "ended",
    };

    public static string Of(WatchEnd reason) => reason switch
    {
        WatchEnd.UserEnded => "user_ended",
        WatchEnd.ViewerDisconnected => "viewer_disconnected",
        WatchEnd.DeviceDisconnected => "device_disconnected",
        WatchEnd.Timeout => "timeout",
        _ => "error",
    };
}
