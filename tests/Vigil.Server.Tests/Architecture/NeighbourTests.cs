using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Dapper;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Vigil.Server.Tests.Architecture;

/// <summary>Every route with an id, called by a member of another household, answers 404. The routes are enumerated, not listed.</summary>
public sealed partial class NeighbourTests
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_of_a_household_exists_for_the_neighbour()
    {
        await using var server = await TestServer.StartAsync();
        var ana = await TestHousehold.CreateAsync(server, "ana");
        var neighbour = await TestHousehold.CreateAsync(server, "eve");
        var ids = await MakeObjectsAsync(server, ana);

        var wrong = new List<string>();
        foreach (var (method, path) in Requests(server, ids))
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            if (method is "POST" or "PUT" or "PATCH")
            {
                request.Content = new StringContent(Bodies.FirstOrDefault(body => path.Contains(body.Key, StringComparison.Ordinal)).Value ?? "{}", Encoding.UTF8, "application/json");
            }

            var answer = await neighbour.Client.SendAsync(request, Cancel);
            if (answer.StatusCode != HttpStatusCode.NotFound)
            {
                wrong.Add($"{method} {path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(Cancel)}");
            }
        }

        wrong.ShouldBeEmpty();
        // The neighbour's attempts, deletions among them, changed nothing.
        (await ana.Client.GetAsync($"/api/v1/cameras/{ids["camera"]}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await ana.Client.GetAsync($"/api/v1/events/{ids["event"]}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await ana.Client.GetAsync("/api/v1/me/sessions", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Without_a_session_every_closed_route_answers_401()
    {
        await using var server = await TestServer.StartAsync();
        var wrong = new List<string>();
        foreach (var (method, path) in Requests(server, new() { ["camera"] = "1", ["event"] = Guid.NewGuid().ToString(), ["account"] = "1", ["session"] = "1", ["device"] = "1", ["signal"] = "1", ["schedule"] = Guid.NewGuid().ToString(), ["recording"] = Guid.NewGuid().ToString() }))
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            var answer = await server.Client.SendAsync(request, Cancel);
            if (answer.StatusCode != HttpStatusCode.Unauthorized)
            {
                wrong.Add($"{method} {path}: {(int)answer.StatusCode}");
            }
        }

        wrong.ShouldBeEmpty();
    }

    /// <summary>Bodies that pass validation, by a part of the path; an object nobody may see is 404 before its body is wrong.</summary>
    private static readonly Dictionary<string, string> Bodies = new()
    {
        ["/device-keys"] = """{"name":"encoder","scopes":["publish"]}""",
        ["/v1/devices/"] = """{"name":"crib phone"}""",
        ["/pause"] = """{"paused":true}""",
        ["/household/members/"] = """{"place":"guest"}""",
    };

    private static async Task<Dictionary<string, string>> MakeObjectsAsync(TestServer server, TestHousehold household)
    {
        var made = await household.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "crib", address = "rtsp://192.0.2.77/1", paused = true }, Cancel);
        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        var camera = JsonDocument.Parse(await made.Content.ReadAsStringAsync(Cancel)).RootElement.GetProperty("id").GetInt32();
        await using var connection = await server.Database.OpenConnectionAsync(Cancel);
        var happened = Guid.CreateVersion7();
        await connection.ExecuteAsync(
            """
            insert into event (id, household_id, camera_id, kind, started_at, until, clip_from, clip_to)
            values (@happened, @Id, @camera, 'sound', now(), now(), now(), now())
            """,
            new { happened, household.Id, camera });
        var device = await connection.ExecuteScalarAsync<long>(
            """
            insert into device_key (household_id, camera_id, prefix, secret_hash, scopes, name, created_at)
            values (@Id, @camera, 'abcdefgh', sha256('x'), '{publish}', 'phone', now()) returning id
            """,
            new { household.Id, camera });
        var schedule = await household.Client.PostAsJsonAsync(
            "/api/v1/schedules", new { cameraId = camera, name = "nights", type = "daily", startTime = "18:00", endTime = "06:00" }, Cancel);
        var signal = await connection.ExecuteScalarAsync<long>(
            """
            insert into signal_device (device_id, household_id, camera_id, registered_at, paired_at)
            values ('crib-phone', @Id, @camera, now(), now()) returning id
            """,
            new { household.Id, camera });
        var recording = Guid.CreateVersion7();
        await connection.ExecuteAsync(
            """
            insert into recording (id, household_id, camera_id, name, kind, from_at, ended_at, status, created_at, updated_at)
            values (@recording, @Id, @camera, 'nap', 'manual', now(), now(), 'completed', now(), now())
            """,
            new { recording, household.Id, camera });
        var lullaby = Guid.CreateVersion7();
        await connection.ExecuteAsync(
            "insert into lullaby_file (id, household_id, name, seconds, content, created_at) values (@lullaby, @Id, 'our song', 1, 'x', now())",
            new { lullaby, household.Id });
        var reading = await household.Client.PostAsync("/health/upload", new FormUrlEncodedContent([new("temperature", "36.5"), new("humidity", "50")]), Cancel);
        return new()
        {
            ["lullaby"] = lullaby.ToString(),
            ["reading"] = (await reading.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").ToString(),
            ["recording"] = recording.ToString(),
            ["signal"] = signal.ToString(CultureInfo.InvariantCulture),
            ["schedule"] = JsonDocument.Parse(await schedule.Content.ReadAsStringAsync(Cancel)).RootElement.GetProperty("id").GetString()!,
            ["camera"] = camera.ToString(CultureInfo.InvariantCulture),
            ["event"] = happened.ToString(),
            ["device"] = device.ToString(CultureInfo.InvariantCulture),
            ["accountUid"] = household.Owner.Account.Uid.ToString(),
            ["cameraUid"] = (await connection.ExecuteScalarAsync<Guid>("select uid from camera where id = @camera", new { camera })).ToString(),
            ["account"] = household.Owner.Account.Id.ToString(CultureInfo.InvariantCulture),
            ["session"] = household.Owner.SessionId.ToString(CultureInfo.InvariantCulture),
        };
    }

    /// <summary>Every method of every closed route with a parameter, its parameters filled with the other household's ids.</summary>
    private static List<(string Method, string Path)> Requests(TestServer server, Dictionary<string, string> ids)
    {
        var requests = new List<(string, string)>();
        foreach (var endpoint in server.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>())
        {
            var pattern = endpoint.RoutePattern.RawText ?? "";
            if (endpoint.RoutePattern.Parameters.Count == 0 || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null
                || pattern.StartsWith("/api/v1/admin", StringComparison.Ordinal))
            {
                // Administration is by server role; a member without it gets 403 whatever the id.
                continue;
            }

            var path = "/" + Parameter().Replace(pattern, match => Fill(pattern, match.Groups["name"].Value, ids)).TrimStart('/');
            foreach (var method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"])
            {
                requests.Add((method, path));
            }
        }

        requests.ShouldNotBeEmpty();
        return requests;
    }

    private const string NoUid = "00000000-0000-0000-0000-000000000001";

    private static string Fill(string pattern, string name, Dictionary<string, string> ids) => (pattern, name) switch
    {
        (var p, "id") when p.StartsWith("/v0/api/users/users/", StringComparison.Ordinal) => ids.GetValueOrDefault("accountUid", NoUid),
        (var p, "id") when p.StartsWith("/v0/api/cctv/cameras/", StringComparison.Ordinal) => ids.GetValueOrDefault("cameraUid", NoUid),
        (_, "accountId") => ids["account"],
        (_, "record_id") => ids.GetValueOrDefault("reading", "1"),
        (var p, "id") when p.Contains("/sessions/", StringComparison.Ordinal) => ids["session"],
        (var p, "id") when p.Contains("/events/", StringComparison.Ordinal) => ids["event"],
        (var p, "id") when p.Contains("/schedules/", StringComparison.Ordinal) => ids["schedule"],
        (var p, "id") when p.StartsWith("/api/v1/recordings/", StringComparison.Ordinal) => ids["recording"],
        (var p, "id") when p.Contains("/lullabies/", StringComparison.Ordinal) => ids.GetValueOrDefault("lullaby", NoUid),
        (_, "file") => ids.GetValueOrDefault("lullaby", NoUid),
        (var p, "id") when p.Contains("/devices/", StringComparison.Ordinal) => ids["device"],
        (var p, "id") when p.Contains("/signal-devices/", StringComparison.Ordinal) => ids["signal"],
        (var p, "device_id") when p.Contains("/proxy/", StringComparison.Ordinal) => "crib-phone",
        (var p, "path") when p.Contains("/proxy/", StringComparison.Ordinal) => "api/streams",
        (_, "id" or "cameraId" or "device_id" or "deviceId") => ids["camera"],
        // File names of media below a camera or an event.
        _ => "0.m4s",
    };

    [GeneratedRegex(@"\{\*{0,2}(?<name>[A-Za-z_]+)[^}]*\}")]
    private static partial Regex Parameter();
}
