using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using Dapper;
using Vigil.Server.Accounts;
using Vigil.Server.Devices;
using Vigil.Server.Tests.Live;
using Vigil.Testing;

namespace Vigil.Server.Tests.Devices;

public sealed class PairingTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_code_makes_one_phone_the_camera_of_a_room_and_nobody_else()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var made = await AskAsync(home.Client, "/api/v1/room-cameras", new { name = "Nursery", location = "Upstairs" });
        made.GetProperty("camera").GetProperty("address").GetString().ShouldBe("whip:");
        made.GetProperty("camera").GetProperty("room").ValueKind.ShouldBe(JsonValueKind.Null);
        var code = made.GetProperty("pairing").GetProperty("code").GetString()!;
        made.GetProperty("pairing").GetProperty("url").GetString().ShouldEndWith($"/app/camera#pair={code}");

        // As somebody types it who takes a zero for an O and a one for an L.
        var typed = code.Replace("-", " ", StringComparison.Ordinal).Replace('0', 'o').Replace('1', 'l');
        var paired = await AskAsync(server.Client, "/api/v1/devices/pair", new { code = typed, deviceName = "Old phone" });

        paired.GetProperty("cameraId").GetInt32().ShouldBe(made.GetProperty("camera").GetProperty("id").GetInt32());
        paired.GetProperty("cameraName").GetString().ShouldBe("Nursery");
        paired.GetProperty("householdName").GetString().ShouldBe("ana's home");
        paired.GetProperty("key").GetString()!.ShouldMatch("^[A-Za-z0-9]{8}[.][A-Za-z0-9]{32}$");
        var again = await server.Client.PostAsJsonAsync("/api/v1/devices/pair", new { code }, Cancel);
        again.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await again.Content.ReadAsStringAsync(Cancel)).ShouldContain("pairingCode");
        var device = (await home.Client.GetFromJsonAsync<JsonElement>("/api/v1/devices", Cancel)).EnumerateArray().ShouldHaveSingleItem();
        device.GetProperty("name").GetString().ShouldBe("Old phone");
        device.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString()).ShouldBe(["publish"]);
        device.GetProperty("prefix").GetString().ShouldBe(paired.GetProperty("key").GetString()![..8]);
        device.GetProperty("online").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task Of_many_who_use_a_code_at_once_one_gets_the_key()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var code = await CodeAsync(home);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => server.Client.PostAsJsonAsync("/api/v1/devices/pair", new { code }, Cancel)));

        answers.Count(answer => answer.StatusCode == HttpStatusCode.Created).ShouldBe(1);
        // Those far behind in the queue of attempts are told to come back.
        answers.Where(answer => answer.StatusCode != HttpStatusCode.Created)
            .ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.NotFound || answer.StatusCode == HttpStatusCode.TooManyRequests);
        await using var connection = await server.Database.OpenConnectionAsync(Cancel);
        (await connection.ExecuteScalarAsync<int>("select count(*) from device_key")).ShouldBe(1);
    }

    [Fact]
    public async Task A_code_is_good_for_ten_minutes_and_a_newer_one_voids_it()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(time);
        var home = await TestHousehold.CreateAsync(server);
        var made = await AskAsync(home.Client, "/api/v1/room-cameras", new { name = "Nursery" });
        var camera = made.GetProperty("camera").GetProperty("id").GetInt32();
        var first = made.GetProperty("pairing").GetProperty("code").GetString();
        var second = await CodeAsync(home, camera);
        (await TryAsync(server, first)).ShouldBe(HttpStatusCode.NotFound);

        time.Advance(TimeSpan.FromMinutes(10));
        (await TryAsync(server, second)).ShouldBe(HttpStatusCode.NotFound);
        var third = await CodeAsync(home, camera);
        time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1));
        (await TryAsync(server, third)).ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Guessing_becomes_slow_and_then_is_refused()
    {
        await using var server = await TestServer.StartAsync(new ManualTime());
        var answers = new List<HttpResponseMessage>();
        for (var i = 0; i < 4; i++)
        {
            answers.Add(await server.Client.PostAsJsonAsync("/api/v1/devices/pair", new { code = "AAAA-AAAA" }, Cancel));
        }

        answers.ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.NotFound);
        // The clock stands still: whoever must wait waits, and those behind are told to come back. (Thirty a minute are let near the door.)
        var rest = Enumerable.Range(0, 30).Select(_ => server.Client.PostAsJsonAsync("/api/v1/devices/pair", new { code = "AAAA-AAAA" }, Cancel)).ToList();
        var refused = await await Task.WhenAny(rest);
        refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task Whoever_guessed_too_often_is_told_when_to_come_back_and_is_forgiven_for_the_right_code()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(time);
        var home = await TestHousehold.CreateAsync(server);
        using var stranger = server.NewClient();
        stranger.Timeout = TimeSpan.FromMinutes(3); // Those who are held back are held by the manual clock.
        var late = await CodeAsync(home);
        time.Advance(TimeSpan.FromMinutes(10));
        for (var i = 0; i < 4; i++)
        {
            (await TryAsync(stranger, late)).ShouldBe(HttpStatusCode.NotFound, "A code that was good once is a wrong one too.");
        }

        // Of five at once four are held back, for 1, 3, 7 and 15 seconds; the last would have to wait for 30, and is sent away.
        var rest = Enumerable.Range(0, 5).Select(_ => stranger.PostAsJsonAsync("/api/v1/devices/pair", new { code = late }, Cancel)).ToList();
        var refused = await Task.WhenAny(rest);
        (await refused).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        (await refused).Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(30));
        rest.Remove(refused);
        time.Advance(TimeSpan.FromSeconds(30));
        var held = Task.WhenAll(rest);
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(1), () => held.IsCompleted);
        (await held).ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.NotFound);

        (await TryAsync(stranger, await CodeAsync(home))).ShouldBe(HttpStatusCode.Created, "Nobody is locked out.");
        for (var i = 0; i < 4; i++)
        {
            (await TryAsync(stranger, late)).ShouldBe(HttpStatusCode.NotFound, "What was before the right code is forgotten.");
        }
    }

    [Fact]
    public async Task Sixty_phones_a_minute_may_say_hello_from_one_address_and_not_one_more()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(time);
        var wrong = $"abcdefgh.{new string('x', 32)}";
        for (var i = 0; i < 60; i++)
        {
            await using var line = await RoomLine.OpenAsync(server, wrong);
            await line.UntilAsync("revoked");
        }

        await Should.ThrowAsync<WebSocketException>(() => RoomLine.ConnectAsync(server));
        time.Advance(TimeSpan.FromSeconds(1));
        await using var again = await RoomLine.OpenAsync(server, wrong);
        await again.UntilAsync("revoked");
    }

    [Fact]
    public async Task Codes_and_keys_are_nowhere_in_the_database()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);
        var code = await CodeAsync(home, phone.Camera);

        await using var connection = await server.Database.OpenConnectionAsync(Cancel);
        var rows = string.Join('\n', await connection.QueryAsync<string>(
            "select row_to_json(k)::text from device_key k union all select row_to_json(p)::text from device_pairing p"));
        rows.ShouldContain(phone.Key[..8]);
        rows.ShouldNotContain(phone.Key[9..]);
        rows.ShouldNotContain(code);
        rows.ShouldNotContain(code.Replace("-", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Guests_make_no_rooms_codes_or_keys_and_see_no_devices()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);
        var guest = (await home.AddAsync("gus", Place.Guest)).Client;

        (await guest.PostAsJsonAsync("/api/v1/room-cameras", new { name = "Mine" }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await guest.PostAsync($"/api/v1/cameras/{phone.Camera}/pairing", null, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await guest.PostAsJsonAsync($"/api/v1/cameras/{phone.Camera}/device-keys", new { name = "OBS", scopes = new[] { "publish" } }, Cancel))
            .StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await guest.GetAsync("/api/v1/devices", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await guest.DeleteAsync("/api/v1/devices/1", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAAA-AAA")]
    [InlineData("AAAA-AAAAA")]
    [InlineData("AAAA-AAAU")]
    [InlineData("AAAA-AAA\u0660")]
    public void What_cannot_be_a_code_is_none(string typed) => PairingCode.Hash(typed).ShouldBeNull();

    [Fact]
    public void Codes_have_forty_bits()
    {
        var codes = Enumerable.Range(0, 2000).Select(_ => PairingCode.Create()).ToList();

        codes.Distinct().Count().ShouldBe(2000);
        codes.ShouldAllBe(code => code.Length == 9 && code[4] == '-' && PairingCode.Hash(code) != null);
        codes.SelectMany(code => code.Where(c => c != '-')).Distinct().Count().ShouldBe(32);
    }

    private static async Task<string> CodeAsync(TestHousehold home, int? camera = null) => camera is { } id
        ? (await AskAsync(home.Client, $"/api/v1/cameras/{id}/pairing", new { })).GetProperty("code").GetString()!
        : (await AskAsync(home.Client, "/api/v1/room-cameras", new { name = "Nursery" })).GetProperty("pairing").GetProperty("code").GetString()!;

    private static Task<HttpStatusCode> TryAsync(TestServer server, string? code) => TryAsync(server.Client, code);

    private static async Task<HttpStatusCode> TryAsync(HttpClient client, string? code) =>
        (await client.PostAsJsonAsync("/api/v1/devices/pair", new { code }, Cancel)).StatusCode;

    private static async Task<JsonElement> AskAsync(HttpClient client, string path, object body)
    {
        using var answer = await client.PostAsJsonAsync(path, body, Cancel);
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync(Cancel));
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }
}
