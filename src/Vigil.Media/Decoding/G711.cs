using Vigil.Protocols.Codecs;

namespace Vigil.Media.Decoding;

/// <summary>ITU-T G.711 to 16-bit samples by table.</summary>
internal static class G711
{
    private static readonly short[] ALaw = [.. Enumerable.Range(0, 256).Select(code => ExpandALaw((byte)code))];
    private static readonly short[] MuLaw = [.. Enumerable.Range(0, 256).Select(code => ExpandMuLaw((byte)code))];

    /// <summary>One sample per byte; <paramref name="pcm"/> holds at least as many as <paramref name="payload"/>.</summary>
    public static void Decode(Codec codec, ReadOnlySpan<byte> payload, Span<short> pcm)
    {
        var table = codec == Codec.PcmA ? ALaw : MuLaw;
        for (var i = 0; i < payload.Length; i++)
        {
            pcm[i] = table[payload[i]];
        }
    }

    // G.711 table 1a: even bits inverted, 13 bits left-justified in 16.
    private static short ExpandALaw(byte code)
    {
        var bits = code ^ 0x55;
        var exponent = (bits >> 4) & 7;
        var mantissa = bits & 0x0F;
        var magnitude = exponent == 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 0x108) << (exponent - 1);
        return (short)((bits & 0x80) != 0 ? magnitude : -magnitude);
    }

    // G.711 table 2a: all bits inverted, bias 33, 14 bits left-justified in 16.
    private static short ExpandMuLaw(byte code)
    {
        var bits = ~code;
        var exponent = (bits >> 4) & 7;
        var mantissa = bits & 0x0F;
        var magnitude = ((((mantissa << 1) + 33) << exponent) - 33) << 2;
        return (short)((bits & 0x80) != 0 ? -magnitude : magnitude);
    }
}
