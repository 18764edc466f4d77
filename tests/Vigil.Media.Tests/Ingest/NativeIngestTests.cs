using Vigil.Media.Bus;
using Vigil.Protocols.Codecs;
using Vigil.Testing;

namespace Vigil.Media.Tests.Ingest;

public sealed class NativeIngestTests : IAsyncDisposable
{
    private readonly TestEngine test = new();

    [Fact(Timeout = 60_000)]
    public async Task Picture_and_sound_arrive_whole_in_order_and_on_one_clock()
    {
        var clip = await Clip.MakeAsync(new ClipRecipe());
        await using var camera = FakeCamera.Start(clip);
        var feed = test.Start(camera.Address);
        using var viewer = TestEngine.Listen(feed);

        var video = await TestEngine.TakeAsync(viewer, 60);
        var status = feed.Status;

        video[0].IsKeyFrame.ShouldBeTrue();
        video[0].Format.ShouldBe(clip.Video);
        video.Select(f => f.Payload.ToArray()).Zip(Pictures(clip)).ShouldAllBe(p => p.First.SequenceEqual(p.Second));
        Steps(video).ShouldAllBe(step => Math.Abs(step - 40) < 0.1, "the camera's clock counts, not the arrival");
        status.State.ShouldBe(FeedState.Live);
        status.IngestName.ShouldBe("native");
        status.Video.ShouldNotBeNull().Width.ShouldBe(320);
        status.Audio.ShouldNotBeNull().Codec.ShouldBe("AAC");
        var sound = await TestEngine.TakeAsync(viewer, 10, TrackKind.Audio);
        Math.Abs((sound[^1].Pts - new MediaTime(feed.MediaClockNow.Ticks)).TotalSeconds).ShouldBeLessThan(5);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("MD5")]
    [InlineData("SHA-256")]
    [InlineData("Basic")]
    public async Task A_password_opens_the_camera_and_stays_secret(string algorithm)
    {
        const string password = "hush:p%40 '\"";
        await using var camera = FakeCamera.Start(await Clip.MakeAsync(new ClipRecipe()), "nanny", password, algorithm);
        var feed = test.Start(camera.Address, username: "nanny", password: password);
        await test.UntilLiveAsync(feed);

        var wrong = test.Start(camera.Address, id: 2, username: "nanny", password: "hunch99");
        var status = await test.UntilAsync(wrong, s => s.State == FeedState.Offline);
        var none = await test.Engine.ProbeAsync(new CameraSource { CameraId = 3, Address = camera.Address }, TestContext.Current.CancellationToken);

        status.Failure.ShouldBe(FeedFailure.WrongPassword);
        none.Failure.ShouldBe(FeedFailure.WrongPassword);
        none.Detail.ShouldContain("asks for a user name");
        (test.Log + status + feed.Source + feed.Status).ShouldNotContain("hush");
        (test.Log + status + wrong.Source).ShouldNotContain("hunch99");
    }

    [Fact(Timeout = 60_000)]
    public async Task A_stall_is_offline_within_the_limit_and_comes_back_by_itself()
    {
        await using var camera = FakeCamera.Start(await Clip.MakeAsync(new ClipRecipe()));
        var feed = test.Start(camera.Address);
        using var viewer = TestEngine.Listen(feed);
        await test.UntilLiveAsync(feed);
        camera.Faults.Stalled = true;
        var status = await test.UntilAsync(feed, s => s.State == FeedState.Offline);
        status.Failure.ShouldBe(FeedFailure.Stalled);
        camera.Faults.Stalled = false;

        status = await test.UntilLiveAsync(feed);

        status.Reconnects.ShouldBe(1);
        status.Failure.ShouldBe(FeedFailure.None);
        AssertContinuous(await TestEngine.TakeAsync(viewer, 60));
    }

