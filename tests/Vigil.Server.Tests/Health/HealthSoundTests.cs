using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Health;

namespace Vigil.Server.Tests.Health;

/// <summary>Readings with sound: what is heard in it, what is refused, and who may fetch it.</summary>
public sealed class HealthSoundTests(SharedServer shared) : IClassFixture<SharedServer>, IAsyncLifetime
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private readonly TestServer _server = shared.Server;
    private HealthClient _ana = null!;

    public async ValueTask InitializeAsync() => _ana = await HealthClient.RegisterAsync(_server);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(37.5, false)]
    [InlineData(38.0, true)]
    [InlineData(38.2, true)]
    [InlineData(38.5, true)]
    public async Task Crying_with_a_high_temperature_is_sick(double temperature, bool sick)
    {
        var (status, record) = await _ana.UploadAsync(temperature, 50, Sounds.Crying);

        status.ShouldBe(HttpStatusCode.Created);
        record.GetProperty("cry_detected").GetBoolean().ShouldBeTrue();
        record.GetProperty("sick_detected").GetBoolean().ShouldBe(sick);
    }

    [Fact]
    public async Task A_high_temperature_without_crying_is_not_sick_by_the_documented_rule()
    {
        var (_, rain) = await _ana.UploadAsync(39, 50, Sounds.Rain);
        var (_, silent) = await _ana.UploadAsync(39, 50);

        rain.GetProperty("cry_detected").GetBoolean().ShouldBeFalse();
        rain.GetProperty("sick_detected").GetBoolean().ShouldBeFalse();
        silent.GetProperty("sick_detected").GetBoolean().ShouldBeFalse();
        var stats = await _ana.ReadAsync("/health/stats");
        stats.GetProperty("sick_detected_count").GetInt32().ShouldBe(0);
    }

    [Theory]
    [InlineData("wav", "-i {cry}")]
    [InlineData("mp3", "-i {cry}")]
    [InlineData("m4a", "-i {cry}")]
    [InlineData("flac", "-i {cry}")]
    [InlineData("ogg", "-i {cry}")]
    public async Task Every_documented_format_is_heard_by_its_content_whatever_its_name(string extension, string arguments)
    {
        var (status, record) = await _ana.UploadAsync(audio: await Sounds.MakeAsync(extension, arguments), fileName: "../../etc/passwd.exe");

        status.ShouldBe(HttpStatusCode.Created, record.ToString());
        record.GetProperty("cry_detected").GetBoolean().ShouldBeTrue();
        var url = record.GetProperty("audio_url").GetString()!;
        url.ShouldMatch($@"^uploads/audio_{_ana.UserId}_\d{{8}}_\d{{6}}\.{extension}$");
    }

    [Fact]
    public async Task The_sound_is_served_to_its_owner_only_and_in_parts()
    {
        var cry = Sounds.Crying;
        var (_, record) = await _ana.UploadAsync(audio: cry);
        var url = "/" + record.GetProperty("audio_url").GetString();
        var eve = await HealthClient.RegisterAsync(_server);

        var whole = await _ana.Http.GetAsync(url, Cancel);
        (await whole.Content.ReadAsByteArrayAsync(Cancel)).ShouldBe(cry);
        whole.Content.Headers.ContentType!.MediaType.ShouldBe("audio/ogg");
        using var part = new HttpRequestMessage(HttpMethod.Get, url) { Headers = { Range = new(10, 19) } };
        (await (await _ana.Http.SendAsync(part, Cancel)).Content.ReadAsByteArrayAsync(Cancel)).ShouldBe(cry[10..20]);
        (await eve.Http.GetAsync(url, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await _server.Client.GetAsync(url, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        foreach (var other in new[] { "/uploads/..%2Fkeys%2Fkey.wav", "/uploads/nothing.wav", "/uploads/a%00b.wav" })
        {
            (await _ana.Http.GetAsync(other, Cancel)).StatusCode.ShouldBeOneOf(HttpStatusCode.NotFound, HttpStatusCode.BadRequest);
        }
    }

    [Fact]
    public async Task Two_uploads_of_one_second_keep_both_their_sounds()
    {
        var answers = await Task.WhenAll(_ana.UploadAsync(audio: Sounds.Crying), _ana.UploadAsync(audio: Sounds.Rain), _ana.UploadAsync(audio: Sounds.Crying));

        var urls = answers.Select(answer => answer.Body.GetProperty("audio_url").GetString()!).ToList();
        urls.Distinct().Count().ShouldBe(3);
        (await _ana.Http.GetByteArrayAsync("/" + urls[1], Cancel)).ShouldBe(Sounds.Rain);
    }

    [Fact]
    public async Task What_has_no_sound_in_it_is_400_and_leaves_nothing_behind()
    {
        var wav = await Sounds.MakeAsync("wav", "-i {cry}");
        var refused = new Dictionary<string, byte[]>
        {
            ["a zero-length clip"] = [],
            ["a text"] = "not a sound at all, but longer than a head"u8.ToArray(),
            ["a program with a sound's name"] = [.. "\u007fELF"u8, .. new byte[400]],
            ["a picture without sound"] = await Sounds.MakeAsync("mp4", "-f lavfi -i testsrc=duration=1:size=64x64:rate=5 -pix_fmt yuv420p"),
            ["only a head"] = wav[..44],
            ["a head of MP3 and then nothing like it"] = [.. "ID3"u8, .. new byte[2000]],
            ["another container"] = await Sounds.MakeAsync("webm", "-i {cry} -c:a libopus"),
        };
        foreach (var (what, audio) in refused)
        {
            var (status, body) = await _ana.UploadAsync(audio: audio);
            status.ShouldBe(HttpStatusCode.BadRequest, what);
            body.GetProperty("detail").ValueKind.ShouldBe(JsonValueKind.String, what);
            body.GetProperty("detail").GetString()!.ShouldNotContain("/", Case.Sensitive, "no path of the server");
        }

        (await _ana.ReadAsync("/health/stats")).GetProperty("total_records").GetInt32().ShouldBe(0);
        Directory.GetFiles(Path.Combine(_server.DataDirectory, "uploads"), "*.part").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_truncated_clip_is_heard_as_far_as_it_goes()
    {
        var wav = await Sounds.MakeAsync("wav", "-i {cry}");

        var (status, record) = await _ana.UploadAsync(audio: wav[..(wav.Length * 3 / 4)]);

        status.ShouldBe(HttpStatusCode.Created);
        record.GetProperty("cry_detected").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task More_than_25_megabytes_are_too_many()
    {
        var (status, _) = await _ana.UploadAsync(audio: [.. "RIFF1234WAVE"u8, .. new byte[25 * 1024 * 1024]]);

        status.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        Directory.GetFiles(Path.Combine(_server.DataDirectory, "uploads"), "*.part").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_form_field_without_file_or_name_is_no_sound()
    {
        var (status, record) = await _ana.UploadAsync(audio: [], fileName: "");

        status.ShouldBe(HttpStatusCode.Created);
        record.GetProperty("audio_url").ValueKind.ShouldBe(JsonValueKind.Null);
        (await _ana.UploadAsync(audio: Sounds.Crying, fileName: null)).Status.ShouldBe(HttpStatusCode.Created, "a file without a name is a file");
    }

    [Fact]
    public async Task A_clip_longer_than_a_minute_is_answered_by_its_first_minute_and_heard_to_its_end()
    {
        // Seventy seconds of rain, then crying.
        var long_ = await Sounds.MakeAsync("ogg", "-stream_loop 20 -t 70 -i {rain} -stream_loop 3 -t 20 -i {cry} -filter_complex [0:a]aresample=16000,aformat=channel_layouts=mono[a];[1:a]aresample=16000,aformat=channel_layouts=mono[b];[a][b]concat=n=2:v=0:a=1");
        await using var page = await HealthSocketClient.OpenAsync(_server, _ana);
        await page.NextAsync("CONNECTED");
        await page.NextAsync("CONNECTED");

        var (status, record) = await _ana.UploadAsync(38.5, 50, long_);

        status.ShouldBe(HttpStatusCode.Created, record.ToString());
        record.GetProperty("cry_detected").GetBoolean().ShouldBeFalse();
        await page.NextAsync("FEVER_ALERT");
        var cry = await page.NextAsync("CRY_DETECTED");
        cry.GetProperty("sick_detected").GetBoolean().ShouldBeTrue();
        var later = await _ana.ReadAsync($"/health/{record.GetProperty("id")}");
        later.GetProperty("cry_detected").GetBoolean().ShouldBeTrue();
        later.GetProperty("sick_detected").GetBoolean().ShouldBeTrue();
        (await _ana.ReadAsync("/health/stats")).GetProperty("sick_detected_count").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task Two_hours_of_sound_are_answered_by_their_first_minute_and_heard_to_their_end()
    {
        // Silence takes next to no room.
        var night = await Sounds.MakeAsync("flac", "-f lavfi -t 7190 -i anullsrc=r=16000:cl=mono -stream_loop 3 -t 10 -i {cry} -filter_complex [1:a]aresample=16000,aformat=channel_layouts=mono[b];[0:a][b]concat=n=2:v=0:a=1");
        night.Length.ShouldBeLessThan(25 * 1024 * 1024);
        await using var page = await HealthSocketClient.OpenAsync(_server, _ana);
        await page.NextAsync("CONNECTED");
        await page.NextAsync("CONNECTED");

        var (status, record) = await _ana.UploadAsync(37, 50, night);

        status.ShouldBe(HttpStatusCode.Created, record.ToString());
        record.GetProperty("cry_detected").GetBoolean().ShouldBeFalse();
        await page.NextAsync("HEALTH_UPDATE");
        (await page.NextAsync("CRY_DETECTED")).GetProperty("data").GetProperty("id").GetInt64().ShouldBe(record.GetProperty("id").GetInt64());
    }

    [Fact]
    public async Task A_decoder_that_hangs_is_killed_and_the_upload_refused()
    {
        var marks = Directory.CreateTempSubdirectory("vigil-hang-");
        File.SetUnixFileMode(marks.FullName, (UnixFileMode)0b111_111_111);
        var script = Path.Combine(marks.FullName, "ffmpeg");
        var pid = Path.Combine(marks.FullName, "pid");
        await File.WriteAllTextAsync(script, $"#!/bin/sh\necho $$ $(nice) > {pid}\nexec sleep 1000\n", Cancel);
        File.SetUnixFileMode(script, (UnixFileMode)0b111_101_101);
        await using var server = await TestServer.StartAsync(
            settings: new Dictionary<string, string> { ["Cameras:FfmpegPath"] = script, ["Health:DecoderPatience"] = "00:00:02" });
        var bob = await HealthClient.RegisterAsync(server);

        var (status, body) = await bob.UploadAsync(audio: Sounds.Crying);

        status.ShouldBe(HttpStatusCode.BadRequest);
        body.GetProperty("detail").GetString().ShouldBe("The decoder hung and was stopped.");
        var said = (await File.ReadAllTextAsync(pid, Cancel)).Split(' ');
        var process = int.Parse(said[0], CultureInfo.InvariantCulture);
        int.Parse(said[1], CultureInfo.InvariantCulture).ShouldBeGreaterThanOrEqualTo(10, "the live picture comes first");
        Directory.Exists($"/proc/{process}").ShouldBeFalse();
        marks.Delete(recursive: true);
    }

    [Fact]
    public async Task The_oldest_sound_goes_when_there_is_more_than_there_may_be()
    {
        var (_, first) = await _ana.UploadAsync(37, 50, Sounds.Rain);
        var (_, second) = await _ana.UploadAsync(37, 50, Sounds.Rain);
        var kept = (await _ana.Http.GetByteArrayAsync($"/{second.GetProperty("audio_url").GetString()}", Cancel)).Length;

        _server.Services.GetRequiredService<UploadedClips>().RemoveBeyond(kept);

        (await _ana.Http.GetAsync($"/{first.GetProperty("audio_url").GetString()}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await _ana.Http.GetAsync($"/{second.GetProperty("audio_url").GetString()}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }
}
