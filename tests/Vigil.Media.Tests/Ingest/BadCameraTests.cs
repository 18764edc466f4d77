using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Testing;

namespace Vigil.Media.Tests.Ingest;

public sealed class BadCameraTests : IAsyncDisposable
{
    private readonly TestEngine test = new();

    [Theory(Timeout = 60_000)]
    [InlineData(Manners.Html, FeedFailure.NotACamera)]
    [InlineData(Manners.Noise, FeedFailure.NotACamera)]
    [InlineData(Manners.EndlessHeader, FeedFailure.NotACamera)]
    [InlineData(Manners.HugeDescription, FeedFailure.NotACamera)]
    [InlineData(Manners.NeverSatisfied, FeedFailure.WrongPassword)]
    [InlineData(Manners.DatagramOnly, FeedFailure.ProtocolError)]
    [InlineData(Manners.Mute, FeedFailure.NoAnswer)]
    [InlineData(Manners.Slow, FeedFailure.NoAnswer)]
    [InlineData(Manners.NoSuchStream, FeedFailure.NoSuchStream)]
    [InlineData(Manners.OddCodec, FeedFailure.UnsupportedCodec)]
    public async Task Each_kind_of_bad_camera_is_told_in_plain_words(Manners manners, FeedFailure failure)
    {
        await using var camera = FakeCamera.Start(await Clip.MakeAsync(new ClipRecipe()));
        camera.Manners = manners;
        var source = new CameraSource { CameraId = 1, Address = camera.Address, Username = "u", Password = "p", Ingest = IngestKind.Native };

        var report = await test.Engine.ProbeAsync(source, TestContext.Current.CancellationToken);

        report.Success.ShouldBeFalse();
        report.Failure.ShouldBe(failure, report.Detail);
        report.Detail.Length.ShouldBeInRange(20, 120);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_camera_that_hangs_up_is_knocked_at_again_and_the_time_between_costs_nothing()
    {
        var time = new ManualTime();
        using var door = new TcpListener(IPAddress.Loopback, 0);
        door.Start();
        await using var engine = new MediaEngine(new MediaEngineOptions { AllowLoopback = true }, time, NullLoggerFactory.Instance);
        engine.Start(new CameraSource { CameraId = 1, Address = new Uri($"rtsp://127.0.0.1:{((IPEndPoint)door.LocalEndpoint).Port}/1"), Ingest = IngestKind.Native });

        for (var knocks = 0; knocks < 5; knocks++)
        {
            var coming = door.AcceptTcpClientAsync(TestContext.Current.CancellationToken).AsTask();
            while (!coming.IsCompleted)
            {
                // A loop that spins while the clock stands would never let go of it.
                await Task.Run(() => time.Advance(TimeSpan.FromMilliseconds(100)), TestContext.Current.CancellationToken)
                    .WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
            }

            (await coming).Dispose();
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task A_probe_tells_what_a_good_camera_sends()
    {
        await using var camera = FakeCamera.Start(await Clip.MakeAsync(new ClipRecipe()));

        var report = await test.Engine.ProbeAsync(new CameraSource { CameraId = 1, Address = camera.Address }, TestContext.Current.CancellationToken);

        report.Success.ShouldBeTrue(report.Detail);
        report.PlaysInBrowsers.ShouldBeTrue();
        report.IngestName.ShouldBe("native");
        report.Video.ShouldNotBeNull().KeyFrameIntervalSeconds.ShouldBe(1, 0.05);
        report.Video.FramesPerSecond.ShouldBe(25, 1);
        report.Audio.ShouldNotBeNull().Codec.ShouldBe("AAC");
        report.Detail.ShouldContain("H.264 320×180");
    }

    [Fact(Timeout = 60_000)]
    public async Task A_bad_camera_that_mends_its_manners_goes_live_by_itself()
    {
        await using var camera = FakeCamera.Start(await Clip.MakeAsync(new ClipRecipe()));
        camera.Manners = Manners.Html;
        var feed = test.Start(camera.Address);
        (await test.UntilAsync(feed, s => s.State == FeedState.Offline)).Failure.ShouldBe(FeedFailure.NotACamera);

        camera.Manners = Manners.Good;

        (await test.UntilLiveAsync(feed)).Detail.ShouldBeEmpty();
    }

    [Theory(Timeout = 60_000)]
    [InlineData("rtsp://no-such-host.invalid/live", FeedFailure.NameNotFound)]
    [InlineData("rtsp://127.0.0.1:1/live", FeedFailure.NoAnswer)]
    [InlineData("rtsp://169.254.1.1/live", FeedFailure.AddressDenied)]
    [InlineData("file:///etc/passwd", FeedFailure.AddressDenied)]
    [InlineData("rtsps://127.0.0.1:1/live", FeedFailure.NoAnswer)]
    public async Task An_unreachable_camera_is_accepted_and_offline(string address, FeedFailure failure)
    {
        var feed = test.Start(new Uri(address));

        var status = await test.UntilAsync(feed, s => s.State == FeedState.Offline);

        status.Failure.ShouldBe(failure, status.Detail);
        status.Video.ShouldBeNull();
    }

    public ValueTask DisposeAsync() => test.DisposeAsync();
}
