namespace Vigil.Media.Decoding;

/// <summary>Opus packets to mono PCM through libopus, which also resamples and mixes down. Not thread-safe: one caller at a time.</summary>
public sealed class OpusDecoder : IDisposable
{
    private readonly OpusDecoderHandle handle;
    private readonly short[] pcm;

    /// <param name="sampleRate">8, 12, 16, 24 or 48 kHz, whatever the packets were made from.</param>
    public OpusDecoder(int sampleRate)
    {
        handle = OpusLibrary.CreateDecoder(sampleRate, 1, out var error);
        if (error < 0)
        {
            throw new InvalidOperationException($"libopus refused with {error}.");
        }

        pcm = new short[sampleRate / 1000 * OpusLibrary.LongestPacketMilliseconds];
    }

    /// <summary>
    /// The samples of <paramref name="packet"/>, valid until the next call; empty when the packet is not Opus
    /// (it came from the network, so that is no exception).
    /// </summary>
    public ReadOnlySpan<short> Decode(ReadOnlySpan<byte> packet)
    {
        if (packet.IsEmpty)
        {
            return []; // libopus reads "no packet" as a loss to conceal.
        }

        var samples = OpusLibrary.Decode(handle, packet, packet.Length, pcm, pcm.Length, 0);
        return samples <= 0 ? [] : pcm.AsSpan(0, samples);
    }

    public void Dispose() => handle.Dispose();
}
