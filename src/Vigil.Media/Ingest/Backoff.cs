namespace Vigil.Media.Ingest;

/// <summary>
/// When to knock again. Pure: durations in, durations out. After the loss of an established stream once a second for half a minute
/// (a camera that restarts, a plug that was pulled: the picture should be back at once), else 1, 2, 4 … 30 s; a wrong password at
/// once every 30 s, because cameras lock accounts after a few attempts. A fifth is jitter, so that cameras do not knock in step.
/// </summary>
internal sealed class Backoff(Func<double> random)
{
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan EagerPeriod = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);

    private TimeSpan next = First;
    private TimeSpan eagerUntil = TimeSpan.MinValue;

    /// <summary>An established stream was lost at <paramref name="now"/>.</summary>
    public void Lost(TimeSpan now)
    {
        next = First;
        eagerUntil = now + EagerPeriod;
    }

    /// <summary>How long to wait after a failure at <paramref name="now"/>.</summary>
    public TimeSpan Next(FeedFailure failure, TimeSpan now)
    {
        if (failure is FeedFailure.WrongPassword or FeedFailure.AddressDenied)
        {
            return Jitter(Longest);
        }

        if (failure == FeedFailure.NotPublishing)
        {
            return Beat; // We do not knock: the phone does, and must find the door open.
        }

        if (now < eagerUntil)
        {
            return First;
        }

        var wait = next;
        next = next * 2 < Longest ? next * 2 : Longest;
        return Jitter(wait);
    }

    private TimeSpan Jitter(TimeSpan wait) => wait * (0.9 + (0.2 * random()));
}
