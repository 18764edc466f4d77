using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Vigil.EndToEnd.Tests;

public sealed class ScheduleTests
{
    [Fact]
    public async Task An_overnight_schedule_for_some_days_is_set_on_a_phone_and_its_preview_shows_the_night_the_clocks_change()
    {
        await using var home = await Home.WithCamera();
        var page = await home.OpenWall(390, 844);
        await page.GotoAsync(string.Create(CultureInfo.InvariantCulture, $"/app/cameras/{home.CameraId}"));
        await page.GetByRole(AriaRole.Link, new() { Name = "Recording times" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a schedule" }).ClickAsync();

        await page.GetByLabel("Name").FillAsync("Weekend nights");
        await page.GetByText("Some days").ClickAsync();
        foreach (var day in new[] { "Fri", "Sat", "Sun" })
        {
            await page.GetByText(day, new() { Exact = true }).ClickAsync();
        }

        await page.GetByLabel("From").FillAsync("19:30");
        await page.GetByLabel("Until").FillAsync("07:15");
        await Assertions.Expect(page.GetByText("Overnight: 19:30 – 07:15 the next morning. It belongs to the day on which it begins.")).ToBeVisibleAsync();
        // Sunday morning is when the clocks change in Berlin; Saturday's night is an hour shorter or longer.
        var night = page.GetByRole(AriaRole.Figure, new() { Name = "The night the clocks change" });
        await Assertions.Expect(night).ToContainTextAsync(new Regex("Sat \\d+ \\w+ 19:30 – Sun \\d+ \\w+ 07:15, 1[02] h 45 min"));
        await Assertions.Expect(night).ToContainTextAsync(new Regex("clocks go (forward|back) to 0[23]:00"));
        await night.ScrollIntoViewIfNeededAsync();
        await page.Screenshot("schedule-form");

        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Fri, Sat, Sun, 19:30 – 07:15 the next morning")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Figure, new() { Name = "The next 24 hours" })).ToBeVisibleAsync();
        await page.Screenshot("schedules");

        // What is to be recorded now, is.
        await home.Owner.Post("api/v1/schedules", new { cameraId = home.CameraId, name = "Always", type = "continuous" });
        await page.ReloadAsync();
        await Assertions.Expect(page.GetByText("On now", new() { Exact = true })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("all the time").First).ToBeVisibleAsync();
        await page.SetViewportSizeAsync(1280, 800);
        await page.Screenshot("schedules");
        home.ShouldHaveBeenWell();
    }
}
