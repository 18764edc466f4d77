using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Accounts;
using Vigil.Server.Live.Signaling;
using Vigil.Server.Tests.Cameras;

namespace Vigil.Server.Tests.Live.Signaling;

/// <summary>Watch sessions from the first message to the last, and whose they are.</summary>
public sealed class WatchTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    private TestServer Server => shared.Server;

    [Fact]
    public async Task A_watch_session_goes_as_documented_and_stands_in_the_table()
    {
        var house = await PairedAsync("ana", "crib");
        await using var device = await SignalPeer.DeviceAsync(Server, "crib");
        await using var viewer = await SignalPeer.ViewerAsync(Server, house.Token);

        await viewer.SayAsync("watch_request", new { device_id = "crib" }, "r1");
        var asked = await device.PayloadAsync("watch_request");
        var ready = await viewer.NextAsync("watch_ready");
        ready.GetProperty("request_id").GetString().ShouldBe("r1");
        var session = ready.GetProperty("payload").GetProperty("session_id").GetString()!;
        asked.GetProperty("session_id").GetString().ShouldBe(session);
        asked.GetProperty("user_id").GetString().ShouldBe(house.Home.Owner.Account.Id.ToString());
        asked.GetProperty("ice_servers").GetArrayLength().ShouldBe(0);

        await viewer.SayAsync("signal_offer", new { session_id = session, sdp = new { type = "offer", sdp = "v=0\r\n" } });
        (await device.PayloadAsync("signal_offer")).GetProperty("sdp").GetRawText().ShouldBe("""{"type":"offer","sdp":"v=0\r\n"}""");
        await device.SayAsync("signal_answer", new { session_id = session, sdp = "v=0\r\n" });
        (await viewer.PayloadAsync("signal_answer")).GetProperty("sdp").GetString().ShouldBe("v=0\r\n");
        await device.SayAsync("signal_ice", new { session_id = session, candidate = new { candidate = "a", sdpMid = "0", sdpMLineIndex = 0 } });
        (await viewer.PayloadAsync("signal_ice")).GetProperty("candidate").GetProperty("sdpMid").GetString().ShouldBe("0");
        await viewer.SayAsync("signal_ice", new { session_id = session, candidate = (string?)null });
        (await device.PayloadAsync("signal_ice")).GetProperty("candidate").ValueKind.ShouldBe(JsonValueKind.Null);

        await viewer.SayAsync("end_watch", new { session_id = session });
        (await device.PayloadAsync("watch_ended")).GetProperty("reason").GetString().ShouldBe("user_ended");
        (await RowAsync(session)).ShouldBe(("ended", "user_ended"));
        await device.SayAsync("signal_answer", new { session_id = session, sdp = "late" }, "r9");
        (await device.ErrorAsync()).ShouldBe("Session not found");
    }

    [Fact]
    public async Task When_the_device_goes_the_viewer_is_told_and_the_other_way_round()
    {
        var house = await PairedAsync("bea", "cot");
        await using var viewer = await SignalPeer.ViewerAsync(Server, house.Token);
        var (device, session) = await WatchAsync(viewer, "cot");
        await device.CloseAsync();
        (await viewer.PayloadAsync("watch_ended")).GetProperty("reason").GetString().ShouldBe("device_disconnected");
        (await RowAsync(session)).ShouldBe(("ended", "device_disconnected"));

        var (again, second) = await WatchAsync(viewer, "cot");
        await viewer.CloseAsync();
        (await again.PayloadAsync("watch_ended")).GetProperty("reason").GetString().ShouldBe("viewer_disconnected");
        (await RowAsync(second)).ShouldBe(("ended", "viewer_disconnected"));
        await again.DisposeAsync();
    }

    /// <summary>Each is written alone when the machine has time, and together when it has not: then the pending one came first, and the server stopped.</summary>
    [Fact]
    public async Task Sessions_that_wait_and_sessions_that_run_are_written_down_together()
    {
        var house = await PairedAsync("mila", "hammock");
        var log = Server.Services.GetRequiredService<WatchLog>();
        var (at, sessions) = (TimeProvider.System.GetUtcNow().ToOffset(TimeSpan.FromHours(1)), Enumerable.Range(0, 40).Select(_ => Guid.NewGuid()).ToArray());
        foreach (var (id, number) in sessions.Select((id, number) => (id, number)))
        {
            var state = (WatchState)(number % 3);
            log.Write(new WatchRow
            {
                Id = id,
                HouseholdId = house.Home.Id,
                DeviceId = house.Device,
                AccountId = house.Home.Owner.Account.Id,
                State = state,
                Reason = state == WatchState.Ended ? WatchEnd.UserEnded : null,
                StartedAt = at,
                ActiveAt = state == WatchState.Pending ? null : at,
                EndedAt = state == WatchState.Ended ? at : null,
            });
        }

        foreach (var (id, number) in sessions.Select((id, number) => (id, number)))
        {
            (await RowAsync(id.ToString())).Status.ShouldBe(WatchWords.Of((WatchState)(number % 3)));
        }
    }

    [Fact]
    public async Task Sessions_that_are_old_or_too_many_are_forgotten_once_they_are_over()
    {
        var house = await PairedAsync("nina", "hutch");
        var log = Server.Services.GetRequiredService<WatchLog>();
        var now = TimeProvider.System.GetUtcNow();
        var running = Write(TimeSpan.FromDays(100), WatchState.Active);
        Write(TimeSpan.FromDays(91), WatchState.Ended);
        Write(TimeSpan.FromMinutes(3), WatchState.Ended);
        var kept = new[] { Write(TimeSpan.FromMinutes(2), WatchState.Ended), Write(TimeSpan.FromMinutes(1), WatchState.Ended), running };
        await log.WrittenAsync(Cancel);

        await log.TidyAsync(now - TimeSpan.FromDays(90), mostPerDevice: 2, Cancel);
        await using var connection = await Server.Database.OpenConnectionAsync(Cancel);
        (await connection.QueryAsync<Guid>("select id from watch_sessions where signal_device_id = @Device", new { house.Device })).ShouldBe(kept, ignoreOrder: true);

        Guid Write(TimeSpan ago, WatchState state)
        {
            var at = now - ago;
            var row = new WatchRow
            {
                Id = Guid.NewGuid(),
                HouseholdId = house.Home.Id,
                DeviceId = house.Device,
                AccountId = house.Home.Owner.Account.Id,
                State = state,
                Reason = state == WatchState.Ended ? WatchEnd.UserEnded : null,
                StartedAt = at,
                ActiveAt = at,
                EndedAt = state == WatchState.Ended ? at : null,
            };
            log.Write(row);
            return row.Id;
        }
    }

    /// <summary>More than the database has connections for.</summary>
    [Fact]
    public async Task A_hundred_and_fifty_devices_that_come_at_once_are_all_welcome()
    {
        await using (var connection = await Server.Database.OpenConnectionAsync(Cancel))
        {
            await connection.ExecuteAsync(
                "insert into signal_device (device_id, registered_at) select 'crowd-' || n, now() from generate_series(1, 150) n");
        }

        var all = await Task.WhenAll(Enumerable.Range(1, 150).Select(number => SignalPeer.DeviceAsync(Server, $"crowd-{number}")));
        foreach (var peer in all)
        {
            await peer.DisposeAsync();
        }
    }

    [Fact]
    public async Task Two_tabs_watch_side_by_side_and_each_gets_its_own_answer()
    {
        var house = await PairedAsync("cora", "nook");
        await using var device = await SignalPeer.DeviceAsync(Server, "nook");
        await using var one = await SignalPeer.ViewerAsync(Server, house.Token);
        await using var two = await SignalPeer.ViewerAsync(Server, house.Token);
        var first = await AskAsync(one, device, "nook");
        var second = await AskAsync(two, device, "nook");
        foreach (var (tab, session) in new[] { (one, first), (two, second) })
        {
            await tab.SayAsync("signal_offer", new { session_id = session, sdp = session });
            await device.PayloadAsync("signal_offer");
        }

        await device.SayAsync("signal_answer", new { session_id = second, sdp = "two" });
        (await two.PayloadAsync("signal_answer")).GetProperty("sdp").GetString().ShouldBe("two");
        await device.SayAsync("signal_answer", new { session_id = first, sdp = "one" });
        (await one.PayloadAsync("signal_answer")).GetProperty("sdp").GetString().ShouldBe("one");

        await one.CloseAsync();
        (await device.PayloadAsync("watch_ended")).GetProperty("session_id").GetString().ShouldBe(first);
        await two.SayAsync("signal_ice", new { session_id = second, candidate = "still here" });
        (await device.PayloadAsync("signal_ice")).GetProperty("session_id").GetString().ShouldBe(second);
    }

    [Fact]
    public async Task Nobody_speaks_in_a_session_that_is_not_theirs()
    {
        var house = await PairedAsync("dora", "swing");
        await PairAnotherAsync(house, "slide");
        await using var device = await SignalPeer.DeviceAsync(Server, "swing");
        await using var other = await SignalPeer.DeviceAsync(Server, "slide");
        await using var viewer = await SignalPeer.ViewerAsync(Server, house.Token);
        await using var tab = await SignalPeer.ViewerAsync(Server, house.Token);
        var session = await AskAsync(viewer, device, "swing");

        foreach (var type in new[] { "signal_offer", "signal_ice", "end_watch" })
        {
            await tab.SayAsync(type, new { session_id = session, sdp = "x", candidate = "x" }, type);
            (await tab.ErrorAsync()).ShouldBe("Unauthorized");
            await viewer.SayAsync(type, new { session_id = Guid.NewGuid(), sdp = "x", candidate = "x" });
            (await viewer.ErrorAsync()).ShouldBe("Session not found");
        }

        foreach (var type in new[] { "signal_answer", "signal_ice" })
        {
            await other.SayAsync(type, new { session_id = session, sdp = "x", candidate = "x" });
            (await other.ErrorAsync()).ShouldBe("Unauthorized");
            await device.SayAsync(type, new { session_id = Guid.NewGuid(), sdp = "x", candidate = "x" });
            (await device.ErrorAsync()).ShouldBe("Session not found");
            await device.SayAsync(type, new { sdp = "x", candidate = "x" });
            (await device.ErrorAsync()).ShouldBe("Missing session_id");
        }

        await device.SayAsync("signal_answer", new { session_id = session, sdp = "early" });
        (await device.ErrorAsync()).ShouldBe("There is no offer to answer");
        await viewer.SayAsync("signal_offer", new { session_id = session });
        (await viewer.ErrorAsync()).ShouldBe("Missing sdp");
    }

    [Fact]
    public async Task A_device_is_watched_only_by_its_household()
    {
        var house = await PairedAsync("elsa", "bunk");
        await TestHousehold.CreateAsync(Server, "eve");
        await SignalDesk.RegisterAsync(Server, "nobodys");
        await using var device = await SignalPeer.DeviceAsync(Server, "bunk");
        await using var stray = await SignalPeer.DeviceAsync(Server, "nobodys");
        await using var eve = await SignalPeer.ViewerAsync(Server, await SignalDesk.TokenAsync(Server, "eve"));
        foreach (var (id, why) in new[] { ("bunk", "Unauthorized"), ("nobodys", "Unauthorized"), ("never", "Device not found") })
        {
            await eve.SayAsync("watch_request", new { device_id = id }, "r");
            var error = await eve.NextAsync("error");
            error.GetProperty("request_id").GetString().ShouldBe("r");
            error.GetProperty("payload").GetProperty("message").GetString().ShouldBe(why);
        }

        var guest = await house.Home.AddAsync("gus", Place.Guest);
        await using var looker = await SignalPeer.ViewerAsync(Server, await SignalDesk.TokenAsync(Server, "gus"));
        await looker.SayAsync("watch_request", new { device_id = "bunk" });
        (await looker.ErrorAsync()).ShouldBe("Unauthorized");
        guest.Client.Dispose();
    }

    [Fact]
    public async Task A_camera_of_others_is_to_a_viewer_as_one_that_does_not_exist()
    {
        var house = await PairedAsync("hope", "loft");
        await TestHousehold.CreateAsync(Server, "mallory");
        await using var mal = await SignalPeer.ViewerAsync(Server, await SignalDesk.TokenAsync(Server, "mallory"));
        foreach (var camera in new[] { house.Camera, 2_000_000 })
        {
            await mal.SayAsync("watch_request", new { camera_id = camera });
            (await mal.ErrorAsync()).ShouldBe("Device not found");
        }
    }

    [Fact]
    public async Task Guests_with_many_pages_leave_room_for_parents()
    {
        var house = await PairedAsync("ivana", "den");
        foreach (var name in new[] { "jo", "kit" })
        {
            await Server.GrantAsync(house.Home, house.Camera, await house.Home.AddAsync(name, Place.Guest));
        }

        await using var device = await SignalPeer.DeviceAsync(Server, "den");
        await using var one = await GuestAsync("jo");
        await using var two = await GuestAsync("jo");
        for (var pages = 0; pages < 16; pages++)
        {
            await AskAsync(pages % 2 == 0 ? one : two, device, "den");
        }

        await using var other = await GuestAsync("kit");
        foreach (var guest in new[] { one, two, other })
        {
            await guest.SayAsync("watch_request", new { device_id = "den" });
            (await guest.ErrorAsync()).ShouldBe("Too many sessions");
        }

        await using var parent = await SignalPeer.ViewerAsync(Server, house.Token);
        await AskAsync(parent, device, "den");

        async Task<SignalPeer> GuestAsync(string name) => await SignalPeer.ViewerAsync(Server, await SignalDesk.TokenAsync(Server, name));
    }

    [Fact]
    public async Task A_device_that_is_not_here_is_offline_and_one_that_is_paused_is_left_alone()
    {
        var house = await PairedAsync("fay", "mat");
        await using var viewer = await SignalPeer.ViewerAsync(Server, house.Token);
        await viewer.SayAsync("watch_request", new { device_id = "mat" });
        (await viewer.ErrorAsync()).ShouldBe("Device is offline");

        await using var device = await SignalPeer.DeviceAsync(Server, "mat");
        var session = await AskAsync(viewer, device, "mat");
        using var paused = await house.Home.Client.PostAsJsonAsync($"/api/v1/cameras/{house.Camera}/pause", new { paused = true }, Cancel);
        paused.StatusCode.ShouldBe(HttpStatusCode.OK);
        Server.Services.GetRequiredService<WatchSessions>().EndOverdue();
        (await viewer.PayloadAsync("watch_ended")).GetProperty("reason").GetString().ShouldBe("error");
        (await device.PayloadAsync("watch_ended")).GetProperty("session_id").GetString().ShouldBe(session);
        await viewer.SayAsync("watch_request", new { device_id = "mat" });
        (await viewer.ErrorAsync()).ShouldBe("Device is paused");
    }

    [Fact]
    public async Task Signing_out_ends_the_viewers_socket_and_what_it_watched()
    {
        var house = await PairedAsync("gil", "rug");
        await using var device = await SignalPeer.DeviceAsync(Server, "rug");
        await using var viewer = await SignalPeer.ConnectAsync(Server, "/ws/viewer", house.Home.Owner.CookieHeader, Server.Address.GetLeftPart(UriPartial.Authority));
        await viewer.SayAsync("hello");
        await viewer.NextAsync("hello_ack");
        await AskAsync(viewer, device, "rug");

        using var gone = await house.Home.Client.PostAsync("/api/auth/logout", null, Cancel);
        gone.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await viewer.UntilClosedAsync()).ShouldBe("Session ended");
        (await device.PayloadAsync("watch_ended")).GetProperty("reason").GetString().ShouldBe("viewer_disconnected");
    }

    [Fact]
    public async Task A_device_that_is_unpaired_is_seen_by_nobody_from_then_on()
    {
        var house = await PairedAsync("hal", "bed");
        await using var device = await SignalPeer.DeviceAsync(Server, "bed");
        await using var viewer = await SignalPeer.ViewerAsync(Server, house.Token);
        await AskAsync(viewer, device, "bed");

        using var unpaired = await house.Home.Client.DeleteAsync($"/api/v1/signal-devices/{house.Device}", Cancel);
        unpaired.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await viewer.PayloadAsync("watch_ended")).GetProperty("reason").GetString().ShouldBe("error");
        await viewer.SayAsync("watch_request", new { device_id = "bed" });
        (await viewer.ErrorAsync()).ShouldBe("Unauthorized");
    }

    private async Task<House> PairedAsync(string owner, string device)
    {
        var home = await TestHousehold.CreateAsync(Server, owner);
        var token = await SignalDesk.TokenAsync(Server, owner);
        var paired = await SignalDesk.PairAsync(Server, token, device);
        return new House(home, token, paired.CameraId!.Value, paired.Id);
    }

    private Task PairAnotherAsync(House house, string device) => SignalDesk.PairAsync(Server, house.Token, device);

    private async Task<(SignalPeer Device, string Session)> WatchAsync(SignalPeer viewer, string id)
    {
        var device = await SignalPeer.DeviceAsync(Server, id);
        return (device, await AskAsync(viewer, device, id));
    }

    private static async Task<string> AskAsync(SignalPeer viewer, SignalPeer device, string id)
    {
        await viewer.SayAsync("watch_request", new { device_id = id });
        var session = (await device.PayloadAsync("watch_request")).GetProperty("session_id").GetString()!;
        (await viewer.PayloadAsync("watch_ready")).GetProperty("session_id").GetString().ShouldBe(session);
        return session;
    }

    private async Task<(string Status, string? Reason)> RowAsync(string session)
    {
        await Server.Services.GetRequiredService<WatchLog>().WrittenAsync(Cancel);
        await using var connection = await Server.Database.OpenConnectionAsync(Cancel);
        var row = await connection.QuerySingleAsync("select status, reason from watch_sessions where id = @id", new { id = Guid.Parse(session) });
        return ((string)row.status, (string?)row.reason);
    }

    private sealed record House(TestHousehold Home, string Token, int Camera, long Device);
}
