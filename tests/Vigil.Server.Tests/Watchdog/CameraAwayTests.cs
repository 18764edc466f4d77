using System.Net.Http.Json;
using System.Text.Json;
using Vigil.Server.Tests.Events;
using Vigil.Testing;

namespace Vigil.Server.Tests.Watchdog;

public sealed class CameraAwayTests
{
    private static readonly Dictionary<string, string> Loopback = new() { ["Cameras:AllowLoopback"] = "true" };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_camera_that_goes_is_told_once_and_its_return_once_also_across_a_restart()
    {
        await using var camera = FakeCamera.Start(await Clip.MakeAsync(new ClipRecipe { Constant = true }));
        string database;
        await using (var server = await TestServer.StartAsync(settings: Loopback))
        {
            database = server.ConnectionString;
            var home = await TestHousehold.CreateAsync(server);
            await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = camera.Address }, Cancel);
            await using var page = await OpenPage.OpenAsync(server, home.Owner);
            await page.UntilAsync(m => StateOf(m) == "live");

            camera.Faults.Stalled = true;
            var away = await page.UntilEventAsync("cameraOffline");
            away.GetProperty("endedAt").ValueKind.ShouldBe(JsonValueKind.Null);
            away.GetProperty("clip").ValueKind.ShouldBe(JsonValueKind.Null);
            await FiledAsync(home.Client, "camera_offline", 1);
        }

        camera.Faults.Stalled = false;
        await using (var server = await TestServer.StartAsync(settings: Loopback, database: database))
        {
            var home = await TestHousehold.CreateAsync(server, "neighbour");
            await using var connection = await server.Database.OpenConnectionAsync(Cancel);
            var offline = await FiledAsync(server, "select count(*) from event where kind = 'camera_offline' and ended_at is not null", 1);
            var online = await FiledAsync(server, "select count(*) from event where kind = 'camera_online'", 1);

            (offline, online).ShouldBe((1, 1));
            (await CountAsync(server, "select count(*) from event where kind = 'camera_offline'")).ShouldBe(1);
            (await home.Client.GetFromJsonAsync<JsonElement>("/api/v1/events", Cancel)).GetProperty("events").GetArrayLength().ShouldBe(0);
        }
    }

    [Fact]
    public async Task A_camera_whose_sound_stops_is_told_and_a_pause_closes_that_event()
    {
        await using var camera = FakeCamera.Start(await Clip.MakeAsync(new ClipRecipe { Constant = true }));
        await using var server = await TestServer.StartAsync(settings: Loopback);
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = camera.Address }, Cancel);
        await using var page = await OpenPage.OpenAsync(server, home.Owner);
        await page.UntilAsync("level");
        camera.Faults.Soundless = true;

        var deaf = await page.UntilEventAsync("notListening");
        deaf.GetProperty("endedAt").ValueKind.ShouldBe(JsonValueKind.Null);
        await home.Client.PatchAsJsonAsync("/api/v1/cameras/1", new { paused = true }, Cancel);

        var over = await page.UntilEventAsync("notListening", e => e.GetProperty("endedAt").ValueKind != JsonValueKind.Null);
        over.GetProperty("id").GetString().ShouldBe(deaf.GetProperty("id").GetString());
    }

    [Fact]
    public async Task Wrong_passwords_and_web_pages_are_told_in_plain_words()
    {
        await using var camera = FakeCamera.Start(await Clip.MakeAsync(new ClipRecipe { Constant = true }), "admin", "right");
        await using var server = await TestServer.StartAsync(settings: Loopback);
        var home = await TestHousehold.CreateAsync(server);

        var wrong = await TestAsync(home.Client, new { address = camera.Address, username = "admin", password = "wrong1234" });
        wrong.GetProperty("success").GetBoolean().ShouldBeFalse();
        wrong.GetProperty("failure").GetString().ShouldBe("wrongPassword");
        wrong.GetProperty("advice").GetString().ShouldNotBeNullOrEmpty();
        wrong.ToString().ShouldNotContain("wrong1234");

        var right = await TestAsync(home.Client, new { address = camera.Address, username = "admin", password = "right" });
        right.GetProperty("success").GetBoolean().ShouldBeTrue(right.ToString());
        right.GetProperty("video").GetProperty("codec").GetString().ShouldBe("H.264");
        right.GetProperty("playsInBrowsers").GetBoolean().ShouldBeTrue();

        var nobody = await TestAsync(home.Client, new { address = "rtsp://127.0.0.1:9/x" });
        nobody.GetProperty("failure").GetString().ShouldBe("noAnswer");

        var self = await TestAsync(home.Client, new { address = $"http://127.0.0.1:{server.Address.Port}/api/v1/setup" });
        self.GetProperty("failure").GetString().ShouldBe("addressDenied");
    }

    private static string? StateOf(JsonElement message) =>
        message.GetProperty("type").GetString() == "camera" ? message.GetProperty("status").GetProperty("state").GetString() : null;

    private static async Task<JsonElement> TestAsync(HttpClient client, object request)
    {
        using var answer = await client.PostAsJsonAsync("/api/v1/cameras/test", request, Cancel);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    private static async Task FiledAsync(HttpClient client, string kind, int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await client.GetFromJsonAsync<JsonElement>($"/api/v1/events?kind={kind}", patience.Token)).GetProperty("events").GetArrayLength() != count)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, patience.Token);
        }
    }

    private static async Task<long> FiledAsync(TestServer server, string sql, long count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await CountAsync(server, sql) < count)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, patience.Token);
        }

        return await CountAsync(server, sql);
    }

    private static async Task<long> CountAsync(TestServer server, string sql)
    {
        await using var command = server.Database.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
