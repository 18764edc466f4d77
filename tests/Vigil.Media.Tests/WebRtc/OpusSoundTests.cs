using Microsoft.Extensions.Logging;
using Vigil.Media.Bus;
using Vigil.Media.Decoding;
using Vigil.Media.Live;
using Vigil.Media.WebRtc;
using Vigil.Protocols.Codecs;

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
    [InlineData(500, "encoding: a hole, after which the first packet begins before its frame")]
    public async Task Sound_that_breaks_is_told_once_and_comes_back(int jumpMs, string what)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30)); // Only so that a failure ends.
        using var logs = new ErrorLog();
        await using var sound = new OpusSound(bus, new WebRtcSound { Budget = budget }, TimeProvider.System, logs);
        await PlayUntilAsync(sound, () => made.Ring.Next > 10, patience.Token);

        next += TimeSpan.FromMilliseconds(jumpMs);
        Publish(DateTimeOffset.MinValue); // Anything that begins before it has no time at all.
        await PlayUntilAsync(sound, () => !logs.Errors.IsEmpty, patience.Token);
        var before = made.Ring.Next;
        await PlayUntilAsync(sound, () => made.Ring.Next > before + 25, patience.Token);

        budget.Used.ShouldBe(1, what);
        sound.Take(wanted: false, made, now);
        budget.Used.ShouldBe(0, what);
        logs.Errors.Count.ShouldBe(1, what);
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

    /// <summary>One frame is one block, so that blocks begin where frames do.</summary>
    private void Publish(DateTimeOffset at)
    {
        bus.Publish(new MediaFrame { Format = Wide, Pts = next, Dts = next, IsKeyFrame = true, WallClock = at, Payload = new byte[SoundBlock.Length] });
        var length = TimeSpan.FromTicks(SoundBlock.Length * TimeSpan.TicksPerSecond / SoundBlock.SampleRate);
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
