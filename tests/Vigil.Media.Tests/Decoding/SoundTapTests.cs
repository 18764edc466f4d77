using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Media.Bus;
using Vigil.Media.Decoding;
using Vigil.Media.Ingest;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.Tests.Decoding;

public sealed class SoundTapTests
{
    private static readonly TrackFormat MuLaw = new() { Codec = Codec.PcmU, ClockRate = 8_000, Channels = 1 };
    private readonly MediaBus bus = new();

    [Fact]
    public async Task G711_becomes_blocks_of_sixteen_kilohertz_with_their_times()
    {
        await using var tap = NewTap();
        using var listener = await ListenAsync(tap);
        for (var i = 0; i < 100; i++)
        {
            PublishMuLaw(i * 160, i * 160);
        }

        var blocks = await TakeAsync(listener, 40);

        blocks.Select(block => block.SampleIndex).ShouldBe(Enumerable.Range(0, 40).Select(i => i * 683L));
        blocks[39].Pts.TotalSeconds.ShouldBe(39 * 683 / 16_000.0, 0.001);
        blocks[39].At.ShouldBe(DateTimeOffset.UnixEpoch + blocks[39].Pts, TimeSpan.FromMilliseconds(1));
        blocks.ShouldAllBe(block => block.Samples.Length == 683 && !block.AfterGap);
        // 8,000 peak in, 8,000 peak out: between the input's samples the filter overshoots little.
        blocks.Skip(2).Max(block => block.Samples.ToArray().Max()).ShouldBeInRange((short)7_800, (short)8_250);
    }

    [Fact]
    public async Task A_hole_is_marked_and_the_time_after_it_is_right()
    {
        await using var tap = NewTap();
        using var listener = await ListenAsync(tap);
        for (var i = 0; i < 20; i++)
        {
            PublishMuLaw(i * 160, i * 160);
        }

        for (var i = 0; i < 20; i++)
        {
            PublishMuLaw(80_000 + (i * 160), i * 160);
        }

        var blocks = await TakeAsync(listener, 18);

        blocks.Select(block => block.AfterGap).ShouldBe(Enumerable.Range(0, 18).Select(i => i == 9));
        blocks[9].Pts.TotalSeconds.ShouldBe(10, 0.001);
        tap.Gaps.ShouldBe(1);
    }

    [Fact]
    public async Task AAC_frames_come_back_as_sound_at_the_time_of_the_frame_they_were_in()
    {
        // Two seconds of silence, then a tone. The encoder itself delays by one frame (64 ms).
        var frames = await EncodeAacAsync("aevalsrc='if(gt(t,2),0.5*sin(2*PI*440*t),0)':s=16000:d=4");
        await using var tap = NewTap();
        using var listener = await ListenAsync(tap);
        foreach (var frame in frames)
        {
            bus.Publish(frame);
        }

        var blocks = await TakeAsync(listener, 85);

        var onset = blocks.First(block => block.Samples.ToArray().Max() > 4_000);
        onset.Pts.TotalSeconds.ShouldBe(2.064, 0.045);
        onset.At.ShouldBe(DateTimeOffset.UnixEpoch + onset.Pts, TimeSpan.FromMilliseconds(1));
        blocks.ShouldAllBe(block => !block.AfterGap);
    }

    [Fact]
    public async Task Missing_AAC_frames_do_not_shift_the_time_of_those_that_follow()
    {
        var frames = await EncodeAacAsync("aevalsrc='if(gt(t,3),0.5*sin(2*PI*440*t),0)':s=16000:d=4");
        await using var tap = NewTap();
        using var listener = await ListenAsync(tap);
        foreach (var frame in frames.Where((_, i) => i is < 20 or >= 35)) // 960 ms are lost on the way
        {
            bus.Publish(frame);
        }

        var blocks = await TakeAsync(listener, 64);

        blocks.Count(block => block.AfterGap).ShouldBe(1);
        blocks.First(block => block.Samples.ToArray().Max() > 4_000).Pts.TotalSeconds.ShouldBe(3.064, 0.045);
    }

