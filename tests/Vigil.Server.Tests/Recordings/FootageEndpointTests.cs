using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Hosting;
using Vigil.Server.Recordings;
using Vigil.Server.Tests.Cameras;

namespace Vigil.Server.Tests.Recordings;

public sealed class FootageEndpointTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Footage_is_listed_played_in_parts_exported_and_shown_in_small_pictures()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server, "ana", "UTC");
        var (from, to) = await RecordedAsync(server, home);
        var query = $"from={Iso(from)}&to={Iso(to)}";

        var footage = await GetAsync(home.Client, $"/api/v1/cameras/1/footage?{query}");
        footage.GetProperty("ranges").GetArrayLength().ShouldBe(1);
        footage.GetProperty("bytes").GetInt64().ShouldBeGreaterThan(1000);
        var earlier = await GetAsync(home.Client, $"/api/v1/cameras/1/footage?from={Iso(from.AddHours(-1))}&to={Iso(to)}");
        earlier.GetProperty("gaps")[0].GetProperty("reason").GetString().ShouldBe("notRecorded");
        var days = await GetAsync(home.Client, $"/api/v1/cameras/1/footage/days?month={from.UtcDateTime:yyyy-MM}");
        days.GetProperty("days").EnumerateArray().Select(d => d.GetString()).ShouldContain(from.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

        using var whole = await home.Client.GetAsync($"/api/v1/cameras/1/footage.mp4?{query}", Cancel);
        whole.StatusCode.ShouldBe(HttpStatusCode.OK);
        var bytes = await whole.Content.ReadAsByteArrayAsync(Cancel);
        whole.Content.Headers.ContentLength.ShouldBe(bytes.Length);
        using var part = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/cameras/1/footage.mp4?{query}") { Headers = { Range = new RangeHeaderValue(1000, 4999) } };
        part.Headers.IfRange = new RangeConditionHeaderValue(whole.Headers.ETag!);
        using var answer = await home.Client.SendAsync(part, Cancel);
        answer.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        (await answer.Content.ReadAsByteArrayAsync(Cancel)).ShouldBe(bytes[1000..5000]);
        (await ProbeAsync(server, bytes)).ShouldBe(["h264", "aac", "2"]);

        using var export = await home.Client.GetAsync($"/api/v1/cameras/1/footage.mp4?{query}&sound=aac&download=1", Cancel);
        export.Content.Headers.ContentDisposition!.FileName.ShouldStartWith("Crib_");
        (await ProbeAsync(server, await export.Content.ReadAsByteArrayAsync(Cancel))).ShouldBe(["h264", "aac", "2"]);

        var picture = await home.Client.GetByteArrayAsync($"/api/v1/cameras/1/footage/thumbnail.jpg?at={Iso(from.AddSeconds(1))}", Cancel);
        picture[..2].ShouldBe([0xFF, 0xD8]);
        (await home.Client.GetByteArrayAsync($"/api/v1/cameras/1/footage/thumbnail.jpg?at={Iso(from.AddSeconds(1))}", Cancel)).ShouldBe(picture);
        (await home.Client.GetAsync($"/api/v1/cameras/1/footage/thumbnail.jpg?at={Iso(from.AddHours(-2))}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_health_of_a_camera_tells_what_it_sends_what_was_lost_and_what_is_kept()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server, "ana", "UTC");
        var (from, _) = await RecordedAsync(server, home);

        var health = await GetAsync(home.Client, "/api/v1/cameras/1/health");
        health.GetProperty("status").GetProperty("cameraId").GetInt32().ShouldBe(1);
        var main = health.GetProperty("streams").EnumerateArray().Single(s => s.GetProperty("name").GetString() == "main");
        main.GetProperty("frames").GetInt64().ShouldBeGreaterThan(0);
        main.GetProperty("lostPackets").GetInt64().ShouldBe(0);
        health.GetProperty("recorder").GetProperty("dropped").GetInt64().ShouldBe(0);
        var storage = health.GetProperty("storage");
        storage.GetProperty("bytes").GetInt64().ShouldBeGreaterThan(1000);
        storage.GetProperty("dayBytes").GetInt64().ShouldBe(storage.GetProperty("bytes").GetInt64());
        storage.GetProperty("oldest").GetDateTimeOffset().ShouldBe(from, TimeSpan.FromSeconds(30));

        var gus = await home.AddAsync("gus", Place.Guest);
        (await gus.Client.GetAsync("/api/v1/cameras/1/health", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        await server.GrantAsync(home, 1, gus);
        (await GetAsync(gus.Client, "/api/v1/cameras/1/health")).GetProperty("storage").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task A_guest_gets_only_what_lies_in_their_window_and_no_file_without_the_right()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server, "ana", "UTC");
        var (from, to) = await RecordedAsync(server, home);
        var gus = await home.AddAsync("gus", Place.Guest);
        // The window opens in the middle of the footage.
        var middle = from + ((to - from) / 2);
        await server.GrantAsync(home, 1, gus, new AccessRule { Start = TimeOnly.FromDateTime(middle.UtcDateTime), End = TimeOnly.FromDateTime(middle.UtcDateTime.AddHours(12)) });
        var query = $"from={Iso(from)}&to={Iso(to)}";

        var seen = await GetAsync(gus.Client, $"/api/v1/cameras/1/footage?{query}");
        seen.GetProperty("ranges")[0].GetProperty("from").GetDateTimeOffset().ShouldBe(middle, TimeSpan.FromMilliseconds(10));
        (await gus.Client.GetAsync($"/api/v1/cameras/1/footage.mp4?from={Iso(from)}&to={Iso(middle.AddSeconds(-0.2))}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await gus.Client.GetAsync($"/api/v1/cameras/1/footage/thumbnail.jpg?at={Iso(from)}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        var all = (await home.Client.GetByteArrayAsync($"/api/v1/cameras/1/footage.mp4?{query}", Cancel)).Length;
        (await gus.Client.GetByteArrayAsync($"/api/v1/cameras/1/footage.mp4?{query}", Cancel)).Length.ShouldBeLessThan(all);

        (await gus.Client.GetAsync($"/api/v1/cameras/1/footage/thumbnail.jpg?at={Iso(middle)}", Cancel)).StatusCode.ShouldBe(
            HttpStatusCode.NotFound, "the picture of that moment was taken before the window opened");
        (await home.Client.GetAsync($"/api/v1/cameras/1/footage/thumbnail.jpg?at={Iso(middle)}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);

        // By its id: the newest of a list need not be the same recording for both.
        var id = (await GetAsync(home.Client, "/api/v1/recordings")).GetProperty("recordings").EnumerateArray()
            .Single(r => r.GetProperty("kind").GetString() == "manual").GetProperty("id").GetGuid();
        var (theirs, ours) = (await GetAsync(gus.Client, $"/api/v1/recordings/{id}"), await GetAsync(home.Client, $"/api/v1/recordings/{id}"));
        theirs.GetProperty("presentSeconds").GetDouble().ShouldBeLessThanOrEqualTo(ours.GetProperty("durationSeconds").GetDouble() - (middle - from).TotalSeconds + 0.01);
        theirs.GetProperty("bytes").GetInt64().ShouldBeLessThan(ours.GetProperty("bytes").GetInt64());

        var nobody = await home.AddAsync("eve", Place.Guest);
        await server.GrantAsync(home, 1, nobody, rights: CameraRights.OfPublic with { CanDownload = false });
        (await nobody.Client.GetAsync($"/api/v1/cameras/1/footage.mp4?{query}&download=1", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await nobody.Client.GetAsync($"/api/v1/cameras/1/footage.mp4?{query}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_signed_address_plays_without_a_cookie_while_the_session_lives()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server, "ana", "UTC");
        await RecordedAsync(server, home);
        var recording = (await GetAsync(home.Client, "/api/v1/recordings")).GetProperty("recordings")[0].GetProperty("id").GetGuid();
        var session = await server.Services.GetRequiredService<LoginSessions>().OpenAsync(home.Owner.Account.Id, "tv", "127.0.0.1", Cancel);
        var signature = server.Services.GetRequiredService<MediaSignature>().Sign(session.Uid, home.Id, $"recordings/{recording}");

        (await server.Client.GetAsync($"/api/v1/recordings/{recording}/video.mp4", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await server.Client.GetAsync($"/api/v1/recordings/{recording}/video.mp4?st={signature}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await server.Client.GetAsync($"/api/v1/recordings/{Guid.NewGuid()}/video.mp4?st={signature}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        await server.Services.GetRequiredService<LoginSessions>().CloseAsync(home.Owner.Account.Id, session.Id, "signedOut", Cancel);
        (await server.Client.GetAsync($"/api/v1/recordings/{recording}/video.mp4?st={signature}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    /// <summary>Some seconds of a test camera, and when.</summary>
    internal static async Task<(DateTimeOffset From, DateTimeOffset To)> RecordedAsync(TestServer server, TestHousehold home)
    {
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:a" }, Cancel);
        var feeds = server.Services.GetRequiredService<CameraFeeds>();
        await UntilAsync(() => feeds.Find(1)?.Status.State == Vigil.Media.FeedState.Live);
        var book = server.Services.GetRequiredService<RecordingBook>();
        var recording = book.Start(new RecordingStart { CameraId = 1, Kind = RecordingKind.Manual })!;
        var index = server.Services.GetRequiredService<SegmentIndex>();
        await UntilAsync(() => index.FindRecent(1, recording.From, DateTimeOffset.MaxValue).Any(s => s.End > recording.From.AddSeconds(6)));
        book.Stop(recording.Id);
        await UntilAsync(() => book.Unfinished.All(r => r.Id != recording.Id) && index.FindRecent(1, recording.From, DateTimeOffset.MaxValue).All(s => !s.Open));
        var ended = (await book.FindAsync(home.Id, recording.Id, Cancel))!.EndedAt!.Value;
        return (recording.From, recording.From.AddSeconds(5) < ended ? recording.From.AddSeconds(5) : ended);
    }

    private static async Task UntilAsync(Func<bool> done)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!done())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, patience.Token);
        }
    }

    private static async Task<JsonElement> GetAsync(HttpClient client, string path)
    {
        var answer = await client.GetAsync(path, Cancel);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        return JsonDocument.Parse(text).RootElement;
    }

    private static string Iso(DateTimeOffset at) => Uri.EscapeDataString(at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));

    private static async Task<string[]> ProbeAsync(TestServer server, byte[] file)
    {
        var path = Path.Combine(server.DataDirectory, "probe.mp4");
        await File.WriteAllBytesAsync(path, file, Cancel);
        var start = new ProcessStartInfo("ffprobe", ["-v", "error", "-show_entries", "stream=codec_name:format=nb_streams", "-of", "default=nw=1:nk=1", path])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        return (await process.StandardOutput.ReadToEndAsync(Cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
