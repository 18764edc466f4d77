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
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Devices;
using Vigil.Server.Recordings.Schedules;
using Vigil.Server.Tests.Cameras;

namespace Vigil.Server.Tests.Architecture;

/// <summary>
/// Every route, taken from the running server, tried by everybody there is on the objects of one household: 401, 404 and 403 as the rules say,
/// media addresses included. A route without a line in <see cref="PermissionTable"/> fails.
/// </summary>
public sealed partial class PermissionTests
{
    private enum Who
    {
        Owner,
        Parent,

        /// <summary>A parent whose server role is visitor.</summary>
        VisitingParent,
        Guest,
        GuestView,
        GuestControl,
        GuestAdmin,

        /// <summary>A guest whose days are over.</summary>
        GuestClosed,

        /// <summary>No member, with a row (view).</summary>
        Outsider,

        /// <summary>The owner of another household.</summary>
        Neighbour,

        /// <summary>The server's superadmin, of another household.</summary>
        Superadmin,
        Device,
        Stranger,
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_route_lets_in_whom_it_should_and_answers_everybody_else_as_the_rules_say()
    {
        await using var server = await TestServer.StartAsync();
        var house = await House.BuildAsync(server);
        var wrong = new List<string>();
        foreach (var (method, pattern, row) in Routes(server, wrong))
        {
            foreach (var who in Enum.GetValues<Who>())
            {
                var expected = Expected(row.Door, who, pattern);
                if (expected == HttpStatusCode.OK && (row.OnlyRefusals || method == "DELETE"))
                {
                    continue;
                }

                var status = await house.AskAsync(who, method, pattern, named: who == Who.Outsider && !KnowsNoHouseholds(pattern));
                var right = expected == HttpStatusCode.OK
                    ? status is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden) && (status != HttpStatusCode.NotFound || row.MayBeMissing)
                    : status == expected;
                if (!right)
                {
                    wrong.Add($"{method} {pattern} ({row.Door}) by {who}: {(int)status}, not {(expected == HttpStatusCode.OK ? "let in" : (int)expected)}");
                }
            }

            // Naming the household in which one has no part: it does not exist.
            foreach (var who in new[] { Who.Neighbour, Who.Superadmin })
            {
                if (await house.AskAsync(who, method, pattern, named: true) is var status and not HttpStatusCode.NotFound)
                {
                    wrong.Add($"{method} {pattern} by {who}, naming the household: {(int)status}, not 404");
                }
            }
        }

        wrong.ShouldBeEmpty();
    }

