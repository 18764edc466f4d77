namespace Vigil.Server.Accounts;

/// <summary>How long an attempt waits. Pure: what happened and when in, a delay out. Nothing here ever says "never".</summary>
internal static class ThrottlePolicy
{
    /// <summary>A parent mistypes; the first few attempts are free.</summary>
    private const int Free = 4;

    /// <summary>The longest step between two attempts of one account from one address.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    /// <summary>A request is held open at most this long; when the queue is longer it is told to come back (429).</summary>
    public static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(15);

    /// <summary>Longer than <see cref="LongestHold"/> and one more step, whatever the time it took to ask.</summary>
    public static readonly TimeSpan LongestQueue = TimeSpan.FromMinutes(1);

    /// <summary>Failures are forgotten after a day without one.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromHours(24);

    /// <summary>The pause after the given number of failures: 0, 0, 0, 0, 1, 2, 4, 8, 15 … seconds.</summary>
    public static TimeSpan Step(int failures) => failures < Free
        ? TimeSpan.Zero
        : TimeSpan.FromSeconds(Math.Min(Longest.TotalSeconds, Math.Pow(2, Math.Min(failures - Free, 10))));
}
