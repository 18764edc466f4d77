using Vigil.Testing;

namespace Vigil.Server.Tests;

/// <summary>Moves a manual clock on until something outside it (a database, a socket) has answered.</summary>
internal static class Tick
{
    public static async Task UntilAsync(ManualTime time, TimeSpan step, Func<bool> done)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (!done())
        {
            if (TimeProvider.System.GetElapsedTime(deadline) > TimeSpan.FromSeconds(60))
            {
                throw new TimeoutException("It never happened.");
            }

            time.Advance(step);
            // Lets the loops that the timers woke run and do their real input and output.
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