    private static HttpStatusCode Expected(Door door, Who who, string pattern)
    {
        const HttpStatusCode In = HttpStatusCode.OK;
        var hasObject = pattern.Contains('{', StringComparison.Ordinal);
        switch (who)
        {
            case Who.Stranger:
                return HttpStatusCode.Unauthorized;
            case Who.Device:
                return door == Door.Publish ? In : door == Door.Readings ? HttpStatusCode.Forbidden : HttpStatusCode.Unauthorized;
            case Who.VisitingParent when pattern.StartsWith("/v0/api/cctv", StringComparison.Ordinal):
                return HttpStatusCode.Unauthorized;
            case Who.Outsider when KnowsNoHouseholds(pattern) && door is (Door.SignedIn or Door.Members or Door.Adding or Door.Own):
                return hasObject ? HttpStatusCode.NotFound : In; // In a home of their own.
            case Who.Superadmin when door == Door.Administrator:
                return In;
            case Who.Neighbour or Who.Superadmin when door != Door.Administrator:
                return hasObject ? HttpStatusCode.NotFound : In;
        }

        var isGuest = who is Who.Guest or Who.GuestView or Who.GuestControl or Who.GuestAdmin or Who.GuestClosed or Who.Outsider;
        CameraRights? rights = who switch
        {
            Who.GuestView or Who.Outsider => CameraRights.OfPublic,
            Who.GuestControl => CameraRights.OfPublic with { Level = CameraLevel.Control },
            Who.GuestAdmin or Who.Owner or Who.Parent or Who.VisitingParent => CameraRights.All,
            _ => null,
        };
        HttpStatusCode Camera(CameraNeed need, bool footage = false) =>
            rights is { } held ? held.Allows(need) ? In : HttpStatusCode.Forbidden
            : who == Who.GuestClosed && !footage ? HttpStatusCode.Forbidden
            : HttpStatusCode.NotFound;
        HttpStatusCode If(bool good) => good ? In : HttpStatusCode.Forbidden;
        return door switch
        {
            Door.SignedIn => In,
            Door.Members or Door.Readings => If(who != Who.Outsider),
            Door.Parents => If(!isGuest),
            Door.Adding => If(!isGuest && who != Who.VisitingParent),
            Door.Owner => If(who == Who.Owner),
            Door.Administrator => HttpStatusCode.Forbidden,
            Door.Own => who == Who.Owner ? In : HttpStatusCode.NotFound,
            Door.View => Camera(CameraNeed.View),
            Door.Control or Door.Publish => Camera(CameraNeed.Control),
            Door.Admin => Camera(CameraNeed.Admin),
            Door.ParentsCamera => isGuest && rights is not null ? HttpStatusCode.Forbidden : Camera(CameraNeed.Admin),
            Door.Record => Camera(CameraNeed.Record),
            Door.Schedule => Camera(CameraNeed.Schedule),
            Door.SeeFootage => Camera(CameraNeed.View, footage: true),
            Door.ControlFootage => Camera(CameraNeed.Control, footage: true),
            _ => throw new InvalidOperationException($"{door} is not tried."),
        };
    }

    /// <summary>The camera contract's caller has all their households at once.</summary>
    private static bool KnowsNoHouseholds(string pattern) => pattern.StartsWith("/v0/api/", StringComparison.Ordinal);

