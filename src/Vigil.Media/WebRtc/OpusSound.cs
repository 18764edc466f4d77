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

    /// <summary>
    /// One Opus packet. The alarm's blocks would make two packets at once every 43 ms: a player takes that for a jittery network, holds
    /// the sound back, and then the picture too, so that lips fit.
    /// </summary>
    private const int BlockSamples = SoundBlock.SampleRate / 50;

    /// <summary>
    /// What came while the decoder started is old, and comes all at once: a player would go on playing that much behind. It is left out,
    /// up to a second of it.
    /// </summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(60);
    private const int MostSkipped = 50;

    /// <summary>
    /// So much the picture may be ahead of sound that is made here: about what making it takes. Nobody notices less than 125 ms of it
    /// (ITU-R BT.1359), and a player would hold every picture back until its sound is there.
    /// </summary>
    private static readonly TimeSpan PictureLead = TimeSpan.FromMilliseconds(40);

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

        var tap = new SoundTap(0, bus, options.Tap, time, logs, BlockSamples);
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
        var skipped = 0;
        await foreach (var block in from.Blocks.ReadAllAsync())
        {
            if (skipped < MostSkipped && time.GetUtcNow() - block.At > Fresh)
            {
                skipped++;
                continue;
            }

            skipped = MostSkipped;
            transcoder.Push(block.Samples.Span, new MediaTime(block.Pts.Ticks), block.At + PictureLead);
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
