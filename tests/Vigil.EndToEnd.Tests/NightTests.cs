using System.Diagnostics;
using Microsoft.Playwright;

namespace Vigil.EndToEnd.Tests;

public sealed class NightTests
{
    [Fact]
    public async Task A_loud_noise_stands_on_every_open_page_and_its_clip_plays_at_once()
    {
        await using var home = await Home.WithCamera();
        var desk = await home.OpenWall();
        var phone = await home.OpenWall(390, 844);
        await desk.LivePicture(Home.Room).ShouldMove();
        await phone.LivePicture(Home.Room).ShouldMove();
        await using var live = await home.Owner.OpenLiveSocket();
        // The pre-roll ring must have its seconds before the noise is made.
        await live.Next(m => (string?)m["type"] == "level", TimeSpan.FromSeconds(10));
        await TimeProvider.System.Delay(TimeSpan.FromSeconds(7), TestContext.Current.CancellationToken);

        var sinceNoise = Stopwatch.StartNew();
        var noiseAt = TimeProvider.System.GetUtcNow();
        await home.Camera.Loud();
        await live.Next(m => Home.IsEvent(m, "sound"), TimeSpan.FromSeconds(10));
        var heard = sinceNoise.Elapsed;
        await Assertions.Expect(desk.Alarms()).ToBeVisibleAsync();
        await Assertions.Expect(phone.Alarms()).ToBeVisibleAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"socket {Home.Seconds(heard)}, pages {Home.Seconds(sinceNoise.Elapsed)}");
        await Assertions.Expect(desk.Alarms().GetByText("Loud noise").Last).ToBeVisibleAsync();
        await desk.Screenshot("alarm");
        await phone.Screenshot("alarm");

        // The clip can be played at once, while it is still being written.
        await desk.Alarms().GetByRole(AriaRole.Button, new() { Name = "Play clip" }).First.ClickAsync();
        var video = desk.GetByRole(AriaRole.Dialog).GetByLabel("Clip", new() { Exact = true });
        await video.WaitUntil("v => v.currentTime > 0.5 && v.videoWidth === 640", 20_000);
        await desk.Screenshot("clip");

        await TimeProvider.System.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        await home.Camera.Quiet();
        var finished = await live.Next(
            m => Home.IsEvent(m, "sound") && m["event"]!["endedAt"] is not null, TimeSpan.FromSeconds(40));
        await home.ShouldHaveAClip(finished["event"]!, noiseAt);

        // Answered on one page, it is answered on all.
        await desk.Keyboard.PressAsync("Escape");
        await desk.Alarms().GetByRole(AriaRole.Button, new() { Name = "Seen" }).First.ClickAsync();
        await Assertions.Expect(phone.Alarms()).ToHaveCountAsync(0);

        home.ShouldHaveBeenWell();
    }
}
