using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Accounts;
using Vigil.Server.Devices.Redis;
using Vigil.Server.Devices.Signaling;
using Vigil.Server.Live.Signaling;
using Vigil.Server.Tests.Cameras;
using Vigil.Server.Tests.Devices.Redis;

namespace Vigil.Server.Tests.Live.Signaling;

/// <summary>Two whole servers on one PostgreSQL and one redis-server: devices on one of them, viewers on the other.</summary>
public sealed class NodesTests : IAsyncLifetime
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;
    private RedisProgram redis = null!;
    private TestServer here = null!;
    private TestHousehold home = null!;
    private string token = "";

    public async ValueTask InitializeAsync()
    {
        redis = await RedisProgram.StartAsync();
        here = await StartAsync();
        home = await TestHousehold.CreateAsync(here, "ana", role: ServerRole.Superadmin);
        token = await SignalDesk.TokenAsync(here, "ana");
    }

    public async ValueTask DisposeAsync()
    {
        await here.DisposeAsync();
        await redis.DisposeAsync();
    }

    [Fact]
    public async Task A_device_on_one_server_and_a_viewer_on_another_go_through_a_watch_session()
    {
        await using var there = await StartAsync(here.ConnectionString);
        var paired = await SignalDesk.PairAsync(here, token, "crib");
        await using var device = await SignalPeer.DeviceAsync(there, "crib");
        await SeenAsync(here, paired.Id);
        await using var viewer = await SignalPeer.ViewerAsync(here, token);
        using var asked = await here.Client.GetAsync($"/api/devices/crib/status?token={token}", Cancel);
        (await asked.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("is_online").GetBoolean().ShouldBeTrue();

        var session = await AskAsync(viewer, device, "crib");
        await viewer.SayAsync("signal_offer", new { session_id = session, sdp = new { type = "offer", sdp = "v=0\r\nö" } });
        (await device.PayloadAsync("signal_offer")).GetProperty("sdp").GetProperty("sdp").GetString().ShouldBe("v=0\r\nö");
        await device.SayAsync("signal_answer", new { session_id = session, sdp = "v=0\r\n" });
        (await viewer.PayloadAsync("signal_answer")).GetProperty("sdp").GetString().ShouldBe("v=0\r\n");
        await device.SayAsync("signal_ice", new { session_id = session, candidate = new { sdpMid = "0" } });
        (await viewer.PayloadAsync("signal_ice")).GetProperty("candidate").GetProperty("sdpMid").GetString().ShouldBe("0");
        await viewer.SayAsync("signal_ice", new { session_id = session, candidate = (string?)null });
        (await device.PayloadAsync("signal_ice")).GetProperty("candidate").ValueKind.ShouldBe(JsonValueKind.Null);
        await device.SayAsync("signal_answer", new { session_id = session }, "r7");
        var wrong = await device.NextAsync("error");
        wrong.GetProperty("request_id").GetString().ShouldBe("r7");
        wrong.GetProperty("payload").GetProperty("message").GetString().ShouldBe("Missing sdp");

        foreach (var key in new[] { "devices:online", "device:presence:crib", $"session:{session}" })
        {
            (await LifeAsync(key)).ShouldBeInRange(1, 90_000, key);
        }

        var data = JsonDocument.Parse((await RedisAsync("HGET", $"session:{session}", "data")).Bytes).RootElement;
        data.GetProperty("device_id").GetString().ShouldBe("crib");
        var online = JsonDocument.Parse((await RedisAsync("HGET", "devices:online", "crib")).Bytes).RootElement;
        online.GetProperty("connected_at").GetString().ShouldEndWith("Z");

        await viewer.SayAsync("end_watch", new { session_id = session });
        (await device.PayloadAsync("watch_ended")).GetProperty("reason").GetString().ShouldBe("user_ended");
        (await RedisAsync("EXISTS", $"session:{session}")).Number.ShouldBe(0);
        await device.SayAsync("signal_answer", new { session_id = session, sdp = "late" });
        (await device.ErrorAsync()).ShouldBe("Session not found");

        var second = await AskAsync(viewer, device, "crib");
        await device.CloseAsync();
        var ended = await viewer.PayloadAsync("watch_ended");
        (ended.GetProperty("session_id").GetString(), ended.GetProperty("reason").GetString()).ShouldBe((second, "device_disconnected"));
        await viewer.SayAsync("watch_request", new { device_id = "crib" });
        (await viewer.ErrorAsync()).ShouldBe("Device is offline");
        (await RedisAsync("HEXISTS", "devices:online", "crib")).Number.ShouldBe(0);
    }

    [Fact]
    public async Task Aiortc_on_two_servers_sees_and_hears()
    {
        await using var there = await StartAsync(here.ConnectionString);
        var paired = await SignalDesk.PairAsync(here, token, "crib");
        await using var device = Script.Start("aiortc_signalling.py", "device", there.Address.GetLeftPart(UriPartial.Authority), "crib");
        await device.UntilAsync("ready");
        await SeenAsync(here, paired.Id);
        await using var viewer = Script.Start("aiortc_signalling.py", "viewer", here.Address.GetLeftPart(UriPartial.Authority), "crib", token);

        var seen = JsonDocument.Parse(await viewer.LineAsync()).RootElement;
        (seen.GetProperty("width").GetInt32(), seen.GetProperty("height").GetInt32()).ShouldBe((320, 240));
        seen.GetProperty("loud").GetInt32().ShouldBeGreaterThan(3000);
        await device.UntilAsync("ended user_ended");
    }

    [Fact]
    public async Task A_device_of_the_second_generation_on_another_server_is_asked_through_it()
    {
        await using var there = await StartAsync(here.ConnectionString);
        var paired = await SignalDesk.PairAsync(here, token, "crib");
        await using var device = await SignalPeer.DeviceAsync(there, "crib");
        await device.SayAsync("capabilities", new { device_id = "crib", streams = new { cam = new { } } });
        await device.SayAsync("heartbeat");
        await device.NextAsync("heartbeat_ack");
        await SeenAsync(here, paired.Id);

        var answer = here.Client.GetAsync($"/api/devices/crib/proxy/api/frame.jpeg?src=cam&token={token}", Cancel);
        var asked = await device.PayloadAsync("proxy_http");
        asked.GetProperty("path").GetString().ShouldBe("/api/frame.jpeg?src=cam");
        await device.SayAsync("proxy_http_resp", new
        {
            rid = asked.GetProperty("rid").GetString(),
            status = 200,
            headers = new Dictionary<string, string> { ["Content-Type"] = "image/jpeg", ["Set-Cookie"] = "evil=1" },
            body_b64 = Convert.ToBase64String(new byte[300_000]),
        });
        using (var picture = await answer)
        {
            picture.StatusCode.ShouldBe(HttpStatusCode.OK);
            picture.Content.Headers.ContentType!.MediaType.ShouldBe("image/jpeg");
            picture.Headers.Contains("Set-Cookie").ShouldBeFalse();
            (await picture.Content.ReadAsByteArrayAsync(Cancel)).Length.ShouldBe(300_000);
        }

        await using var viewer = await SignalPeer.ViewerAsync(here, token);
        var session = await AskAsync(viewer, device, "crib");
        await viewer.SayAsync("signal_offer", new { session_id = session, sdp = "v=0" });
        asked = await device.PayloadAsync("proxy_http");
        ProxyOfferTests.OfferIn(asked).ShouldBe("v=0");
        await device.SayAsync("proxy_http_resp", ProxyOfferTests.Answer(asked, 200, "v=0 answer"));
        (await viewer.PayloadAsync("signal_answer")).GetProperty("sdp").GetProperty("sdp").GetString().ShouldBe("v=0 answer");

        await viewer.SayAsync("signal_offer", new { session_id = session, sdp = "again" });
        await device.SayAsync("proxy_http_resp", ProxyOfferTests.Answer(await device.PayloadAsync("proxy_http"), 500, ""));
        var ended = await viewer.PayloadAsync("watch_ended");
        (ended.GetProperty("session_id").GetString(), ended.GetProperty("reason").GetString()).ShouldBe((session, "error"));

        session = await AskAsync(viewer, device, "crib");
        await viewer.SayAsync("signal_offer", new { session_id = session, sdp = "first" });
        asked = await device.PayloadAsync("proxy_http");
        await viewer.SayAsync("signal_offer", new { session_id = session, sdp = "second" });
        (await viewer.ErrorAsync()).ShouldBe("Device busy");
        await device.SayAsync("proxy_http_resp", ProxyOfferTests.Answer(asked, 200, "v=0 first"));
        (await viewer.PayloadAsync("signal_answer")).GetProperty("sdp").GetProperty("sdp").GetString().ShouldBe("v=0 first");

        await here.GrantAsync(home, paired.CameraId!.Value, await home.AddAsync("gus", Place.Guest));
        await using var guest = await SignalPeer.ViewerAsync(here, await SignalDesk.TokenAsync(here, "gus"));
        await guest.SayAsync("watch_request", new { device_id = "crib" });
        var told = new Dictionary<string, JsonElement>(); // The other server's refusal may overtake the promise.
        while (told.Count < 3)
        {
            var said = (await guest.NextAsync())!.Value;
            told.Add(said.GetProperty("type").GetString()!, said.GetProperty("payload"));
        }

        told["error"].GetProperty("message").GetString().ShouldBe("Unauthorized");
        told["watch_ended"].GetProperty("reason").GetString().ShouldBe("error");
        told["watch_ended"].GetProperty("session_id").GetString().ShouldBe(told["watch_ready"].GetProperty("session_id").GetString());

        answer = here.Client.GetAsync($"/api/devices/crib/proxy/api/frame.jpeg?src=cam&token={token}", Cancel);
        await device.NextAsync("proxy_http");
        await device.CloseAsync();
        using var offline = await answer;
        offline.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await offline.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("detail").GetString().ShouldBe("Device offline");
    }

    [Fact]
    public async Task When_a_server_is_killed_its_device_moves_here_and_the_viewer_is_told_and_what_it_wrote_vanishes()
    {
        await using var there = await ServerProgram.StartAsync(here.ConnectionString, redis.Url);
        var moves = await SignalDesk.PairAsync(here, token, "crib");
        var stays = await SignalDesk.PairAsync(here, token, "cot");
        await using var viewer = await SignalPeer.ViewerAsync(here, token);
        await using var device = await SignalPeer.DeviceAsync(there.Address, "crib");
        await using var other = await SignalPeer.DeviceAsync(there.Address, "cot");
        await SeenAsync(here, moves.Id);
        await SeenAsync(here, stays.Id);
        var first = await AskAsync(viewer, device, "crib");
        var second = await AskAsync(viewer, other, "cot");

        var node = JsonDocument.Parse((await RedisAsync("HGET", "devices:online", "cot")).Bytes).RootElement.GetProperty("node").GetString()!;
        await there.KillAsync();
        (await LifeAsync($"vigil:node:{node}")).ShouldBeInRange(1, 30_000);
        foreach (var key in new[] { "devices:online", "device:presence:crib", "device:presence:cot", $"session:{first}" })
        {
            (await LifeAsync(key)).ShouldBeInRange(1, 90_000, key);
        }

        await using var again = await SignalPeer.DeviceAsync(here, "crib"); // As its agent does.
        var told = await viewer.PayloadAsync("watch_ended");
        (told.GetProperty("session_id").GetString(), told.GetProperty("reason").GetString()).ShouldBe((first, "device_disconnected"));
        await AskAsync(viewer, again, "crib");

        await RedisAsync("DEL", $"vigil:node:{node}"); // Its thirty seconds are over.
        told = await viewer.PayloadAsync("watch_ended");
        (told.GetProperty("session_id").GetString(), told.GetProperty("reason").GetString()).ShouldBe((second, "device_disconnected"));
        (await RedisAsync("HEXISTS", "devices:online", "cot")).Number.ShouldBe(0);
        (await RedisAsync("HEXISTS", "devices:online", "crib")).Number.ShouldBe(1);
        (await RedisAsync("EXISTS", "device:presence:cot")).Number.ShouldBe(0);
    }

    [Fact]
    public async Task A_viewers_server_that_is_killed_frees_the_device()
    {
        await using var there = await ServerProgram.StartAsync(here.ConnectionString, redis.Url);
        var paired = await SignalDesk.PairAsync(here, token, "crib");
        await using var device = await SignalPeer.DeviceAsync(here, "crib");
        await using var viewer = await SignalPeer.ConnectAsync(there.Address, "/ws/viewer");
        await viewer.SayAsync("hello", new { token = await TokenAsync(there.Address) });
        await viewer.NextAsync("hello_ack");
        var session = await AskAsync(viewer, device, "crib", untilOnline: true);
        var node = JsonDocument.Parse((await RedisAsync("HGET", $"session:{session}", "data")).Bytes).RootElement.GetProperty("node").GetString()!;

        await there.KillAsync();
        (await LifeAsync($"session:{session}")).ShouldBeInRange(1, 90_000);
        await RedisAsync("DEL", $"vigil:node:{node}");
        var ended = await device.PayloadAsync("watch_ended");
        (ended.GetProperty("session_id").GetString(), ended.GetProperty("reason").GetString()).ShouldBe((session, "viewer_disconnected"));
        paired.CameraId.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_device_that_comes_to_another_server_while_the_first_still_thinks_it_has_it_is_replaced_there()
    {
        await using var there = await StartAsync(here.ConnectionString);
        var paired = await SignalDesk.PairAsync(here, token, "crib");
        await using var viewer = await SignalPeer.ViewerAsync(here, token);
        await using var older = await SignalPeer.DeviceAsync(there, "crib");
        await SeenAsync(here, paired.Id);
        await AskAsync(viewer, older, "crib");

        await using var newer = await SignalPeer.DeviceAsync(here, "crib");
        (await older.UntilClosedAsync()).ShouldBe("replaced");
        older.CloseStatus.ShouldBe(SignalSocket.Replaced);
        (await viewer.PayloadAsync("watch_ended")).GetProperty("reason").GetString().ShouldBe("device_disconnected");
        await AskAsync(viewer, newer, "crib");
        var me = here.Services.GetRequiredService<SignalNodes>().Me;
        JsonDocument.Parse((await RedisAsync("HGET", "devices:online", "crib")).Bytes).RootElement.GetProperty("node").GetString().ShouldBe(me);
    }

    [Fact]
    public async Task Nobody_speaks_through_Redis_in_a_session_that_is_not_theirs()
    {
        var paired = await SignalDesk.PairAsync(here, token, "crib");
        await using var device = await SignalPeer.DeviceAsync(here, "crib");
        await using var viewer = await SignalPeer.ViewerAsync(here, token);
        var session = Guid.Parse(await AskAsync(viewer, device, "crib"));
        await viewer.SayAsync("signal_offer", new { session_id = session, sdp = "x" });
        await device.NextAsync("signal_offer");

        var me = here.Services.GetRequiredService<SignalNodes>().Me;
        foreach (var kind in new[] { NodeMessageKind.Say, NodeMessageKind.End, NodeMessageKind.Heard, NodeMessageKind.Gone, NodeMessageKind.Left })
        {
            var text = SignalText.Signal("signal_answer", TimeProvider.System.GetUtcNow(), session, "sdp", "\"forged\""u8);
            await RedisAsync("PUBLISH", $"vigil:node:{me}", new NodeMessage { Kind = kind, From = "f00d", Device = paired.Id, Session = session, Text = text }.ToBytes());
        }

        await RedisAsync("PUBLISH", $"vigil:node:{me}", "not a message");
        var last = new NodeMessage { Kind = NodeMessageKind.Came, From = "f00d", Device = 77, Name = "last" };
        await RedisAsync("PUBLISH", "vigil:devices", last.ToBytes());
        await SeenAsync(here, 77);
        await device.SayAsync("signal_answer", new { session_id = session, sdp = "true" });
        (await viewer.PayloadAsync("signal_answer")).GetProperty("sdp").GetString().ShouldBe("true");
    }

    [Fact]
    public async Task Without_Redis_each_server_goes_on_alone_and_it_heals_when_it_comes_back()
    {
        await using var there = await StartAsync(here.ConnectionString);
        var far = await SignalDesk.PairAsync(here, token, "crib");
        var by = await SignalDesk.PairAsync(here, token, "cot");
        await using var device = await SignalPeer.DeviceAsync(there, "crib");
        await using var near = await SignalPeer.DeviceAsync(here, "cot");
        await SeenAsync(here, far.Id);
        await using var viewer = await SignalPeer.ViewerAsync(here, token);
        var open = await AskAsync(viewer, device, "crib");
        await viewer.SayAsync("signal_offer", new { session_id = open, sdp = "x" });
        await device.NextAsync("signal_offer");
        (await ServersAsync()).GetProperty("isConnected").GetBoolean().ShouldBeTrue();

        await redis.KillAsync();
        await SeenAsync(here, far.Id, online: false);
        var state = await ServersAsync();
        (state.GetProperty("isShared").GetBoolean(), state.GetProperty("isConnected").GetBoolean()).ShouldBe((true, false));
        state.GetProperty("trouble").GetString().ShouldNotBeNullOrEmpty();
        await viewer.SayAsync("watch_request", new { device_id = "crib" });
        (await viewer.ErrorAsync()).ShouldBe("Device is offline");
        await AskAsync(viewer, near, "cot");

        await redis.StartAgainAsync();
        await SeenAsync(here, far.Id);
        await SeenAsync(there, by.Id); // So it is back as well.
        await device.SayAsync("signal_answer", new { session_id = open, sdp = "after" }); // The old session has not ended meanwhile.
        (await viewer.PayloadAsync("signal_answer")).GetProperty("sdp").GetString().ShouldBe("after");
        await AskAsync(viewer, device, "crib");
        (await ServersAsync()).GetProperty("trouble").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task A_server_that_stops_takes_its_entries_with_it()
    {
        var there = await StartAsync(here.ConnectionString);
        var paired = await SignalDesk.PairAsync(here, token, "crib");
        var node = there.Services.GetRequiredService<SignalNodes>().Me;
        await using var device = await SignalPeer.DeviceAsync(there, "crib");
        await SeenAsync(here, paired.Id);
        var stopping = there.DisposeAsync();
        (await device.UntilClosedAsync()).ShouldBe("Server stopping");
        await device.CloseAsync();
        await stopping;
        (await RedisAsync("EXISTS", $"vigil:node:{node}")).Number.ShouldBe(0);
        (await RedisAsync("EXISTS", "devices:online")).Number.ShouldBe(0);
        await SeenAsync(here, paired.Id, online: false);
    }

    private Task<TestServer> StartAsync(string? database = null) =>
        TestServer.StartAsync(settings: new Dictionary<string, string> { ["REDIS_URL"] = redis.Url }, database: database);

    /// <summary>Completes when the server knows the device to be online, or not to be.</summary>
    private static async Task SeenAsync(TestServer server, long device, bool online = true)
    {
        var presence = server.Services.GetRequiredService<SignalPresence>();
        using var changes = presence.Changed.Listen(100);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60)); // Only so that a failure ends.
        while (presence.IsOnline(device) != online)
        {
            await changes.Items.ReadAsync(patience.Token);
        }
    }

    private static async Task<string> AskAsync(SignalPeer viewer, SignalPeer device, string id, bool untilOnline = false)
    {
        JsonElement said;
        do
        {
            await viewer.SayAsync("watch_request", new { device_id = id });
            said = (await viewer.NextAsync())!.Value;
        }
        while (untilOnline && said.GetProperty("type").GetString() == "error");

        said.GetProperty("type").GetString().ShouldBe("watch_ready", said.GetRawText());
        var session = (await device.PayloadAsync("watch_request")).GetProperty("session_id").GetString()!;
        said.GetProperty("payload").GetProperty("session_id").GetString().ShouldBe(session);
        return session;
    }

    private async Task<JsonElement> ServersAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/admin/servers");
        request.Headers.Authorization = new("Bearer", token);
        using var answer = await here.Client.SendAsync(request, Cancel);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    private static async Task<string> TokenAsync(Uri server)
    {
        using var client = new HttpClient { BaseAddress = server };
        using var answer = await client.PostAsJsonAsync("/api/auth/login", new { username = "ana", password = TestMember.Password }, Cancel);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("access_token").GetString()!;
    }

    private async Task<long> LifeAsync(string key) => (await RedisAsync("PTTL", key)).Number;

    private Task<RespValue> RedisAsync(params RespWord[] words) => here.Services.GetRequiredService<RedisClient>().AskAsync(words, Cancel);
}
