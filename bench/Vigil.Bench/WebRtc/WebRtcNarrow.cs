using System.Globalization;
using System.Text.Json;
using Vigil.Bench.Harness;
using Vigil.Testing.Weather;

namespace Vigil.Bench.WebRtc;

/// <summary>A camera with a big and a small picture, and a viewer in real Chromium whose line becomes too narrow for the big one, and wide again.</summary>
internal sealed class WebRtcNarrow : Figure
{
    private const int Big = 1080;
    private const int Small = 180;
    private static readonly Forecast Wide = new() { Delay = TimeSpan.FromMilliseconds(20) };
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    public override string Name => "webrtc-narrow";

    public override string Title => "WebRTC on a line that becomes too narrow for 4 Mbit/s and wide again, Chromium";

    public override async Task<Table> Measure(BenchRun run)
    {
        await using var rig = await WebRtcRig.StartAsync(run, small: true);
        var table = new Table("line, Mbit/s", "phase", "seconds", "picture at its end", "pictures per second", "gaps over 1 s", "longest gap s", "changed after s");
        foreach (var megabits in new[] { 2.5, 1.0 })
        {
            await using var relay = new WeatherRelay(7, Wide, run.Time);
            var page = await rig.PageAsync(relay);
            await WebRtcRig.WatchAsync(page, rig.Watched);
            await PhaseAsync("wide", TimeSpan.FromSeconds(20), until: 0);
            relay.ChangeToClient(Wide with { RateBps = (long)(megabits * 1_000_000) });
            await PhaseAsync("narrow", Patience, until: Small);
            await PhaseAsync("narrow, a minute more", TimeSpan.FromMinutes(1), until: 0);
            relay.ChangeToClient(Wide);
            await PhaseAsync("wide again", Patience, until: Big);
            await PhaseAsync("wide, a while more", TimeSpan.FromSeconds(20), until: 0);
            await page.Context.CloseAsync();

            // Until a picture of that height is shown, or for the whole time.
            async Task PhaseAsync(string name, TimeSpan longest, int until)
            {
                await WebRtcRig.SeenAsync(page);
                var began = run.Time.GetTimestamp();
                var height = 0;
                do
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(250), run.Time, run.Cancel);
                    height = Height(await WebRtcRig.StatsAsync(page));
                }
                while (run.Time.GetElapsedTime(began) < longest && height != until);

                var length = run.Time.GetElapsedTime(began);
                var shown = (await WebRtcRig.SeenAsync(page)).Select(picture => picture.ShownAt).ToList();
                var gaps = shown.Zip(shown.Skip(1), (a, b) => (b - a) / 1000).ToList();
                string[] row =
                [
                    megabits.ToString(CultureInfo.InvariantCulture), name, Table.Number(length.TotalSeconds), height.ToString(CultureInfo.InvariantCulture),
                    Table.Number(shown.Count / length.TotalSeconds), gaps.Count(gap => gap > 1).ToString(CultureInfo.InvariantCulture),
                    Table.Number(gaps.DefaultIfEmpty(double.NaN).Max()), until == height ? Table.Number(length.TotalSeconds) : "",
                ];
                run.Say(string.Join("  ", row));
                table.Row(row);
            }
        }

        return table;
    }

    private static int Height(JsonElement stats) => stats.TryGetProperty("frameHeight", out var height) ? height.GetInt32() : 0;
}
