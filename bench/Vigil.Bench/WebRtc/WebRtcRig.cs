using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;
using Vigil.Bench.Harness;
using Vigil.Testing.Weather;

namespace Vigil.Bench.WebRtc;

/// <summary>Cameras, the engine and a browser, each in its own process, and pages that watch and publish with a counter in the pixels.</summary>
internal sealed class WebRtcRig : IAsyncDisposable
{
    // The counter: sixteen blocks, black or white, over the top 96 of 1080 lines; the highest bit on the left. As Material.Counted1080 has it.
    private const string Script = """
        (() => {
          const strip = document.createElement('canvas');
          strip.width = 64; strip.height = 1;
          const pen = strip.getContext('2d', { willReadFrequently: true });
          const read = (video) => {
            pen.drawImage(video, 0, video.videoHeight * 48 / 1080, video.videoWidth, 1, 0, 0, 64, 1);
            const pixels = pen.getImageData(0, 0, 64, 1).data;
            let number = 0;
            for (let bit = 0; bit < 16; bit++) number = number * 2 + (pixels[(bit * 4 + 2) * 4 + 1] > 127 ? 1 : 0);
            return number;
          };
          const answer = async (pc, url) => {
            const offer = await pc.createOffer();
            // Who only watches learns its round trip by this alone, and then asks for lost packets in time.
            offer.sdp = offer.sdp.replace(/(a=rtcp-fb:(\d+) nack\r\n)/g, '$1a=rtcp-fb:$2 rrtr\r\n');
            await pc.setLocalDescription(offer);
            const reply = await fetch(url, { method: 'POST', body: pc.localDescription.sdp, headers: { 'Content-Type': 'application/sdp' } });
            let sdp = await reply.text();
            if (!reply.ok) throw new Error(sdp);
            if (window.weather) sdp = await window.weather(sdp);
            await pc.setRemoteDescription({ type: 'answer', sdp });
          };
          // Watches; returns when the first picture is there, with the milliseconds since the offer.
          window.watch = async (url, jitterTarget, withSound) => {
            const state = window.state = { seen: [] };
            const pc = window.pc = new RTCPeerConnection();
            const receiver = pc.addTransceiver('video', { direction: 'recvonly' }).receiver;
            if (withSound) pc.addTransceiver('audio', { direction: 'recvonly' });
            if (jitterTarget >= 0) receiver.jitterBufferTarget = jitterTarget;
            const video = window.video = document.createElement('video');
            video.muted = true; video.autoplay = true; video.playsInline = true;
            document.body.append(video);
            const stream = new MediaStream();
            pc.ontrack = event => { stream.addTrack(event.track); video.srcObject = stream; };
            const began = performance.now();
            const first = new Promise(shown => {
              const onFrame = (now, meta) => {
                const at = performance.now();
                state.seen.push([
                  read(video), performance.timeOrigin + at, performance.timeOrigin + meta.presentationTime,
                  meta.receiveTime === undefined ? null : performance.timeOrigin + meta.receiveTime]);
                shown(at - began);
                video.requestVideoFrameCallback(onFrame);
              };
              video.requestVideoFrameCallback(onFrame);
            });
            await answer(pc, url);
            return await first;
          };
          // Publishes 1280x720 at 30/s. sent[n] is when picture n was drawn.
          window.publish = async (url, withSound) => {
            const canvas = document.createElement('canvas'); canvas.width = 1280; canvas.height = 720;
            const g = canvas.getContext('2d', { alpha: false });
            const scene = document.createElement('canvas'); scene.width = 2560; scene.height = 720;
            const s = scene.getContext('2d'); const image = s.createImageData(2560, 720);
            for (let y = 0, seed = 1; y < 720; y++) for (let x = 0; x < 2560; x++) {
              seed = (seed * 1103515245 + 12345) & 0x7fffffff;
              const v = 128 + 80 * Math.sin(x / 37) * Math.cos(y / 23) + ((seed >> 16) & 7), i = (y * 2560 + x) * 4;
              image.data[i] = v; image.data[i + 1] = v * 0.8 + 20; image.data[i + 2] = 255 - v; image.data[i + 3] = 255;
            }
            s.putImageData(image, 0, 0);
            const sent = window.sent = {};
            let n = 0;
            const track = canvas.captureStream(0).getVideoTracks()[0];
            const draw = () => {
              n = (n + 1) & 0xffff;
              g.drawImage(scene, -((n * 2) % 1280), 0);
              for (let bit = 0; bit < 16; bit++) {
                g.fillStyle = (n >> (15 - bit)) & 1 ? '#fff' : '#000';
                g.fillRect(bit * 80, 0, 80, 64);
              }
              sent[n] = performance.timeOrigin + performance.now();
              track.requestFrame();
            };
            setInterval(draw, 33);
            const pc = window.pc = new RTCPeerConnection();
            pc.addTransceiver(track, { direction: 'sendonly' });
            if (withSound) pc.addTransceiver((await navigator.mediaDevices.getUserMedia({ audio: true })).getTracks()[0], { direction: 'sendonly' });
            await answer(pc, url);
          };
          window.stats = async () => {
            const all = [...(await window.pc.getStats()).values()];
            return all.find(s => s.kind === 'video' && (s.type === 'inbound-rtp' || s.type === 'outbound-rtp')) ?? {};
          };
        })();
        """;

