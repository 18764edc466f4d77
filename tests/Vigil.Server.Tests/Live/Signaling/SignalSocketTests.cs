using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Live.Signaling;
using Vigil.Testing;

namespace Vigil.Server.Tests.Live.Signaling;

/// <summary>Who gets in at the two sockets, how they stay, and what ends them.</summary>
public sealed class SignalSocketTests : IAsyncLifetime
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    /// <summary>A socket that is closing waits a second of the clock for the far side: a tick less than that never cuts the goodbye off.</summary>
    private static readonly TimeSpan HalfGoodbye = TimeSpan.FromMilliseconds(500);

    private readonly ManualTime time = new();
    private TestServer server = null!;

    private SignalHub Hub => server.Services.GetRequiredService<SignalHub>();

    public async ValueTask InitializeAsync() => server = await TestServer.StartAsync(time);

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Theory]
    [InlineData("/ws/device", """{"type":"heartbeat","payload":{}}""", "Expected hello message")]
    [InlineData("/ws/device", "nonsense", "Expected hello message")]
    [InlineData("/ws/device", """{"type":"hello","payload":{}}""", "Missing device_id")]
    [InlineData("/ws/device", """{"type":"hello","payload":{"device_id":"never"}}""", "Device not found")]
    [InlineData("/ws/viewer", """{"type":"watch_request","payload":{"device_id":"crib"}}""", "Expected hello message")]
    [InlineData("/ws/viewer", """{"type":"hello","payload":{}}""", "Missing token")]
    [InlineData("/ws/viewer", """{"type":"hello","payload":{"token":"a.b.c"}}""", "Invalid token")]
    public async Task Whoever_does_not_say_hello_is_told_why_not(string path, string first, string reason)
    {
        await using var peer = await SignalPeer.ConnectAsync(server, path);
        await peer.SayTextAsync(first);

        (await peer.UntilClosedAsync()).ShouldBe(reason);
        peer.CloseStatus.ShouldBe(WebSocketCloseStatus.PolicyViolation);
    }

    [Theory]
    [InlineData("/ws/device")]
    [InlineData("/ws/viewer")]
    public async Task Whoever_says_nothing_at_all_is_not_waited_for(string path)
    {
        await using var peer = await SignalPeer.ConnectAsync(server, path);
        await Tick.UntilAsync(time, HalfGoodbye, () => Hub.Sockets.Any(socket => socket.IsClosing));
        (await peer.UntilClosedAsync()).ShouldBe("Expected hello message");
    }

    [Fact]
    public async Task A_cookie_without_the_pages_address_is_no_sign_in()
    {
        var home = await TestHousehold.CreateAsync(server, "ana");
        await using var viewer = await SignalPeer.ConnectAsync(server, "/ws/viewer", home.Owner.CookieHeader);
        await viewer.SayAsync("hello");
        (await viewer.UntilClosedAsync()).ShouldBe("Missing token");
    }

    [Fact]
    public async Task Heartbeats_are_answered_also_before_the_acknowledgement_is_read()
    {
        await SignalDesk.RegisterAsync(server, "crib");
        await using var device = await SignalPeer.ConnectAsync(server, "/ws/device");
        await device.SayAsync("hello", new { device_id = "crib", agent_version = "2.1" }, "h1");
        await device.SayAsync("heartbeat", requestId: "b1");

        var hello = await device.NextAsync("hello_ack");
        hello.GetProperty("request_id").GetString().ShouldBe("h1");
        hello.GetProperty("payload").GetProperty("server_time").GetString().ShouldEndWith("Z");
        (await device.NextAsync("heartbeat_ack")).GetProperty("request_id").GetString().ShouldBe("b1");
        await device.SayAsync("hello", new { device_id = "crib", agent_version = "2.1" });
        (await device.PayloadAsync("hello_ack")).GetProperty("agent_version").GetString().ShouldBe("2.1");
        await device.SayAsync("device_presence", new { battery = 80, temperature = 21.5, recording = false });
        await device.SayAsync("capabilities", new { device_id = "crib", streams = new { cam = new { } } });
        await device.SayAsync("heartbeat");
        await device.NextAsync("heartbeat_ack");
    }

    [Fact]
    public async Task What_is_no_message_is_answered_and_the_socket_goes_on()
    {
        await SignalDesk.RegisterAsync(server, "crib");
        await using var device = await SignalPeer.DeviceAsync(server, "crib");
        foreach (var text in new[] { "", "{", "[]", "null", """{"type":3}""", """{"type":"a","payload":3}""" })
        {
            await device.SayTextAsync(text);
            (await device.ErrorAsync()).ShouldBe("Malformed message", text);
        }

        await device.SayAsync("dance", requestId: "d");
        (await device.NextAsync("error")).GetProperty("request_id").GetString().ShouldBe("d");
        await device.SayTextAsync("""{"type":"heart""", end: false);
        await device.SayTextAsync("beat\"}");
        await device.NextAsync("heartbeat_ack");
    }

    [Fact]
    public async Task Messages_too_long_too_many_or_not_of_text_end_the_socket_with_the_reason()
    {
        await SignalDesk.RegisterAsync(server, "crib");
        await using (var device = await SignalPeer.DeviceAsync(server, "crib"))
        {
            await device.SayTextAsync(new string('a', 400_000));
            (await device.UntilClosedAsync()).ShouldBe("Message too long");
            device.CloseStatus.ShouldBe(WebSocketCloseStatus.MessageTooBig);
        }

        await using (var device = await SignalPeer.DeviceAsync(server, "crib"))
        {
            await device.SayTextAsync("{}", WebSocketMessageType.Binary);
            (await device.UntilClosedAsync()).ShouldBe("Only text is understood here");
        }

        await using (var device = await SignalPeer.DeviceAsync(server, "crib"))
        {
            for (var number = 0; number <= 1000; number++)
            {
                await device.SayAsync("device_presence", new { battery = number });
            }

            (await device.UntilClosedAsync()).ShouldBe("Too many messages");
        }
    }

    [Fact]
    public async Task A_second_socket_of_a_device_takes_the_place_of_the_first_and_the_device_stays_online()
    {
        await SignalDesk.RegisterAsync(server, "crib");
        await using var first = await SignalPeer.DeviceAsync(server, "crib");
        await using var second = await SignalPeer.DeviceAsync(server, "crib");

        (await first.UntilClosedAsync()).ShouldBe("replaced");
        ((int?)first.CloseStatus).ShouldBe(4000);
        await second.SayAsync("heartbeat");
        await second.NextAsync("heartbeat_ack");
        (await StatusAsync("crib")).GetProperty("is_online").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task A_half_open_device_is_offline_after_ninety_seconds_and_its_viewer_is_told()
    {
        await TestHousehold.CreateAsync(server, "ana");
        var token = await SignalDesk.TokenAsync(server, "ana");
        await SignalDesk.PairAsync(server, token, "crib");
        await using var device = await SignalPeer.DeviceAsync(server, "crib");
        await using var viewer = await SignalPeer.ViewerAsync(server, token);
        await viewer.SayAsync("watch_request", new { device_id = "crib" });
        var session = (await viewer.PayloadAsync("watch_ready")).GetProperty("session_id").GetString();
        await viewer.SayAsync("signal_offer", new { session_id = session, sdp = "x" });

        // The device says nothing more, and reads nothing; the viewer goes on.
        var link = Hub.Devices.ShouldHaveSingleItem();
        for (var ticks = 0; !link.Socket.IsClosing; ticks++)
        {
            ticks.ShouldBeLessThan(10_000);
            time.Advance(HalfGoodbye);
            await viewer.SayAsync("heartbeat");
            await viewer.NextAsync("heartbeat_ack");
        }

        // What it was told waits for it; it says no goodbye itself, and is not waited for.
        (await device.UntilClosedAsync()).ShouldBe("Heartbeat timeout");
        var sessions = server.Services.GetRequiredService<WatchSessions>();
        await Tick.UntilAsync(time, HalfGoodbye, () => !sessions.All.Any());
        (await viewer.PayloadAsync("watch_ended")).GetProperty("reason").GetString().ShouldBe("device_disconnected");
        var status = await server.Client.GetFromJsonAsync<JsonElement>($"/api/devices/crib/status?token={token}", Cancel);
        status.GetProperty("is_online").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task A_session_without_an_offer_ends_after_a_minute()
    {
        await TestHousehold.CreateAsync(server, "ana");
        var token = await SignalDesk.TokenAsync(server, "ana");
        await SignalDesk.PairAsync(server, token, "crib");
        await using var device = await SignalPeer.DeviceAsync(server, "crib");
        await using var viewer = await SignalPeer.ViewerAsync(server, token);
        await viewer.SayAsync("watch_request", new { device_id = "crib" });
        await viewer.NextAsync("watch_ready");
        await device.NextAsync("watch_request");

        // Then the clock stands, or it would end the sockets too.
        var sessions = server.Services.GetRequiredService<WatchSessions>();
        await Tick.UntilAsync(time, HalfGoodbye, () => !sessions.All.Any());
        foreach (var peer in new[] { viewer, device })
        {
            (await peer.PayloadAsync("watch_ended")).GetProperty("reason").GetString().ShouldBe("timeout");
        }
    }

    [Fact]
    public async Task The_first_secret_of_a_device_is_its_secret_from_then_on()
    {
        await SignalDesk.RegisterAsync(server, "crib");
        await using (await SignalPeer.DeviceAsync(server, "crib", "the first"))
        {
        }

        (await RefusedAsync("crib", "another")).ShouldBe("Invalid device secret");
        (await RefusedAsync("crib", null)).ShouldBe("Device secret required");
        await using var good = await SignalPeer.DeviceAsync(server, "crib", "the first");
    }

    [Fact]
    public async Task A_stranger_cannot_give_an_owned_device_its_secret()
    {
        var home = await TestHousehold.CreateAsync(server, "ana");
        var device = await SignalDesk.PairAsync(server, await SignalDesk.TokenAsync(server, "ana"), "crib");
        await using (await SignalPeer.DeviceAsync(server, "crib", "a stranger's"))
        {
        }

        await using (await SignalPeer.DeviceAsync(server, "crib"))
        {
        }

        using var made = await home.Client.PostAsync($"/api/v1/signal-devices/{device.Id}/secret", null, Cancel);
        var secret = (await made.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("secret").GetString()!;
        (await RefusedAsync("crib", "a stranger's")).ShouldBe("Invalid device secret");
        await using var real = await SignalPeer.DeviceAsync(server, "crib", secret);
    }

    [Fact]
    public async Task Wrong_secrets_from_the_same_address_never_lock_the_device_out()
    {
        await SignalDesk.RegisterAsync(server, "crib");
        await using (await SignalPeer.DeviceAsync(server, "crib", "right"))
        {
        }

        for (var tries = 0; tries < 30; tries++)
        {
            (await RefusedAsync("crib", "wrong")).ShouldBe("Invalid device secret");
        }

        (await RefusedAsync("crib", "wrong")).ShouldBe("Too many attempts");
        await using var real = await SignalPeer.DeviceAsync(server, "crib", "right");
    }

    [Fact]
    public async Task An_owner_may_demand_a_secret_and_change_it_which_ends_the_old_ones_socket()
    {
        var home = await TestHousehold.CreateAsync(server, "ana");
        var device = await SignalDesk.PairAsync(server, await SignalDesk.TokenAsync(server, "ana"), "crib");
        await using var plain = await SignalPeer.DeviceAsync(server, "crib");
        using var demanded = await home.Client.PatchAsJsonAsync($"/api/v1/signal-devices/{device.Id}", new { secretRequired = true, name = "Nursery" }, Cancel);
        (await demanded.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("secretRequired").GetBoolean().ShouldBeTrue();
        (await plain.UntilClosedAsync()).ShouldBe("Device secret required");
        (await RefusedAsync("crib", null)).ShouldBe("Device secret required");
        (await RefusedAsync("crib", "mine")).ShouldBe("Device secret required", "whoever comes first is not believed any more");

        using var made = await home.Client.PostAsync($"/api/v1/signal-devices/{device.Id}/secret", null, Cancel);
        var secret = (await made.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("secret").GetString()!;
        await using var good = await SignalPeer.DeviceAsync(server, "crib", secret);
        using var again = await home.Client.PostAsync($"/api/v1/signal-devices/{device.Id}/secret", null, Cancel);
        (await good.UntilClosedAsync()).ShouldBe("Device secret required");
        (await RefusedAsync("crib", secret)).ShouldBe("Invalid device secret");
    }

    [Fact]
    public async Task Without_the_setting_devices_of_the_first_generation_stay_outside()
    {
        await using var strict = await TestServer.StartAsync(settings: new Dictionary<string, string> { ["Signaling:AllowDevicesWithoutSecret"] = "false" });
        await SignalDesk.RegisterAsync(strict, "crib");
        await using var plain = await SignalPeer.ConnectAsync(strict, "/ws/device");
        await plain.SayAsync("hello", new { device_id = "crib" });
        (await plain.UntilClosedAsync()).ShouldBe("Device secret required");
        await using var good = await SignalPeer.DeviceAsync(strict, "crib", "a secret");
    }

    private async Task<string?> RefusedAsync(string id, string? secret)
    {
        await using var peer = await SignalPeer.ConnectAsync(server, "/ws/device");
        await peer.SayAsync("hello", secret is null ? new { device_id = id } : new { device_id = id, device_secret = secret });
        return await peer.UntilClosedAsync();
    }

    private async Task<JsonElement> StatusAsync(string id) => await server.Client.GetFromJsonAsync<JsonElement>($"/api/devices/{id}/status", Cancel);
}
