using Vigil.Protocols.Codecs;

namespace Vigil.Media.Decoding;

internal static class G711Sound
{
    /// <summary>One sample per byte, by the law of <paramref name="codec"/>.</summary>
    public static void Decode(Codec codec, ReadOnlySpan<byte> payload, Span<short> pcm)
    {
        if (codec == Codec.PcmA)
        {
            G711.DecodeALaw(payload, pcm);
        }
        else
        {
            G711.DecodeMuLaw(payload, pcm);
        }
    }
}
