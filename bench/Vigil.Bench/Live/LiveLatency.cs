using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.Playwright;
using Vigil.Bench.Harness;

namespace Vigil.Bench.Live;

/// <summary>
/// From the moment a picture is due at the camera to its display in Chromium: the real server, the real web app, a counter in the pixels.
/// Encoding, a real network and a monitor are not in it.
/// </summary>
internal sealed class LiveLatency : Figure
{
    private const int Openings = 7;

    // Watches every video and canvas for new pictures, and reads the sixteen blocks out of each.
    private const string Watcher = """
        (() => {
          const state = { seen: [], first: null, opened: null };
          window.__bench = state;
          const Socket = window.WebSocket;
          window.WebSocket = class extends Socket {
            constructor(...all) {
              super(...all);
              if (String(all[0]).includes('/live?') && state.opened === null) state.opened = performance.now();
            }
          };
          const strip = document.createElement('canvas');
          strip.width = 64; strip.height = 1;
          const pen = strip.getContext('2d', { willReadFrequently: true });
          const read = (element, width, height) => {
            if (!width || !height) return;
            pen.drawImage(element, 0, height * 48 / 1080, width, 1, 0, 0, 64, 1);
            const pixels = pen.getImageData(0, 0, 64, 1).data;
            let number = 0;
            for (let bit = 0; bit < 16; bit++) number = number * 2 + (pixels[(bit * 4 + 2) * 4 + 1] > 127 ? 1 : 0);
            const last = state.seen[state.seen.length - 1];
            if (last && last[0] === number) return;
            const now = performance.now();
            if (state.first === null) state.first = now;
            state.seen.push([number, performance.timeOrigin + now]);
          };
          const watched = new WeakSet();
          const look = () => {
            for (const video of document.querySelectorAll('video')) {
              if (watched.has(video)) continue;
              watched.add(video);
              const onFrame = () => { read(video, video.videoWidth, video.videoHeight); video.requestVideoFrameCallback(onFrame); };
              video.requestVideoFrameCallback(onFrame);
            }
            for (const canvas of document.querySelectorAll('canvas')) if (canvas.width > 300) read(canvas, canvas.width, canvas.height);
            requestAnimationFrame(look);
          };
          requestAnimationFrame(look);
        })();
        """;

    public override string Name => "live";

    public override string Title => "Live 1080p25 at 4 Mbit/s: from due at the camera to shown in Chromium, milliseconds";

    public override async Task<Table> Measure(BenchRun run)
    {
        await using var farm = Role.Start("cameras", await Material.Counted1080(run), await Material.Aac(run));
        var port = await farm.Next("READY", TimeSpan.FromSeconds(20));
        await using var server = await ServerUnderTest.StartAsync(run);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Environment.GetEnvironmentVariable("VIGIL_CHROMIUM") ?? "/usr/bin/chromium",
            Headless = true,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required"],
        });
        await using var context = await browser.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 800 }, BypassCSP = true });
        await context.AddCookiesAsync([new Cookie { Name = "vigil", Value = server.SessionCookie, Url = server.Address.ToString() }]);
        await context.AddInitScriptAsync(Watcher);

        var table = new Table("path", "median", "p95", "target", "first picture", "target ", "pictures");
        foreach (var (camera, what) in new[] { ("v", ""), ("av", ", camera with AAC") })
        {
            var id = await server.AddCameraAsync("Camera " + camera, $"rtsp://127.0.0.1:{port}/{camera}/1");
            var began = double.Parse(await farm.Next("PLAYING", TimeSpan.FromSeconds(20)), CultureInfo.InvariantCulture);
            foreach (var (player, name, target) in new[] { ("mse", "MSE", "120 / 250"), ("webcodecs", "WebCodecs", "50") })
            {
                run.Say(name + what);
                table.Row([name + what, .. await RowAsync(run, context, server, id, player, began, target)]);
            }

            if (camera == "v")
            {
                run.Say("MSE beside five stalled viewers");
                var stalled = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => StallAsync(server, id, run.Cancel)));
                table.Row(["MSE beside five stalled viewers", .. await RowAsync(run, context, server, id, "mse", began, "as without")]);
                foreach (var socket in stalled)
                {
                    socket.Abort();
                    socket.Dispose();
                }
            }
        }

        table.Notes.Add("First picture: from opening the live socket to the first picture shown, median of "
            + $"{Openings.ToString(CultureInfo.InvariantCulture)} openings of the page; the camera is running, a key frame comes every two seconds.");
        return table;
    }

    private static async Task<string[]> RowAsync(
        BenchRun run, IBrowserContext context, ServerUnderTest server, int camera, string player, double began, string target)
    {
        var page = await context.NewPageAsync();
        List<double> first = [], latency = [];
        for (var opening = 0; opening < Openings; opening++)
        {
            await page.GotoAsync($"{server.Address}app/cameras/{camera.ToString(CultureInfo.InvariantCulture)}?player={player}");
            await page.WaitForFunctionAsync("window.__bench.seen.length > 2", null, new PageWaitForFunctionOptions { Timeout = 20_000 });
            first.Add(await page.EvaluateAsync<double>("window.__bench.first - window.__bench.opened"));
        }

        await Task.Delay(TimeSpan.FromSeconds(5), run.Time, run.Cancel); // The player finds its distance.
        await page.EvaluateAsync("window.__bench.seen.length = 0");
        await Task.Delay(run.SampleLength * run.Samples, run.Time, run.Cancel);
        var seen = await page.EvaluateAsync<JsonElement>("window.__bench.seen");
        foreach (var picture in seen.EnumerateArray())
        {
            var due = began + (picture[0].GetDouble() * 40);
            const double turn = Material.CountedFrames * 40;
            var delay = (picture[1].GetDouble() - due) % turn;
            latency.Add(delay > turn / 2 ? delay - turn : delay);
        }

        await page.CloseAsync();
        var expected = run.SampleLength * run.Samples / TimeSpan.FromMilliseconds(40);
        return
        [
            Table.Number(Sample.Median(latency)), Table.Number(Sample.Percentile(latency, 95)), target,
            Table.Number(Sample.Median(first)), "300", string.Create(CultureInfo.InvariantCulture, $"{100 * latency.Count / expected:F0} %"),
        ];
    }

    /// <summary>A viewer that never reads.</summary>
    private static async Task<ClientWebSocket> StallAsync(ServerUnderTest server, int camera, CancellationToken cancel)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Cookie", $"vigil={server.SessionCookie}");
        socket.Options.SetRequestHeader("Origin", server.Address.GetLeftPart(UriPartial.Authority));
        socket.Options.KeepAliveInterval = TimeSpan.Zero;
        await socket.ConnectAsync(
            new Uri(string.Create(CultureInfo.InvariantCulture, $"ws://{server.Address.Authority}/api/v1/cameras/{camera}/live")), cancel);
        return socket;
    }
}
