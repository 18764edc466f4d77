using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Vigil.Perception.Hearing;

/// <summary>
/// Runs a <see cref="CryModel"/> on one window of <see cref="WindowFrames"/> mel frames. Activations lie as [time, mel, channel] with a border of
/// zeros, so that no inner loop asks where the edge is. One caller at a time; allocates nothing after construction.
/// </summary>
public sealed class CryNetwork
{
    public const int WindowFrames = 198;

    private readonly CryModel model;
    private readonly Stage[] stages;
    private readonly float[] input = new float[(WindowFrames + 2) * (MelFrontEnd.Bands + 2)];
    private readonly float[] dense;
    private readonly float[] folded;
    private readonly float[] temporal;
    private readonly float[] mixed;
    private readonly int width;
    private readonly int steps;
    private readonly int reach;

    public CryNetwork(CryModel model)
    {
        this.model = model;
        var (time, mel) = (Halved(WindowFrames), Halved(MelFrontEnd.Bands));
        stages = new Stage[model.Blocks.Length + 1];
        stages[0] = new Stage(time, mel, model.Stem.Bias.Length);
        for (var i = 0; i < model.Blocks.Length; i++)
        {
            var block = model.Blocks[i];
            (time, mel) = (block.TimeStride == 2 ? Halved(time) : time, block.MelStride == 2 ? Halved(mel) : mel);
            stages[i + 1] = new Stage(time, mel, block.Outputs);
        }

        width = model.Mix.Bias.Length;
        steps = time;
        reach = model.Temporal.Weights.Length / width / 2;
        var padded = (steps + 3) / 4 * 4;
        dense = new float[model.Blocks.Select((b, i) => stages[i + 1].Time * stages[i + 1].Mel * b.Inputs).Max()];
        folded = new float[(padded + (2 * reach)) * width];
        temporal = new float[padded * width];
        mixed = new float[padded * width];
    }

    /// <summary>How sure it is that somebody cries in these two seconds, 0 to 1. <paramref name="logMel"/> is the front end's, [time, mel].</summary>
    public float Score(ReadOnlySpan<float> logMel) => 1 / (1 + MathF.Exp(-Logit(logMel)));

    internal float Logit(ReadOnlySpan<float> logMel)
    {
        Enter(logMel);
        return Forward();
    }

