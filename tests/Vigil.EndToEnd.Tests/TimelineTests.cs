using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Vigil.EndToEnd.Tests.Machine;

namespace Vigil.EndToEnd.Tests;

public sealed class TimelineTests
{
    [Fact]
    public async Task What_was_recorded_is_found_on_the_timeline_scrubbed_played_and_saved()
    {
        await using var home = await Home.WithCamera("opus");
        var page = await home.OpenWall(390, 844);
        await page.GotoAsync($"/app/cameras/{home.CameraId}/timeline");
        await page.LivePicture(Home.Room).ShouldMove();
        await page.GetByRole(AriaRole.Button, new() { Name = "Record now" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Stop recording · 0:12" })).ToBeVisibleAsync(new() { Timeout = 30_000 });
        await page.GetByRole(AriaRole.Button, new() { Name = "Stop recording" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Record now" })).ToBeVisibleAsync();

        // Found: on the day's axis, looked at closely enough to tell seconds apart.
        for (var i = 0; i < 6; i++)
        {
            await page.GetByRole(AriaRole.Button, new() { Name = "Look closer" }).ClickAsync();
        }

        var recorded = page.Locator("[role=slider] svg rect[class*=recorded]").Last;
        await recorded.WaitUntil("r => r.getBoundingClientRect().width > 30", 20_000);
        var axis = page.GetByRole(AriaRole.Slider, new() { Name = "Time of day" });

        // Scrubbed: a small picture of the moment under the finger. With a finger on it the axis no longer goes along with the live picture.
        var whole = (await axis.BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(whole.X + (whole.Width / 2), whole.Y + 40);
        await page.Mouse.DownAsync();
        var place = (await recorded.BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(place.X + (place.Width * 0.2f), place.Y + 10, new() { Steps = 4 });
        await page.Locator("img[class*=preview]").WaitUntil("i => i.naturalWidth > 100", 20_000);
        await Assertions.Expect(axis).ToHaveAttributeAsync("aria-valuetext", new Regex(", recorded$"));
        await page.Screenshot("timeline-scrub");
        await page.Mouse.UpAsync();
        await Assertions.Expect(axis).ToHaveAttributeAsync("aria-valuetext", new Regex(", recorded$"));

        // Played.
        await page.Locator("[data-first-picture]").WaitUntil("e => Number(e.dataset.firstPicture) > 0", 20_000);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"first picture after {await page.Locator("[data-first-picture]").GetAttributeAsync("data-first-picture")} ms");
        await page.GetByRole(AriaRole.Button, new() { Name = "Play", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Img, new() { Name = $"{Home.Room}: recorded picture" }).ShouldMove();

        // Saved.
        await page.GetByRole(AriaRole.Button, new() { Name = "Save a part" }).ClickAsync();
        await page.Screenshot("timeline-part");
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Save video" }).ClickAsync());
        await Assertions.Expect(page.GetByText("Saved to your downloads.")).ToBeVisibleAsync();
        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.mp4");
        await download.SaveAsAsync(file);
        var (video, audio, duration) = await MediaFile.Read(file);
        File.Delete(file);
        (video, audio).ShouldBe(("h264", "aac"));
        duration.TotalSeconds.ShouldBeInRange(5, 40);

        // Back to live.
        await page.GetByRole(AriaRole.Button, new() { Name = "Live", Exact = true }).ClickAsync();
        await page.LivePicture(Home.Room).ShouldMove();
        home.ShouldHaveBeenWell();
    }
}
