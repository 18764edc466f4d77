using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Vigil.EndToEnd.Tests;

/// <summary>A browser with a made-up camera is the phone in the nursery; a parent watches it from another one.</summary>
public sealed class RoomPhoneTests
{
    [Fact]
    public async Task A_phone_paired_by_a_code_is_a_camera_and_both_pages_find_back_alone_after_the_server_was_killed()
    {
        await using var home = await Home.WithOwner();
        var parent = await home.OpenWall();
        await parent.GetByRole(AriaRole.Link, new() { Name = "Add a camera" }).ClickAsync();
        await parent.GetByLabel(new Regex("^Room")).FillAsync(Home.Room);
        await parent.GetByRole(AriaRole.Button, new() { Name = "Show the code" }).ClickAsync();
        await Assertions.Expect(parent.GetByRole(AriaRole.Img, new() { Name = "Code for the phone" })).ToBeVisibleAsync();
        await parent.Screenshot("phone-code");

        var phone = await OpenPhone(home, await parent.Locator("code").InnerTextAsync());
        new Uri(phone.Url).PathAndQuery.ShouldBe("/app/camera", "The code must not stay in the address bar.");
        new Uri(phone.Url).Fragment.ShouldBeEmpty();
        await phone.Screenshot("phone-ready");
        var since = Stopwatch.StartNew();
        await StartSending(phone);
        await Assertions.Expect(parent.GetByRole(AriaRole.Link, new() { Name = "Done" })).ToBeVisibleAsync();
        var there = since.Elapsed;
        await parent.GetByRole(AriaRole.Link, new() { Name = "Done" }).ClickAsync();
        await parent.LivePicture(Home.Room).ShouldMove(coloured: true);
        await Assertions.Expect(parent.GetByRole(AriaRole.Button, new() { Name = "Sound off" })).ToBeEnabledAsync();
        var dark = phone.GetByRole(AriaRole.Button, new() { Name = "Sending. Tap to wake the screen" });
        if (await dark.IsVisibleAsync())
        {
            await dark.ClickAsync(); // The parent's page has taken longer than the screen stays awake.
        }

        await Assertions.Expect(phone.GetByText("Ana is watching")).ToBeVisibleAsync();
        await phone.Screenshot("phone-sending");
        await Assertions.Expect(dark).ToBeVisibleAsync(new() { Timeout = 25_000 });
        await phone.Screenshot("phone-dark");

        await phone.EvaluateAsync("() => { titles = []; new MutationObserver(() => titles.push(document.title)).observe(document.head, { childList: true, subtree: true, characterData: true }); }");
        home.Server.KillServerProcess();
        since.Restart();
        await Assertions.Expect(parent.LivePicture(Home.Room)).ToHaveCountAsync(0, new() { Timeout = 8_000 });
        await home.Server.WaitUntilItAnswers(TimeSpan.FromSeconds(60));
        var answered = since.Elapsed;
        // The break may be so short that nobody looks in time: the page's own memory tells.
        await phone.WaitForFunctionAsync(
            "room => titles.includes(`⚠ Not sending · ${room}`) && document.title === `● Sending · ${room}`", Home.Room, new() { Timeout = 60_000 });
        var sending = since.Elapsed;
        await parent.LivePicture(Home.Room).ShouldMove(60_000, coloured: true);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"there {Home.Seconds(there)} after the tap; server answers after {Home.Seconds(answered)}, phone sends after {Home.Seconds(sending)}, "
            + $"parent sees after {Home.Seconds(since.Elapsed)}");

        // 404: the phone asks the new server for the old one's session.
        home.Expect("404", "ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "ERR_INCOMPLETE_CHUNKED_ENCODING", "WebSocket", "502", "503");
        home.ShouldHaveBeenWell();
    }

    [Fact]
    public async Task A_room_phone_goes_on_after_a_reload_and_stops_with_plain_words_when_it_is_signed_off()
    {
        await using var home = await Home.WithOwner();
        var (camera, code) = await MakeRoom(home);
        await using var live = await home.Owner.OpenLiveSocket();
        var phone = await OpenPhone(home, code);
        await StartSending(phone);
        await live.Next(m => Home.IsStatus(m, camera, "live"), TimeSpan.FromSeconds(20));

        live.Forget();
        await phone.ReloadAsync();
        await Assertions.Expect(phone).ToHaveTitleAsync($"● Sending · {Home.Room}", new() { Timeout = 20_000 });
        var parent = await home.OpenWall();
        await parent.LivePicture(Home.Room).ShouldMove(coloured: true);

        var devices = (await home.Owner.Get("api/v1/devices")).AsArray();
        devices.Count.ShouldBe(1);
        var since = Stopwatch.StartNew();
        await parent.GotoAsync(string.Create(CultureInfo.InvariantCulture, $"/app/cameras/{camera}/settings"));
        await parent.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Sign off ") }).ClickAsync();
        await parent.Screenshot("phone-devices");
        await parent.GetByRole(AriaRole.Button, new() { Name = "Yes, sign it off" }).ClickAsync();
        since.Restart();
        await Assertions.Expect(phone.GetByRole(AriaRole.Heading, new() { Name = "This device was signed off" })).ToBeVisibleAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"signed off: the phone says so after {Home.Seconds(since.Elapsed)}");
        await phone.Screenshot("phone-signed-off");
        await phone.ReloadAsync();
        await Assertions.Expect(phone.GetByRole(AriaRole.Heading, new() { Name = "This device was signed off" })).ToBeVisibleAsync();

