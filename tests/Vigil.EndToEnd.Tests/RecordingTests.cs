using Microsoft.Playwright;
using Vigil.EndToEnd.Tests.Machine;

namespace Vigil.EndToEnd.Tests;

public sealed class RecordingTests
{
    [Fact]
    public async Task A_parent_records_stops_finds_plays_and_saves_a_file_that_any_phone_plays()
    {
        await using var home = await Home.WithCamera("opus");
        var page = await home.OpenWall(390, 844);
        await page.GetByRole(AriaRole.Link, new() { Name = Home.Room }).ClickAsync();
        await page.LivePicture(Home.Room).ShouldMove();

        await page.GetByRole(AriaRole.Button, new() { Name = "Record now" }).ClickAsync();
        var stop = page.GetByRole(AriaRole.Button, new() { Name = "Stop recording · 0:06" });
        await Assertions.Expect(page.GetByText("Started by Ana.")).ToBeVisibleAsync();
        await Assertions.Expect(stop).ToBeVisibleAsync(new() { Timeout = 20_000 });
        await page.GetByRole(AriaRole.Button, new() { Name = "Stop recording" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Record now" })).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "All recordings" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = $"Play {Home.Room}_" }).First.ClickAsync();
        await page.Locator($"video[aria-label^='{Home.Room}_']").WaitUntil("v => v.currentTime > 0.5 && v.videoWidth === 640 && v.duration > 4");
        await page.Screenshot("recording");
        await page.GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();

        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = $"Save {Home.Room}_" }).First.ClickAsync());
        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.mp4");
        await download.SaveAsAsync(file);
        var (video, audio, duration) = await MediaFile.Read(file);
        File.Delete(file);
        (video, audio).ShouldBe(("h264", "aac"));
        duration.TotalSeconds.ShouldBeInRange(4, 15);
        home.ShouldHaveBeenWell();
    }
}
