namespace Vigil.Media.Decoding;

/// <summary>Mono PCM to Opus packets through libopus. Not thread-safe: one caller at a time.</summary>
public sealed class OpusEncoder : IDisposable
{
    /// <summary>RFC 6716 §3.2.1: an Opus frame is at most 1,275 bytes; we encode one frame per packet.</summary>
    private const int LargestPacket = 1_275;

    private readonly OpusEncoderHandle handle;
    private readonly byte[] packet = new byte[LargestPacket];

    /// <param name="sampleRate">8, 12, 16, 24 or 48 kHz. What the packets decode to does not depend on it.</param>
    /// <param name="bitrateBps">Speech from a nursery is clean at 24 kbit/s.</param>
    public OpusEncoder(int sampleRate, int bitrateBps)
    {
        SampleRate = sampleRate;
        handle = OpusLibrary.CreateEncoder(sampleRate, 1, OpusLibrary.ApplicationAudio, out var error);
        Check(error);
        Check(OpusLibrary.ControlEncoder(handle, OpusLibrary.SetBitrate, bitrateBps));
        // Half the default's work for no difference that a camera microphone could show.
        Check(OpusLibrary.ControlEncoder(handle, OpusLibrary.SetComplexity, 4));
        Check(OpusLibrary.QueryEncoder(handle, OpusLibrary.GetLookahead, out var lookahead));
        PreSkip = lookahead * (48_000 / sampleRate);
    }

    public int SampleRate { get; }

    /// <summary>Samples per 20 ms packet, the frame size every player expects.</summary>
    public int SamplesPerPacket => SampleRate / 50;

    /// <summary>The encoder's delay in 48 kHz samples: what a player drops at the start (RFC 7845 §4.2).</summary>
    public int PreSkip { get; }

    /// <summary>One packet from exactly <see cref="SamplesPerPacket"/> samples.</summary>
    public byte[] Encode(ReadOnlySpan<short> pcm)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(pcm.Length, SamplesPerPacket);
        var length = OpusLibrary.Encode(handle, pcm, pcm.Length, packet, packet.Length);
        Check(length);
        return packet.AsSpan(0, length).ToArray();
    }

    public void Dispose() => handle.Dispose();

    private static void Check(int result)
    {
        if (result < 0)
        {
            throw new InvalidOperationException($"libopus refused with {result}.");
        }
    }
}