        home.Expect("401", "404");
        home.ShouldHaveBeenWell();
    }

    [Fact]
    public async Task A_phone_that_leaves_the_room_is_said_loudly_on_the_parents_page()
    {
        await using var home = await Home.WithOwner();
        var (camera, code) = await MakeRoom(home);
        var parent = await home.OpenWall(390, 844);
        await using var live = await home.Owner.OpenLiveSocket();
        var phone = await OpenPhone(home, code);
        await StartSending(phone);
        await live.Next(m => Home.IsStatus(m, camera, "live"), TimeSpan.FromSeconds(20));
        await parent.LivePicture(Home.Room).ShouldMove(coloured: true);
        await Assertions.Expect(parent.GetByText("Chrome on Linux")).ToBeVisibleAsync();

        var since = Stopwatch.StartNew();
        await phone.CloseAsync();
        await Assertions.Expect(parent.Alarms().GetByText($"The phone is gone – {Home.Room}", new() { Exact = true })).ToBeVisibleAsync(new() { Timeout = 20_000 });
        var said = since.Elapsed;
        await Assertions.Expect(parent.GetByText(new Regex("Chrome on Linux has been gone for \\d+ s"))).ToBeVisibleAsync();
        await parent.Screenshot("phone-gone");
        TestContext.Current.TestOutputHelper?.WriteLine($"said after {Home.Seconds(said)}");
        said.ShouldBeLessThan(TimeSpan.FromSeconds(15));

        home.ShouldHaveBeenWell();
    }

    [Fact]
    public async Task Of_two_phones_in_one_room_the_one_started_last_sends_and_the_other_waits_for_its_turn()
    {
        await using var home = await Home.WithOwner();
        var (camera, code) = await MakeRoom(home);
        var first = await OpenPhone(home, code);
        await StartSending(first);
        var another = (string)(await home.Owner.Post(string.Create(CultureInfo.InvariantCulture, $"api/v1/cameras/{camera}/pairing"), new { }))["code"]!;
        var second = await OpenPhone(home, another);
        await StartSending(second);

        await Assertions.Expect(first.GetByText(new Regex("another device is sending", RegexOptions.IgnoreCase))).ToBeVisibleAsync(new() { Timeout = 20_000 });
        await Assertions.Expect(second).ToHaveTitleAsync($"● Sending · {Home.Room}");
        var parent = await home.OpenWall();
        await parent.LivePicture(Home.Room).ShouldMove(coloured: true);

        await second.CloseAsync();
        await Assertions.Expect(first).ToHaveTitleAsync($"● Sending · {Home.Room}", new() { Timeout = 60_000 });
        await parent.LivePicture(Home.Room).ShouldMove(20_000, coloured: true);
        home.Expect("409", "404");
        home.ShouldHaveBeenWell();
    }

    internal static async Task<(int Camera, string Code)> MakeRoom(Home home)
    {
        JsonNode made = await home.Owner.Post("api/v1/room-cameras", new { name = Home.Room });
        return ((int)made["camera"]!["id"]!, (string)made["pairing"]!["code"]!);
    }

    /// <summary>A phone without an account that has opened the address of the code.</summary>
    internal static async Task<IPage> OpenPhone(Home home, string code)
    {
        var person = await home.Chromium.Person(home.Server.Address, 390, 844);
        var phone = await person.NewPageAsync();
        await phone.GotoAsync($"/camera#pair={code}");
        await Assertions.Expect(phone.GetByRole(AriaRole.Button, new() { Name = "Start sending" })).ToBeVisibleAsync();
        return phone;
    }

    internal static async Task StartSending(IPage phone)
    {
        await phone.GetByRole(AriaRole.Button, new() { Name = "Start sending" }).ClickAsync();
        await Assertions.Expect(phone).ToHaveTitleAsync($"● Sending · {Home.Room}");
    }
}
