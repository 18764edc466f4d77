using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Vigil.Perception.Hearing;

/// <summary>
/// 16 kHz mono sound to log-mel frames: 25 ms every 10 ms, periodic Hann, power spectrum of 512 points, 64 mel bands from 125 to 7,500 Hz,
/// ln(E + 1e-6). As many frames as a vector has lanes are transformed side by side. One caller at a time; allocates nothing after construction.
/// </summary>
public sealed class MelFrontEnd
{
    public const int SampleRate = 16_000;
    public const int FrameLength = 400;
    public const int FrameStep = 160;
    public const int Bands = 64;

    private const int Points = 512;
    private const int Half = Points / 2;
    private const float Floor = 1e-6f;

    private static readonly int Lanes = Vector<float>.Count;
    private static readonly float[] Window = Floats(FrameLength, k => 0.5 - (0.5 * Math.Cos(2 * Math.PI * k / FrameLength)));

    /// <summary>cos and −sin of 2πk/256 for the transform, of 2πk/512 for its unfolding.</summary>
    private static readonly (float[] Cos, float[] Sin) Turns = Circle(Half), HalfTurns = Circle(Points);

    private static readonly MelBand[] Filters = MakeFilters();

    private readonly float[] re = new float[Half * Vector<float>.Count];
    private readonly float[] im = new float[Half * Vector<float>.Count];
    private readonly float[] re2 = new float[Half * Vector<float>.Count];
    private readonly float[] im2 = new float[Half * Vector<float>.Count];
    private readonly float[] power = new float[(Half + 1) * Vector<float>.Count];

    /// <summary>Whole frames in <paramref name="samples"/> samples.</summary>
    public static int FramesIn(int samples) => samples < FrameLength ? 0 : 1 + ((samples - FrameLength) / FrameStep);