    [Fact(Timeout = 60_000)]
    public async Task Sound_that_stops_while_pictures_come_is_told_and_brings_a_new_connection()
    {
        await using var deafening = new TestEngine(new MediaEngineOptions { SoundlessAfter = TimeSpan.FromSeconds(1) });
        await using var camera = FakeCamera.Start(await Clip.MakeAsync(new ClipRecipe()));
        var feed = deafening.Start(camera.Address);
        using var viewer = TestEngine.Listen(feed);
        await TestEngine.TakeAsync(viewer, 1, TrackKind.Audio);
        camera.Faults.Soundless = true;

        var status = await deafening.UntilAsync(feed, s => s.Reconnects == 1);

        deafening.Log.ShouldContain("Pictures come, but the sound has stopped.");
        status.State.ShouldBe(FeedState.Live);
        status = await deafening.UntilAsync(feed, s => s.Detail.Length > 0);
        status.State.ShouldBe(FeedState.Live, "the next connection comes a minute later");
        camera.Faults.Soundless = false;
        status = await deafening.UntilAsync(feed, s => s.Detail.Length == 0);
        status.State.ShouldBe(FeedState.Live);
        camera.Accepted.ShouldBe(2);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_reset_and_a_half_closed_connection_are_reconnected_on_one_timeline()
    {
        await using var camera = FakeCamera.Start(await Clip.MakeAsync(new ClipRecipe()));
        var feed = test.Start(camera.Address);
        using var viewer = TestEngine.Listen(feed);
        await test.UntilLiveAsync(feed);
        camera.Reset();
        await test.UntilAsync(feed, s => s is { State: FeedState.Live, Reconnects: 1 });
        camera.HalfClose();
        camera.Faults.Stalled = false;
        await test.UntilAsync(feed, s => s is { State: FeedState.Live, Reconnects: 2 });

        var frames = await TestEngine.TakeAsync(viewer, 40);

        AssertContinuous(frames);
        frames.Count(f => f.IsKeyFrame).ShouldBeGreaterThan(1);
    }

    [Fact(Timeout = 60_000)]
    public async Task Wrong_markers_empty_units_and_stray_bytes_lose_no_picture()
    {
        var clip = await Clip.MakeAsync(new ClipRecipe { Sound = false });
        await using var camera = FakeCamera.Start(clip);
        camera.Faults.EmptyUnits = true;
        camera.Faults.StrayBytes = true;
        camera.Faults.MarkerNever = true;
        var feed = test.Start(camera.Address);
        using var viewer = TestEngine.Listen(feed);

        var frames = await TestEngine.TakeAsync(viewer, 50);

        frames.Select(f => f.Payload.ToArray()).Zip(Pictures(clip)).ShouldAllBe(p => p.First.SequenceEqual(p.Second));
        camera.Faults.MarkerNever = false;
        camera.Faults.MarkerAlways = true;
        (await TestEngine.TakeAsync(viewer, 100)).Count(f => f.IsKeyFrame).ShouldBeGreaterThan(1);
        feed.Status.State.ShouldBe(FeedState.Live);
    }

    [Fact(Timeout = 60_000)]
    public async Task Without_parameter_sets_there_is_no_picture_and_it_is_said()
    {
        await using var camera = FakeCamera.Start(await Clip.MakeAsync(new ClipRecipe { Sound = false }));
        camera.Faults.NoParameterSets = true;
        var feed = test.Start(camera.Address);

        var status = await test.UntilAsync(feed, s => s.State == FeedState.Offline);

        status.Failure.ShouldBe(FeedFailure.Stalled);
        status.Detail.ShouldContain("no picture");
        camera.Faults.NoParameterSets = false;
        await test.UntilLiveAsync(feed);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_jump_of_the_cameras_clock_leaves_the_timeline_continuous()
    {
        await using var camera = FakeCamera.Start(await Clip.MakeAsync(new ClipRecipe()));
        var feed = test.Start(camera.Address);
        using var viewer = TestEngine.Listen(feed);
        var frames = await TestEngine.TakeAsync(viewer, 10);
        camera.Faults.TimestampJump = 3600 * 90_000;
        frames.AddRange(await TestEngine.TakeAsync(viewer, 30));
        camera.Faults.TimestampJump = -7200 * 90_000L;
        frames.AddRange(await TestEngine.TakeAsync(viewer, 30));

        AssertContinuous(frames);
        Steps(frames).Max().ShouldBeLessThan(1000);
        feed.Status.Reconnects.ShouldBe(0);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_change_of_resolution_is_a_new_format_with_a_key_frame()
    {
        await using var camera = FakeCamera.Start(await Clip.MakeAsync(new ClipRecipe()));
        var feed = test.Start(camera.Address);
        using var viewer = TestEngine.Listen(feed);
        await TestEngine.TakeAsync(viewer, 5);
        camera.Clip = await Clip.MakeAsync(new ClipRecipe { Width = 640, Height = 360 });

        MediaFrame frame;
        do
        {
            frame = (await TestEngine.TakeAsync(viewer, 1))[0];
        }
        while (frame.Format.Width != 640);

        frame.IsKeyFrame.ShouldBeTrue();
        (await test.UntilAsync(feed, s => s.Video?.Height == 360)).Reconnects.ShouldBe(0);
    }

    [Fact(Timeout = 60_000)]
    public async Task H265_and_B_frames_are_carried()
    {
        await using var hevc = FakeCamera.Start(await Clip.MakeAsync(new ClipRecipe { H265 = true, Sound = false }));
        await using var reordered = FakeCamera.Start(await Clip.MakeAsync(new ClipRecipe { BFrames = 2, Sound = false }));

        var report = await test.Engine.ProbeAsync(new CameraSource { CameraId = 1, Address = hevc.Address }, TestContext.Current.CancellationToken);
        using var viewer = TestEngine.Listen(test.Start(reordered.Address, 2));
        var frames = await TestEngine.TakeAsync(viewer, 60);

        report.Video.ShouldNotBeNull().Codec.ShouldBe("H.265");
        report.PlaysInBrowsers.ShouldBeFalse();
        frames.Skip(10).Count(f => f.Pts > f.Dts).ShouldBeGreaterThan(5);
        frames.Skip(10).ShouldAllBe(f => f.Pts >= f.Dts);
        frames.Zip(frames.Skip(1)).ShouldAllBe(p => p.Second.Dts > p.First.Dts);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_camera_that_lies_about_base_session_and_channels_plays()
    {
        await using var camera = FakeCamera.StartLying(await Clip.MakeAsync(new ClipRecipe()));

        await test.UntilLiveAsync(test.Start(camera.Address));

        camera.Requests.ShouldContain(r => r.StartsWith($"SETUP rtsp://127.0.0.1:{camera.Port}/inner/track1", StringComparison.Ordinal));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_camera_that_begins_its_answers_with_blank_lines_plays()
    {
        await using var camera = FakeCamera.Start(await Clip.MakeAsync(new ClipRecipe()));
        camera.Manners = Manners.BlankLines;

        await test.UntilLiveAsync(test.Start(camera.Address));
    }

    [Fact(Timeout = 60_000)]
    public async Task Redirects_are_followed_only_to_allowed_addresses_and_without_the_password()
    {
        var clip = await Clip.MakeAsync(new ClipRecipe());
        await using var target = FakeCamera.Start(clip);
        await using var camera = FakeCamera.Start(clip);
        camera.Manners = Manners.Redirect;
        camera.RedirectTo = new Uri($"rtsp://localhost:{target.Port}/live");
        await test.UntilLiveAsync(test.Start(camera.Address, username: "u", password: "p"));

        foreach (var bad in new[] { "rtsp://169.254.169.254/latest", "rtsp://[::ffff:169.254.169.254]/", "http://127.0.0.1/", "file:///etc/passwd" })
        {
            camera.RedirectTo = new Uri(bad);
            var report = await test.Engine.ProbeAsync(new CameraSource { CameraId = 2, Address = camera.Address }, TestContext.Current.CancellationToken);
            report.Failure.ShouldBe(FeedFailure.AddressDenied, bad);
        }

        camera.RedirectTo = camera.Address;
        var loop = await test.Engine.ProbeAsync(new CameraSource { CameraId = 2, Address = camera.Address }, TestContext.Current.CancellationToken);
        loop.Failure.ShouldBe(FeedFailure.ProtocolError);
        target.Requests.ShouldAllBe(r => !r.Contains("Authorization", StringComparison.Ordinal));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_camera_with_TLS_and_its_own_certificate_plays()
    {
        var clip = await Clip.MakeAsync(new ClipRecipe());
        await using var camera = FakeCamera.StartSecure(clip);
        await using var plain = FakeCamera.Start(clip);

        using var viewer = TestEngine.Listen(test.Start(camera.Address));
        (await TestEngine.TakeAsync(viewer, 30)).Count.ShouldBe(30);

        var report = await test.Engine.ProbeAsync(
            new CameraSource { CameraId = 2, Address = new Uri($"rtsps://127.0.0.1:{plain.Port}/live") }, TestContext.Current.CancellationToken);
        report.Detail.ShouldContain("TLS");
    }

    [Fact(Timeout = 60_000)]
    public async Task One_cameras_trouble_never_delays_anothers_frames()
    {
        var clip = await Clip.MakeAsync(new ClipRecipe());
        await using var healthy = FakeCamera.Start(clip);
        var bad = new List<FakeCamera>();
        foreach (var manners in new[] { Manners.Noise, Manners.Mute, Manners.EndlessHeader, Manners.NeverSatisfied })
        {
            bad.Add(FakeCamera.Start(clip));
            bad[^1].Manners = manners;
            test.Start(bad[^1].Address, id: 10 + bad.Count);
        }

        var feed = test.Start(healthy.Address);
        using var viewer = TestEngine.Listen(feed);
        var frames = await TestEngine.TakeAsync(viewer, 100);
        bad[0].Manners = Manners.Good;
        bad[0].Faults.Noise = true;
        frames.AddRange(await TestEngine.TakeAsync(viewer, 50));

        viewer.Dropped.ShouldBe(0);
        Steps(frames).ShouldAllBe(step => step < 200);
        feed.Status.Reconnects.ShouldBe(0);
        foreach (var camera in bad)
        {
            await camera.DisposeAsync();
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task The_sub_stream_is_pulled_only_while_somebody_watches_it()
    {
        var clip = await Clip.MakeAsync(new ClipRecipe());
        await using var main = FakeCamera.Start(clip);
        await using var sub = FakeCamera.Start(clip);
        var feed = test.Engine.Start(new CameraSource { CameraId = 1, Address = main.Address, SubAddress = sub.Address });
        await test.UntilLiveAsync(feed);
        sub.Accepted.ShouldBe(0);
        feed.Sub.ShouldNotBe(feed.Main);

        using (var viewer = feed.Sub.Subscribe(new SubscriptionOptions { Name = "test" }))
        {
            (await TestEngine.TakeAsync(viewer, 5)).ShouldNotBeEmpty();
            feed.Health.Single(h => h.Name == "sub").Connected.ShouldBeTrue();
        }

        sub.Accepted.ShouldBe(1);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_changed_source_keeps_feed_and_buses_and_a_stopped_camera_hangs_up()
    {
        var clip = await Clip.MakeAsync(new ClipRecipe());
        await using var first = FakeCamera.Start(clip);
        await using var second = FakeCamera.Start(clip);
        var feed = test.Start(first.Address);
        using var viewer = TestEngine.Listen(feed);
        var before = await TestEngine.TakeAsync(viewer, 5);
        test.Start(first.Address).ShouldBeSameAs(feed);
        first.Accepted.ShouldBe(1);

        test.Start(second.Address).ShouldBeSameAs(feed);
        var after = await TestEngine.TakeAsync(viewer, 60);
        second.Accepted.ShouldBe(1);
        AssertContinuous([.. before, .. after]);

        await test.Engine.StopAsync(1);
        // It was sent; the camera may need a moment to read it.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!second.Requests.Any(r => r.StartsWith("TEARDOWN", StringComparison.Ordinal)))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, patience.Token);
        }

        feed.Stopped.IsCancellationRequested.ShouldBeTrue();
        test.Engine.Find(1).ShouldBeNull();
    }

    public ValueTask DisposeAsync() => test.DisposeAsync();

    private static void AssertContinuous(IReadOnlyList<MediaFrame> frames) =>
        frames.Zip(frames.Skip(1)).ShouldAllBe(p => p.Second.Dts > p.First.Dts && p.Second.WallClock > p.First.WallClock.AddSeconds(-1));

    private static IEnumerable<double> Steps(List<MediaFrame> frames) =>
        frames.Zip(frames.Skip(1), (a, b) => (b.Dts - a.Dts).TotalMilliseconds);

    private static IEnumerable<byte[]> Pictures(Clip clip) => clip.Frames.Where(f => f.Kind == TrackKind.Video).Select(f =>
    {
        var unit = new List<byte>();
        foreach (var part in f.Parts)
        {
            unit.AddRange([(byte)(part.Length >> 24), (byte)(part.Length >> 16), (byte)(part.Length >> 8), (byte)part.Length]);
            unit.AddRange(part.ToArray());
        }

        return unit.ToArray();
    });
}