    /// <summary>Every closed route with its line; what has none goes into <paramref name="wrong"/>.</summary>
    private static List<(string Method, string Pattern, Row Row)> Routes(TestServer server, List<string> wrong)
    {
        var table = Row.ReadAll();
        var routes = new List<(string, string, Row)>();
        var seen = new HashSet<string>();
        foreach (var endpoint in server.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>())
        {
            // Which routes strangers may call is listed in EndpointTests.
            if (endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            {
                continue;
            }

            var pattern = "/" + (endpoint.RoutePattern.RawText ?? "").Trim('/');
            foreach (var method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"])
            {
                if (method == "HEAD" || !seen.Add($"{method} {pattern}"))
                {
                    continue;
                }

                if (table.TryGetValue($"{method} {pattern}", out var row))
                {
                    routes.Add((method, pattern, row));
                }
                else
                {
                    wrong.Add($"{method} {pattern} has no line in PermissionTable: whom does it let in?");
                }
            }
        }

        wrong.AddRange(table.Keys.Where(key => !seen.Contains(key)).Select(key => $"{key} is in PermissionTable, and no route."));
        return routes;
    }

    [GeneratedRegex(@"\{\*{0,2}(?<name>[A-Za-z_]+)[^}]*\}")]
    private static partial Regex Parameter();

    private sealed record Row(Door Door, bool MayBeMissing, bool OnlyRefusals)
    {
        public static Dictionary<string, Row> ReadAll()
        {
            var rows = new Dictionary<string, Row>();
            foreach (var line in PermissionTable.Text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                foreach (var method in words[0].Split(','))
                {
                    rows.Add($"{method} {words[1].TrimEnd('/')}", new Row(Enum.Parse<Door>(words[2]), words.Contains("?"), words.Contains("!")));
                }
            }

            return rows;
        }
    }

    /// <summary>A household with one of everything, and everybody who could ask for it.</summary>
    private sealed class House
    {
        private readonly Dictionary<Who, HttpClient> clients = [];
        private readonly Dictionary<string, string> ids = [];
        private long household;

        public static async Task<House> BuildAsync(TestServer server)
        {
            var house = new House();
            var root = await TestHousehold.CreateAsync(server, "root");
            var home = await TestHousehold.CreateAsync(server, "ana");
            var eve = await TestHousehold.CreateAsync(server, "eve");
            var outsider = await TestHousehold.CreateAsync(server, "ida");
            house.household = home.Id;
            await using var connection = await server.Database.OpenConnectionAsync(Cancel);
            var made = await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "crib", address = "rtsp://192.0.2.77/1", paused = true }, Cancel);
            var camera = await made.Content.ReadFromJsonAsync<JsonElement>(Cancel);
            var id = camera.GetProperty("id").GetInt32();
            house.clients[Who.Owner] = home.Client;
            house.clients[Who.Parent] = (await home.AddAsync("pia", Place.Parent)).Client;
            var visiting = await home.AddAsync("vera", Place.Parent);
            await server.Services.GetRequiredService<AccountDirectory>().SetRoleAsync(visiting.Account.Id, ServerRole.Visitor, isActive: true, Cancel);
            house.clients[Who.VisitingParent] = visiting.Client;
            house.clients[Who.Guest] = (await home.AddAsync("gus", Place.Guest)).Client;
            house.clients[Who.Neighbour] = eve.Client;
            house.clients[Who.Superadmin] = root.Client;
            house.clients[Who.Stranger] = server.Client;
            await AddGuestAsync(Who.GuestView, CameraRights.OfPublic);
            await AddGuestAsync(Who.GuestControl, CameraRights.OfPublic with { Level = CameraLevel.Control });
            await AddGuestAsync(Who.GuestAdmin, CameraRights.All);
            await AddGuestAsync(Who.GuestClosed, CameraRights.All, new AccessRule { LastDay = new DateOnly(2020, 1, 1) });
            house.clients[Who.Outsider] = outsider.Client;
            await server.GrantAsync(home, id, outsider.Owner);
            var key = await server.Services.GetRequiredService<DeviceKeys>().CreateAsync(home.Id, id, "phone", [DeviceScope.Publish], null, Cancel);
            house.clients[Who.Device] = server.NewClient();
            house.clients[Who.Device].DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key!.Text);

            var (happened, recorded, planned) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
            var row = await server.GrantAsync(home, id, await home.AddAsync("kim", Place.Guest));
            await connection.ExecuteAsync(
                """
                insert into event (id, household_id, camera_id, kind, started_at, until, clip_from, clip_to)
                values (@happened, @household, @camera, 'sound', now(), now(), now(), now());
                insert into recording (id, household_id, camera_id, name, kind, from_at, ended_at, status, created_at, updated_at)
                values (@recorded, @household, @camera, 'nap', 'manual', now() - interval '1 minute', now(), 'stopped', now(), now());
                insert into recording_schedule (id, household_id, camera_id, name, type, start_time, end_time, is_active, created_at, updated_at)
                values (@planned, @household, @camera, 'naps', 'daily', '12:00', '14:00', false, now(), now());
                insert into signal_device (device_id, household_id, camera_id, registered_at, paired_at)
                values ('crib-phone', @household, @camera, now(), now());
                """,
                new { happened, recorded, planned, household = home.Id, camera = id });
            await server.Services.GetRequiredService<ScheduleDirectory>().ReloadAsync(Cancel); // It answers from memory, which may have been read before.
            house.ids["camera"] = id.ToString(CultureInfo.InvariantCulture);
            house.ids["uid"] = camera.GetProperty("uid").GetString()!;
            house.ids["event"] = happened.ToString();
            house.ids["row"] = row.Id.ToString(CultureInfo.InvariantCulture);
            house.ids["schedule"] = planned.ToString();
            house.ids["recording"] = recorded.ToString();
            house.ids["device"] = key.Id.ToString(CultureInfo.InvariantCulture);
            house.ids["account"] = home.Owner.Account.Id.ToString(CultureInfo.InvariantCulture);
            house.ids["session"] = home.Owner.SessionId.ToString(CultureInfo.InvariantCulture);
            return house;

            async Task AddGuestAsync(Who who, CameraRights rights, AccessRule? rule = null)
            {
                var guest = await home.AddAsync(who.ToString().ToLowerInvariant(), Place.Guest);
                await server.GrantAsync(home, id, guest, rule, rights);
                house.clients[who] = guest.Client;
            }
        }

