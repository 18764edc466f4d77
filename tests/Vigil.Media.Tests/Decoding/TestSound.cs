namespace Vigil.Media.Tests.Decoding;

/// <summary>Sound made for tests.</summary>
internal static class TestSound
{
    public static short[] Tone(double frequency, double amplitude, int firstSample, int samples, int rate) =>
        [.. Enumerable.Range(firstSample, samples).Select(i => (short)(amplitude * Math.Sin(2 * Math.PI * frequency * i / rate)))];

    /// <summary>G.711 §3.2 by its definition: sign, segment, position in the segment, all inverted.</summary>
    public static byte[] ToMuLaw(short[] pcm) => [.. pcm.Select(MuLaw)];

    private static byte MuLaw(short sample)
    {
        var magnitude = Math.Min(Math.Abs((int)sample), 32_635) + 132;
        var exponent = 7;
        for (var mask = 0x4000; exponent > 0 && (magnitude & mask) == 0; mask >>= 1)
        {
            exponent--;
        }

        var code = (sample < 0 ? 0x80 : 0) | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0F);
        return (byte)~code;
    }
}
