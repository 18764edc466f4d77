using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Accounts;
using Vigil.Server.Tests.Events;

namespace Vigil.Server.Tests.Detection;

public sealed class LoudNoiseTests
{
    /// <summary>This made-up camera is loud from its seventh to its ninth second.</summary>
    private const string LoudAtSeven = "test:b";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_noise_ends_when_its_camera_is_removed()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = LoudAtSeven }, Cancel);
        await using var page = await OpenPage.OpenAsync(server, home.Owner);
        var log = server.Services.GetRequiredService<Vigil.Server.Events.EventLog>();
        using var changes = log.Changed.Listen(capacity: 256);
        var id = (await page.UntilEventAsync("sound")).GetProperty("id").GetGuid();

        (await home.Client.DeleteAsync("/api/v1/cameras/1", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (log.FindRecent(home.Id, id)!.EndedAt is null)
        {
            await changes.Items.ReadAsync(patience.Token);
        }
    }

    [Fact]
    public async Task A_loud_noise_is_an_alert_on_every_page_with_a_clip_that_begins_five_seconds_before_it()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var parent = await home.AddAsync("pa", Place.Parent);
        var neighbour = await TestHousehold.CreateAsync(server, "bob");
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib / 1", address = LoudAtSeven }, Cancel);
        await using var page = await OpenPage.OpenAsync(server, home.Owner);
        await using var other = await OpenPage.OpenAsync(server, parent);
        await using var monitor = await OpenPage.OpenAsync(server, home.Owner, "/ws/monitor/1/");

        // The alert, while the noise goes on.
        var alert = await page.UntilEventAsync("sound");
        Note("alert on the page", alert);
        alert.GetProperty("endedAt").ValueKind.ShouldBe(JsonValueKind.Null);
        alert.GetProperty("level").GetString().ShouldBe("red");
        alert.GetProperty("cameraName").GetString().ShouldBe("Crib / 1");
        var id = alert.GetProperty("id").GetString();
        (await other.UntilEventAsync("sound")).GetProperty("id").GetString().ShouldBe(id);

        // The contract's socket tells it in its own words.
        var told = (await monitor.UntilAsync(m => m.GetProperty("message").GetProperty("alert_level").GetString() == "RED")).GetProperty("message");
        told.GetProperty("type").GetString().ShouldBe("audio_level");
        told.GetProperty("device_id").GetInt32().ShouldBe(1);
        told.GetProperty("peak").GetInt32().ShouldBeInRange(5000, 32767);
        DateTime.ParseExact(told.GetProperty("timestamp").GetString()!, "yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture);

        // The clip plays before the noise is over …
        var ready = await page.UntilEventAsync("sound", e => e.GetProperty("clip").GetProperty("ready").GetBoolean());
        Note("clip playable", ready);
        var url = ready.GetProperty("clip").GetProperty("url").GetString()!;
        (await ProbeAsync(await DownloadAsync(home.Client, url, Cancel))).Duration.ShouldBeGreaterThan(5);

        // … and when it is over, it is whole: picture, sound, five seconds before, two after.
        var over = await page.UntilEventAsync("sound", e => e.GetProperty("endedAt").ValueKind != JsonValueKind.Null);
        over.GetProperty("id").GetString().ShouldBe(id);
        var clip = over.GetProperty("clip");
        (over.GetProperty("startedAt").GetDateTimeOffset() - clip.GetProperty("from").GetDateTimeOffset()).ShouldBe(TimeSpan.FromSeconds(5));
        (clip.GetProperty("to").GetDateTimeOffset() - over.GetProperty("endedAt").GetDateTimeOffset()).ShouldBe(TimeSpan.FromSeconds(2));
        await monitor.UntilAsync(m => m.GetProperty("message").GetProperty("alert_level").GetString() == "NONE");
        var whole = await WholeClipAsync(home.Client, url, clip.GetProperty("durationSeconds").GetDouble());
        whole.Video.ShouldBe("h264");
        whole.Audio.ShouldBe("aac");
        whole.LoudAt.ShouldBe(5, 0.5);

        await A_clip_is_a_file_that_can_be_asked_for_in_parts(home.Client, url);
        await Nobody_else_gets_it(neighbour.Client, server.Client, id!, url);
        await It_can_be_acknowledged(home.Client, page, id!);
        await It_stands_in_the_level_history(home.Client);
    }

    private static async Task It_stands_in_the_level_history(HttpClient client)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            var levels = await client.GetFromJsonAsync<JsonElement>("/api/v1/cameras/1/levels", patience.Token);
            levels.GetProperty("stepSeconds").GetInt32().ShouldBe(5);
            if (levels.GetProperty("points").EnumerateArray().Any(p => p.GetProperty("max").GetInt32() > 5000))
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, patience.Token);
        }
    }

    /// <summary>A figure for the log, not a promise: how long after the first loud sample the page knew.</summary>
    private static void Note(string what, JsonElement e) => TestContext.Current.TestOutputHelper?.WriteLine(
        $"{what}: {(TimeProvider.System.GetUtcNow() - e.GetProperty("startedAt").GetDateTimeOffset()).TotalMilliseconds:0} ms after the noise began");

    private static async Task A_clip_is_a_file_that_can_be_asked_for_in_parts(HttpClient client, string url)
    {
        using var whole = await client.GetAsync(url, Cancel);
        var bytes = await whole.Content.ReadAsByteArrayAsync(Cancel);
        whole.Content.Headers.ContentType!.MediaType.ShouldBe("video/mp4");
        whole.Headers.AcceptRanges.ShouldContain("bytes");

        using var part = new HttpRequestMessage(HttpMethod.Get, url) { Headers = { Range = new RangeHeaderValue(1000, 1999) } };
        using var partly = await client.SendAsync(part, Cancel);
        partly.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        (await partly.Content.ReadAsByteArrayAsync(Cancel)).ShouldBe(bytes[1000..2000]);

        using var head = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, url), Cancel);
        head.Content.Headers.ContentLength.ShouldBe(bytes.Length);

        using var same = new HttpRequestMessage(HttpMethod.Get, url) { Headers = { IfNoneMatch = { whole.Headers.ETag! } } };
        (await client.SendAsync(same, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotModified);

        using var saved = await client.GetAsync(url + "?download=1", Cancel);
        saved.Content.Headers.ContentDisposition!.FileName.ShouldNotBeNull().ShouldStartWith("Crib___1_");
    }

    private static async Task Nobody_else_gets_it(HttpClient neighbour, HttpClient stranger, string id, string url)
    {
        (await neighbour.GetAsync(url, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await neighbour.GetAsync($"/api/v1/events/{id}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await neighbour.PostAsync($"/api/v1/events/{id}/acknowledge", null, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await neighbour.GetFromJsonAsync<JsonElement>("/api/v1/events", Cancel)).GetProperty("events").GetArrayLength().ShouldBe(0);
        (await neighbour.GetAsync("/api/v1/events?camera=1", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await stranger.GetAsync(url, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static async Task It_can_be_acknowledged(HttpClient client, OpenPage page, string id)
    {
        using var answer = await client.PostAsync($"/api/v1/events/{id}/acknowledge", null, Cancel);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var told = await page.UntilEventAsync("sound", e => e.GetProperty("acknowledgedAt").ValueKind != JsonValueKind.Null);
        told.GetProperty("acknowledgedBy").GetString().ShouldBe("ana");
        var list = await client.GetFromJsonAsync<JsonElement>("/api/v1/events?kind=sound", Cancel);
        list.GetProperty("events")[0].GetProperty("acknowledgedBy").GetString().ShouldBe("ana");
    }

    /// <summary>A player asks in parts: of a growing clip it is sent to an address that says how far it goes, so that all parts fit together.</summary>
    private static async Task<byte[]> DownloadAsync(HttpClient client, string url, CancellationToken cancel)
    {
        using var part = new HttpRequestMessage(HttpMethod.Get, url) { Headers = { Range = new RangeHeaderValue(0, null) } };
        using var answer = await client.SendAsync(part, cancel);
        if (answer.StatusCode != HttpStatusCode.Redirect)
        {
            return await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync(cancel);
        }

        var pinned = answer.Headers.Location!;
        var first = await client.GetByteArrayAsync(pinned, cancel);
        (await client.GetByteArrayAsync(pinned, cancel)).SequenceEqual(first).ShouldBeTrue();
        return first;
    }

    /// <summary>The last pictures become durable within a second of being taken: asks until the file has its full length.</summary>
    private static async Task<Probe> WholeClipAsync(HttpClient client, string url, double seconds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            using var part = new HttpRequestMessage(HttpMethod.Get, url) { Headers = { Range = new RangeHeaderValue(0, null) } };
            using var answer = await client.SendAsync(part, patience.Token);
            if (answer.StatusCode == HttpStatusCode.PartialContent
                && await ProbeAsync(await answer.Content.ReadAsByteArrayAsync(patience.Token)) is var probe && Math.Abs(probe.Duration - seconds) < 0.3)
            {
                return probe;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, patience.Token);
        }
    }

    private static async Task<Probe> ProbeAsync(byte[] file)
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(path, file, Cancel);
            var facts = JsonDocument.Parse(await RunAsync("ffprobe", $"-v error -show_entries stream=codec_type,codec_name:format=duration -of json {path}")).RootElement;
            var streams = facts.GetProperty("streams").EnumerateArray().ToDictionary(s => s.GetProperty("codec_type").GetString()!, s => s.GetProperty("codec_name").GetString()!);
            var silence = await RunAsync("ffmpeg", $"-hide_banner -nostats -i {path} -af silencedetect=noise=-15dB:d=1 -vn -f null -", errors: true);
            var end = silence.Split("silence_end: ").ElementAtOrDefault(1)?.Split(' ')[0];
            return new Probe(
                streams.GetValueOrDefault("video"),
                streams.GetValueOrDefault("audio"),
                double.Parse(facts.GetProperty("format").GetProperty("duration").GetString()!, CultureInfo.InvariantCulture),
                end is null ? 0 : double.Parse(end, CultureInfo.InvariantCulture));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static async Task<string> RunAsync(string program, string arguments, bool errors = false)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync(Cancel);
        var error = process.StandardError.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return errors ? await error : await output;
    }

    private sealed record Probe(string? Video, string? Audio, double Duration, double LoudAt);
}