    private readonly Role[] farms;
    private readonly Role engine;
    private readonly IPlaywright playwright;
    private readonly IBrowser browser;
    private readonly string address;

    private WebRtcRig(Role[] farms, Role engine, IPlaywright playwright, IBrowser browser, string address, double began)
    {
        this.farms = farms;
        this.engine = engine;
        this.playwright = playwright;
        this.browser = browser;
        this.address = address;
        Began = began;
    }

    /// <summary>When picture 0 of the RTSP camera was due, in milliseconds of the wall clock.</summary>
    public double Began { get; }

    public string Watched => $"{address}/1/whep";

    public string PublishTo => $"{address}/2/whip";

    public string WatchPublished => $"{address}/2/whep";

    public int EngineId => engine.Id;

    /// <param name="run">Which.</param>
    /// <param name="small">The camera has a small picture too, of 320x180.</param>
    public static async Task<WebRtcRig> StartAsync(BenchRun run, bool small = false)
    {
        var farm = Role.Start("cameras", await Material.Counted1080(run), await Material.Aac(run));
        var port = await farm.Next("READY", TimeSpan.FromSeconds(20));
        Role[] farms = small ? [farm, Role.Start("cameras", await Material.Small(run), await Material.Aac(run))] : [farm];
        string[] addresses = [$"rtsp://127.0.0.1:{port}/av/1", .. small ? [$"rtsp://127.0.0.1:{await farms[1].Next("READY", TimeSpan.FromSeconds(20))}/v/1"] : Array.Empty<string>()];
        var engine = Role.Start("webrtc", addresses);
        var http = await engine.Next("READY", TimeSpan.FromSeconds(20));
        var began = double.Parse(await farm.Next("PLAYING", TimeSpan.FromSeconds(20)), CultureInfo.InvariantCulture);
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Environment.GetEnvironmentVariable("VIGIL_CHROMIUM") ?? "/usr/bin/chromium",
            Headless = true,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required",
                "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--disable-background-timer-throttling",
                "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows",
            ],
        });
        return new WebRtcRig(farms, engine, playwright, browser, $"http://localhost:{http}", began);
    }

    /// <summary>An empty page that knows how to watch and publish, through <paramref name="weather"/> when there is any.</summary>
    public async Task<IPage> PageAsync(WeatherRelay? weather = null)
    {
        var context = await browser.NewContextAsync(new BrowserNewContextOptions { Permissions = ["microphone"] });
        await context.AddInitScriptAsync(Script);
        var page = await context.NewPageAsync();
        if (weather is not null)
        {
            await page.ExposeFunctionAsync<string, string>("weather", weather.Rewrite);
        }

        await page.GotoAsync(address);
        return page;
    }

    public static Task<double> WatchAsync(IPage page, string url, int jitterTarget = -1, bool sound = true) =>
        page.EvaluateAsync<double>("([url, target, sound]) => window.watch(url, target, sound)", new object[] { url, jitterTarget, sound });

    public static Task PublishAsync(IPage page, string url, bool sound) =>
        page.EvaluateAsync("([url, sound]) => window.publish(url, sound)", new object[] { url, sound });

    public static Task<JsonElement> StatsAsync(IPage page) => page.EvaluateAsync<JsonElement>("window.stats()");

    /// <summary>What a page has shown since it was last asked: counter, when it was read, when it was shown, when its last packet came (milliseconds of the wall clock).</summary>
    public static async Task<List<(int Number, double ReadAt, double ShownAt, double ReceivedAt)>> SeenAsync(IPage page)
    {
        var seen = await page.EvaluateAsync<JsonElement>("window.state.seen.splice(0)");
        return [.. seen.EnumerateArray().Select(picture => (picture[0].GetInt32(), picture[1].GetDouble(), picture[2].GetDouble(), picture[3].ValueKind == JsonValueKind.Number ? picture[3].GetDouble() : double.NaN))];
    }

    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
        await engine.DisposeAsync();
        foreach (var farm in farms)
        {
            await farm.DisposeAsync();
        }
    }
}