    /// <summary>(L + 6) / 4 into the bordered input.</summary>
    private void Enter(ReadOnlySpan<float> logMel)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(logMel.Length, WindowFrames * MelFrontEnd.Bands);
        const int row = MelFrontEnd.Bands + 2;
        for (var t = 0; t < WindowFrames; t++)
        {
            var from = logMel.Slice(t * MelFrontEnd.Bands, MelFrontEnd.Bands);
            var to = input.AsSpan(((t + 1) * row) + 1, MelFrontEnd.Bands);
            for (var i = 0; i < to.Length; i++)
            {
                to[i] = (from[i] + 6) * 0.25f;
            }
        }
    }

    private float Forward()
    {
        Stem(stages[0]);
        for (var i = 0; i < model.Blocks.Length; i++)
        {
            Depth(model.Blocks[i], stages[i], stages[i + 1]);
            var block = model.Blocks[i];
            var to = stages[i + 1];
            for (var t = 0; t < to.Time; t++)
            {
                // The residual is what the block was given, which lies in its input stage at the same place.
                Point(dense.AsSpan(t * to.Mel * block.Inputs), block.Point, block.Inputs, to.Row(t), block.Residual ? stages[i].Row(t) : default, to.Mel);
            }
        }

        Fold(stages[^1]);
        Temporal();
        Point(temporal, model.Mix, width, mixed, folded.AsSpan(reach * width), (steps + 3) / 4 * 4);
        return Head();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Stem(Stage to)
    {
        const int row = MelFrontEnd.Bands + 2;
        ref var x = ref MemoryMarshal.GetArrayDataReference(input);
        ref var w = ref MemoryMarshal.GetArrayDataReference(model.Stem.Weights);
        ref var bias = ref MemoryMarshal.GetArrayDataReference(model.Stem.Bias);
        var channels = to.Channels;
        for (var t = 0; t < to.Time; t++)
        {
            ref var y = ref MemoryMarshal.GetReference(to.Row(t));
            for (var m = 0; m < to.Mel; m++)
            {
                ref var at = ref Unsafe.Add(ref x, (2 * t * row) + (2 * m));
                Vector<float> a = new(at), b = new(Unsafe.Add(ref at, 1)), c = new(Unsafe.Add(ref at, 2));
                Vector<float> d = new(Unsafe.Add(ref at, row)), e = new(Unsafe.Add(ref at, row + 1)), f = new(Unsafe.Add(ref at, row + 2));
                Vector<float> g = new(Unsafe.Add(ref at, 2 * row)), h = new(Unsafe.Add(ref at, (2 * row) + 1)), i = new(Unsafe.Add(ref at, (2 * row) + 2));
                for (var ch = 0; ch < channels; ch += Vector<float>.Count)
                {
                    ref var k = ref Unsafe.Add(ref w, ch);
                    var sum = Vector.LoadUnsafe(ref bias, (nuint)ch);
                    sum = Vector.FusedMultiplyAdd(a, Vector.LoadUnsafe(ref k), sum);
                    sum = Vector.FusedMultiplyAdd(b, Vector.LoadUnsafe(ref k, (nuint)channels), sum);
                    sum = Vector.FusedMultiplyAdd(c, Vector.LoadUnsafe(ref k, (nuint)(2 * channels)), sum);
                    sum = Vector.FusedMultiplyAdd(d, Vector.LoadUnsafe(ref k, (nuint)(3 * channels)), sum);
                    sum = Vector.FusedMultiplyAdd(e, Vector.LoadUnsafe(ref k, (nuint)(4 * channels)), sum);
                    sum = Vector.FusedMultiplyAdd(f, Vector.LoadUnsafe(ref k, (nuint)(5 * channels)), sum);
                    sum = Vector.FusedMultiplyAdd(g, Vector.LoadUnsafe(ref k, (nuint)(6 * channels)), sum);
                    sum = Vector.FusedMultiplyAdd(h, Vector.LoadUnsafe(ref k, (nuint)(7 * channels)), sum);
                    sum = Vector.FusedMultiplyAdd(i, Vector.LoadUnsafe(ref k, (nuint)(8 * channels)), sum);
                    Vector.Max(sum, Vector<float>.Zero).StoreUnsafe(ref y, (nuint)((m * channels) + ch));
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Depth(CryModel.Block block, Stage from, Stage to)
    {
        var channels = from.Channels;
        var row = (from.Mel + 2) * channels;
        ref var x = ref MemoryMarshal.GetArrayDataReference(from.Values);
        ref var y = ref MemoryMarshal.GetArrayDataReference(dense);
        ref var w = ref MemoryMarshal.GetArrayDataReference(block.Depth.Weights);
        ref var bias = ref MemoryMarshal.GetArrayDataReference(block.Depth.Bias);
        for (var ch = 0; ch < channels; ch += Vector<float>.Count)
        {
            var start = Vector.LoadUnsafe(ref bias, (nuint)ch);
            var k0 = Vector.LoadUnsafe(ref w, (nuint)ch);
            var k1 = Vector.LoadUnsafe(ref w, (nuint)(channels + ch));
            var k2 = Vector.LoadUnsafe(ref w, (nuint)((2 * channels) + ch));
            var k3 = Vector.LoadUnsafe(ref w, (nuint)((3 * channels) + ch));
            var k4 = Vector.LoadUnsafe(ref w, (nuint)((4 * channels) + ch));
            var k5 = Vector.LoadUnsafe(ref w, (nuint)((5 * channels) + ch));
            var k6 = Vector.LoadUnsafe(ref w, (nuint)((6 * channels) + ch));
            var k7 = Vector.LoadUnsafe(ref w, (nuint)((7 * channels) + ch));
            var k8 = Vector.LoadUnsafe(ref w, (nuint)((8 * channels) + ch));
            for (var t = 0; t < to.Time; t++)
            {
                for (var m = 0; m < to.Mel; m++)
                {
                    ref var a = ref Unsafe.Add(ref x, (t * block.TimeStride * row) + (m * block.MelStride * channels) + ch);
                    ref var b = ref Unsafe.Add(ref a, row);
                    ref var c = ref Unsafe.Add(ref b, row);
                    var sum = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref a), k0, start);
                    var second = Vector.LoadUnsafe(ref b) * k3;
                    sum = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref a, (nuint)channels), k1, sum);
                    second = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref b, (nuint)channels), k4, second);
                    sum = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref a, (nuint)(2 * channels)), k2, sum);
                    second = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref b, (nuint)(2 * channels)), k5, second);
                    sum = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref c), k6, sum);
                    second = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref c, (nuint)channels), k7, second);
                    sum = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref c, (nuint)(2 * channels)), k8, sum);
                    Vector.Max(sum + second, Vector<float>.Zero).StoreUnsafe(ref y, (nuint)((((t * to.Mel) + m) * channels) + ch));
                }
            }
        }
    }

    /// <summary>[positions, in] × [in, out] + bias (+ residual), rectified; four positions and two vectors of outputs at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Point(ReadOnlySpan<float> from, CryModel.Layer layer, int inputs, Span<float> to, ReadOnlySpan<float> residual, int positions)
    {
        var lanes = (nuint)Vector<float>.Count;
        var outputs = layer.Bias.Length;
        ref var x = ref MemoryMarshal.GetReference(from);
        ref var y = ref MemoryMarshal.GetReference(to);
        ref var r = ref MemoryMarshal.GetReference(residual);
        ref var bias = ref MemoryMarshal.GetArrayDataReference(layer.Bias);
        for (var p = 0; p < positions; p += 4)
        {
            ref var w = ref MemoryMarshal.GetArrayDataReference(layer.Weights);
            for (nuint column = 0; column < (nuint)outputs; column += 2 * lanes)
            {
                Vector<float> a0 = Vector.LoadUnsafe(ref bias, column), a1 = Vector.LoadUnsafe(ref bias, column + lanes);
                Vector<float> b0 = a0, b1 = a1, c0 = a0, c1 = a1, d0 = a0, d1 = a1;
                ref var xa = ref Unsafe.Add(ref x, p * inputs);
                ref var xb = ref Unsafe.Add(ref xa, inputs);
                ref var xc = ref Unsafe.Add(ref xb, inputs);
                ref var xd = ref Unsafe.Add(ref xc, inputs);
                for (var k = 0; k < inputs; k++)
                {
                    Vector<float> w0 = Vector.LoadUnsafe(ref w), w1 = Vector.LoadUnsafe(ref w, lanes);
                    Vector<float> va = new(Unsafe.Add(ref xa, k)), vb = new(Unsafe.Add(ref xb, k)), vc = new(Unsafe.Add(ref xc, k)), vd = new(Unsafe.Add(ref xd, k));
                    a0 = Vector.FusedMultiplyAdd(va, w0, a0);
                    a1 = Vector.FusedMultiplyAdd(va, w1, a1);
                    b0 = Vector.FusedMultiplyAdd(vb, w0, b0);
                    b1 = Vector.FusedMultiplyAdd(vb, w1, b1);
                    c0 = Vector.FusedMultiplyAdd(vc, w0, c0);
                    c1 = Vector.FusedMultiplyAdd(vc, w1, c1);
                    d0 = Vector.FusedMultiplyAdd(vd, w0, d0);
                    d1 = Vector.FusedMultiplyAdd(vd, w1, d1);
                    w = ref Unsafe.Add(ref w, 2 * lanes);
                }

                var at = (nuint)(p * outputs) + column;
                var row = (nuint)outputs;
                if (!residual.IsEmpty)
                {
                    a0 += Vector.LoadUnsafe(ref r, at);
                    a1 += Vector.LoadUnsafe(ref r, at + lanes);
                    b0 += Vector.LoadUnsafe(ref r, at + row);
                    b1 += Vector.LoadUnsafe(ref r, at + row + lanes);
                    c0 += Vector.LoadUnsafe(ref r, at + (2 * row));
                    c1 += Vector.LoadUnsafe(ref r, at + (2 * row) + lanes);
                    d0 += Vector.LoadUnsafe(ref r, at + (3 * row));
                    d1 += Vector.LoadUnsafe(ref r, at + (3 * row) + lanes);
                }

                Vector.Max(a0, Vector<float>.Zero).StoreUnsafe(ref y, at);
                Vector.Max(a1, Vector<float>.Zero).StoreUnsafe(ref y, at + lanes);
                Vector.Max(b0, Vector<float>.Zero).StoreUnsafe(ref y, at + row);
                Vector.Max(b1, Vector<float>.Zero).StoreUnsafe(ref y, at + row + lanes);
                Vector.Max(c0, Vector<float>.Zero).StoreUnsafe(ref y, at + (2 * row));
                Vector.Max(c1, Vector<float>.Zero).StoreUnsafe(ref y, at + (2 * row) + lanes);
                Vector.Max(d0, Vector<float>.Zero).StoreUnsafe(ref y, at + (3 * row));
                Vector.Max(d1, Vector<float>.Zero).StoreUnsafe(ref y, at + (3 * row) + lanes);
            }
        }
    }

    /// <summary>The mel axis, summed with weights of each channel's own.</summary>
    private void Fold(Stage from)
    {
        for (var t = 0; t < steps; t++)
        {
            Weighted(from.Row(t), model.Fold, folded.AsSpan((t + reach) * width, width));
        }
    }

    private void Temporal()
    {
        for (var t = 0; t < steps; t++)
        {
            Weighted(folded.AsSpan(t * width), model.Temporal, temporal.AsSpan(t * width, width));
        }
    }

    /// <summary>Neighbours that lie one behind the other, summed channel by channel.</summary>
    private static void Weighted(ReadOnlySpan<float> from, CryModel.Layer layer, Span<float> to)
    {
        var channels = to.Length;
        for (var ch = 0; ch < channels; ch += Vector<float>.Count)
        {
            var sum = new Vector<float>(layer.Bias.AsSpan(ch));
            for (var k = 0; k < layer.Weights.Length; k += channels)
            {
                sum = Vector.FusedMultiplyAdd(new Vector<float>(from[(k + ch)..]), new Vector<float>(layer.Weights.AsSpan(k + ch)), sum);
            }

            Vector.Max(sum, Vector<float>.Zero).CopyTo(to[ch..]);
        }
    }

    /// <summary>Mean and maximum over time, one unit.</summary>
    private float Head()
    {
        var logit = model.Head.Bias[0];
        for (var ch = 0; ch < width; ch += Vector<float>.Count)
        {
            var sum = Vector<float>.Zero;
            var most = new Vector<float>(float.NegativeInfinity);
            for (var t = 0; t < steps; t++)
            {
                var value = new Vector<float>(mixed.AsSpan((t * width) + ch));
                sum += value;
                most = Vector.Max(most, value);
            }

            logit += Vector.Dot(sum / new Vector<float>(steps), new Vector<float>(model.Head.Weights.AsSpan(ch)));
            logit += Vector.Dot(most, new Vector<float>(model.Head.Weights.AsSpan(width + ch)));
        }

        return logit;
    }

    private static int Halved(int length) => (length + 1) / 2;

    /// <summary>Activations with a border of one zero on each side.</summary>
    private sealed class Stage(int time, int mel, int channels)
    {
        public int Time => time;

        public int Mel => mel;

        public int Channels => channels;

        public float[] Values { get; } = new float[(time + 2) * (mel + 2) * channels];

        /// <summary>One moment, without the border.</summary>
        public Span<float> Row(int t) => Values.AsSpan((((t + 1) * (mel + 2)) + 1) * channels, mel * channels);
    }
}
