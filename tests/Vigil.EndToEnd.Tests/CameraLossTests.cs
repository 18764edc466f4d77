using System.Diagnostics;
using Microsoft.Playwright;

namespace Vigil.EndToEnd.Tests;

public sealed class CameraLossTests
{
    [Fact]
    public async Task A_camera_whose_plug_is_pulled_is_never_shown_as_if_live_and_comes_back_by_itself()
    {
        await using var home = await Home.WithCamera();
        var page = await home.OpenWall();
        await page.LivePicture(Home.Room).ShouldMove();
        await using var live = await home.Owner.OpenLiveSocket();

        var since = Stopwatch.StartNew();
        await home.Camera.PullThePlug();
        await Assertions.Expect(page.StalePicture(Home.Room)).ToBeVisibleAsync(new() { Timeout = 5_000 });
        var stale = since.Elapsed;
        await page.Screenshot("stale");
        await live.Next(m => Home.IsStatus(m, home.CameraId, "offline"), TimeSpan.FromSeconds(20));
        var offline = since.Elapsed;
        await live.Next(m => Home.IsEvent(m, "cameraOffline"), TimeSpan.FromSeconds(5));
        await Assertions.Expect(page.GetByText("Offline", new() { Exact = true })).ToBeVisibleAsync();
        await page.Screenshot("offline");

        live.Forget();
        await home.Camera.PlugIn();
        since.Restart();
        await live.Next(m => Home.IsStatus(m, home.CameraId, "live"), TimeSpan.FromSeconds(45));
        await live.Next(m => Home.IsEvent(m, "cameraOnline"), TimeSpan.FromSeconds(10));
        await page.LivePicture(Home.Room).ShouldMove(20_000);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"stale after {Home.Seconds(stale)}, offline after {Home.Seconds(offline)}, back after {Home.Seconds(since.Elapsed)}");
        home.ShouldHaveBeenWell();
    }
}
