using System.Diagnostics;
using System.Globalization;
using Microsoft.Playwright;
using Vigil.EndToEnd.Tests.Machine;

namespace Vigil.EndToEnd.Tests;

/// <summary>A real cry through the microphone of a phone in the room, to the parent's page.</summary>
public sealed class CryTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cry_in_the_room_calls_on_the_page_grows_plays_and_ends()
    {
        var folder = Directory.CreateTempSubdirectory("vigil-cry-").FullName;
        var sound = Path.Combine(folder, "room.wav");
        await Nursery(sound);
        await using var home = await Home.WithOwner();
        var (camera, code) = await RoomPhoneTests.MakeRoom(home);
        var parent = await home.OpenWall(390, 844);
        var desk = await home.OpenWall();
        await using var live = await home.Owner.OpenLiveSocket();

        await using var room = await Chromium.Start(voice: sound);
        var person = await room.Person(home.Server.Address, 390, 844);
        var phone = await person.NewPageAsync();
        await phone.GotoAsync($"/camera#pair={code}");
        await RoomPhoneTests.StartSending(phone);
        await live.Next(m => Home.IsStatus(m, camera, "live"), TimeSpan.FromSeconds(20));
        await live.Next(m => (string?)m["type"] == "level" && (int)m["peak"]! < 500, TimeSpan.FromSeconds(30));
        live.Forget();

        // From here it is quiet, and then it cries.
        await live.Next(m => (string?)m["type"] == "level" && (int)m["peak"]! > 2_000, TimeSpan.FromSeconds(40));
        var since = Stopwatch.StartNew();
        var alarm = await live.Next(m => Home.IsEvent(m, "cry"), TimeSpan.FromSeconds(20));
        var told = since.Elapsed;
        await Assertions.Expect(parent.Alarms().GetByText($"Crying – {Home.Room}", new() { Exact = true }).First).ToBeVisibleAsync();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"crying: alert {Home.Seconds(told)} after the meter of the page rose, on the page {Home.Seconds(since.Elapsed)}");
        await parent.Screenshot("crying");
        await desk.Screenshot("crying");
        alarm["event"]!["clip"].ShouldNotBeNull();

        await parent.Alarms().GetByRole(AriaRole.Button, new() { Name = "Play clip" }).First.ClickAsync();
        await parent.GetByRole(AriaRole.Dialog).GetByLabel("Clip", new() { Exact = true }).WaitUntil("v => v.currentTime > 0.5", 20_000);
        await parent.Keyboard.PressAsync("Escape");
        var over = await live.Next(m => Home.IsEvent(m, "cry") && m["event"]!["endedAt"] is not null, TimeSpan.FromSeconds(60));
        var length = over["event"]!["endedAt"]!.GetValue<DateTimeOffset>() - over["event"]!["startedAt"]!.GetValue<DateTimeOffset>();
        length.TotalSeconds.ShouldBeInRange(3, 40);

        await parent.GotoAsync("/app/events?kind=cry");
        await Assertions.Expect(parent.GetByRole(AriaRole.Button, new() { Name = "That was not a cry" }).First).ToBeVisibleAsync();
        await parent.Screenshot("crying-events");
        await parent.GetByRole(AriaRole.Button, new() { Name = "That was not a cry" }).First.ClickAsync();
        await Assertions.Expect(parent.GetByText("can be undone in the camera’s settings")).ToBeVisibleAsync();
        await parent.GotoAsync(string.Create(CultureInfo.InvariantCulture, $"/app/cameras/{camera}/settings"));
        await parent.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ScrollIntoViewIfNeededAsync();
        await parent.Screenshot("crying-settings");
        await parent.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await Assertions.Expect(parent.GetByRole(AriaRole.Button, new() { Name = "Undo" })).ToHaveCountAsync(0);

        Directory.Delete(folder, recursive: true);
        home.ShouldHaveBeenWell();
    }

    /// <summary>Ten quiet seconds, fifteen of crying, twenty quiet ones; the browser plays it again and again.</summary>
    private static async Task Nursery(string file)
    {
        var cry = Path.Combine(Repository.Root, "testdata/hearing/cry-1.ogg");
        using var process = Process.Start(new ProcessStartInfo(
            "ffmpeg",
            $"-v error -nostdin -f lavfi -t 10 -i anoisesrc=r=48000:a=0.001 -i {cry} -i {cry} -i {cry} -f lavfi -t 20 -i anoisesrc=r=48000:a=0.001 "
            + $"-filter_complex [0][1][2][3][4]concat=n=5:v=0:a=1 -ac 1 -ar 48000 -c:a pcm_s16le {file}"))!;
        await process.WaitForExitAsync(Cancel);
        process.ExitCode.ShouldBe(0);
    }
}
