using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Dapper;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Database;
using Vigil.Server.Devices;
using Vigil.Server.Tests.Live;
using Vigil.Testing;

namespace Vigil.Server.Tests.Devices;

public sealed partial class DeviceKeyTests
{
    /// <summary>Where a device key is a sign-in. One more is one line here, for a reviewer to see.</summary>
    private static readonly string[] Open =
    [
        "POST /api/v1/cameras/{id:int}/whip",
        "OPTIONS /api/v1/cameras/{id:int}/whip",
        "DELETE /api/v1/cameras/{id:int}/whip/{session}",
        "PATCH /api/v1/cameras/{id:int}/whip/{session}",
        "POST /api/v1/cameras/{id:int}/talk/whep",
        "OPTIONS /api/v1/cameras/{id:int}/talk/whep",
        "DELETE /api/v1/cameras/{id:int}/talk/whep/{session}",
        "PATCH /api/v1/cameras/{id:int}/talk/whep/{session}",
        "POST /health/upload",
        "POST /api/v1/health/readings",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_device_key_opens_its_camera_for_publishing_and_no_other_route_at_all()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);
        var key = await MakeKeyAsync(home, phone.Camera, ["publish", "upload", "health", "signal"]);
        var wrong = new List<string>();
        var asked = 0;
        foreach (var endpoint in server.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>())
        {
            var pattern = "/" + (endpoint.RoutePattern.RawText ?? "").TrimStart('/');
            foreach (var method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"])
            {
                // Routes for strangers are open to everybody, whatever they carry.
                if (Open.Contains($"{method} {pattern}") || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
                {
                    continue;
                }

                var path = Parameter().Replace(pattern, match => match.Groups["name"].Value is "id" or "device" or "accountId"
                    ? phone.Camera.ToString(CultureInfo.InvariantCulture)
                    : "0.m4s");
                asked++;
                var answer = await AskAsync(server, method, path, key);
                if (answer.StatusCode != HttpStatusCode.Unauthorized)
                {
                    wrong.Add($"{method} {path}: {(int)answer.StatusCode}");
                }
            }
        }

        asked.ShouldBeGreaterThan(50);
        wrong.ShouldBeEmpty();
        (await TestPublisher.AskAsync(server, phone.Camera, key, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_key_is_for_one_camera_and_within_its_scopes()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);
        var other = await PairedPhone.NewRoomAsync(server, home.Client, "Hall", "Phone", Cancel);
        var reader = await MakeKeyAsync(home, phone.Camera, ["health"]);

        (await TestPublisher.AskAsync(server, other.Camera, phone.Key, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await TestPublisher.AskAsync(server, phone.Camera, reader, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await TestPublisher.AskAsync(server, phone.Camera, phone.Key[..^1] + (phone.Key[^1] == 'A' ? 'B' : 'A'), Cancel))
            .StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await TestPublisher.AskAsync(server, phone.Camera, phone.Key[..9] + other.Key[9..], Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await TestPublisher.AskAsync(server, phone.Camera, "", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Keys_for_encoders_want_a_name_scopes_that_exist_and_a_camera_that_can_be_published_to()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);
        var pulled = (await (await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Door", address = "test:" }, Cancel))
            .Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetInt32();

        (await TryMakeAsync(home, phone.Camera, new { name = " ", scopes = new[] { "publish" } })).ShouldBe(HttpStatusCode.BadRequest);
        (await TryMakeAsync(home, phone.Camera, new { name = "OBS", scopes = Array.Empty<string>() })).ShouldBe(HttpStatusCode.BadRequest);
        (await TryMakeAsync(home, phone.Camera, new { name = "OBS", scopes = new[] { "everything" } })).ShouldBe(HttpStatusCode.BadRequest);
        (await TryMakeAsync(home, phone.Camera, new { name = "OBS", scopes = new[] { 99 } })).ShouldBe(HttpStatusCode.BadRequest);
        (await TryMakeAsync(home, pulled, new { name = "OBS", scopes = new[] { "publish" } })).ShouldBe(HttpStatusCode.Conflict);
        (await TryMakeAsync(home, pulled, new { name = "Weather", scopes = new[] { "health" } })).ShouldBe(HttpStatusCode.Created);
        (await home.Client.PostAsync($"/api/v1/cameras/{pulled}/pairing", null, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task A_known_phone_comes_back_while_the_database_is_away_and_an_unknown_one_is_asked_to_wait()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);

        server.Services.GetRequiredService<DatabaseState>().Set(false);

        (await TestPublisher.AskAsync(server, phone.Camera, phone.Key, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await TestPublisher.AskAsync(server, phone.Camera, "zzzzzzzz" + phone.Key[8..], Cancel)).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task When_a_device_was_last_here_is_written_once_a_minute_and_shown_at_once()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(time);
        var home = await TestHousehold.CreateAsync(server);
        var phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);
        (await TestPublisher.AskAsync(server, phone.Camera, phone.Key, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await SeenInTableAsync(server)).ShouldBeNull();
        var shown = (await home.Client.GetFromJsonAsync<JsonElement>("/api/v1/devices", Cancel))[0].GetProperty("lastSeenAt").GetDateTimeOffset();
        shown.ShouldBe(time.GetUtcNow());

        DateTimeOffset? written = null;
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(15), () =>
        {
            using var connection = server.Database.OpenConnection();
            written = connection.ExecuteScalar<DateTimeOffset?>("select last_seen_at from device_key");
            return written is not null;
        });
        written!.Value.ShouldBeGreaterThanOrEqualTo(shown);
    }

    [Fact]
    public async Task A_removed_camera_takes_its_keys_along()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);
        await using var line = await RoomLine.OpenAsync(server, phone.Key);
        await line.UntilAsync("welcome");

        (await home.Client.DeleteAsync($"/api/v1/cameras/{phone.Camera}", Cancel)).EnsureSuccessStatusCode();

        await line.UntilAsync("revoked");
        (await TestPublisher.AskAsync(server, phone.Camera, phone.Key, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await home.Client.GetFromJsonAsync<JsonElement>("/api/v1/devices", Cancel)).GetArrayLength().ShouldBe(0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("abcdefgh.")]
    [InlineData("abcdefgh-abcdefghabcdefghabcdefghabcdefgh")]
    [InlineData("abcdefg..abcdefghabcdefghabcdefghabcdefgh")]
    [InlineData("abcdefgh.abcdefghabcdefghabcdefghabcdefg\u00E9")]
    [InlineData("abcdefgh.abcdefghabcdefghabcdefghabcdefgha")]
    public void What_is_not_spelt_like_a_key_is_none(string text) => DeviceKeyText.TryParse(text, out _, out _).ShouldBeFalse();

    private static async Task<DateTimeOffset?> SeenInTableAsync(TestServer server)
    {
        await using var connection = await server.Database.OpenConnectionAsync(Cancel);
        return await connection.ExecuteScalarAsync<DateTimeOffset?>("select last_seen_at from device_key");
    }

    private static async Task<string> MakeKeyAsync(TestHousehold home, int camera, string[] scopes)
    {
        var made = await home.Client.PostAsJsonAsync($"/api/v1/cameras/{camera}/device-keys", new { name = "OBS", scopes }, Cancel);
        made.StatusCode.ShouldBe(HttpStatusCode.Created, await made.Content.ReadAsStringAsync(Cancel));
        return (await made.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("key").GetString()!;
    }

    private static async Task<HttpStatusCode> TryMakeAsync(TestHousehold home, int camera, object body) =>
        (await home.Client.PostAsJsonAsync($"/api/v1/cameras/{camera}/device-keys", body, Cancel)).StatusCode;

    private static async Task<HttpResponseMessage> AskAsync(TestServer server, string method, string path, string key)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (method is "POST" or "PUT" or "PATCH")
        {
            request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        }

        return await server.Client.SendAsync(request, Cancel);
    }

    [GeneratedRegex(@"\{\*{0,2}(?<name>[A-Za-z_]+)[^}]*\}")]
    private static partial Regex Parameter();
}
