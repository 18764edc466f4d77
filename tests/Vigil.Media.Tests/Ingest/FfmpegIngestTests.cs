using System.Diagnostics;
using System.Text;
using Vigil.Media.Ingest;
using Vigil.Protocols.Codecs;
using Vigil.Testing;

namespace Vigil.Media.Tests.Ingest;

public sealed class FfmpegIngestTests : IAsyncDisposable
{
    private readonly TestEngine test = new();
    private readonly FakeWeb web = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_test_camera_has_a_moving_picture_and_sound_on_one_clock()
    {
        var feed = test.Start(new Uri("test:crib"));
        using var viewer = TestEngine.Listen(feed);

        var frames = await TestEngine.TakeAsync(viewer, 20);
        var sound = await TestEngine.TakeAsync(viewer, 20, TrackKind.Audio);

        (frames[0].Format.Width, frames[0].Format.Height, frames[0].Format.Codec).ShouldBe((640, 360, Codec.H264));
        frames.Zip(frames.Skip(1)).ShouldAllBe(p => p.Second.Dts > p.First.Dts);
        frames.Select(f => f.Payload.Length).Distinct().Count().ShouldBeGreaterThan(5, "it moves");
        Math.Abs((sound[0].Pts - frames[^1].Pts).TotalSeconds).ShouldBeLessThan(1);
        feed.Status.IngestName.ShouldBe("ffmpeg");
    }

    [Fact(Timeout = 60_000)]
    public async Task RTSP_through_ffmpeg_plays_and_neither_address_nor_password_is_in_any_process_list()
    {
        var clip = await Clip.MakeAsync(new ClipRecipe());
        await using var camera = FakeCamera.Start(clip, "nanny", "s3cr3t-p@ss 'x'");
        var feed = test.Start(camera.Address, username: "nanny", password: "s3cr3t-p@ss 'x'", ingest: IngestKind.Ffmpeg);
        using var viewer = TestEngine.Listen(feed);

        var frames = await TestEngine.TakeAsync(viewer, 30);

        frames.Zip(frames.Skip(1)).ShouldAllBe(p => p.Second.Dts > p.First.Dts);
        feed.Status.IngestName.ShouldBe("ffmpeg");
        var lines = Directory.GetDirectories("/proc").Select(d => Path.Combine(d, "cmdline")).Where(File.Exists).Select(Read).ToList();
        lines.ShouldContain(l => l.Contains("ffmpeg", StringComparison.Ordinal) && l.Contains("pipe:0", StringComparison.Ordinal));
        lines.Where(l => l.Contains("ffmpeg", StringComparison.Ordinal)).ShouldAllBe(
            l => !l.Contains("s3cr3t", StringComparison.Ordinal) && !l.Contains($":{camera.Port}", StringComparison.Ordinal));
        await test.Engine.StopAsync(1);
        test.Log.ShouldNotContain("s3cr3t");
    }

    [Fact(Timeout = 60_000)]
    public async Task A_wrong_password_through_ffmpeg_is_told_and_not_logged()
    {
        await using var camera = FakeCamera.Start(await Clip.MakeAsync(new ClipRecipe()), "nanny", "right");

        var report = await test.Engine.ProbeAsync(
            new CameraSource { CameraId = 1, Address = camera.Address, Username = "nanny", Password = "wr0ng-one", Ingest = IngestKind.Ffmpeg }, Cancel);

        report.Failure.ShouldBe(FeedFailure.WrongPassword, report.Detail);
        (test.Log + report).ShouldNotContain("wr0ng");
    }

