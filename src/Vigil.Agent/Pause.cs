namespace Vigil.Agent;

/// <summary>How long to wait before the next attempt: 1, 2, 4 … 60 s, a fifth of it jitter so that a house full of agents does not knock in step.</summary>
internal sealed class Pause(TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);
    private TimeSpan next = First;

    /// <summary>It has worked.</summary>
    public void Reset() => next = First;

    public Task WaitAsync(CancellationToken cancel)
    {
        var wait = next * (0.9 + (0.2 * Random.Shared.NextDouble()));
        next = next * 2 < Longest ? next * 2 : Longest;
        return Task.Delay(wait, time, cancel);
    }
}
