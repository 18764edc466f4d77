using System.Diagnostics.CodeAnalysis;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.Decoding;

/// <summary>
/// Makes Opus of G.711, which neither MP4 nor browsers take, and of sound that is decoded already. One input, then drain: <see cref="Push(MediaFrame)"/> a frame, then
/// <see cref="TryTake"/> until false. Frames leave in packets of 20 ms whose times follow the input's: samples are counted from an
/// anchor, and a hole (or a clock that drifted off by more than <see cref="Tolerance"/>) makes a new anchor. Not thread-safe.
/// </summary>
public sealed class OpusTranscoder : IDisposable
{
    // A packet of G.711 is 20 to 60 ms. Less than that astray is jitter of a camera's clock; more is a hole that must stay a hole.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(40);

    private readonly OpusEncoder encoder;
    private readonly Queue<MediaFrame> ready = new();
    private readonly short[] pending;
    private readonly int sampleRate;
    private readonly TimeSpan preSkip;
    private short[] decoded = [];
    private int pendingSamples;
    private MediaTime anchor;
    private DateTimeOffset anchorWallClock;
    private long samplesSinceAnchor;
    private MediaTime lastDts = new(-1);
    private bool anchored;

    /// <param name="input">The G.711 track; 8 kHz by RFC 3551, 16 kHz from some cameras.</param>
    public OpusTranscoder(TrackFormat input)
    {
        if (!CanTranscode(input))
        {
            throw new ArgumentException($"{input.Codec} at {input.ClockRate} Hz is not G.711 that Opus takes.", nameof(input));
        }

        sampleRate = input.ClockRate;
        Channels = Math.Max(1, input.Channels);
        (encoder, pending, preSkip, Format) = Prepare(sampleRate);
    }

    /// <param name="sampleRate">Of the mono PCM given to <see cref="Push(ReadOnlySpan{short}, MediaTime, DateTimeOffset)"/>: 8, 12, 16, 24 or 48 kHz.</param>
    public OpusTranscoder(int sampleRate)
    {
        this.sampleRate = sampleRate;
        Channels = 1;
        (encoder, pending, preSkip, Format) = Prepare(sampleRate);
    }

    /// <summary>What leaves: mono Opus, with the encoder's delay as pre-skip in <see cref="TrackFormat.Config"/>.</summary>
    public TrackFormat Format { get; }

    /// <summary>How often the input's time jumped and a new anchor was taken; the first anchor counts.</summary>
    public int Anchors { get; private set; }

    private int Channels { get; }

    /// <summary>Whether <paramref name="input"/> is G.711 at a rate that Opus takes, and libopus is installed.</summary>
    public static bool CanTranscode(TrackFormat input) =>
        input.Codec is Codec.PcmA or Codec.PcmU && input.ClockRate is 8_000 or 16_000 && input.Channels is >= 0 and <= 2
        && OpusLibrary.IsAvailable;

    public void Push(MediaFrame frame)
    {
        var samples = frame.Payload.Length / Channels;
        if (samples == 0)
        {
            return;
        }

        if (decoded.Length < frame.Payload.Length)
        {
            decoded = new short[frame.Payload.Length];
        }

        G711Sound.Decode(frame.Format.Codec, frame.Payload.Span, decoded);
        if (Channels == 2)
        {
            for (var i = 0; i < samples; i++)
            {
                decoded[i] = (short)((decoded[2 * i] + decoded[(2 * i) + 1]) >> 1);
            }
        }

        Push(decoded.AsSpan(0, samples), frame.Pts, frame.WallClock);
    }

    /// <summary>Mono PCM whose first sample was heard at <paramref name="pts"/>.</summary>
    public void Push(ReadOnlySpan<short> pcm, MediaTime pts, DateTimeOffset wallClock)
    {
        Reanchor(pts, wallClock);
        var rest = pcm;
        while (!rest.IsEmpty)
        {
            var take = Math.Min(rest.Length, pending.Length - pendingSamples);
            rest[..take].CopyTo(pending.AsSpan(pendingSamples));
            pendingSamples += take;
            rest = rest[take..];
            if (pendingSamples == pending.Length)
            {
                Emit();
            }
        }
    }

    public bool TryTake([MaybeNullWhen(false)] out MediaFrame opus) => ready.TryDequeue(out opus);

    public void Dispose() => encoder.Dispose();

    private static (OpusEncoder Encoder, short[] Pending, TimeSpan PreSkip, TrackFormat Format) Prepare(int sampleRate)
    {
        var encoder = new OpusEncoder(sampleRate, sampleRate <= 8_000 ? 24_000 : 32_000);
        return (
            encoder,
            new short[encoder.SamplesPerPacket],
            TimeSpan.FromTicks(encoder.PreSkip * MediaTime.TicksPerSecond / OpusFormat.ClockRate),
            OpusFormat.Format(1, encoder.PreSkip, sampleRate));
    }

    private void Reanchor(MediaTime pts, DateTimeOffset wallClock)
    {
        var expected = anchor + Length(samplesSinceAnchor + pendingSamples);
        if (anchored && (pts - expected).Duration() <= Tolerance)
        {
            return;
        }

        if (pendingSamples > 0)
        {
            // What waited belongs before the hole; fill up its packet with silence.
            pending.AsSpan(pendingSamples).Clear();
            Emit();
        }

        anchored = true;
        anchor = pts;
        anchorWallClock = wallClock;
        samplesSinceAnchor = 0;
        Anchors++;
    }

    private void Emit()
    {
        var offset = Length(samplesSinceAnchor);
        // A decoder gives the sound back late by the pre-skip, and live viewers have no edit list to undo that.
        var pts = anchor + offset - preSkip;
        pts = pts > lastDts ? pts : new MediaTime(lastDts.Ticks + 1);
        pts = pts.Ticks < 0 ? MediaTime.Zero : pts;
        lastDts = pts;
        ready.Enqueue(new MediaFrame
        {
            Format = Format,
            Pts = pts,
            Dts = pts,
            IsKeyFrame = true,
            WallClock = anchorWallClock + offset - preSkip,
            Payload = encoder.Encode(pending),
        });
        samplesSinceAnchor += pendingSamples;
        pendingSamples = 0;
    }

    private TimeSpan Length(long samples) => TimeSpan.FromTicks(samples * MediaTime.TicksPerSecond / sampleRate);
}
