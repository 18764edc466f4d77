using System.Diagnostics;
using Microsoft.Playwright;
using Vigil.EndToEnd.Tests.Machine;

namespace Vigil.EndToEnd.Tests;

public sealed class SurvivalTests
{
    [Fact]
    public async Task While_the_database_is_away_pictures_and_alarms_go_on_and_what_happened_is_filed_afterwards()
    {
        await using var home = await Home.WithCamera();
        var page = await home.OpenWall();
        await page.LivePicture(Home.Room).ShouldMove();
        await using var live = await home.Owner.OpenLiveSocket();

        var postmaster = home.Server.Postmaster();
        Signals.Send(postmaster, Signals.Stop);
        try
        {
            await home.Camera.Loud();
            await live.Next(m => Home.IsEvent(m, "sound"), TimeSpan.FromSeconds(15));
            await Assertions.Expect(page.Alarms()).ToBeVisibleAsync();
            await page.LivePicture(Home.Room).ShouldMove();
            await home.Camera.Quiet();
        }
        finally
        {
            Signals.Send(postmaster, Signals.Continue);
        }

        await home.ShouldFile("sound", TimeSpan.FromSeconds(60));
        home.ShouldHaveBeenWell();
    }

    [Fact]
    public async Task A_killed_database_is_started_again_and_what_happened_meanwhile_is_filed()
    {
        await using var home = await Home.WithCamera();
        var page = await home.OpenWall();
        await page.LivePicture(Home.Room).ShouldMove();
        await using var live = await home.Owner.OpenLiveSocket();

        Signals.Send(home.Server.Postmaster(), Signals.Kill);
        await home.Camera.Loud();
        await live.Next(m => Home.IsEvent(m, "sound"), TimeSpan.FromSeconds(15));
        await page.LivePicture(Home.Room).ShouldMove();
        await home.Camera.Quiet();

        await home.ShouldFile("sound", TimeSpan.FromSeconds(60));
        home.Expect("503", "500");
        home.ShouldHaveBeenWell();
    }

    [Fact]
    public async Task A_killed_server_is_started_again_and_open_pages_find_back()
    {
        await using var home = await Home.WithCamera();
        var page = await home.OpenWall();
        await page.LivePicture(Home.Room).ShouldMove();

        var before = home.Server.ServerProcess();
        var since = Stopwatch.StartNew();
        home.Server.KillServerProcess();
        await Assertions.Expect(page.LivePicture(Home.Room)).ToHaveCountAsync(0, new() { Timeout = 5_000 });
        await page.Screenshot("server-gone");
        await home.Server.WaitUntilItAnswers(TimeSpan.FromSeconds(60));
        var answered = since.Elapsed;
        await page.LivePicture(Home.Room).ShouldMove(60_000);
        TestContext.Current.TestOutputHelper?.WriteLine($"answers after {Home.Seconds(answered)}, picture after {Home.Seconds(since.Elapsed)}");
        home.Server.ServerProcess().ShouldNotBe(before);

        // A page that lost its server may say so; it may not have been broken by it.
        home.Expect("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "WebSocket", "503", "502");
        home.ShouldHaveBeenWell();
    }

    [Fact]
    public async Task Ctrl_c_stops_everything_that_was_started()
    {
        await using var home = await Home.WithCamera();
        var postmaster = home.Server.Postmaster();

        await home.Server.Stop(TimeSpan.FromSeconds(30));

        ProcessTree.IsRunning(postmaster).ShouldBeFalse($"PostgreSQL must have been stopped as well.\n{home.Server.Log}");
    }
}