    /// <summary>
    /// Writes <paramref name="count"/> frames of <see cref="Bands"/> values, row by row; frame i begins at sample 160 i. Samples are int16 / 32768.
    /// </summary>
    public void Transform(ReadOnlySpan<float> samples, int count, Span<float> frames)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, FramesIn(samples.Length));
        ArgumentOutOfRangeException.ThrowIfLessThan(frames.Length, count * Bands);
        for (var first = 0; first < count; first += Lanes)
        {
            var together = Math.Min(Lanes, count - first);
            Load(samples[(first * FrameStep)..], together);
            Spectrum();
            Unfold();
            Fold(frames[(first * Bands)..], together);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Load(ReadOnlySpan<float> samples, int together)
    {
        var lanes = Lanes;
        for (var lane = 0; lane < together; lane++)
        {
            var frame = samples.Slice(lane * FrameStep, FrameLength);
            for (var k = 0; k < FrameLength; k += 2)
            {
                re[(k / 2 * lanes) + lane] = frame[k] * Window[k];
                im[(k / 2 * lanes) + lane] = frame[k + 1] * Window[k + 1];
            }
        }

        // The rest of the 512 points is silence; lanes without a frame keep what they had, which nobody reads.
        re.AsSpan(FrameLength / 2 * lanes).Clear();
        im.AsSpan(FrameLength / 2 * lanes).Clear();
    }

    /// <summary>Complex transform of 256 points, radix 4, self-sorting (Stockham): four stages from one pair of buffers to the other and back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Spectrum()
    {
        var lanes = (nuint)Lanes;
        ref var xr = ref MemoryMarshal.GetArrayDataReference(re);
        ref var xi = ref MemoryMarshal.GetArrayDataReference(im);
        ref var yr = ref MemoryMarshal.GetArrayDataReference(re2);
        ref var yi = ref MemoryMarshal.GetArrayDataReference(im2);
        var stride = 1;
        for (var n = Half; n > 1; n /= 4)
        {
            var quarter = n / 4;
            for (var p = 0; p < quarter; p++)
            {
                var turn = p * (Half / n);
                Vector<float> c1 = new(Turns.Cos[turn]), s1 = new(Turns.Sin[turn]);
                Vector<float> c2 = new(Turns.Cos[turn * 2]), s2 = new(Turns.Sin[turn * 2]);
                Vector<float> c3 = new(Turns.Cos[turn * 3]), s3 = new(Turns.Sin[turn * 3]);
                for (var q = 0; q < stride; q++)
                {
                    var from = (nuint)(q + (stride * p)) * lanes;
                    var step = (nuint)(stride * quarter) * lanes;
                    var ar = Vector.LoadUnsafe(ref xr, from);
                    var ai = Vector.LoadUnsafe(ref xi, from);
                    var br = Vector.LoadUnsafe(ref xr, from + step);
                    var bi = Vector.LoadUnsafe(ref xi, from + step);
                    var cr = Vector.LoadUnsafe(ref xr, from + (2 * step));
                    var ci = Vector.LoadUnsafe(ref xi, from + (2 * step));
                    var dr = Vector.LoadUnsafe(ref xr, from + (3 * step));
                    var di = Vector.LoadUnsafe(ref xi, from + (3 * step));
                    Vector<float> pr = ar + cr, pi = ai + ci, mr = ar - cr, mi = ai - ci;
                    Vector<float> qr = br + dr, qi = bi + di;
                    Vector<float> jr = di - bi, ji = br - dr; // i (b − d)
                    var to = (nuint)(q + (stride * 4 * p)) * lanes;
                    var next = (nuint)stride * lanes;
                    (pr + qr).StoreUnsafe(ref yr, to);
                    (pi + qi).StoreUnsafe(ref yi, to);
                    Vector<float> ur = mr - jr, ui = mi - ji, vr = pr - qr, vi = pi - qi, wr = mr + jr, wi = mi + ji;
                    ((ur * c1) - (ui * s1)).StoreUnsafe(ref yr, to + next);
                    ((ur * s1) + (ui * c1)).StoreUnsafe(ref yi, to + next);
                    ((vr * c2) - (vi * s2)).StoreUnsafe(ref yr, to + (2 * next));
                    ((vr * s2) + (vi * c2)).StoreUnsafe(ref yi, to + (2 * next));
                    ((wr * c3) - (wi * s3)).StoreUnsafe(ref yr, to + (3 * next));
                    ((wr * s3) + (wi * c3)).StoreUnsafe(ref yi, to + (3 * next));
                }
            }

            ref var hr = ref xr;
            ref var hi = ref xi;
            xr = ref yr;
            xi = ref yi;
            yr = ref hr;
            yi = ref hi;
            stride *= 4;
        }
    }

    /// <summary>From the transform of even and odd samples as one complex signal to the power of the real one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Unfold()
    {
        var lanes = (nuint)Lanes;
        var half = new Vector<float>(0.5f);
        ref var zr = ref MemoryMarshal.GetArrayDataReference(re); // Four stages: the result is back where it began.
        ref var zi = ref MemoryMarshal.GetArrayDataReference(im);
        ref var p = ref MemoryMarshal.GetArrayDataReference(power);
        for (var k = 0; k <= Half; k++)
        {
            var here = (nuint)(k % Half) * lanes;
            var there = (nuint)((Half - k) % Half) * lanes;
            Vector<float> ar = Vector.LoadUnsafe(ref zr, here), ai = Vector.LoadUnsafe(ref zi, here);
            Vector<float> br = Vector.LoadUnsafe(ref zr, there), bi = Vector.LoadUnsafe(ref zi, there);
            Vector<float> er = (ar + br) * half, ei = (ai - bi) * half;
            Vector<float> or = (ai + bi) * half, oi = (br - ar) * half;
            Vector<float> c = new(HalfTurns.Cos[k]), s = new(HalfTurns.Sin[k]);
            var xr = er + (or * c) - (oi * s);
            var xi = ei + (or * s) + (oi * c);
            ((xr * xr) + (xi * xi)).StoreUnsafe(ref p, (nuint)k * lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Fold(Span<float> frames, int together)
    {
        var lanes = (nuint)Lanes;
        var floor = new Vector<float>(Floor);
        ref var p = ref MemoryMarshal.GetArrayDataReference(power);
        for (var band = 0; band < Bands; band++)
        {
            var filter = Filters[band];
            var energy = Vector<float>.Zero;
            for (var i = 0; i < filter.Weights.Length; i++)
            {
                energy = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref p, (nuint)(filter.First + i) * lanes), new Vector<float>(filter.Weights[i]), energy);
            }

            var log = Vector.Log(energy + floor);
            for (var lane = 0; lane < together; lane++)
            {
                frames[(lane * Bands) + band] = log[lane];
            }
        }
    }

    private static (float[] Cos, float[] Sin) Circle(int points) =>
        (Floats(points, k => Math.Cos(2 * Math.PI * k / points)), Floats(points, k => -Math.Sin(2 * Math.PI * k / points)));

    /// <summary>Triangles of peak 1 between 66 points that are equally spaced in mel, m(f) = 2595 log10(1 + f/700).</summary>
    private static MelBand[] MakeFilters()
    {
        static double ToMel(double hertz) => 2595 * Math.Log10(1 + (hertz / 700));
        double low = ToMel(125), high = ToMel(7_500);
        double Edge(int i) => 700 * (Math.Pow(10, (low + ((high - low) * i / (Bands + 1))) / 2595) - 1);
        var filters = new MelBand[Bands];
        for (var band = 0; band < Bands; band++)
        {
            double left = Edge(band), top = Edge(band + 1), right = Edge(band + 2);
            var weights = Floats(Half + 1, bin =>
            {
                var hertz = bin * (double)SampleRate / Points;
                return Math.Max(0, Math.Min((hertz - left) / (top - left), (right - hertz) / (right - top)));
            });
            var first = weights.AsSpan().IndexOfAnyExcept(0);
            filters[band] = first < 0 ? new MelBand(0, []) : new MelBand(first, weights[first..(weights.AsSpan().LastIndexOfAnyExcept(0) + 1)]);
        }

        return filters;
    }

    /// <summary>A loop and no LINQ: compiling that for numbers is felt when <c>./vigil hear</c> hears one short clip.</summary>
    private static float[] Floats(int count, Func<int, double> value)
    {
        var floats = new float[count];
        for (var i = 0; i < count; i++)
        {
            floats[i] = (float)value(i);
        }

        return floats;
    }

    private readonly record struct MelBand(int First, float[] Weights);
}
