using Vigil.Protocols.Codecs;

namespace Vigil.Media.Decoding;

/// <summary>One codec's way to 16 kHz mono. An <see cref="IOException"/> means that the decoder broke and a new one may work.</summary>
internal interface ISoundDecoder : IAsyncDisposable
{
    ValueTask DecodeAsync(MediaFrame frame, CancellationToken cancel);
}

/// <summary>G.711 by table; 8 kHz is doubled through a half-band filter, so that no mirror image above 4 kHz looks like sound.</summary>
internal sealed class G711SoundDecoder(SoundBlockCutter cutter) : ISoundDecoder
{
    private readonly HalfBandUpsampler upsampler = new();
    private short[] decoded = [];
    private short[] doubled = [];

    public ValueTask DecodeAsync(MediaFrame frame, CancellationToken cancel)
    {
        var payload = frame.Payload.Span;
        if (decoded.Length < payload.Length)
        {
            decoded = new short[payload.Length];
            doubled = new short[payload.Length * 2];
        }

        G711Sound.Decode(frame.Format.Codec, payload, decoded);
        var samples = payload.Length;
        if (frame.Format.Channels == 2)
        {
            samples /= 2;
            for (var i = 0; i < samples; i++)
            {
                decoded[i] = (short)((decoded[2 * i] + decoded[(2 * i) + 1]) >> 1);
            }
        }

        if (frame.Format.ClockRate == SoundBlock.SampleRate)
        {
            cutter.Push(decoded.AsSpan(0, samples), frame.Pts, frame.WallClock);
        }
        else
        {
            upsampler.Double(decoded.AsSpan(0, samples), doubled);
            cutter.Push(doubled.AsSpan(0, 2 * samples), frame.Pts, frame.WallClock);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>Opus through libopus, which gives 16 kHz mono whatever the camera encoded.</summary>
internal sealed class OpusSoundDecoder(SoundBlockCutter cutter) : ISoundDecoder
{
    private readonly OpusDecoder decoder = new(SoundBlock.SampleRate);

    public ValueTask DecodeAsync(MediaFrame frame, CancellationToken cancel)
    {
        cutter.Push(decoder.Decode(frame.Payload.Span), frame.Pts, frame.WallClock);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        decoder.Dispose();
        return ValueTask.CompletedTask;
    }
}
