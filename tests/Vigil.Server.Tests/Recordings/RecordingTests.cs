using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Vigil.Media;
using Vigil.Server.Cameras;
using Vigil.Server.Database;
using Vigil.Server.Recordings;
using Vigil.Testing;

namespace Vigil.Server.Tests.Recordings;

public sealed class RecordingTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_parent_records_stops_finds_renames_protects_and_deletes()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server, "ana");
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:a" }, Cancel);
        var feeds = server.Services.GetRequiredService<CameraFeeds>();
        await UntilAsync(() => feeds.Find(1)?.Status.State == FeedState.Live);

        var started = await Json(await home.Client.PostAsync("/api/v1/cameras/1/recordings", null, Cancel), HttpStatusCode.Created);
        var id = started.GetProperty("id").GetGuid();
        started.GetProperty("name").GetString()!.ShouldMatch(@"^Crib_\d{8}_\d{6}$");
        (Text(started, "status"), Text(started, "startedBy"), Text(started, "kind")).ShouldBe(("recording", "ana", "manual"));
        (await Json(await home.Client.PostAsync("/api/v1/cameras/1/recordings", null, Cancel), HttpStatusCode.Conflict))
            .GetProperty("code").GetString().ShouldBe("alreadyRecording");
        await UntilAsync(home.Client, id, r => r.GetProperty("frames").GetInt64() > 30);

        var stopped = await Json(await home.Client.PostAsync($"/api/v1/recordings/{id}/stop", null, Cancel), HttpStatusCode.OK);
        Text(stopped, "status").ShouldBe("completed");
        (await home.Client.PostAsync($"/api/v1/recordings/{id}/stop", null, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        var book = server.Services.GetRequiredService<RecordingBook>();
        await UntilAsync(() => book.Unfinished.Count == 0);
        var done = await Json(await home.Client.GetAsync($"/api/v1/recordings/{id}", Cancel), HttpStatusCode.OK);
        Text(done, "status").ShouldBe("completed");
        done.GetProperty("gaps").GetArrayLength().ShouldBe(0);
        done.GetProperty("bytes").GetInt64().ShouldBeGreaterThan(1024);
        done.GetProperty("frameRate").GetDouble().ShouldBeInRange(5, 60);
        done.GetProperty("width").GetInt32().ShouldBeGreaterThan(0);
        done.GetProperty("presentSeconds").GetDouble().ShouldBe(done.GetProperty("durationSeconds").GetDouble(), 1.5);

        (await Json(await home.Client.GetAsync("/api/v1/recordings?cameraId=1", Cancel), HttpStatusCode.OK))
            .GetProperty("recordings").EnumerateArray().Select(r => r.GetProperty("id").GetGuid()).ShouldContain(id);
        var changed = await Json(
            await home.Client.PatchAsJsonAsync($"/api/v1/recordings/{id}", new { name = "First steps", @protected = true }, Cancel), HttpStatusCode.OK);
        (Text(changed, "name"), changed.GetProperty("protected").GetBoolean()).ShouldBe(("First steps", true));
        (await home.Client.DeleteAsync($"/api/v1/recordings/{id}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await home.Client.GetAsync($"/api/v1/recordings/{id}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Several_recordings_of_one_camera_are_the_same_bytes()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:a", recordAlways = true, recordOnAlert = false }, Cancel);
        var book = server.Services.GetRequiredService<RecordingBook>();
        await UntilAsync(() => book.Current(1).Count == 1);
        book.Start(new RecordingStart { CameraId = 1, Kind = RecordingKind.Manual });
        foreach (var name in new[] { "Days", "Nights" })
        {
            await Json(await home.Client.PostAsJsonAsync(
                "/api/v1/schedules", new { cameraId = 1, name, type = "daily", startTime = "00:00", endTime = "00:00" }, Cancel), HttpStatusCode.Created);
        }

        await UntilAsync(() => book.Current(1).Count == 4);
        var running = book.Current(1);
        running.Select(r => r.Kind).ShouldBe([RecordingKind.Continuous, RecordingKind.Manual, RecordingKind.Scheduled, RecordingKind.Scheduled], ignoreOrder: true);
        foreach (var recording in running)
        {
            await UntilAsync(home.Client, recording.Id, r => r.GetProperty("frames").GetInt64() > 50);
        }

        var segments = await server.Services.GetRequiredService<SegmentIndex>().FindAsync(home.Id, 1, running[0].From.AddHours(-1), running[0].From.AddHours(1), Cancel);
        segments.Count.ShouldBe(1, "Four recordings write one file.");
        Directory.EnumerateFiles(Path.Combine(server.DataDirectory, "segments"), "*.mp4", SearchOption.AllDirectories).Count().ShouldBe(1);
    }

    [Fact]
    public async Task A_recording_of_a_camera_that_sends_nothing_has_failed_and_says_why()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(time);
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:", paused = true }, Cancel);
        var book = server.Services.GetRequiredService<RecordingBook>();
        var started = book.Start(
            new RecordingStart { CameraId = 1, Kind = RecordingKind.Manual, PlannedUntil = time.GetUtcNow().AddMinutes(1) });

        await Tick.UntilAsync(time, TimeSpan.FromSeconds(1), () => book.Unfinished.Count == 0);

        var done = (await book.FindAsync(home.Id, started!.Id, Cancel))!;
        (done.Status, done.Error, done.EndedAt).ShouldBe((RecordingStatus.Failed, "The camera sent nothing.", started.PlannedUntil));
    }

    [Fact]
    public async Task A_recording_goes_on_after_a_restart()
    {
        Recording? started;
        string database;
        await using (var server = await TestServer.StartAsync())
        {
            var home = await TestHousehold.CreateAsync(server);
            await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:a" }, Cancel);
            started = server.Services.GetRequiredService<RecordingBook>().Start(
                new RecordingStart { CameraId = 1, Kind = RecordingKind.Manual });
            await UntilAsync(home.Client, started!.Id, r => r.GetProperty("frames").GetInt64() > 10);
            database = server.ConnectionString;
        }

        await using var again = await TestServer.StartAsync(database: database);
        var book = again.Services.GetRequiredService<RecordingBook>();
        await UntilAsync(() => book.Current(1).Count == 1);
        book.Current(1)[0].Id.ShouldBe(started.Id);
        var index = again.Services.GetRequiredService<SegmentIndex>();
        await UntilAsync(() => index.FindRecent(1, started.From, DateTimeOffset.MaxValue).Any());
    }

    [Fact]
    public async Task While_the_database_is_away_recordings_begin_and_end_and_are_filed_when_it_is_back()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(time);
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:", paused = true }, Cancel);
        var book = server.Services.GetRequiredService<RecordingBook>();
        var before = book.Start(new RecordingStart { CameraId = 1, Kind = RecordingKind.Manual });
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(1), () => Count(server) == 1);
        var name = new NpgsqlConnectionStringBuilder(server.ConnectionString).Database!;
        var cluster = await TestCluster.GetAsync();
        await cluster.ExecuteAsync($"alter database {name} allow_connections false");
        await cluster.ExecuteAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
        var state = server.Services.GetRequiredService<DatabaseState>();
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(1), () => !state.IsAvailable);

        book.Stop(before!.Id)!.IsRunning.ShouldBeFalse();
        var during = book.Start(new RecordingStart { CameraId = 1, Kind = RecordingKind.Manual, Name = "Nap" });
        book.Current(1).ShouldBe([during!]);
        (await book.ListAsync(home.Id, new RecordingFilter(), Cancel)).Select(r => r.Id).ShouldBe([during!.Id, before.Id]);
        var spooled = JsonSerializer.Deserialize<List<JsonElement>>(File.ReadAllBytes(Path.Combine(server.DataDirectory, "spool/recordings.json")))!;
        spooled.Select(r => r.GetProperty("id").GetGuid()).ShouldBe([before.Id, during.Id], ignoreOrder: true);

        await cluster.ExecuteAsync($"alter database {name} allow_connections true");
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(1), () => state.IsAvailable && Count(server) == 2);
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(1), () => book.Unfinished.Count == 1);
        book.Current(1).ShouldHaveSingleItem().Id.ShouldBe(during.Id);
    }

    private static long Count(TestServer server)
    {
        try
        {
            using var command = server.Database.CreateCommand("select count(*) from recording");
            return (long)command.ExecuteScalar()!;
        }
        catch (NpgsqlException)
        {
            return -1;
        }
    }

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();

    private static async Task<JsonElement> Json(HttpResponseMessage answer, HttpStatusCode expected)
    {
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        answer.StatusCode.ShouldBe(expected, text);
        return JsonDocument.Parse(text).RootElement;
    }

    private static async Task UntilAsync(HttpClient client, Guid id, Func<JsonElement, bool> done)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!done(await Json(await client.GetAsync($"/api/v1/recordings/{id}", Cancel), HttpStatusCode.OK)))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, patience.Token);
        }
    }

    private static async Task UntilAsync(Func<bool> done)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!done())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, patience.Token);
        }
    }
}
