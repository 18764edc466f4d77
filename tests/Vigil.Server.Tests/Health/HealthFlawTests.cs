using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Devices;

namespace Vigil.Server.Tests.Health;

/// <summary>The fourteen flaws of the original that must not come back, part (c) of the health contract, each by its number.</summary>
public sealed class HealthFlawTests(SharedServer shared) : IClassFixture<SharedServer>, IAsyncLifetime
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private readonly TestServer _server = shared.Server;
    private HealthClient _ana = null!;

    public async ValueTask InitializeAsync() => _ana = await HealthClient.RegisterAsync(_server);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Flaw_1_the_socket_checks_the_token_and_whose_it_is()
    {
        var eve = await HealthClient.RegisterAsync(_server);
        var ana = _ana.UserId.ToString(System.Globalization.CultureInfo.InvariantCulture);

        (await HealthSocketClient.RefusalAsync(_server, ana, null)).ShouldBe(401);
        (await HealthSocketClient.RefusalAsync(_server, ana, eve.Token)).ShouldBe(403);
    }

    [Fact]
    public async Task Flaw_2_history_filters_by_start_and_end()
    {
        await _ana.UploadAsync();

        (await _ana.ReadAsync("/health/history?start_date=2000-01-01&end_date=2001-01-01")).GetArrayLength().ShouldBe(0);
        (await _ana.ReadAsync("/health/history?start_date=2001-01-01")).GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Flaw_3_signing_in_tells_the_user()
    {
        var login = await _server.Client.PostAsJsonAsync("/auth/login", new { email = _ana.Email, password = "secret-1" }, Cancel);

        var user = (await login.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("user");
        user.GetProperty("id").GetInt64().ShouldBe(_ana.UserId);
        user.GetProperty("email").GetString().ShouldBe(_ana.Email);
    }

    [Fact]
    public async Task Flaw_4_values_out_of_range_are_400_and_not_500() =>
        (await _ana.UploadAsync("60", "50")).Status.ShouldBe(HttpStatusCode.BadRequest);

    [Fact]
    public async Task Flaw_5_the_timeseries_works_on_plain_PostgreSQL()
    {
        await _ana.UploadAsync();

        foreach (var interval in new[] { "15 minutes", "1 hour", "6 hours", "1 day", "1 week" })
        {
            (await _ana.ReadAsync("/health/timeseries?interval=" + interval)).GetProperty("data").GetArrayLength().ShouldBe(1, interval);
        }
    }

    [Fact]
    public async Task Flaw_6_and_8_readings_are_taken_while_sound_cannot_be_heard_and_what_is_inside_stays_inside()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, string> { ["Cameras:FfmpegPath"] = "/nowhere/ffmpeg" });
        var bob = await HealthClient.RegisterAsync(server);

        (await bob.UploadAsync()).Status.ShouldBe(HttpStatusCode.Created);
        var (_, body) = await bob.UploadAsync(audio: Sounds.Crying);
        body.GetProperty("detail").GetString()!.ShouldNotContain("nowhere");
    }

    [Fact]
    public async Task Flaw_7_the_socket_begins_with_the_latest_record()
    {
        await _ana.UploadAsync(notes: "the latest");
        await using var socket = await HealthSocketClient.OpenAsync(_server, _ana);

        (await socket.NextAsync("INITIAL_DATA")).GetProperty("data").GetProperty("notes").GetString().ShouldBe("the latest");
    }

    [Fact]
    public async Task Flaw_8_a_clip_being_heard_stops_nobody_else()
    {
        var marks = Directory.CreateTempSubdirectory("vigil-slow-");
        var script = Path.Combine(marks.FullName, "ffmpeg");
        File.SetUnixFileMode(marks.FullName, (UnixFileMode)0b111_111_111);
        var go = Path.Combine(marks.FullName, "go");
        // Hears nothing until a pipe says go.
        await File.WriteAllTextAsync(script, $"#!/bin/sh\nread line < {go}\n", Cancel);
        File.SetUnixFileMode(script, (UnixFileMode)0b111_101_101);
        using (var fifo = System.Diagnostics.Process.Start("mkfifo", ["-m", "666", go]))
        {
            await fifo.WaitForExitAsync(Cancel);
        }

        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, string> { ["Cameras:FfmpegPath"] = script });
        var bob = await HealthClient.RegisterAsync(server);

        var waiting = bob.UploadAsync(audio: Sounds.Crying);
        (await bob.UploadAsync(notes: "meanwhile")).Status.ShouldBe(HttpStatusCode.Created);
        waiting.IsCompleted.ShouldBeFalse();
        await File.WriteAllTextAsync(go, "go\n", Cancel);
        (await waiting).Status.ShouldBe(HttpStatusCode.BadRequest);
        marks.Delete(recursive: true);
    }

    [Fact]
    public async Task Flaw_9_no_upload_overwrites_another_or_chooses_its_name()
    {
        var (first, second) = (await _ana.UploadAsync(audio: Sounds.Crying, fileName: "x.mp3"), await _ana.UploadAsync(audio: Sounds.Rain, fileName: null));

        second.Body.GetProperty("audio_url").GetString().ShouldNotBe(first.Body.GetProperty("audio_url").GetString());
        first.Body.GetProperty("audio_url").GetString()!.ShouldEndWith(".ogg");
    }

    [Fact]
    public async Task Flaw_10_the_sound_can_be_fetched_again()
    {
        var (_, record) = await _ana.UploadAsync(audio: Sounds.Rain);

        (await _ana.Http.GetByteArrayAsync("/" + record.GetProperty("audio_url").GetString(), Cancel)).ShouldBe(Sounds.Rain);
    }

    [Fact]
    public async Task Flaw_11_a_device_does_not_choose_whose_readings_it_sends_and_a_failed_sensor_is_no_reading()
    {
        var eve = await HealthClient.RegisterAsync(_server);
        var device = await DeviceAsync(DeviceScope.Health);
        using var form = new MultipartFormDataContent
        {
            { new StringContent("36.5"), "temperature" }, { new StringContent("50"), "humidity" },
            { new StringContent(eve.UserId.ToString(System.Globalization.CultureInfo.InvariantCulture)), "user_id" },
        };
        var made = await device.PostAsync("/health/upload", form, Cancel);
        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        (await made.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("user_id").GetInt64().ShouldBe(_ana.UserId);
        (await eve.ReadAsync("/health/history")).GetArrayLength().ShouldBe(0);

        using var failed = new MultipartFormDataContent { { new StringContent("Err"), "temperature" }, { new StringContent("50"), "humidity" } };
        (await device.PostAsync("/health/upload", failed, Cancel)).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        // Its key opens nothing else, and another key does not open this.
        (await device.GetAsync("/health/history", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        using var again = new MultipartFormDataContent { { new StringContent("36.5"), "temperature" }, { new StringContent("50"), "humidity" } };
        (await (await DeviceAsync(DeviceScope.Publish)).PostAsync("/health/upload", again, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Flaw_12_no_page_from_elsewhere_is_let_in_and_sessions_outlive_their_tokens()
    {
        using var foreign = new HttpRequestMessage(HttpMethod.Get, "/health/stats") { Headers = { { "Origin", "https://evil.example" } } };
        foreign.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _ana.Token);

        (await _server.Client.SendAsync(foreign, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Flaw_13_every_instant_has_its_zone()
    {
        await _ana.UploadAsync();
        var told = new[]
        {
            (await _ana.ReadAsync("/health/history"))[0].GetProperty("created_at"),
            (await _ana.ReadAsync("/health/stats")).GetProperty("latest_record").GetProperty("created_at"),
            (await _ana.ReadAsync("/health/timeseries")).GetProperty("data")[0].GetProperty("time"),
        };

        told.ShouldAllBe(instant => System.Text.RegularExpressions.Regex.IsMatch(instant.GetString()!, @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"));
    }

    [Fact]
    public async Task Flaw_14_the_cry_message_has_the_documented_fields_at_its_top()
    {
        await using var socket = await HealthSocketClient.OpenAsync(_server, _ana);
        await socket.NextAsync();
        await socket.NextAsync();

        await _ana.UploadAsync(36.5, 50, Sounds.Crying);

        var cry = await socket.NextAsync("CRY_DETECTED");
        cry.GetProperty("sick_detected").GetBoolean().ShouldBeFalse();
        cry.GetProperty("timestamp").GetString()!.ShouldEndWith("Z");
    }

    private async Task<HttpClient> DeviceAsync(DeviceScope scope)
    {
        var camera = await _ana.Http.PostAsJsonAsync("/api/v1/cameras", new { name = "crib", address = "rtsp://192.0.2.77/1", paused = true }, Cancel);
        camera.StatusCode.ShouldBe(HttpStatusCode.Created);
        var id = (await camera.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetInt32();
        await using var connection = await _server.Database.OpenConnectionAsync(Cancel);
        var household = await Dapper.SqlMapper.ExecuteScalarAsync<long>(connection, "select household_id from camera where id = @id", new { id });
        var key = await _server.Services.GetRequiredService<DeviceKeys>().CreateAsync(household, id, "sensor", [scope], null, Cancel);
        var device = _server.NewClient();
        device.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key!.Text);
        return device;
    }
}
