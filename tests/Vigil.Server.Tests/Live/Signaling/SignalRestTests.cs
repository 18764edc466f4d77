using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Accounts;
using Vigil.Server.Live.Signaling;
using Vigil.Testing;

namespace Vigil.Server.Tests.Live.Signaling;

/// <summary>The documented routes for devices and their owners, as unmodified clients call them.</summary>
public sealed class SignalRestTests : IAsyncLifetime
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;
    private readonly ManualTime time = new();
    private TestServer server = null!;

    public async ValueTask InitializeAsync() => server =
        await TestServer.StartAsync(time, new Dictionary<string, string> { ["Signaling:HeartbeatTimeout"] = "86400" });

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task A_device_registers_as_often_as_it_likes_and_is_told_two_hundred_each_time()
    {
        foreach (var message in new[] { "Device registered successfully", "Device already registered" })
        {
            using var answer = await server.Client.PostAsJsonAsync("/api/devices/register", new { device_id = "crib", device_name = "Crib", device_type = "camera" }, Cancel);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            (await BodyAsync(answer)).GetRawText().ShouldBe($$"""{"device_id":"crib","message":"{{message}}"}""");
        }

        using var nameless = await server.Client.PostAsJsonAsync("/api/devices/register", new { device_name = "x" }, Cancel);
        nameless.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await BodyAsync(nameless)).GetProperty("detail")[0].GetProperty("loc")[1].GetString().ShouldBe("device_id");
        using var slash = await server.Client.PostAsJsonAsync("/api/devices/register/", new { device_id = "crib" }, Cancel);
        slash.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("header")]
    [InlineData("query")]
    [InlineData("body")]
    public async Task A_device_is_paired_with_the_token_wherever_the_client_puts_it(string where)
    {
        var home = await TestHousehold.CreateAsync(server, "ana");
        var token = await SignalDesk.TokenAsync(server, "ana");
        await SignalDesk.RegisterAsync(server, "crib", "Crib");
        var code = await SignalDesk.CodeAsync(server, "crib");

        using var request = new HttpRequestMessage(HttpMethod.Post, where == "query" ? $"/api/devices/pair?token={token}" : "/api/devices/pair");
        request.Content = where == "body" ? JsonContent.Create(new { pairing_code = code, token }) : JsonContent.Create(new { pairing_code = code });
        request.Headers.Authorization = where == "header" ? new AuthenticationHeaderValue("Bearer", token) : null;
        using var answer = await server.Client.SendAsync(request, Cancel);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await BodyAsync(answer)).GetRawText().ShouldBe("""{"message":"Device paired successfully","device":{"device_id":"crib","device_name":"Crib"}}""");

        var list = await BodyAsync(await server.Client.GetAsync($"/api/devices?token={token}", Cancel));
        var device = list.EnumerateArray().ShouldHaveSingleItem();
        device.GetProperty("id").ValueKind.ShouldBe(JsonValueKind.Number);
        device.GetProperty("device_id").GetString().ShouldBe("crib");
        device.GetProperty("device_name").GetString().ShouldBe("Crib");
        device.GetProperty("device_type").GetString().ShouldBe("camera");
        device.GetProperty("is_online").GetBoolean().ShouldBeFalse();
        device.GetProperty("last_seen").ValueKind.ShouldBe(JsonValueKind.Null);

        // It is a camera now, and whoever lives here can read who paired it.
        var camera = (await BodyAsync(await home.Client.GetAsync("/api/v1/cameras", Cancel))).EnumerateArray().ShouldHaveSingleItem();
        camera.GetProperty("name").GetString().ShouldBe("Crib");
        camera.GetProperty("status").GetProperty("state").GetString().ShouldBe("offline");
        var happened = (await BodyAsync(await home.Client.GetAsync("/api/v1/events", Cancel))).ToString();
        happened.ShouldContain("Crib was paired by ana.");
    }

    [Fact]
    public async Task The_name_given_while_pairing_is_the_cameras_and_the_devices()
    {
        var home = await TestHousehold.CreateAsync(server, "ana");
        await SignalDesk.RegisterAsync(server, "crib", "SM-G900F");
        using var paired = await home.Client.PostAsJsonAsync(
            "/api/v1/signal-devices/pair", new { code = await SignalDesk.CodeAsync(server, "crib"), name = "Nursery" }, Cancel);
        (await BodyAsync(paired)).GetProperty("name").GetString().ShouldBe("Nursery");
        var camera = (await BodyAsync(await home.Client.GetAsync("/api/v1/cameras", Cancel))).EnumerateArray().ShouldHaveSingleItem();
        camera.GetProperty("name").GetString().ShouldBe("Nursery");
    }

    [Fact]
    public async Task A_code_is_good_once_for_five_minutes_and_a_newer_one_voids_it()
    {
        await TestHousehold.CreateAsync(server, "ana");
        var token = await SignalDesk.TokenAsync(server, "ana");
        await SignalDesk.RegisterAsync(server, "crib");
        using var made = await server.Client.PostAsync("/api/pairing/generate?device_id=crib", null, Cancel);
        var body = await BodyAsync(made);
        body.GetProperty("code").GetString()!.ShouldMatch("^[0-9]{6}$");
        body.GetProperty("ttl").GetInt32().ShouldBe(300);
        body.GetProperty("expires_at").GetDateTimeOffset().ShouldBe(time.GetUtcNow().AddSeconds(300));
        body.GetProperty("expires_at").GetString().ShouldEndWith("Z");

        var older = body.GetProperty("code").GetString()!;
        var newer = await SignalDesk.CodeAsync(server, "crib");
        if (older != newer)
        {
            (await PairAsync(token, older)).ShouldBe((HttpStatusCode.NotFound, "Invalid or expired pairing code"));
        }

        time.Advance(TimeSpan.FromSeconds(301));
        (await PairAsync(token, newer)).ShouldBe((HttpStatusCode.NotFound, "Invalid or expired pairing code"));
        var good = await SignalDesk.CodeAsync(server, "crib");
        (await PairAsync(token, good)).Status.ShouldBe(HttpStatusCode.OK);
        (await PairAsync(token, good)).Status.ShouldBe(HttpStatusCode.NotFound);
        using var unknown = await server.Client.PostAsync("/api/pairing/generate?device_id=never", null, Cancel);
        unknown.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await BodyAsync(unknown)).GetProperty("detail").GetString().ShouldBe("Device not found");
    }

    [Fact]
    public async Task Guessing_codes_ends_after_five_a_minute_whoever_is_signed_in()
    {
        await TestHousehold.CreateAsync(server, "eve");
        await TestHousehold.CreateAsync(server, "mallory");
        var eve = await SignalDesk.TokenAsync(server, "eve");
        await SignalDesk.RegisterAsync(server, "crib");
        var code = await SignalDesk.CodeAsync(server, "crib");
        for (var tries = 0; tries < 5; tries++)
        {
            (await PairAsync(eve, code == "000000" ? "111111" : "000000")).Status.ShouldBe(HttpStatusCode.NotFound);
        }

        (await PairAsync(eve, code)).Status.ShouldBe(HttpStatusCode.TooManyRequests);
        (await PairAsync(await SignalDesk.TokenAsync(server, "mallory"), code)).Status.ShouldBe(HttpStatusCode.TooManyRequests, "the same address");
        time.Advance(TimeSpan.FromSeconds(12));
        (await PairAsync(eve, code)).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Pairing_again_at_home_changes_nothing_and_a_neighbour_needs_the_owners_code()
    {
        var ana = await TestHousehold.CreateAsync(server, "ana");
        var eve = await TestHousehold.CreateAsync(server, "eve");
        var token = await SignalDesk.TokenAsync(server, "ana");
        var foreign = await SignalDesk.TokenAsync(server, "eve");
        await SignalDesk.RegisterAsync(server, "crib");
        await using (await SignalPeer.DeviceAsync(server, "crib", "a secret"))
        {
        }

        var device = await SignalDesk.PairAsync(server, token, "crib");

        // Nobody but the owner and the device itself gets a code for it.
        (await GenerateAsync("device_id=crib")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await GenerateAsync($"device_id=crib&token={foreign}")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await GenerateAsync("device_id=crib&device_secret=wrong")).Status.ShouldBe(HttpStatusCode.Unauthorized);

        var own = await GenerateAsync("device_id=crib&device_secret=a%20secret");
        own.Status.ShouldBe(HttpStatusCode.OK);
        (await PairAsync(foreign, own.Code!)).Status.ShouldBe(HttpStatusCode.Conflict);
        (await PairAsync(token, (await GenerateAsync("device_id=crib&device_secret=a%20secret")).Code!)).Status.ShouldBe(HttpStatusCode.OK);
        (await BodyAsync(await ana.Client.GetAsync("/api/v1/cameras", Cancel))).GetArrayLength().ShouldBe(1);

        using var given = await ana.Client.PostAsync($"/api/v1/signal-devices/{device.Id}/transfer", null, Cancel);
        (await PairAsync(foreign, (await BodyAsync(given)).GetProperty("code").GetString()!)).Status.ShouldBe(HttpStatusCode.OK);
        (await BodyAsync(await ana.Client.GetAsync("/api/v1/cameras", Cancel))).GetArrayLength().ShouldBe(0);
        (await BodyAsync(await eve.Client.GetAsync("/api/v1/cameras", Cancel))).GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task The_status_of_a_device_is_its_owners_and_its_own_business()
    {
        await SignalDesk.RegisterAsync(server, "crib");
        var open = await BodyAsync(await server.Client.GetAsync("/api/devices/crib/status", Cancel));
        open.GetRawText().ShouldBe("""{"device_id":"crib","is_online":false,"last_seen":null}""");

        await TestHousehold.CreateAsync(server, "ana");
        await TestHousehold.CreateAsync(server, "eve");
        var token = await SignalDesk.TokenAsync(server, "ana");
        await using var device = await SignalPeer.DeviceAsync(server, "crib", "a secret");
        await SignalDesk.PairAsync(server, token, "crib");
        (await server.Client.GetAsync("/api/devices/crib/status", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await server.Client.GetAsync($"/api/devices/crib/status?token={await SignalDesk.TokenAsync(server, "eve")}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await server.Client.GetAsync("/api/devices/never/status", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        foreach (var query in new[] { $"token={token}", "device_secret=a%20secret" })
        {
            var status = await BodyAsync(await server.Client.GetAsync($"/api/devices/crib/status?{query}", Cancel));
            status.GetProperty("is_online").GetBoolean().ShouldBeTrue();
            status.GetProperty("last_seen").GetString().ShouldEndWith("Z");
        }
    }

    [Fact]
    public async Task A_devices_secret_cannot_be_guessed_by_asking_for_its_status_or_a_code()
    {
        await SignalDesk.RegisterAsync(server, "crib");
        await TestHousehold.CreateAsync(server, "ana");
        var token = await SignalDesk.TokenAsync(server, "ana");
        await using var device = await SignalPeer.DeviceAsync(server, "crib", "a secret");
        await SignalDesk.PairAsync(server, token, "crib");
        for (var right = 0; right < 40; right++)
        {
            (await server.Client.GetAsync("/api/devices/crib/status?device_secret=a%20secret", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        for (var wrong = 0; wrong < 30; wrong++)
        {
            (await server.Client.GetAsync($"/api/devices/crib/status?device_secret={wrong}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }

        foreach (var secret in new[] { "another", "a%20secret" }) // Nobody looks any more.
        {
            (await server.Client.GetAsync($"/api/devices/crib/status?device_secret={secret}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
            (await server.Client.PostAsync($"/api/pairing/generate?device_id=crib&device_secret={secret}", null, Cancel)).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        }

        (await server.Client.GetAsync($"/api/devices/crib/status?token={token}&device_secret=x", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await using var again = await SignalPeer.DeviceAsync(server, "crib", "a secret");
        time.Advance(TimeSpan.FromSeconds(3));
        (await server.Client.GetAsync("/api/devices/crib/status?device_secret=a%20secret", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Lists_are_for_those_with_a_token()
    {
        foreach (var query in new[] { "", "?token=", "?token=a.b.c" })
        {
            using var answer = await server.Client.GetAsync("/api/devices" + query, Cancel);
            answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
            (await BodyAsync(answer)).GetRawText().ShouldBe("""{"detail":"Invalid token"}""");
        }
    }

    [Fact]
    public async Task What_nobody_pairs_is_forgotten_after_a_day()
    {
        await TestHousehold.CreateAsync(server, "ana");
        await SignalDesk.RegisterAsync(server, "stray");
        await SignalDesk.PairAsync(server, await SignalDesk.TokenAsync(server, "ana"), "crib");
        await using var stray = await SignalPeer.DeviceAsync(server, "stray");

        await using (var connection = await server.Database.OpenConnectionAsync(Cancel))
        {
            await connection.ExecuteAsync("update signal_device set registered_at = registered_at - interval '24 hours'");
        }

        // Its silence is not counted here; only its age is against it.
        // Once the goodbye is on its way the clock stands, or it would cut the socket off before the goodbye is read.
        var hub = server.Services.GetRequiredService<SignalHub>();
        await Tick.UntilAsync(time, TimeSpan.FromMilliseconds(500), () => hub.Devices.All(device => device.Socket.IsClosing));
        (await stray.UntilClosedAsync()).ShouldBe("Device not found");
        (await server.Client.GetAsync("/api/devices/stray/status", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await server.Client.GetAsync("/api/devices/crib/status", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Registrations_from_one_address_are_slowed_down()
    {
        for (var number = 0; number < 30; number++)
        {
            await SignalDesk.RegisterAsync(server, $"device {number}");
        }

        using var answer = await server.Client.PostAsJsonAsync("/api/devices/register", new { device_id = "one more" }, Cancel);
        answer.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task Guests_pair_nothing_and_a_camera_that_is_removed_takes_its_device_along()
    {
        var home = await TestHousehold.CreateAsync(server, "ana");
        await home.AddAsync("gus", Place.Guest);
        await SignalDesk.RegisterAsync(server, "crib");
        (await PairAsync(await SignalDesk.TokenAsync(server, "gus"), await SignalDesk.CodeAsync(server, "crib"))).Status.ShouldBe(HttpStatusCode.Forbidden);

        var device = await SignalDesk.PairAsync(server, await SignalDesk.TokenAsync(server, "ana"), "crib");
        (await home.Client.DeleteAsync($"/api/v1/cameras/{device.CameraId}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await using var connection = await server.Database.OpenConnectionAsync(Cancel);
        (await connection.ExecuteScalarAsync<int>("select count(*) from signal_device")).ShouldBe(0);
        (await connection.ExecuteScalarAsync<int>("select count(*) from signal_pairing where octet_length(code_hash) <> 32")).ShouldBe(0);
    }

    private async Task<(HttpStatusCode Status, string? Detail)> PairAsync(string token, string code)
    {
        using var answer = await server.Client.PostAsJsonAsync($"/api/devices/pair?token={token}", new { pairing_code = code }, Cancel);
        var body = await BodyAsync(answer);
        return (answer.StatusCode, body.TryGetProperty("detail", out var detail) ? detail.ToString() : null);
    }

    private async Task<(HttpStatusCode Status, string? Code)> GenerateAsync(string query)
    {
        using var answer = await server.Client.PostAsync($"/api/pairing/generate?{query}", null, Cancel);
        return (answer.StatusCode, (await BodyAsync(answer)).TryGetProperty("code", out var code) ? code.GetString() : null);
    }

    private static async Task<JsonElement> BodyAsync(HttpResponseMessage answer) => await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
}
