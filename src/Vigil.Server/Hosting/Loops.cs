namespace Vigil.Server.Hosting;

/// <summary>Several loops in one background service.</summary>
internal static class Loops
{
    /// <summary>
    /// Runs them side by side until cancelled. One that fails ends the others, and its exception is thrown at once: waiting for all of
    /// them would keep it to itself until the server stops.
    /// </summary>
    public static async Task RunAsync(CancellationToken cancel, params IReadOnlyList<Func<CancellationToken, Task>> loops)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var running = loops.Select(loop => loop(end.Token)).ToList();
        await Task.WhenAny(running);
        await end.CancelAsync();
        await Task.WhenAll(running);
    }
}
