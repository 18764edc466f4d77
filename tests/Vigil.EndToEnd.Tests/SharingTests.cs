using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Vigil.EndToEnd.Tests.Machine;

namespace Vigil.EndToEnd.Tests;

public sealed class SharingTests
{
    [Fact]
    public async Task A_parent_shares_a_camera_with_a_sitter_in_three_taps_and_takes_it_back_with_one()
    {
        await using var home = await Home.WithCamera();
        await home.Owner.Post("api/v1/household/members", new { email = "sita@example.org", password = "a quiet evening", name = "Sita", place = "guest" });
        using var sita = new Api(home.Server.Address);
        await sita.Post("api/v1/session", new { login = "sita@example.org", password = "a quiet evening" });
        var theirs = await home.Chromium.Person(home.Server.Address, 390, 844);
        await theirs.AddCookiesAsync(sita.Cookies.Select(c => new Cookie { Name = c.Name, Value = c.Value, Url = home.Server.Address.ToString() }));
        var sitter = await theirs.NewPageAsync();
        await sitter.GotoAsync("/app");
        await Assertions.Expect(sitter.GetByText("Nobody has shared a camera with you yet.")).ToBeVisibleAsync();

        var parent = await home.OpenWall(390, 844);
        await parent.GotoAsync($"/app/cameras/{home.CameraId}");
        await parent.LivePicture(Home.Room).ShouldMove();
        await parent.Screenshot("camera-of-a-parent");
        await parent.GetByRole(AriaRole.Button, new() { Name = "Share" }).ClickAsync();
        await Assertions.Expect(parent.GetByText("Nobody but the parents.")).ToBeVisibleAsync();
        await parent.Screenshot("share-who");
        await parent.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Sita") }).ClickAsync();
        await parent.Screenshot("share-when");
        await parent.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Always") }).ClickAsync();
        await Assertions.Expect(parent.GetByText("Sita: Always")).ToBeVisibleAsync();
        await parent.Screenshot("shared");

        // The sitter's page hears of it by itself, and shows the picture.
        await sitter.LivePicture(Home.Room).ShouldMove();
        await sitter.GetByRole(AriaRole.Link, new() { NameRegex = new Regex($"^{Home.Room}") }).ClickAsync();
        await sitter.LivePicture(Home.Room).ShouldMove();
        await Assertions.Expect(sitter.GetByRole(AriaRole.Button, new() { Name = "Share" })).ToHaveCountAsync(0);
        await sitter.Screenshot("camera-of-a-sitter");

        // The window is over: the picture goes, and words say why.
        var zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        var ended = TimeZoneInfo.ConvertTime(TimeProvider.System.GetUtcNow(), zone).AddMinutes(-1);
        string Clock(DateTimeOffset at) => at.ToString("HH:mm:00", CultureInfo.InvariantCulture);
        var day = ended.AddMinutes(-1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        await home.Owner.Post($"api/v1/cameras/{home.CameraId}/access", new
        {
            login = "sita@example.org",
            windowStart = Clock(ended.AddMinutes(-1)),
            windowEnd = Clock(ended),
            firstDay = day,
            lastDay = day,
        });
        await Assertions.Expect(sitter.GetByText(new Regex("^Your access ended (yesterday )?at [0-2][0-9]:[0-5][0-9]"))).ToBeVisibleAsync();
        await Assertions.Expect(sitter.LivePicture(Home.Room)).ToHaveCountAsync(0);
        await sitter.Screenshot("access-ended");
        await sitter.GotoAsync("/app");
        await Assertions.Expect(sitter.GetByText(new Regex("^Your access ended"))).ToBeVisibleAsync();
        await sitter.Screenshot("wall-access-ended");

        // Always again, and taken back with one tap.
        await home.Owner.Post($"api/v1/cameras/{home.CameraId}/access", new { login = "sita@example.org" });
        await sitter.LivePicture(Home.Room).ShouldMove();
        await parent.GetByRole(AriaRole.Button, new() { Name = "Take it back from Sita" }).ClickAsync();
        await Assertions.Expect(sitter.GetByText("Nobody has shared a camera with you yet.")).ToBeVisibleAsync();
        var desk = await home.OpenWall();
        await desk.GotoAsync($"/app/cameras/{home.CameraId}");
        await desk.GetByRole(AriaRole.Button, new() { Name = "Share" }).ClickAsync();
        await desk.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Sita") }).ClickAsync();
        await desk.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Custom") }).ClickAsync();
        await desk.Screenshot("share-custom");
        // The player says goodbye to a stream, and the list of noises asks once more, when access is over already.
        home.Expect("/whep/", "/events?camera");
        home.ShouldHaveBeenWell();
    }
}