    [Fact]
    public async Task Nobody_listening_costs_nothing()
    {
        await using var tap = NewTap();
        bus.SubscriberCount.ShouldBe(0);
        var first = await ListenAsync(tap);
        var second = tap.Subscribe("second");
        bus.SubscriberCount.ShouldBe(1);
        first.Dispose();
        bus.SubscriberCount.ShouldBe(1);
        second.Dispose();
        await tap.DisposeAsync();
        bus.SubscriberCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_decoder_that_dies_is_replaced()
    {
        var frames = await EncodeAacAsync("sine=440:sample_rate=16000:duration=4");
        var time = new SkippingTime();
        await using var tap = new SoundTap(1, bus, new SoundTapOptions { FfmpegPath = "/bin/false" }, time, NullLoggerFactory.Instance);
        using var listener = await ListenAsync(tap);

        for (var i = 0; tap.DecoderFailures < 2; i++)
        {
            bus.Publish(frames[i % frames.Count]);
            time.Skip(TimeSpan.FromSeconds(40));
            await Task.Yield();
        }

        tap.DecoderFailures.ShouldBeGreaterThanOrEqualTo(2);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_decoder_that_takes_sound_and_gives_none_back_is_replaced()
    {
        var frames = await EncodeAacAsync("sine=440:sample_rate=16000:duration=4");
        var silent = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await File.WriteAllTextAsync(silent, "#!/bin/sh\nexec cat >/dev/null\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(silent, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            await using var tap = new SoundTap(1, bus, new SoundTapOptions { FfmpegPath = silent }, TimeProvider.System, NullLoggerFactory.Instance);
            using var listener = await ListenAsync(tap);
            for (var i = 0; tap.DecoderFailures < 1; i++)
            {
                bus.Publish(frames[i % frames.Count]);
                await Task.Yield();
            }
        }
        finally
        {
            File.Delete(silent);
        }
    }

    private SoundTap NewTap() => new(1, bus, new SoundTapOptions(), TimeProvider.System, NullLoggerFactory.Instance);

    private async Task<SoundSubscription> ListenAsync(SoundTap tap)
    {
        var listener = tap.Subscribe("test", 200);
        while (bus.SubscriberCount == 0)
        {
            await Task.Yield();
        }

        return listener;
    }

    private void PublishMuLaw(int timestamp, int firstSample)
    {
        var time = MediaTime.FromClock(timestamp, 8_000);
        bus.Publish(new MediaFrame
        {
            Format = MuLaw,
            Pts = time,
            Dts = time,
            IsKeyFrame = true,
            WallClock = DateTimeOffset.UnixEpoch.AddTicks(time.Ticks),
            Payload = TestSound.ToMuLaw(TestSound.Tone(500, 8_000, firstSample, 160, 8_000)),
        });
    }

    private static async Task<List<SoundBlock>> TakeAsync(SoundSubscription listener, int count)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(20)); // Only so that a failure ends.
        var blocks = new List<SoundBlock>();
        while (blocks.Count < count)
        {
            blocks.Add(await listener.Blocks.ReadAsync(patience.Token));
        }

        return blocks;
    }

    private static async Task<List<MediaFrame>> EncodeAacAsync(string source)
    {
        await using var ffmpeg = await ChildProcess.StartAsync(
            new ChildCommand
            {
                Program = "ffmpeg",
                Arguments = ["-v", "error", "-f", "lavfi", "-i", source, "-c:a", "aac", "-b:a", "32k", "-f", "adts", "pipe:1"],
            },
            TimeProvider.System);
        using var all = new MemoryStream();
        await ffmpeg.Output.CopyToAsync(all, TestContext.Current.CancellationToken);
        var splitter = new AdtsSplitter();
        splitter.Push(all.ToArray());
        var frames = new List<MediaFrame>();
        while (splitter.TryTake(out var frame))
        {
            var pts = MediaTime.FromClock(frames.Count * 1024, 16_000);
            frames.Add(new MediaFrame
            {
                Format = splitter.Format!,
                Pts = pts,
                Dts = pts,
                IsKeyFrame = true,
                WallClock = DateTimeOffset.UnixEpoch.AddTicks(pts.Ticks),
                Payload = frame,
            });
        }

        return frames;
    }

    /// <summary>The system's timers with a clock that can be pushed forward.</summary>
    private sealed class SkippingTime : TimeProvider
    {
        private long skipped;

        public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref skipped);

        public void Skip(TimeSpan by) => Interlocked.Add(ref skipped, (long)(by.TotalSeconds * TimestampFrequency));
    }
}
