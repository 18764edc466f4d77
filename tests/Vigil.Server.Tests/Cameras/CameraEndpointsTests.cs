using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Media;
using Vigil.Server.Cameras;

namespace Vigil.Server.Tests.Cameras;

public sealed class CameraEndpointsTests
{
    [Fact]
    public async Task Levels_before_the_beginning_of_time_are_none()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "rtsp://camera.invalid/1", paused = true }, Cancel);

        var answer = await home.Client.GetAsync("/api/v1/cameras/1/levels?to=0001-01-01T00:30:00Z", Cancel);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_pasted_password_is_stored_sealed_and_never_shown_again()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);

        var made = await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "rtsp://admin:geheim1@camera.invalid/stream1" }, Cancel);

        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        var camera = await made.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        camera.GetProperty("id").GetInt32().ShouldBe(1);
        camera.GetProperty("address").GetString().ShouldBe("rtsp://camera.invalid/stream1");
        camera.GetProperty("username").GetString().ShouldBe("admin");
        camera.GetProperty("hasPassword").GetBoolean().ShouldBeTrue();
        camera.GetProperty("redThreshold").GetInt32().ShouldBe(5000);
        camera.GetProperty("access").GetString().ShouldBe("admin");
        (await home.Client.GetStringAsync("/api/v1/cameras", Cancel)).ShouldNotContain("geheim1");
        await using var connection = await server.Database.OpenConnectionAsync(Cancel);
        (await connection.QuerySingleAsync<string>("select camera::text from camera")).ShouldNotContain("geheim1");
    }

    [Fact]
    public async Task Whatever_may_be_a_secret_in_an_address_is_stored_sealed_shown_as_a_place_and_kept_when_the_rest_is_edited()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);

        var made = await home.Client.PostAsJsonAsync(
            "/api/v1/cameras",
            new
            {
                name = "Crib",
                address = "rtsp://camera.invalid/live?channel=1&token=geheim1",
                subAddress = "rtsp://camera.invalid/live?channel=2&p%61ssword=geheim2",
                audioAddress = "http://other.invalid/audio?sig=geheim3",
            },
            Cancel);
        var changed = await Patch(home.Client, new { address = "rtsp://camera.invalid/live?channel=3&token={secret1}", name = "Cot" });
        var moved = await home.Client.PatchAsJsonAsync("/api/v1/cameras/1", new { address = "rtsp://elsewhere.invalid/live?token={secret1}" }, Cancel);

        var all = await made.Content.ReadAsStringAsync(Cancel) + changed + await home.Client.GetStringAsync("/api/v1/cameras", Cancel);
        await using var connection = await server.Database.OpenConnectionAsync(Cancel);
        (all + await connection.QuerySingleAsync<string>("select camera::text from camera")).ShouldNotContain("geheim");
        changed.GetProperty("address").GetString().ShouldBe("rtsp://camera.invalid/live?channel=3&token={secret1}");
        changed.GetProperty("subAddress").GetString().ShouldBe("rtsp://camera.invalid/live?channel=2&p%61ssword={password}");
        changed.GetProperty("audioAddress").GetString().ShouldBe("http://other.invalid/audio?sig={secret2}");
        moved.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var source = SourceOf(server);
        source.Address.OriginalString.ShouldBe("rtsp://camera.invalid/live?channel=3&token=geheim1");
        source.SubAddress!.OriginalString.ShouldBe("rtsp://camera.invalid/live?channel=2&p%61ssword=geheim2");
        source.AudioAddress!.OriginalString.ShouldBe("http://other.invalid/audio?sig=geheim3");
    }

    [Fact]
    public async Task Secrets_in_addresses_of_an_older_Vigil_are_sealed_when_the_cameras_are_first_read()
    {
        var database = await (await TestCluster.GetAsync()).CreateDatabaseAsync();
        await using (var connection = new Npgsql.NpgsqlConnection(database))
        {
            await connection.ExecuteAsync(
                """
                insert into household (name) values ('Home');
                insert into camera (uid, household_id, name, address, sub_address, audio_address, paused, created_at, updated_at) values
                  (gen_random_uuid(), 1, 'Crib', 'rtsp://camera.invalid/user=admin_password=geheim1_channel=1_stream=0.sdp',
                   'http://camera.invalid/v?auth=geheim2&fps=5', 'http://other.invalid/geht@x:y?k=geheim3', true, now(), now()),
                  (gen_random_uuid(), 1, 'Cot', 'test:', null, null, true, now(), now())
                """);
        }

        await using var server = await TestServer.StartAsync(database: database);
        var directory = server.Services.GetRequiredService<CameraDirectory>();
        await directory.Loaded.WaitAsync(Cancel);

        await using var look = await server.Database.OpenConnectionAsync(Cancel);
        var row = await look.QuerySingleAsync<string>("select camera::text from camera where id = 1");
        row.ShouldNotContain("geheim");
        var source = SourceOf(server);
        source.Address.OriginalString.ShouldBe("rtsp://camera.invalid/user=admin_password=geheim1_channel=1_stream=0.sdp");
        source.SubAddress!.OriginalString.ShouldBe("http://camera.invalid/v?auth=geheim2&fps=5");
        source.AudioAddress!.OriginalString.ShouldBe("http://other.invalid/geht@x:y?k=geheim3");
        await directory.ReloadAsync(Cancel);
        (await look.QuerySingleAsync<string>("select camera::text from camera where id = 1")).ShouldBe(row);
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("exec:ls")]
    [InlineData("-option")]
    [InlineData("rtsp://169.254.169.254/latest")]
    [InlineData("http://[::ffff:169.254.169.254]/x")]
    [InlineData("rtsp://127.0.0.1/x")]
    [InlineData("rtsp://[fe80::1]/x")]
    [InlineData("rtsp://host/a\u0007b")]
    public async Task A_bad_address_is_a_clear_400(string address)
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);

        var answer = await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address }, Cancel);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        problem.GetProperty("errors").GetProperty("address")[0].GetString().ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task Changes_keep_what_is_not_named_and_a_moved_camera_loses_its_stored_password()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "rtsp://u:p@camera.invalid/1", redThreshold = 7000 }, Cancel);

        var renamed = await Patch(home.Client, new { name = "Cot" });
        renamed.GetProperty("name").GetString().ShouldBe("Cot");
        renamed.GetProperty("redThreshold").GetInt32().ShouldBe(7000);
        renamed.GetProperty("hasPassword").GetBoolean().ShouldBeTrue();

        (await Patch(home.Client, new { address = "rtsp://camera.invalid/2" })).GetProperty("hasPassword").GetBoolean().ShouldBeTrue();
        (await Patch(home.Client, new { address = "rtsp://elsewhere.invalid/2" })).GetProperty("hasPassword").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task Wrong_numbers_are_told_by_field()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);

        var answer = await home.Client.PostAsJsonAsync(
            "/api/v1/cameras", new { name = "", address = "test:", yellowThreshold = 9000, preRollSeconds = 1000 }, Cancel);

        var errors = (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("errors");
        errors.EnumerateObject().Select(e => e.Name).Order(StringComparer.Ordinal).ShouldBe(["name", "preRollSeconds", "redThreshold"]);
    }

    [Fact]
    public async Task A_paused_camera_is_not_read_and_says_so()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "rtsp://camera.invalid/1" }, Cancel);

        var answer = await home.Client.PostAsJsonAsync("/api/v1/cameras/1/pause", new { paused = true }, Cancel);

        var paused = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        paused.GetProperty("status").GetProperty("state").GetString().ShouldBe("paused");
    }

    [Fact]
    public async Task Guests_see_no_camera_and_neighbours_none_of_ours()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:" }, Cancel);
        var guest = await home.AddAsync("guest", Vigil.Server.Accounts.Place.Guest);
        var neighbour = await TestHousehold.CreateAsync(server, "bob");

        foreach (var client in new[] { guest.Client, neighbour.Client })
        {
            (await client.GetStringAsync("/api/v1/cameras", Cancel)).ShouldBe("[]");
            (await client.GetAsync("/api/v1/cameras/1", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
            (await client.DeleteAsync("/api/v1/cameras/1", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
            (await client.PostAsJsonAsync("/api/v1/cameras/1/pause", new { paused = true }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
            (await client.GetAsync("/api/v1/cameras/1/levels", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
            (await client.GetAsync("/api/device/1", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        }

        (await guest.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Mine", address = "test:" }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await server.Client.GetAsync("/api/v1/cameras/1", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_visitor_of_the_server_adds_no_cameras_even_at_home_but_keeps_those_there_are()
    {
        await using var server = await TestServer.StartAsync();
        await TestHousehold.CreateAsync(server, "admin");
        var home = await TestHousehold.CreateAsync(server, "vic", role: Vigil.Server.Accounts.ServerRole.Visitor);
        await using (var connection = await server.Database.OpenConnectionAsync(Cancel))
        {
            await connection.ExecuteAsync(
                """
                insert into camera (uid, household_id, name, address, paused, created_at, updated_at)
                values (gen_random_uuid(), @Id, 'Crib', 'test:', true, now(), now())
                """,
                new { home.Id });
        }

        await server.Services.GetRequiredService<CameraDirectory>().ReloadAsync(Cancel);

        foreach (var (path, body) in new (string, object)[]
        {
            ("cameras", new { name = "Crib", address = "test:" }), ("cameras/test", new { address = "test:" }), ("cameras/discover", new { }),
            ("room-cameras", new { name = "Phone" }),
        })
        {
            var refused = await home.Client.PostAsJsonAsync($"/api/v1/{path}", body, Cancel);
            refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden, path);
            (await refused.Content.ReadAsStringAsync(Cancel)).ShouldContain("Visitors of this server cannot add cameras", Case.Sensitive, path);
        }

        (await home.Client.PatchAsJsonAsync("/api/v1/cameras/1", new { name = "Cot" }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await home.Client.PostAsJsonAsync("/api/v1/cameras/test", new { cameraId = 1 }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_monitor_contract_speaks_its_own_shapes()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:" }, Cancel);

        var device = await home.Client.GetFromJsonAsync<JsonElement>("/api/device/1", Cancel);
        device.GetProperty("id").GetInt32().ShouldBe(1);
        device.GetProperty("name").GetString().ShouldBe("Crib");
        device.GetProperty("is_active").GetBoolean().ShouldBeTrue();
        device.GetProperty("stream_url").GetString().ShouldNotBeNull().ShouldContain("/api/v1/cameras/1/hls/index.m3u8");

        (await Post(home.Client, "/api/device/1/stop")).ShouldBe("""{"status":"success","message":"Monitoring stopped"}""");
        (await Post(home.Client, "/api/device/1/stop")).ShouldBe("""{"status":"success","message":"Monitoring stopped"}""");
        (await home.Client.GetFromJsonAsync<JsonElement>("/api/device/1", Cancel)).GetProperty("is_active").GetBoolean().ShouldBeFalse();
        (await Post(home.Client, "/api/device/1/start")).ShouldBe("""{"status":"success","message":"Monitoring started"}""");

        foreach (var unknown in new[] { "/api/device/99", "/api/device/crib", "/api/device/99999999999999" })
        {
            var answer = await home.Client.GetAsync(unknown, Cancel);
            answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
            (await answer.Content.ReadAsStringAsync(Cancel)).ShouldBe("""{"status":"error","message":"Monitor device not found"}""");
        }

        (await home.Client.DeleteAsync("/api/device/1", Cancel)).StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    private static CameraSource SourceOf(TestServer server) =>
        server.Services.GetRequiredService<CameraFeeds>().SourceOf(server.Services.GetRequiredService<CameraDirectory>().Find(1)!);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<string> Post(HttpClient client, string path)
    {
        var answer = await client.PostAsync(path, null, Cancel);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await answer.Content.ReadAsStringAsync(Cancel);
    }

    private static async Task<JsonElement> Patch(HttpClient client, object change)
    {
        var answer = await client.PatchAsJsonAsync("/api/v1/cameras/1", change, Cancel);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }
}
