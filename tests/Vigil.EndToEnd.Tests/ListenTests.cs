using System.Diagnostics;
using Microsoft.Playwright;
using Vigil.EndToEnd.Tests.Machine;

namespace Vigil.EndToEnd.Tests;

public sealed class ListenTests
{
    /// <summary>
    /// Hears what the listening page gives to the loudspeaker: loudness of single pitches (Goertzel) in each block of 4096 samples, in
    /// dB of full scale. Driven by the sound itself, because timers of a hidden page are slowed down.
    /// </summary>
    private const string Ear =
        """
        window.ear = { pitches: [440, 784], now: {}, loudest: {}, forget() { this.loudest = {}; } };
        const connect = AudioNode.prototype.connect, ears = new WeakMap();
        const make = AudioContext.prototype.createMediaStreamSource;
        AudioContext.prototype.createMediaStreamSource = function (stream) { window.ear.context = this; return make.call(this, stream); };
        AudioNode.prototype.connect = function (to, ...more) {
          if (to instanceof AudioDestinationNode && !(this instanceof ScriptProcessorNode)) {
            const { context } = this;
            if (!ears.has(context)) {
              const ear = context.createScriptProcessor(4096, 1, 1);
              ear.onaudioprocess = ({ inputBuffer }) => {
                if (window.ear.context !== context) return;
                const samples = inputBuffer.getChannelData(0);
                for (const pitch of window.ear.pitches) {
                  const turn = 2 * Math.cos(2 * Math.PI * pitch / context.sampleRate);
                  let a = 0, b = 0;
                  for (const sample of samples) { const c = sample + turn * a - b; b = a; a = c; }
                  const power = (a * a + b * b - turn * a * b) / (samples.length / 2) ** 2;
                  const level = 10 * Math.log10(power + 1e-12);
                  window.ear.now[pitch] = level;
                  window.ear.loudest[pitch] = Math.max(window.ear.loudest[pitch] ?? -120, level);
                }
              };
              connect.call(ear, context.destination);
              ears.set(context, ear);
            }
            connect.call(this, ears.get(context));
          }
          return connect.call(this, to, ...more);
        };
        """;

    /// <summary>
    /// A headless Chromium never hides a page, so this does what a browser does to one that is behind another: it says so, its timers run
    /// once a second at most, and it is drawn no more.
    /// </summary>
    private const string Hidden =
        """
        let hidden = false;
        const later = window.setTimeout, every = window.setInterval, draw = window.requestAnimationFrame;
        window.setTimeout = (run, ms = 0, ...more) => later(run, hidden ? Math.max(ms, 1000) : ms, ...more);
        window.setInterval = (run, ms = 0, ...more) => {
          let last = -1000;
          return every(() => {
            if (hidden && performance.now() - last < 990) return;
            last = performance.now();
            run(...more);
          }, ms);
        };
        window.requestAnimationFrame = (run) => (hidden ? 0 : draw(run));
        window.hide = () => {
          hidden = true;
          Object.defineProperty(document, 'hidden', { get: () => true });
          Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' });
          document.dispatchEvent(new Event('visibilitychange'));
        };
        """;

    [Fact]
    public async Task A_parent_hears_the_room_with_the_page_behind_another_is_told_when_it_stops_and_hears_it_again_by_itself()
    {
        await using var home = await Home.WithCamera();
        var page = await home.OpenWall(390, 844);
        await page.Context.AddInitScriptAsync(Ear);
        await page.Context.AddInitScriptAsync($"{{ {Hidden} }}");
        await page.GotoAsync($"/app/cameras/{home.CameraId}");
        await page.Screenshot("listen-button");
        await page.GetByRole(AriaRole.Link, new() { Name = "Listen through the night" }).ClickAsync();
        await Assertions.Expect(page.GetByText("You hear this room")).ToBeVisibleAsync();
        await page.Screenshot("listening");
        (await page.EvaluateAsync<string>("() => navigator.mediaSession.metadata.title + ' ' + navigator.mediaSession.playbackState")).ShouldBe($"{Home.Room} playing");

        await home.Camera.Loud();
        await Until(page, "ear.now[440] > -12", 15_000);
        await Assertions.Expect(page.Alarms()).ToBeVisibleAsync();

        // Another app in front.
        await page.EvaluateAsync("() => window.hide()");
        await page.EvaluateAsync("() => ear.forget()");
        await Until(page, "ear.loudest[440] > -12", 5_000);

        // A server that answers nothing any more is what a broken network looks like; then it is started anew.
        await page.EvaluateAsync("() => ear.forget()");
        var since = Stopwatch.StartNew();
        Signals.Send(home.Server.ServerProcess(), Signals.Stop);
        await Until(page, "ear.loudest[784] > -30", 15_000);
        var told = since.Elapsed;
        (await page.Locator("[aria-label=Listening]").GetAttributeAsync("data-state")).ShouldBe("lost");
        await page.Screenshot("listen-lost");

        since.Restart();
        home.Server.KillServerProcess();
        await home.Server.WaitUntilItAnswers(TimeSpan.FromSeconds(60));
        var answered = since.Elapsed;
        await Until(page, "ear.now[440] > -12", 60_000);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"told after {Home.Seconds(told)}, server back after {Home.Seconds(answered)}, heard again after {Home.Seconds(since.Elapsed)}");

        home.Expect("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "WebSocket", "503", "502", "404");
        home.ShouldHaveBeenWell();
    }

    [Fact]
    public async Task Where_WebRTC_does_not_get_through_the_room_is_heard_by_the_browsers_own_player()
    {
        await using var home = await Home.WithCamera();
        var page = await home.OpenWall(390, 844);
        await page.Context.AddInitScriptAsync("delete window.RTCPeerConnection;");
        await page.GotoAsync($"/app/cameras/{home.CameraId}/listen");
        await Assertions.Expect(page.GetByText("You hear this room")).ToBeVisibleAsync(new() { Timeout = 30_000 });
        await Assertions.Expect(page.GetByText("HLS, some seconds behind")).ToBeVisibleAsync();
        home.ShouldHaveBeenWell();
    }

    private static Task Until(IPage page, string condition, float withinMs) => page.EvaluateAsync(
        $$"""
        (limit) => new Promise((resolve, reject) => {
          const end = performance.now() + limit;
          const look = () => {
            if ({{condition}}) resolve();
            else if (performance.now() > end) reject(new Error('not within ' + limit + ' ms: {{condition}}; ' + JSON.stringify([ear.now, ear.loudest])));
            else setTimeout(look, 100);
          };
          look();
        })
        """,
        withinMs);
}
