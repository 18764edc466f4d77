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
        var table = new Table("path", "median", "p95", "target", "first picture", "target ", "pictures");
        foreach (var (target, name) in new[] { (0, "camera 1080p25, jitter target 0"), (-1, "camera 1080p25, player's default") })
        {
            run.Say(name);
            table.Row([name, .. await RowAsync(run, rig, rig.Watched, target, 60, 25, number => rig.Began + (number * 40), Material.CountedFrames * 40)]);
        }

        run.Say("phone to parent");
        var phone = await rig.PageAsync();
        await WebRtcRig.PublishAsync(phone, rig.PublishTo, sound: true);
        await Task.Delay(TimeSpan.FromSeconds(3), run.Time, run.Cancel); // The phone finds its rate.
        foreach (var (target, name) in new[] { (0, "phone 720p30 to parent, jitter target 0"), (-1, "phone 720p30 to parent, player's default") })
        {
            var drawn = new Dictionary<int, double>();
            table.Row([name, .. await RowAsync(run, rig, rig.WatchPublished, target, 150, 30, number => drawn.GetValueOrDefault(number, double.NaN), 0, async () =>
            {
                foreach (var (number, at) in JsonSerializer.Deserialize<Dictionary<int, double>>(await phone.EvaluateAsync<string>("JSON.stringify(window.sent)"))!)
                {
                    drawn[number] = at;
                }
            })]);
        }

        await phone.Context.CloseAsync();
        table.Notes.Add(string.Create(CultureInfo.InvariantCulture, $"First picture: from the offer to the first picture shown, median of {Openings} openings of a page."));
        return table;
    }

    /// <param name="run">For how long.</param>
    /// <param name="rig">Running.</param>
    /// <param name="url">What to watch.</param>
    /// <param name="jitterTarget">Of the receiver, in milliseconds; negative leaves the browser's.</param>
    /// <param name="targetMs">Of the median.</param>
    /// <param name="perSecond">Pictures that should come.</param>
    /// <param name="due">When the picture of this number was due.</param>
    /// <param name="turn">After so many milliseconds numbers begin again; 0 for never.</param>
    /// <param name="learn">Called after watching, before <paramref name="due"/> is asked.</param>
    private static async Task<string[]> RowAsync(
        BenchRun run, WebRtcRig rig, string url, int jitterTarget, int targetMs, int perSecond, Func<int, double> due, double turn, Func<Task>? learn = null)
    {
        List<double> first = [], latency = [];
        IPage? page = null;
        for (var opening = 0; opening < Openings; opening++)
        {
            await (page?.Context.CloseAsync() ?? Task.CompletedTask);
            page = await rig.PageAsync();
            first.Add(await WebRtcRig.WatchAsync(page, url, jitterTarget));
        }

        await Task.Delay(TimeSpan.FromSeconds(5), run.Time, run.Cancel); // The player finds its distance.
        await WebRtcRig.SeenAsync(page!);
        var length = run.SampleLength * run.Samples;
        await Task.Delay(length, run.Time, run.Cancel);
        var seen = await WebRtcRig.SeenAsync(page!);
        await (learn?.Invoke() ?? Task.CompletedTask);
        foreach (var (number, readAt, _) in seen)
        {
            var delay = readAt - due(number);
            delay = turn > 0 ? delay % turn : delay;
            latency.Add(turn > 0 && delay > turn / 2 ? delay - turn : delay);
        }

        await page!.Context.CloseAsync();
        latency.RemoveAll(double.IsNaN);
        return
        [
            Table.Number(Sample.Median(latency)), Table.Number(Sample.Percentile(latency, 95)), Table.Number(targetMs),
            Table.Number(Sample.Median(first)), "400", string.Create(CultureInfo.InvariantCulture, $"{100 * seen.Count / (length.TotalSeconds * perSecond):F0} %"),
        ];
    }
}
