using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;
using Vigil.Bench.Harness;
using Vigil.Testing.Weather;

namespace Vigil.Bench.WebRtc;

/// <summary>Real Chromium on both ends of a bad network: a viewer of an RTSP camera, and a phone that publishes.</summary>
internal sealed class WebRtcWeather : Figure
{
    public override string Name => "webrtc-weather";

    public override string Title => "WebRTC through bad weather (50 ms round trip, 10 ms jitter, both ways), Chromium";

    public override async Task<Table> Measure(BenchRun run)
    {
        await using var rig = await WebRtcRig.StartAsync(run);
        var length = run.SampleLength * 6;
        var table = new Table("who", "loss", "seconds", "gaps over 200 ms", "target", "longest gap ms", "target ", "asked again", "key frames asked");
        foreach (var loss in new[] { 0, 3, 10 })
        {
            foreach (var publisher in new[] { false, true })
            {
                var who = publisher ? "phone publishes" : "viewer of a camera";
                run.Say(string.Create(CultureInfo.InvariantCulture, $"{who}, {loss} % loss"));
                table.Row([
                    who, string.Create(CultureInfo.InvariantCulture, $"{loss} %"), Table.Number(length.TotalSeconds),
                    .. await RowAsync(run, rig, loss, publisher, length)]);
            }
        }

        return table;
    }

    private static async Task<string[]> RowAsync(BenchRun run, WebRtcRig rig, int loss, bool publisher, TimeSpan length)
    {
        await using var relay = new WeatherRelay(
            7, new Forecast { Loss = loss / 100.0, Delay = TimeSpan.FromMilliseconds(20), Jitter = TimeSpan.FromMilliseconds(10) }, run.Time);
        var stormy = await rig.PageAsync(relay);
        var viewer = stormy;
        if (publisher)
        {
            await WebRtcRig.PublishAsync(stormy, rig.PublishTo, sound: true);
            viewer = await rig.PageAsync();
            await WaitUntilLiveAsync(viewer, rig.WatchPublished);
        }
        else
        {
            await WebRtcRig.WatchAsync(viewer, rig.Watched);
        }

        await Task.Delay(TimeSpan.FromSeconds(5), run.Time, run.Cancel); // The players find their distance.
        await WebRtcRig.SeenAsync(viewer);
        var before = await WebRtcRig.StatsAsync(stormy);
        await Task.Delay(length, run.Time, run.Cancel);
        var after = await WebRtcRig.StatsAsync(stormy);
        var shown = (await WebRtcRig.SeenAsync(viewer)).Select(picture => picture.ShownAt).ToList();
        var gaps = shown.Zip(shown.Skip(1), (a, b) => b - a).ToList();
        foreach (var page in new[] { stormy, viewer }.Distinct())
        {
            await page.Context.CloseAsync();
        }

        var over = gaps.Count(gap => gap > 200);
        return
        [
            over.ToString(CultureInfo.InvariantCulture), loss < 10 ? "0" : "", Table.Number(gaps.DefaultIfEmpty(double.NaN).Max()), loss < 10 ? "200" : "1,000",
            Grown("nackCount"), Grown("pliCount"),
        ];

        string Grown(string name) => string.Create(CultureInfo.InvariantCulture, $"{Count(after, name) - Count(before, name)}");
    }

    /// <summary>The camera has no picture before its publisher's first key frame came.</summary>
    private static async Task WaitUntilLiveAsync(IPage viewer, string url)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await WebRtcRig.WatchAsync(viewer, url);
                return;
            }
            catch (PlaywrightException) when (attempt < 50)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }
    }

    private static long Count(JsonElement stats, string name) => stats.TryGetProperty(name, out var value) ? (long)value.GetDouble() : 0;
}
