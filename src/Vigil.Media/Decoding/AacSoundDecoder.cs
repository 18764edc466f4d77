using System.Runtime.InteropServices;
using Vigil.Media.Ingest;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.Decoding;

/// <summary>
/// AAC through one small ffmpeg: ADTS in, 16 kHz mono out. PCM from a pipe has no time stamps, so samples are counted against the frames
/// that went in; each frame brings its own time, and when a damaged frame yields nothing the count is set right again.
/// With these flags ffmpeg 5.1 gives every frame back at once and loses none (<c>nobuffer</c> loses the first two).
/// </summary>
internal sealed class AacSoundDecoder : ISoundDecoder
{
    /// <summary>A child that does not take a frame of some hundred bytes for this long hangs.</summary>
    private static readonly TimeSpan WriteTimeout = TimeSpan.FromSeconds(5);

    // Of so many reads (some seconds), one at least finds ffmpeg idle: what is missing then is missing for good.
    private const int BacklogWindow = 100;

    // More than a minute of sound: it takes everything and gives nothing back.
    private const int MostFrames = 4096;

    private readonly ChildProcess child;
    private readonly AudioSpecificConfig config;
    private readonly SoundBlockCutter cutter;
    private readonly TimeProvider time;
    private readonly double samplesPerFrame;
    private readonly Lock gate = new();
    private readonly Queue<FrameTime> frames = new();
    private readonly byte[] adts = new byte[AdtsHeader.MaxFrameLength];
    private readonly Task reading;
    private double offsetInFrame;
    private double smallestBacklog = double.MaxValue;
    private int reads;

    private AacSoundDecoder(ChildProcess child, AudioSpecificConfig config, SoundBlockCutter cutter, TimeProvider time)
    {
        this.child = child;
        this.config = config;
        this.cutter = cutter;
        this.time = time;
        samplesPerFrame = (double)config.SamplesPerFrame * SoundBlock.SampleRate / config.SampleRate;
        reading = ReadAsync();
    }

    public static async Task<ISoundDecoder?> StartAsync(TrackFormat format, SoundTapOptions options, SoundBlockCutter cutter, TimeProvider time)
    {
        if (!AudioSpecificConfig.TryParse(format.Config.Span, out var config) || !AdtsHeader.TryWrite(new byte[AdtsHeader.MinLength], config, 1))
        {
            return null;
        }

        var child = await ChildProcess.StartAsync(
            new ChildCommand
            {
                Program = options.FfmpegPath,
                RunAsUser = options.RunAsUser,
                Arguments =
                [
                    "-v", "error", "-nostats", "-threads", "1", "-probesize", "32", "-analyzeduration", "0", "-flags", "low_delay",
                    "-protocol_whitelist", "pipe", "-f", "aac", "-i", "pipe:0",
                    "-ac", "1", "-ar", "16000", "-f", "s16le", "-flush_packets", "1", "pipe:1",
                ],
            },
            time);
        return new AacSoundDecoder(child, config, cutter, time);
    }

    public async ValueTask DecodeAsync(MediaFrame frame, CancellationToken cancel)
    {
        if (!AdtsHeader.TryWrite(adts, config, frame.Payload.Length))
        {
            return;
        }

        if (reading.IsCompleted)
        {
            throw new IOException($"ffmpeg ended: {child.Errors}");
        }

        lock (gate)
        {
            if (frames.Count >= MostFrames)
            {
                throw new IOException("ffmpeg takes sound and gives none back.");
            }

            frames.Enqueue(new FrameTime(frame.Pts, frame.WallClock));
        }

        frame.Payload.Span.CopyTo(adts.AsSpan(AdtsHeader.MinLength));
        using var patience = new CancellationTokenSource(WriteTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        try
        {
            await child.Input.WriteAsync(adts.AsMemory(0, AdtsHeader.MinLength + frame.Payload.Length), either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new IOException("ffmpeg takes no more sound.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await child.DisposeAsync();
        await reading;
    }

    private async Task ReadAsync()
    {
        var bytes = new byte[16 * 1024];
        var held = 0;
        try
        {
            while (await child.Output.ReadAsync(bytes.AsMemory(held)) is > 0 and var read)
            {
                held += read;
                var whole = held & ~1;
                Place(MemoryMarshal.Cast<byte, short>(bytes.AsSpan(0, whole)));
                bytes.AsSpan(whole, held - whole).CopyTo(bytes);
                held -= whole;
            }
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // The next frame finds the reading ended and says so.
        }
    }

    /// <summary>Gives each stretch of samples the time of the frame it came from.</summary>
    private void Place(ReadOnlySpan<short> pcm)
    {
        while (!pcm.IsEmpty)
        {
            FrameTime from;
            lock (gate)
            {
                if (!frames.TryPeek(out from))
                {
                    return; // More sound than went in (a decoder that flushes): it belongs nowhere.
                }
            }

            var left = (int)Math.Ceiling(samplesPerFrame - offsetInFrame);
            var take = Math.Min(left, pcm.Length);
            var offset = TimeSpan.FromTicks((long)(offsetInFrame * TimeSpan.TicksPerSecond / SoundBlock.SampleRate));
            cutter.Push(pcm[..take], from.Pts + offset, from.WallClock + offset);
            pcm = pcm[take..];
            offsetInFrame += take;
            if (offsetInFrame >= samplesPerFrame)
            {
                offsetInFrame -= samplesPerFrame;
                Skip(1);
            }
        }

        CountBacklog();
    }

    private void CountBacklog()
    {
        lock (gate)
        {
            smallestBacklog = Math.Min(smallestBacklog, frames.Count - (offsetInFrame / samplesPerFrame));
        }

        if (++reads < BacklogWindow)
        {
            return;
        }

        // One frame may be on its way; two that never came back were lost in decoding.
        var lost = (int)Math.Floor(smallestBacklog + 0.5) - 1;
        if (lost >= 1)
        {
            Skip(lost);
            cutter.Break();
        }

        reads = 0;
        smallestBacklog = double.MaxValue;
    }

    private void Skip(int count)
    {
        lock (gate)
        {
            while (count-- > 0 && frames.TryDequeue(out _))
            {
            }
        }
    }

    private readonly record struct FrameTime(MediaTime Pts, DateTimeOffset WallClock);
}
