using System.Numerics;

namespace Vigil.Protocols.Codecs;

/// <summary>ITU-T G.711: logarithmic PCM to and from 16-bit linear, by table one way and by segment search the other.</summary>
public static class G711
{
    private static readonly short[] ALawTable = [.. Enumerable.Range(0, 256).Select(code => ExpandALaw((byte)code))];
    private static readonly short[] MuLawTable = [.. Enumerable.Range(0, 256).Select(code => ExpandMuLaw((byte)code))];

    /// <summary>Decodes as many samples as fit in the shorter span.</summary>
    public static void DecodeALaw(ReadOnlySpan<byte> codes, Span<short> samples) => Decode(ALawTable, codes, samples);

    /// <summary>Decodes as many samples as fit in the shorter span.</summary>
    public static void DecodeMuLaw(ReadOnlySpan<byte> codes, Span<short> samples) => Decode(MuLawTable, codes, samples);

    /// <summary>G.711 table 1: 13 bits, even bits inverted.</summary>
    public static byte EncodeALaw(short sample)
    {
        var value = sample >> 3;
        var mask = 0xD5;
        if (value < 0)
        {
            value = -value - 1;
            mask = 0x55;
        }

        var segment = value < 32 ? 0 : BitOperations.Log2((uint)value) - 4;
        return (byte)(((segment << 4) | ((value >> Math.Max(segment, 1)) & 0x0F)) ^ mask);
    }

    /// <summary>G.711 table 2: 14 bits, biased by 33, all bits inverted.</summary>
    public static byte EncodeMuLaw(short sample)
    {
        const int Clip = 8158; // With the bias, 13 bits.
        const int Bias = 33;
        var value = sample >> 2;
        var mask = 0xFF;
        if (value < 0)
        {
            value = -value;
            mask = 0x7F;
        }

        value = Math.Min(value, Clip) + Bias;
        var segment = BitOperations.Log2((uint)value) - 5;
        return (byte)(((segment << 4) | ((value >> (segment + 1)) & 0x0F)) ^ mask);
    }

    private static void Decode(short[] table, ReadOnlySpan<byte> codes, Span<short> samples)
    {
        for (var i = 0; i < codes.Length && i < samples.Length; i++)
        {
            samples[i] = table[codes[i]];
        }
    }

    private static short ExpandALaw(byte code)
    {
        var bits = code ^ 0x55;
        var segment = (bits >> 4) & 7;
        var value = ((bits & 0x0F) << 4) + (segment == 0 ? 8 : 0x108);
        value <<= Math.Max(segment - 1, 0);
        return (short)((bits & 0x80) != 0 ? value : -value);
    }

    private static short ExpandMuLaw(byte code)
    {
        const int Bias = 0x84;
        var bits = (byte)~code;
        var value = (((bits & 0x0F) << 3) + Bias) << ((bits >> 4) & 7);
        return (short)((bits & 0x80) != 0 ? Bias - value : value - Bias);
    }
}
