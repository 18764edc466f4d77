using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Vigil.Media.Bus;
using Vigil.Media.Decoding;
using Vigil.Media.Live;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.WebRtc;

/// <summary>How sound that browsers don't take in WebRTC (AAC, and G.711 for those without it) becomes Opus.</summary>
public sealed record WebRtcSound
{
    public SoundTapOptions Tap { get; init; } = new();

    /// <summary>Shared with everything else that people look at and listen to: the alarm's ear and recordings come first.</summary>
    public TranscodeBudget Budget { get; init; } = new(Environment.ProcessorCount);
}

/// <summary>
/// Opus of one camera's sound, made once for all its viewers and only while one needs it. Decoded at 16 kHz mono, as the alarm hears it.
/// When the machine has no share left, viewers have no sound until it has; a run that broke is followed by another.
/// </summary>
internal sealed partial class OpusSound(MediaBus bus, WebRtcSound options, TimeProvider time, ILoggerFactory logs) : IAsyncDisposable
{
    /// <summary>Half a second of packets that wait for the fan-out; the oldest goes first.</summary>
    private const int Capacity = 25;

    /// <summary>How often a share is asked for again, and the least between two beginnings.</summary>
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(5);

    private readonly Channel<MediaFrame> ready = Channel.CreateBounded<MediaFrame>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private readonly ILogger logger = logs.CreateLogger<OpusSound>();
    private SoundSubscription? blocks;
    private IDisposable? share;
    private Task running = Task.CompletedTask;
    private TimeSpan tryAgainAt;
    private bool told;

    /// <summary>Starts or stops as <paramref name="wanted"/>, and hands over what is ready. From the fan-out's task.</summary>
    public void Take(bool wanted, RtpTrackSource into, TimeSpan now)
    {
        if (!wanted)
        {
            Stop();
            return;
        }

        if (running.IsCompleted)
        {
            Leave(); // It broke.
        }

        if (blocks is null && now >= tryAgainAt)
        {
            tryAgainAt = now + RetryInterval;
            Start();
        }

        while (ready.Reader.TryRead(out var frame))
        {
            into.Add(frame, now);
        }
    }

    public void Stop()
    {
        Leave();
        tryAgainAt = default;
    }

    public async ValueTask DisposeAsync()
    {
        Stop();
        await running;
    }

    private void Leave()
    {
        blocks?.Dispose();
        blocks = null;
        share?.Dispose();
        share = null;
    }

    private void Start()
    {
        if (!OpusLibrary.IsAvailable)
        {
            return;
        }

        share = options.Budget.TryTake(TranscodeKind.Sound);
        if (share is null)
        {
            return;
        }

        var tap = new SoundTap(0, bus, options.Tap, time, logs);
        blocks = tap.Subscribe("webrtc");
        running = RunAsync(running, tap, blocks);
    }

    /// <summary>Ends with <paramref name="from"/>, or with whatever broke; never throws, because the next run waits for this one.</summary>
    private async Task RunAsync(Task before, SoundTap tap, SoundSubscription from)
    {
        await before;
        await Task.Yield();
        try
        {
            await using (tap) // Its end tells what broke in it.
            {
                await EncodeAsync(from);
            }
        }
        catch (Exception bug)
        {
            if (!told)
            {
                told = true; // Once until there is sound again: it may break at every try.
                LogBroken(bug);
            }
        }
    }

    private async Task EncodeAsync(SoundSubscription from)
    {
        while (ready.Reader.TryRead(out _))
        {
            // From before the break.
        }

        using var transcoder = new OpusTranscoder(SoundBlock.SampleRate);
        await foreach (var block in from.Blocks.ReadAllAsync())
        {
            transcoder.Push(block.Samples.Span, new MediaTime(block.Pts.Ticks), block.At);
            while (transcoder.TryTake(out var packet))
            {
                ready.Writer.TryWrite(packet);
                told = false;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Making Opus of a camera's sound for WebRTC broke; it is tried again")]
    private partial void LogBroken(Exception bug);
}