        public async Task<HttpStatusCode> AskAsync(Who who, string method, string pattern, bool named)
        {
            var path = Parameter().Replace(pattern, match => Fill(pattern, match.Groups["name"].Value));
            using var request = new HttpRequestMessage(new HttpMethod(method), named ? $"{path}?household={household}" : path);
            if (method is "POST" or "PUT" or "PATCH")
            {
                request.Content = new StringContent(
                    Bodies.FirstOrDefault(body => path.EndsWith(body.Key, StringComparison.Ordinal) || pattern.EndsWith(body.Key, StringComparison.Ordinal)).Value ?? "{}",
                    Encoding.UTF8, "application/json");
            }

            using var answer = await clients[who].SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
            return answer.StatusCode;
        }

        /// <summary>Bodies that can be read, by the end of the path: one that cannot is refused before anybody asks who sent it.</summary>
        private static readonly Dictionary<string, string> Bodies = new()
        {
            ["/device-keys"] = """{"name":"encoder","scopes":["publish"]}""",
            ["/v1/devices/{id:long}"] = """{"name":"crib phone"}""",
            ["/pause"] = """{"paused":true}""",
            ["/household/members/{accountId:long}"] = """{"place":"owner"}""",
            ["/household/members"] = """{"email":"someone@example.org","password":"long enough","place":"guest"}""",
            ["/me/password"] = """{"oldPassword":"wrong password","newPassword":"long enough"}""",
            ["/health/readings"] = """{"temperature":36.5,"humidity":50}""",
            ["/health/settings"] = """{"sickRule":"temperatureOnly","feverAt":38}""",
            ["/room-cameras"] = """{"name":"Attic"}""",
        };

        private string Fill(string pattern, string name) => (pattern, name) switch
        {
            (_, "accountId") => ids["account"],
            (var p, "id") when p.Contains("/sessions/", StringComparison.Ordinal) => ids["session"],
            (var p, "id") when p.Contains("/accounts/", StringComparison.Ordinal) || p.Contains("/users/", StringComparison.Ordinal) => ids["account"],
            (var p, "id") when p.Contains("/events/", StringComparison.Ordinal) => ids["event"],
            (var p, "id") when p.Contains("/v1/recordings/", StringComparison.Ordinal) || p.Contains("/cctv/recordings/", StringComparison.Ordinal) || p.Contains("/playback/", StringComparison.Ordinal) => ids["recording"],
            (var p, "id") when p.Contains("schedules/", StringComparison.Ordinal) => ids["schedule"],
            (var p, "id") when p.Contains("/camera-access/", StringComparison.Ordinal) => ids["row"],
            (var p, "id") when p.Contains("/devices/", StringComparison.Ordinal) => ids["device"],
            (var p, "id") when p.Contains("{id:guid}", StringComparison.Ordinal) => ids["uid"],
            (_, "file") => ids["uid"],
            (_, "id" or "device") => ids["camera"],
            (_, "row") => ids["row"],
            (_, "number" or "generation") => "1",
            (_, "device_id") => "crib-phone",
            (var p, "path") when p.Contains("/proxy/", StringComparison.Ordinal) => "api/webrtc",
            _ => "0",
        };
    }
}
