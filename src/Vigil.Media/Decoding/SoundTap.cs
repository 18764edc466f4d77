using Microsoft.Extensions.Logging;
using Vigil.Media.Bus;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.Decoding;

/// <summary>What decoding sound needs from outside.</summary>
public sealed record SoundTapOptions
{
    public string FfmpegPath { get; init; } = "ffmpeg";

    /// <summary>The account ffmpeg runs as when the server is root.</summary>
    public string? RunAsUser { get; init; }
}

/// <summary>
/// The sound of one camera, decoded once to 16 kHz mono for all who listen, and only while somebody does. A decoder that dies
/// is started again with back-off; what was missed is a gap.
/// </summary>
public sealed partial class SoundTap : IAsyncDisposable
{
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(30);

    private readonly MediaBus bus;
    private readonly SoundTapOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly SoundBlockCutter cutter;
    private readonly Lock gate = new();
    private SoundSubscription[] listeners = [];
    private CancellationTokenSource? stop;
    private Task running = Task.CompletedTask;
    private long decoderFailures;
    private bool disposed;

    public SoundTap(
        int cameraId, MediaBus bus, SoundTapOptions options, TimeProvider time, ILoggerFactory logs, int blockSamples = SoundBlock.Length)
    {
        CameraId = cameraId;
        this.bus = bus;
        this.options = options;
        this.time = time;
        logger = logs.CreateLogger<SoundTap>();
        cutter = new SoundBlockCutter(Hand, blockSamples);
    }

    public int CameraId { get; }

    public int ListenerCount => Volatile.Read(ref listeners).Length;

    /// <summary>Places where sound was missing.</summary>
    public int Gaps => cutter.Gaps;

    /// <summary>How often a decoder broke or could not start.</summary>
    public long DecoderFailures => Interlocked.Read(ref decoderFailures);

    /// <summary>Starts listening; the first listener starts the decoder, the last one to leave ends it.</summary>
    public SoundSubscription Subscribe(string name, int capacity = SoundSubscription.UsualCapacity)
    {
        var listener = new SoundSubscription(this, name, capacity);
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            listeners = [.. listeners, listener];
            if (stop is null)
            {
                stop = new CancellationTokenSource();
                running = RunAsync(running, stop.Token);
            }
        }

        return listener;
    }

    public async ValueTask DisposeAsync()
    {
        SoundSubscription[] left;
        lock (gate)
        {
            disposed = true;
            left = listeners;
            listeners = [];
            StopRunning();
        }

        foreach (var listener in left)
        {
            listener.End();
        }

        await running;
    }

    internal void Remove(SoundSubscription listener)
    {
        lock (gate)
        {
            listeners = [.. listeners.Where(other => other != listener)];
            if (listeners.Length == 0)
            {
                StopRunning();
            }
        }
    }

    private void StopRunning()
    {
        stop?.Cancel();
        stop = null;
    }

    private void Hand(SoundBlock block)
    {
        foreach (var listener in Volatile.Read(ref listeners))
        {
            listener.Offer(block);
        }
    }

    private async Task RunAsync(Task before, CancellationToken cancel)
    {
        await before; // Two decoders at once would mix their blocks.
        await Task.Yield();
        cutter.Break();
        using var frames = bus.Subscribe(new SubscriptionOptions { Name = "sound", Video = false });
        ISoundDecoder? decoder = null;
        TrackFormat? format = null;
        var backOff = TimeSpan.Zero;
        var retryAt = time.GetTimestamp();
        try
        {
            while (true)
            {
                var frame = await frames.ReadAsync(cancel);
                if (frame.Format.Equals(format) && decoder is null && (backOff == TimeSpan.Zero || time.GetTimestamp() < retryAt))
                {
                    continue; // Nothing can decode this, or it is too early to try again.
                }

                try
                {
                    if (decoder is null || !frame.Format.Equals(format))
                    {
                        await DisposeAsync(decoder);
                        decoder = null;
                        format = frame.Format;
                        decoder = await CreateAsync(frame.Format);
                        if (decoder is null)
                        {
                            LogUndecodable(CameraId, frame.Format.Codec, frame.Format.ClockRate);
                            backOff = TimeSpan.Zero;
                            continue;
                        }
                    }

                    await decoder.DecodeAsync(frame, cancel);
                }
                catch (IOException failure)
                {
                    await DisposeAsync(decoder);
                    decoder = null;
                    cutter.Break();
                    Interlocked.Increment(ref decoderFailures);
                    backOff = NextBackOff(backOff, retryAt);
                    retryAt = time.GetTimestamp() + (long)(backOff.TotalSeconds * time.TimestampFrequency);
                    LogDecoderBroke(CameraId, failure.Message, backOff.TotalSeconds);
                }
            }
        }
        catch (Exception end) when (end is OperationCanceledException or ObjectDisposedException)
        {
            // Nobody listens any more.
        }
        catch
        {
            // A bug: whoever waits for blocks would wait for ever. Disposing of the tap tells it.
            foreach (var listener in Volatile.Read(ref listeners))
            {
                listener.End();
            }

            throw;
        }
        finally
        {
            await DisposeAsync(decoder);
        }
    }

    // One that worked for a minute begins again at one second.
    private TimeSpan NextBackOff(TimeSpan before, long retryAt)
    {
        var fresh = before == TimeSpan.Zero || time.GetElapsedTime(retryAt) > TimeSpan.FromMinutes(1);
        return fresh ? TimeSpan.FromSeconds(1) : TimeSpan.FromTicks(Math.Min(before.Ticks * 2, LongestBackOff.Ticks));
    }

    private async Task<ISoundDecoder?> CreateAsync(TrackFormat format) => format.Codec switch
    {
        Codec.PcmA or Codec.PcmU when format.ClockRate is 8_000 or SoundBlock.SampleRate => new G711SoundDecoder(cutter),
        Codec.Opus when OpusLibrary.IsAvailable => new OpusSoundDecoder(cutter),
        Codec.Aac => await AacSoundDecoder.StartAsync(format, options, cutter, time),
        _ => null,
    };

    private static ValueTask DisposeAsync(ISoundDecoder? decoder) => decoder?.DisposeAsync() ?? ValueTask.CompletedTask;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Camera {CameraId} has sound that cannot be decoded: {Codec} at {Rate} Hz.")]
    private partial void LogUndecodable(int cameraId, Codec codec, int rate);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sound decoder of camera {CameraId} broke ({Reason}); next try in {Seconds} s.")]
    private partial void LogDecoderBroke(int cameraId, string reason, double seconds);
}
