using Microsoft.Extensions.Logging;
using Vigil.Media.Bus;
using Vigil.Media.Decoding;
using Vigil.Media.Live;
using Vigil.Media.WebRtc;
using Vigil.Protocols.Codecs;
using Vigil.Testing;

namespace Vigil.Media.Tests.WebRtc;

/// <summary>Sound on its way to becoming Opus, when something on that way breaks.</summary>
public sealed class OpusSoundTests
{
    private static readonly TrackFormat Wide = new() { Codec = Codec.PcmU, ClockRate = SoundBlock.SampleRate, Channels = 1 };
    private readonly MediaBus bus = new();
    private readonly TranscodeBudget budget = new(1);
    private readonly RtpTrackSource made = new(TrackKind.Audio);
    private MediaTime next = MediaTime.Zero;
    private TimeSpan now;

    [Theory]
    [InlineData(50, "decoding: within what is taken for jitter, so the block begins before its frame")]
    [InlineData(500, "encoding: a hole, after which the first packet begins at the end of time")]
    public async Task Sound_that_breaks_is_told_once_and_comes_back(int jumpMs, string what)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30)); // Only so that a failure ends.
        using var logs = new ErrorLog();
        await using var sound = new OpusSound(bus, new WebRtcSound { Budget = budget }, TimeProvider.System, logs);
        await PlayUntilAsync(sound, () => made.Ring.Next > 10, patience.Token);

        var at = jumpMs < 100 ? DateTimeOffset.MinValue : DateTimeOffset.MaxValue;
        next += TimeSpan.FromMilliseconds(jumpMs);
        Publish(at); // Anything that begins before the first moment, or after the last, has no time at all.
        await PlayUntilAsync(sound, () => !logs.Errors.IsEmpty, patience.Token);
        var before = made.Ring.Next;
        await PlayUntilAsync(sound, () => made.Ring.Next > before + 25, patience.Token);

        budget.Used.ShouldBe(1, what);
        sound.Take(wanted: false, made, now);
        budget.Used.ShouldBe(0, what);
        logs.Errors.Count.ShouldBe(1, what);
    }

    [Fact]
    public async Task Each_twenty_milliseconds_leave_when_they_are_there_and_not_in_pairs()
    {
        var time = new ManualTime();
        await using var sound = new OpusSound(bus, new WebRtcSound { Budget = budget }, time, new ErrorLog());
        await UntilAsync(sound, () => bus.SubscriberCount == 1);
        for (var packet = 1; packet <= 10; packet++)
        {
            Publish(time.GetUtcNow(), samples: 320);
            await UntilAsync(sound, () => made.Ring.Next == packet);
        }
    }

    [Fact]
    public async Task What_came_while_the_decoder_started_is_left_out_so_that_nobody_listens_that_much_behind()
    {
        var time = new ManualTime();
        await using var sound = new OpusSound(bus, new WebRtcSound { Budget = budget }, time, new ErrorLog());
        await UntilAsync(sound, () => bus.SubscriberCount == 1);
        for (var old = 0; old < 15; old++)
        {
            Publish(time.GetUtcNow() - TimeSpan.FromMilliseconds(400 - (20 * old)), samples: 320);
        }

        var fresh = next;
        Publish(time.GetUtcNow(), samples: 320);
        await UntilAsync(sound, () => made.Ring.Next == 1);

        var placed = made.Newest.Timestamp / 48_000d;
        placed.ShouldBe(new TimeSpan(fresh.Ticks).TotalSeconds, 0.01, "a packet is dated back by the encoder's delay");
    }

    private async Task UntilAsync(OpusSound sound, Func<bool> enough)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30)); // Only so that a failure ends.
        while (!enough())
        {
            sound.Take(wanted: true, made, now);
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, patience.Token);
        }
    }

    private async Task PlayUntilAsync(OpusSound sound, Func<bool> enough, CancellationToken cancel)
    {
        while (!enough())
        {
            Publish(DateTimeOffset.UnixEpoch + new TimeSpan(next.Ticks));
            sound.Take(wanted: true, made, now);
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancel);
        }
    }

    /// <summary>One frame.</summary>
    private void Publish(DateTimeOffset at, int samples = SoundBlock.Length)
    {
        bus.Publish(new MediaFrame { Format = Wide, Pts = next, Dts = next, IsKeyFrame = true, WallClock = at, Payload = new byte[samples] });
        var length = TimeSpan.FromTicks(samples * TimeSpan.TicksPerSecond / SoundBlock.SampleRate);
        next += length;
        now += length;
    }

    private sealed class ErrorLog : ILoggerFactory, ILogger
    {
        public System.Collections.Concurrent.ConcurrentQueue<Exception?> Errors { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Errors.Enqueue(exception);
            }
        }

        public void Dispose()
        {
        }
    }
}
