using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Media.Bus;
using Vigil.Media.Live;

namespace Vigil.Media.Tests.Live;

public sealed class PicturesTests
{
    private readonly MediaBus bus = new();

    [Fact]
    public async Task Every_third_picture_becomes_a_JPEG_of_the_wanted_width_at_once()
    {
        await using var outputs = NewOutputs(new TranscodeBudget(2));
        var frames = await RealMedia.PicturesAsync();
        Publish(frames.Take(13)); // A group of half a second is cached: that tells the pace.
        using var viewer = outputs.WatchMjpeg(LiveQuality.Main, 200).ShouldNotBeNull();

        // Pictures 0, 3, 6, 9, 12 come out although nothing follows the last one.
        var picture = await viewer.Pictures.ReadAsync(Patience());
        (await SizeAsync(picture)).ShouldBe("320x240", "200 px is rounded up to 320, which is what the camera has");
    }

    [Fact]
    public async Task Two_viewers_of_one_size_share_one_encode_and_leaving_frees_it()
    {
        var budget = new TranscodeBudget(2);
        await using var outputs = NewOutputs(budget);
        Publish((await RealMedia.PicturesAsync()).Take(5));
        var first = outputs.WatchMjpeg(LiveQuality.Main, 160).ShouldNotBeNull();
        var second = outputs.WatchMjpeg(LiveQuality.Main, 100).ShouldNotBeNull();
        budget.Used.ShouldBe(20);

        (await SizeAsync(await first.Pictures.ReadAsync(Patience()))).ShouldBe("160x120");
        (await SizeAsync(await second.Pictures.ReadAsync(Patience()))).ShouldBe("160x120");

        first.Dispose();
        second.Dispose();
        while (budget.Used > 0)
        {
            await Task.Yield();
        }
    }

    [Fact]
    public async Task A_busy_machine_shows_key_frames_and_then_refuses()
    {
        var budget = new TranscodeBudget(1); // Fifty hundredths.
        await using var outputs = NewOutputs(budget);
        using var full = outputs.WatchMjpeg(LiveQuality.Main, 160);
        using var fullToo = outputs.WatchMjpeg(LiveQuality.Main, 320);
        using var keys = outputs.WatchMjpeg(LiveQuality.Main, 480);
        budget.Used.ShouldBe(43);
        using var keysToo = outputs.WatchMjpeg(LiveQuality.Main, 640);
        using var keysThree = outputs.WatchMjpeg(LiveQuality.Main, 960);
        keysThree.ShouldNotBeNull();
        outputs.WatchMjpeg(LiveQuality.Main, 1280).ShouldBeNull();
        budget.Refused.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_snapshot_is_the_newest_key_frame_and_is_made_once_a_second_at_most()
    {
        await using var outputs = NewOutputs(new TranscodeBudget(2));
        Publish((await RealMedia.PicturesAsync()).Take(30));

        var first = outputs.SnapshotAsync(640);
        var second = outputs.SnapshotAsync(600);

        second.ShouldBeSameAs(first);
        var snapshot = await first;
        snapshot.Result.ShouldBe(SnapshotResult.Taken);
        snapshot.TakenAt.ShouldBe(DateTimeOffset.UnixEpoch.AddSeconds(1));
        (await SizeAsync(snapshot.Picture)).ShouldBe("320x240");
    }

    private LiveOutputs NewOutputs(TranscodeBudget budget) =>
        new(1, bus, bus, new LiveOptions(), budget, TimeProvider.System, NullLoggerFactory.Instance);

    private void Publish(IEnumerable<Protocols.Codecs.MediaFrame> frames)
    {
        foreach (var frame in frames)
        {
            bus.Publish(frame);
        }
    }

    private static CancellationToken Patience() => new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token; // Only so that a failure ends.

    private static async Task<string> SizeAsync(ReadOnlyMemory<byte> picture)
    {
        var json = await RealMedia.RunAsync(
            "ffprobe", ["-v", "error", "-f", "mjpeg", "-show_entries", "stream=width,height", "-of", "json", "pipe:0"], picture.ToArray());
        using var document = JsonDocument.Parse(json);
        var stream = document.RootElement.GetProperty("streams")[0];
        return $"{stream.GetProperty("width").GetInt32()}x{stream.GetProperty("height").GetInt32()}";
    }
}