    [Fact(Timeout = 60_000)]
    public async Task A_camera_can_neither_redirect_ffmpeg_nor_name_it_another_host()
    {
        var clip = await Clip.MakeAsync(new ClipRecipe());
        await using var target = FakeCamera.Start(clip);
        await using var camera = FakeCamera.Start(clip);
        camera.Manners = Manners.Redirect;
        camera.RedirectTo = target.Address;

        var report = await test.Engine.ProbeAsync(new CameraSource { CameraId = 1, Address = camera.Address, Ingest = IngestKind.Ffmpeg }, Cancel);

        report.Failure.ShouldBe(FeedFailure.AddressDenied, report.Detail);
        target.Accepted.ShouldBe(0);
        using var relay = new RtspRelay(null!, camera.Address, System.Net.IPAddress.Parse("192.168.1.20"));
        var output = new MemoryStream();
        relay.Inspect("RTSP/1.0 200 OK\r\nTransport: RTP/AVP;unicast;source=evil.example;client_port=1-2;destination=10.0.0.1\r\n\r\n"u8, output);
        Encoding.ASCII.GetString(output.ToArray()).ShouldContain("Transport: RTP/AVP;unicast;client_port=1-2;source=192.168.1.20\r\n");
    }

    [Fact]
    public void No_address_or_password_can_break_out_of_ffmpegs_list()
    {
        var request = new StreamRequest
        {
            Name = "x",
            Address = new Uri("rtsp://camera/a'b\\c\nfile 'x'?q='"),
            Username = "u'\n",
            Password = "p@:/'\\\nfile '/etc/passwd'",
        };

        var list = FfmpegIngest.List(request, 554);

        var lines = list.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Count(l => l.StartsWith("file ", StringComparison.Ordinal)).ShouldBe(1);
        lines[1].Count(c => c == '\'').ShouldBe(2);
        lines[1].ShouldStartWith("file 'rtsp://u%27%0A:p%40%3A%2F%27%5C%0Afile%20%27%2Fetc%2Fpasswd%27@127.0.0.1:554/");
    }

