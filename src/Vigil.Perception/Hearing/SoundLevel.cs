using System.Numerics;

namespace Vigil.Perception.Hearing;

/// <summary>How loud one block of 16-bit sound is. Plain amplitudes, because parents set their thresholds in them.</summary>
/// <param name="Peak">The largest magnitude, 0..32767.</param>
/// <param name="Mean">The average magnitude, 0..32767.</param>
public readonly record struct SoundLevel(int Peak, int Mean)
{
    /// <summary>Silence; also the level of no samples.</summary>
    public static readonly SoundLevel Silence;

    /// <summary>
    /// Measures <paramref name="block"/>. Magnitudes are taken in 32 bits: in 16 the magnitude of −32768 is negative, and the loudest
    /// scream would read as silence.
    /// </summary>
    public static SoundLevel Measure(ReadOnlySpan<short> block)
    {
        if (block.IsEmpty)
        {
            return Silence;
        }

        var peak = 0;
        long sum = 0;
        var rest = block;
        if (Vector.IsHardwareAccelerated && block.Length >= Vector<short>.Count)
        {
            var peaks = Vector<int>.Zero;
            while (rest.Length >= Vector<short>.Count)
            {
                // Summed per stretch: 4,096 additions of 32,768 stay well inside 31 bits.
                var sums = Vector<int>.Zero;
                for (var turn = 0; turn < 4_096 && rest.Length >= Vector<short>.Count; turn++)
                {
                    Vector.Widen(new Vector<short>(rest), out var low, out var high);
                    low = Vector.Abs(low);
                    high = Vector.Abs(high);
                    peaks = Vector.Max(peaks, Vector.Max(low, high));
                    sums += low + high;
                    rest = rest[Vector<short>.Count..];
                }

                sum += Sum(sums);
            }

            for (var i = 0; i < Vector<int>.Count; i++)
            {
                peak = Math.Max(peak, peaks[i]);
            }
        }

        foreach (var sample in rest)
        {
            var magnitude = Math.Abs((int)sample);
            peak = Math.Max(peak, magnitude);
            sum += magnitude;
        }

        return new SoundLevel(Math.Min(peak, short.MaxValue), (int)Math.Min(sum / block.Length, short.MaxValue));
    }

    private static long Sum(Vector<int> sums)
    {
        long sum = 0;
        for (var i = 0; i < Vector<int>.Count; i++)
        {
            sum += sums[i];
        }

        return sum;
    }
}
