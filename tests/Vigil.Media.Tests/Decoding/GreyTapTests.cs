using Vigil.Media.Bus;
using Vigil.Media.Decoding;
using Vigil.Media.Tests.Live;

namespace Vigil.Media.Tests.Decoding;

public sealed class GreyTapTests
{
    private static readonly GreyTapOptions Small = new() { Width = 160, Height = 90 };
    private readonly MediaBus bus = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pictures_come_out_small_and_grey_with_the_time_of_the_frame()
    {
        var frames = await RealMedia.PicturesAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var seen = new TaskCompletionSource<(int Pixels, int Levels, TimeSpan Position)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = GreyTap.RunAsync(
            bus,
            Small,
            picture => seen.TrySetResult((picture.Pixels.Length, picture.Pixels.ToArray().Distinct().Count(), picture.Position)),
            TimeProvider.System,
            stop.Token);

        // As a camera sends them, over and over.
        for (var i = 0; !seen.Task.IsCompleted && !running.IsCompleted; i++)
        {
            bus.Publish(frames[i % frames.Count].At(TimeSpan.FromSeconds(4 * (i / frames.Count))));
            await Task.WhenAny(seen.Task, Task.Delay(TimeSpan.FromMilliseconds(40), TimeProvider.System, Cancel));
        }

        running.IsCompleted.ShouldBeFalse();
        var (pixels, levels, position) = await seen.Task;
        pixels.ShouldBe(160 * 90);
        levels.ShouldBeGreaterThan(20);
        position.ShouldBeGreaterThanOrEqualTo(TimeSpan.Zero);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(running);
        bus.SubscriberCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_decoder_that_dies_or_is_missing_says_so()
    {
        bus.Publish((await RealMedia.PicturesAsync())[0]);
        foreach (var program in new[] { "/bin/false", "/nonexistent/ffmpeg" })
        {
            // It may take a frame or two until the death is noticed.
            var running = GreyTap.RunAsync(bus, Small with { FfmpegPath = program }, _ => { }, TimeProvider.System, Cancel);
            while (!running.IsCompleted)
            {
                bus.Publish((await RealMedia.PicturesAsync())[0]);
                await Task.Yield();
            }

            await Should.ThrowAsync<IOException>(running);
        }
    }

    [Fact]
    public async Task Key_frames_that_are_too_far_apart_are_not_enough()
    {
        var key = (await RealMedia.PicturesAsync())[0];
        key.IsKeyFrame.ShouldBeTrue();
        bus.Publish(key);
        var running = GreyTap.RunAsync(bus, Small with { KeyFramesOnly = true }, _ => { }, TimeProvider.System, Cancel);
        while (bus.SubscriberCount == 0)
        {
            await Task.Yield();
        }

        bus.Publish(key.At(TimeSpan.FromSeconds(10)));
        bus.Publish(key.At(TimeSpan.FromSeconds(20)));
        (await running).ShouldBe(GreyEnd.TooSparse);
    }
}