    [Fact(Timeout = 60_000)]
    public async Task MJPEG_is_taken_apart_without_ffmpeg_and_digest_is_answered()
    {
        var picture = await JpegAsync();
        web.Paths["/video"] = async (request, stream, cancel) =>
        {
            if (!request.Contains("Authorization: Digest username=\"u\"", StringComparison.Ordinal))
            {
                await stream.WriteAsync(FakeWeb.Answer("401 Unauthorized", "text/html", [], "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\""), cancel);
                return;
            }

            await stream.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n"), cancel);
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            while (await pace.WaitForNextTickAsync(cancel))
            {
                await stream.WriteAsync(
                    (byte[])[.. Encoding.ASCII.GetBytes($"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {picture.Length}\r\n\r\n"), .. picture, 13, 10], cancel);
            }
        };
        var feed = test.Start(web.At("/video"), username: "u", password: "p", ingest: IngestKind.Auto);
        using var viewer = TestEngine.Listen(feed);

        var frames = await TestEngine.TakeAsync(viewer, 10);

        frames.ShouldAllBe(f => f.Format.Codec == Codec.Mjpeg && f.Format.Width == 160 && f.IsKeyFrame);
        frames[3].Payload.ToArray().ShouldBe(picture);
        var report = await test.Engine.ProbeAsync(new CameraSource { CameraId = 2, Address = web.At("/video") }, Cancel);
        report.Failure.ShouldBe(FeedFailure.WrongPassword);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("image/jpeg")]
    [InlineData("application/octet-stream")]
    [InlineData("text/html")]
    public async Task A_snapshot_address_is_fetched_again_and_again_whatever_the_camera_calls_it(string type)
    {
        web.Serve("/shot.jpg", type, await JpegAsync());
        using var viewer = TestEngine.Listen(test.Start(web.At("/shot.jpg")));

        var frames = await TestEngine.TakeAsync(viewer, 3);

        frames.Zip(frames.Skip(1)).ShouldAllBe(p => p.Second.Pts > p.First.Pts);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_snapshot_with_a_second_picture_behind_it_is_one_picture()
    {
        var shot = await JpegAsync();
        web.Serve("/shot.jpg", "image/jpeg", [.. shot, .. shot]);
        var feed = test.Start(web.At("/shot.jpg"));
        using var viewer = TestEngine.Listen(feed);

        (await TestEngine.TakeAsync(viewer, 3)).ShouldAllBe(frame => frame.Payload.Length == shot.Length * 2);

        feed.Status.Reconnects.ShouldBe(0);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_picture_is_shown_also_where_its_sound_is_announced_and_never_comes()
    {
        await using var camera = FakeCamera.StartSounding(await Clip.MakeAsync(new ClipRecipe()), "L16");
        camera.Faults.Soundless = true;

        var feed = test.Start(camera.Address, ingest: IngestKind.Auto);

        var status = await test.UntilAsync(feed, s => s is { State: FeedState.Live, Detail.Length: > 0 });
        (status.IngestName, status.Detail).ShouldBe(("native", "Pictures come, but their sound is of a kind that Vigil could not read."));
        camera.Reset();
        await test.UntilAsync(feed, s => s is { State: FeedState.Live, Reconnects: > 0 });
        feed.Status.IngestName.ShouldBe("native", "ffmpeg is not asked again at each return.");
    }

    [Fact(Timeout = 120_000)]
    public async Task Sound_that_only_ffmpeg_knows_is_heard_with_the_picture()
    {
        await using var camera = FakeCamera.StartSounding(await Clip.MakeAsync(new ClipRecipe()), "L16");
        // On a busy machine ffmpeg takes its time; given up, the picture would come alone.
        await using var patient = new TestEngine(new MediaEngineOptions { ProbeTimeout = TimeSpan.FromSeconds(50) }, offlineAfter: TimeSpan.FromSeconds(50));

        var feed = patient.Start(camera.Address, ingest: IngestKind.Auto);

        (await patient.UntilAsync(feed, s => s is { State: FeedState.Live, Audio: not null, Video: not null })).IngestName.ShouldBe("ffmpeg");
        var report = await patient.Engine.ProbeAsync(new CameraSource { CameraId = 2, Address = camera.Address }, Cancel);
        report.Audio.ShouldNotBeNull(report.Detail).Codec.ShouldBe("AAC");
        report.Video.ShouldNotBeNull().Codec.ShouldBe("H.264");
    }

    [Fact(Timeout = 300_000)] // ffmpeg is given its whole patience four times.
    public async Task Sound_that_was_heard_and_then_given_up_is_asked_for_again_without_waiting_for_the_camera_to_go()
    {
        await using var camera = FakeCamera.StartSounding(await Clip.MakeAsync(new ClipRecipe()), "L16");
        await using var patient = new TestEngine(
            new MediaEngineOptions { SoundUnreadFor = TimeSpan.FromSeconds(5) }, offlineAfter: TimeSpan.FromSeconds(12));
        var feed = patient.Start(camera.Address, ingest: IngestKind.Auto);
        await patient.UntilAsync(feed, s => s is { State: FeedState.Live, Audio: not null, IngestName: "ffmpeg" });
        camera.Faults.Soundless = true;
        camera.Reset();
        await patient.UntilAsync(feed, s => s is { State: FeedState.Live, IngestName: "native", Detail: "Pictures come, but their sound is of a kind that Vigil could not read." });

        camera.Faults.Soundless = false;

        await patient.UntilAsync(feed, s => s is { State: FeedState.Live, Audio: not null, IngestName: "ffmpeg" });
    }

    [Fact(Timeout = 120_000)]
    public async Task Sound_from_an_address_of_its_own_may_need_ffmpeg_although_a_picture_is_beside_it()
    {
        await using var pictures = FakeCamera.Start(await Clip.MakeAsync(new ClipRecipe { Sound = false }));
        await using var sounding = FakeCamera.StartSounding(await Clip.MakeAsync(new ClipRecipe()), "L16");
        await using var patient = new TestEngine(offlineAfter: TimeSpan.FromSeconds(50));

        var feed = patient.Engine.Start(new CameraSource { CameraId = 1, Address = pictures.Address, AudioAddress = sounding.Address });

        await patient.UntilAsync(feed, s => s is { State: FeedState.Live, Video: not null, Audio: not null });
    }

    [Fact(Timeout = 120_000)] // ffmpeg looks for a while before it gives up.
    public async Task A_picture_is_shown_also_where_nobody_knows_its_sound()
    {
        await using var camera = FakeCamera.StartSounding(await Clip.MakeAsync(new ClipRecipe()), "X-WHALES");

        var feed = test.Start(camera.Address, ingest: IngestKind.Auto);

        var status = await test.UntilLiveAsync(feed);
        (status.IngestName, status.Audio).ShouldBe(("native", null));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_picture_that_cannot_be_carried_is_named_with_what_to_do()
    {
        await using var camera = FakeCamera.Start(await Clip.MakeAsync(new ClipRecipe()));
        camera.Manners = Manners.OddCodec;

        var report = await test.Engine.ProbeAsync(new CameraSource { CameraId = 1, Address = camera.Address }, Cancel);

        report.Failure.ShouldBe(FeedFailure.UnsupportedCodec);
        report.Detail.ShouldBe("The camera sends VP8, which Vigil cannot carry: set it to H.264.");
    }

    [Fact(Timeout = 60_000)]
    public async Task HLS_is_fetched_by_us_and_piped()
    {
        var clip = await Clip.MakeAsync(new ClipRecipe { Seconds = 6 });
        var file = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "clips"), "*.ts").Select(p => new FileInfo(p)).OrderByDescending(f => f.LastAccessTimeUtc).First();
        web.Serve("/a.ts", "video/mp2t", await File.ReadAllBytesAsync(file.FullName, Cancel));
        web.Serve("/media.m3u8", "application/vnd.apple.mpegurl", "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\na.ts\n#EXT-X-ENDLIST\n"u8.ToArray());
        web.Serve("/live.m3u8", "application/vnd.apple.mpegurl", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nmedia.m3u8\n"u8.ToArray());
        using var viewer = TestEngine.Listen(test.Start(web.At("/live.m3u8")));

        var frames = await TestEngine.TakeAsync(viewer, 20);

        frames[0].Format.Codec.ShouldBe(Codec.H264);
        clip.Frames.ShouldNotBeEmpty();
    }

    [Fact(Timeout = 60_000)]
    public async Task An_HLS_playlist_that_names_no_address_is_said_and_hangs_nothing()
    {
        web.Serve("/live.m3u8", "application/vnd.apple.mpegurl", "#EXTM3U\n#EXTINF:6,\nhttp://[\n"u8.ToArray());

        var report = await test.Engine.ProbeAsync(new CameraSource { CameraId = 1, Address = web.At("/live.m3u8") }, Cancel);

        report.Failure.ShouldBe(FeedFailure.ProtocolError);
        report.Detail.ShouldContain("playlist");
    }

    [Fact(Timeout = 60_000)]
    public async Task Sound_from_its_own_address_joins_the_picture()
    {
        await using var camera = FakeCamera.Start(await Clip.MakeAsync(new ClipRecipe { Sound = false }));
        web.Paths["/audio.wav"] = async (_, stream, cancel) =>
        {
            // An endless WAV of silence, paced as a phone sends it.
            await stream.WriteAsync((byte[])[.. "HTTP/1.1 200 OK\r\nContent-Type: audio/x-wav\r\n\r\n"u8, .. WavHeader(8000)], cancel);
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            while (await pace.WaitForNextTickAsync(cancel))
            {
                await stream.WriteAsync(new byte[8000 * 2 / 10], cancel);
            }
        };
        var feed = test.Engine.Start(new CameraSource { CameraId = 1, Address = camera.Address, AudioAddress = web.At("/audio.wav") });
        using var viewer = TestEngine.Listen(feed);

        (await TestEngine.TakeAsync(viewer, 5, TrackKind.Audio)).ShouldAllBe(f => f.Format.Codec == Codec.Aac);
        (await TestEngine.TakeAsync(viewer, 5)).ShouldNotBeEmpty();
        feed.Status.Audio.ShouldNotBeNull();
    }

    [Theory(Timeout = 60_000)]
    [InlineData("/page", FeedFailure.NotACamera)]
    [InlineData("/missing", FeedFailure.NoSuchStream)]
    [InlineData("/metadata", FeedFailure.AddressDenied)]
    [InlineData("/tofile", FeedFailure.AddressDenied)]
    [InlineData("/loop", FeedFailure.ProtocolError)]
    [InlineData("/list", FeedFailure.NotACamera)]
    [InlineData("/hlsfile", FeedFailure.AddressDenied)]
    public async Task Web_addresses_that_are_no_cameras_are_told_apart_and_lead_nowhere_else(string path, FeedFailure failure)
    {
        web.Serve("/page", "text/html", "<html>hello</html>"u8.ToArray());
        web.Serve("/list", "video/mp4", "ffconcat version 1.0\nfile '/etc/passwd'\n"u8.ToArray());
        web.Serve("/hlsfile", "application/vnd.apple.mpegurl", "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"u8.ToArray());
        Redirect("/metadata", "http://169.254.169.254/latest/meta-data/");
        Redirect("/tofile", "file:///etc/passwd");
        Redirect("/loop", "/loop");

        var report = await test.Engine.ProbeAsync(new CameraSource { CameraId = 1, Address = web.At(path) }, Cancel);

        report.Failure.ShouldBe(failure, report.Detail);
        test.Log.ShouldNotContain("root:");
    }

    [Fact(Timeout = 60_000)]
    public async Task A_killed_ffmpeg_is_started_again_and_none_is_left_behind()
    {
        var feed = test.Start(new Uri("test:kill"));
        await test.UntilLiveAsync(feed);
        var children = Children();
        children.ShouldNotBeEmpty();
        using (var kill = Process.Start("kill", ["-9", .. children.Select(c => c.ToString(System.Globalization.CultureInfo.InvariantCulture))]))
        {
            await kill.WaitForExitAsync(Cancel);
        }

        await test.UntilAsync(feed, s => s is { State: FeedState.Live, Reconnects: 1 });
        await test.Engine.DisposeAsync();

        Children().ShouldBeEmpty();
    }

    public async ValueTask DisposeAsync()
    {
        await test.DisposeAsync();
        await web.DisposeAsync();
    }

    private void Redirect(string path, string to) =>
        web.Paths[path] = (_, stream, cancel) => stream.WriteAsync(FakeWeb.Answer("302 Found", "text/plain", [], $"Location: {to}"), cancel).AsTask();

    /// <summary>Our ffmpegs that draw the picture of the camera named kill.</summary>
    private static List<int> Children() =>
    [
        .. Directory.GetDirectories("/proc")
            .Where(d => int.TryParse(Path.GetFileName(d), out _))
            .Where(d => Read(Path.Combine(d, "cmdline")) is var line && line.StartsWith("ffmpeg", StringComparison.Ordinal) && line.Contains("text='kill", StringComparison.Ordinal))
            .Where(d => ParentOf(d) == Environment.ProcessId)
            .Select(d => int.Parse(Path.GetFileName(d), System.Globalization.CultureInfo.InvariantCulture)),
    ];

    private static int ParentOf(string process) =>
        Read(Path.Combine(process, "stat")).Split(") ") is [_, var rest, ..] && int.TryParse(rest.Split(' ')[1], out var parent) ? parent : -1;

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static async Task<byte[]> JpegAsync()
    {
        using var ffmpeg = Process.Start(new ProcessStartInfo(
            "ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=160x120", "-frames:v", "1", "-f", "image2pipe", "-c:v", "mjpeg", "pipe:1"])
        { RedirectStandardOutput = true })!;
        var bytes = new MemoryStream();
        await ffmpeg.StandardOutput.BaseStream.CopyToAsync(bytes, Cancel);
        await ffmpeg.WaitForExitAsync(Cancel);
        return bytes.ToArray();
    }

    private static byte[] WavHeader(int rate) =>
    [
        .. "RIFF"u8, 0xFF, 0xFF, 0xFF, 0x7F, .. "WAVEfmt "u8, 16, 0, 0, 0, 1, 0, 1, 0, .. BitConverter.GetBytes(rate), .. BitConverter.GetBytes(rate * 2), 2, 0, 16, 0,
        .. "data"u8, 0xFF, 0xFF, 0xFF, 0x7F,
    ];
}
