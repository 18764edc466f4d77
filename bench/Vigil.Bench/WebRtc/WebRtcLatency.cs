using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;
using Vigil.Bench.Harness;

namespace Vigil.Bench.WebRtc;

/// <summary>From the moment a picture is due at the camera, or drawn on the phone, to its display in another page of Chromium.</summary>
internal sealed class WebRtcLatency : Figure
{
    private const int Openings = 5;

    public override string Name => "webrtc";

    public override string Title => "WebRTC on loopback: from due at the camera, or drawn on the phone, to shown in Chromium, milliseconds";

    public override async Task<Table> Measure(BenchRun run)
    {
        await using var rig = await WebRtcRig.StartAsync(run);
        var table = new Table("path", "median", "p95", "target", "first picture", "target ", "pictures", "received", "kept back", "decoding");
        foreach (var (target, sound, name) in new[]
        {
            (0, false, "camera 1080p25, picture alone, jitter target 0"), (-1, false, "camera 1080p25, picture alone, player's default"),
            (0, true, "camera 1080p25 and AAC made Opus, jitter target 0"), (-1, true, "camera 1080p25 and AAC made Opus, player's default"),
        })
        {
            run.Say(name);
            table.Row([name, .. await RowAsync(run, rig, rig.Watched, target, sound, 60, 25, number => rig.Began + (number * 40), Material.CountedFrames * 40)]);
        }

        run.Say("phone to parent");
        var phone = await rig.PageAsync();
        await WebRtcRig.PublishAsync(phone, rig.PublishTo, sound: true);
        await Task.Delay(TimeSpan.FromSeconds(3), run.Time, run.Cancel); // The phone finds its rate.
        foreach (var (target, name) in new[] { (0, "phone 720p30 to parent, jitter target 0"), (-1, "phone 720p30 to parent, player's default") })
        {
            var drawn = new Dictionary<int, double>();
            table.Row([name, .. await RowAsync(run, rig, rig.WatchPublished, target, true, 150, 30, number => drawn.GetValueOrDefault(number, double.NaN), 0, async () =>
            {
                foreach (var (number, at) in JsonSerializer.Deserialize<Dictionary<int, double>>(await phone.EvaluateAsync<string>("JSON.stringify(window.sent)"))!)
                {
                    drawn[number] = at;
                }
            })]);
        }

        await phone.Context.CloseAsync();
        table.Notes.Add("Received: due to the last packet in the browser. Kept back: the player's buffer, mean. The rest is Chromium's painting.");
        table.Notes.Add(string.Create(CultureInfo.InvariantCulture, $"First picture: from the offer to the first picture shown, median of {Openings} openings of a page."));
        return table;
    }

    /// <param name="run">For how long.</param>
    /// <param name="rig">Running.</param>
    /// <param name="url">What to watch.</param>
    /// <param name="jitterTarget">Of the receiver, in milliseconds; negative leaves the browser's.</param>
    /// <param name="sound">The page listens, too: then the player holds pictures back until their sound is there.</param>
    /// <param name="targetMs">Of the median.</param>
    /// <param name="perSecond">Pictures that should come.</param>
    /// <param name="due">When the picture of this number was due.</param>
    /// <param name="turn">After so many milliseconds numbers begin again; 0 for never.</param>
    /// <param name="learn">Called after watching, before <paramref name="due"/> is asked.</param>
    private static async Task<string[]> RowAsync(
        BenchRun run, WebRtcRig rig, string url, int jitterTarget, bool sound, int targetMs, int perSecond, Func<int, double> due, double turn, Func<Task>? learn = null)
    {
        List<double> first = [], latency = [];
        IPage? page = null;
        for (var opening = 0; opening < Openings; opening++)
        {
            await (page?.Context.CloseAsync() ?? Task.CompletedTask);
            page = await rig.PageAsync();
            first.Add(await WebRtcRig.WatchAsync(page, url, jitterTarget, sound));
        }

        await Task.Delay(TimeSpan.FromSeconds(5), run.Time, run.Cancel); // The player finds its distance.
        await WebRtcRig.SeenAsync(page!);
        var before = await WebRtcRig.StatsAsync(page!);
        var length = run.SampleLength * run.Samples;
        await Task.Delay(length, run.Time, run.Cancel);
        var seen = await WebRtcRig.SeenAsync(page!);
        var after = await WebRtcRig.StatsAsync(page!);
        await (learn?.Invoke() ?? Task.CompletedTask);
        latency.AddRange(seen.Select(picture => Since(due(picture.Number), picture.ReadAt)));

        var received = seen.Select(picture => Since(due(picture.Number), picture.ReceivedAt)).Where(double.IsFinite).ToList();
        await page!.Context.CloseAsync();
        latency.RemoveAll(double.IsNaN);
        return
        [
            Table.Number(Sample.Median(latency)), Table.Number(Sample.Percentile(latency, 95)), Table.Number(targetMs),
            Table.Number(Sample.Median(first)), "400", string.Create(CultureInfo.InvariantCulture, $"{100 * seen.Count / (length.TotalSeconds * perSecond):F0} %"),
            Table.Number(Sample.Median(received)), Table.Number(Mean("jitterBufferDelay", "jitterBufferEmittedCount")), Table.Number(Mean("totalDecodeTime", "framesDecoded")),
        ];

        double Since(double start, double end)
        {
            var delay = turn > 0 ? (end - start) % turn : end - start;
            return turn > 0 && delay > turn / 2 ? delay - turn : delay;
        }

        double Mean(string sum, string count) => 1000 * (Value(after, sum) - Value(before, sum)) / (Value(after, count) - Value(before, count));
    }

    private static double Value(JsonElement stats, string name) => stats.TryGetProperty(name, out var value) ? value.GetDouble() : double.NaN;
}
