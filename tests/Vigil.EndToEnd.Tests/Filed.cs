using System.Diagnostics;

namespace Vigil.EndToEnd.Tests;

internal static class Filed
{
    /// <summary>Until the timeline, read from the database, has an event of this kind.</summary>
    public static async Task ShouldFile(this Home home, string kind, TimeSpan within)
    {
        var clock = Stopwatch.StartNew();
        var last = "nothing";
        while (clock.Elapsed < within)
        {
            try
            {
                var listed = await home.Owner.Get($"api/v1/events?kind={kind}");
                last = listed.ToJsonString();
                if (listed["events"]!.AsArray().Any(e => (string?)e!["kind"] == kind))
                {
                    return;
                }
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                last = e.Message;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System);
        }

        throw new TimeoutException($"No '{kind}' was filed within {within}. Last answer: {last}\n{home.Server.Log}");
    }
}
