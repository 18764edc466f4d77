using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Vigil.EndToEnd.Tests.Cameras;

namespace Vigil.EndToEnd.Tests;

public sealed class FirstVisitTests
{
    [Theory]
    [InlineData(1280, 800)]
    [InlineData(390, 844)]
    public async Task A_newcomer_becomes_the_owner_adds_a_camera_and_sees_it_move(int width, int height)
    {
        await using var home = await Home.Empty();
        var person = await home.Chromium.Person(home.Server.Address, width, height);
        var page = await person.NewPageAsync();

        await page.GotoAsync("/");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Welcome" })).ToBeVisibleAsync();
        await page.GetByLabel("Your name").FillAsync("Ana");
        await page.GetByLabel("E-mail").FillAsync(Home.Email);
        await page.GetByLabel(new Regex("^Password")).FillAsync(Home.Password);
        await page.GetByLabel("Name of the household").FillAsync("Our home");
        await page.GetByLabel("Time zone").SelectOptionAsync("Europe/Berlin");
        await page.Screenshot("welcome");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create account" }).ClickAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "Add a camera" }).ClickAsync();
        await page.GetByRole(AriaRole.Tab, new() { Name = "Paste an address" }).ClickAsync();
        await page.GetByLabel("Camera address").FillAsync(home.Camera.Address);
        await page.GetByLabel("Camera user").FillAsync(RtspCamera.User);
        await page.GetByLabel("Camera password").FillAsync("not it");
        await page.GetByRole(AriaRole.Button, new() { Name = "Test" }).ClickAsync();
        await Assertions.Expect(page.GetByText("User name or password is wrong")).ToBeVisibleAsync();
        await page.Screenshot("wrong-password");

        await page.GetByLabel("Camera password").FillAsync(RtspCamera.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Test" }).ClickAsync();
        await Assertions.Expect(page.GetByText("The camera answers.")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("640 × 360")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("AAC")).ToBeVisibleAsync();
        await page.Screenshot("camera-answers");
        await page.GetByLabel(new Regex("^Name\\b")).FillAsync(Home.Room);
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();

        await page.LivePicture(Home.Room).ShouldMove();
        await page.Screenshot("camera");
        await page.GetByRole(AriaRole.Link, new() { Name = "All cameras" }).ClickAsync();
        await page.LivePicture(Home.Room).ShouldMove();
        await page.Screenshot("wall");

        // A stranger's page asks who it is, and is told that it is nobody.
        home.Expect("/api/v1/me");
        home.ShouldHaveBeenWell();
    }
}
