using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Vigil.Perception.Hearing;

/// <summary>
/// The trained weights, as <c>training/export.py</c> writes them: "VIGILCRY", 32 bytes SHA-256 of all that follows, version, blocks, thresholds,
/// then float32 tensors with batch normalisation folded in; all little-endian. Read-only and shared by all who score.
/// </summary>
public sealed class CryModel
{
    private const int Version = 1;
    private const int HeadLength = 8 + 32;

    private CryModel()
    {
    }

    /// <summary>The model that is built in.</summary>
    public static CryModel BuiltIn { get; } = LoadBuiltIn();

    /// <summary>A clip whose loudest pair of neighbouring windows reaches this is called crying; chosen on validation.</summary>
    public float ClipThreshold { get; private init; }

    /// <summary>The mean of three windows that raises an alarm at usual sensitivity; chosen on the validation night.</summary>
    public float AlarmThreshold { get; private init; }

    /// <summary>First hexadecimal digits of the checksum: which weights these are.</summary>
    public string Name { get; private init; } = "";

    internal Layer Stem { get; private init; }

    internal Block[] Blocks { get; private init; } = [];

    internal Layer Fold { get; private init; }

    internal Layer Temporal { get; private init; }

    internal Layer Mix { get; private init; }

    internal Layer Head { get; private init; }

    /// <summary>Refuses anything whose checksum or size is not right, in one sentence.</summary>
    /// <exception cref="InvalidDataException">These are not the weights that were trained.</exception>
    public static CryModel Load(ReadOnlySpan<byte> file)
    {
        if (file.Length < HeadLength || !file[..8].SequenceEqual("VIGILCRY"u8))
        {
            throw new InvalidDataException("This is not a cry model of Vigil.");
        }

        var body = file[HeadLength..];
        if (!SHA256.HashData(body).AsSpan().SequenceEqual(file[8..HeadLength]))
        {
            throw new InvalidDataException("The cry model is damaged: its checksum does not match.");
        }

        var reader = new Reader(body);
        if (reader.Number() is var version && version != Version)
        {
            throw new InvalidDataException($"The cry model has format {version}; this Vigil reads {Version}.");
        }

        var stem = reader.Number();
        var shapes = new (int In, int Out, int Time, int Mel)[reader.Number()];
        for (var i = 0; i < shapes.Length; i++)
        {
            shapes[i] = (reader.Number(), reader.Number(), reader.Number(), reader.Number());
        }

        var (fold, temporal) = (reader.Number(), reader.Number());
        var (clip, alarm) = (reader.Float(), reader.Float());
        var width = shapes[^1].Out;
        var model = new CryModel
        {
            ClipThreshold = clip,
            AlarmThreshold = alarm,
            Name = Convert.ToHexStringLower(file.Slice(8, 6)),
            Stem = reader.Layer(9 * stem, stem),
            Blocks = [.. ReadBlocks(ref reader, shapes)],
            Fold = reader.Layer(fold * width, width),
            Temporal = reader.Layer(temporal * width, width),
            Mix = reader.Tiled(width, width),
            Head = reader.Layer(2 * width, 1),
        };
        return reader.AtEnd ? model : throw new InvalidDataException("The cry model is longer than its network.");
    }

    private static List<Block> ReadBlocks(ref Reader reader, (int In, int Out, int Time, int Mel)[] shapes)
    {
        var blocks = new List<Block>();
        foreach (var (inputs, outputs, time, mel) in shapes)
        {
            blocks.Add(new Block(inputs, outputs, time, mel, reader.Layer(9 * inputs, inputs), reader.Tiled(inputs, outputs)));
        }

        return blocks;
    }

    private static CryModel LoadBuiltIn()
    {
        using var stream = typeof(CryModel).Assembly.GetManifestResourceStream("cry.vigil")
            ?? throw new InvalidDataException("The cry model is missing from this build.");
        var file = new byte[stream.Length];
        stream.ReadExactly(file);
        return Load(file);
    }

    internal readonly record struct Layer(float[] Weights, float[] Bias);

    /// <summary>Three by three per channel, then one by one across channels.</summary>
    internal sealed record Block(int Inputs, int Outputs, int TimeStride, int MelStride, Layer Depth, Layer Point)
    {
        public bool Residual => Inputs == Outputs && TimeStride == 1 && MelStride == 1;
    }

    private ref struct Reader(ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> rest = rest;

        public readonly bool AtEnd => rest.IsEmpty;

        public int Number() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

        public float Float() => BinaryPrimitives.ReadSingleLittleEndian(Take(4));

        public Layer Layer(int weights, int bias) => new(Floats(weights), Floats(bias));

        /// <summary>[in, out] cut into columns of two vectors, so that the inner loop reads straight on.</summary>
        public Layer Tiled(int inputs, int outputs)
        {
            var tile = 2 * Vector<float>.Count;
            if (outputs % tile != 0)
            {
                throw new InvalidDataException("The cry model's channels do not fit this processor's vectors.");
            }

            var plain = Floats(inputs * outputs);
            var tiled = new float[plain.Length];
            var to = 0;
            for (var column = 0; column < outputs; column += tile)
            {
                for (var input = 0; input < inputs; input++, to += tile)
                {
                    plain.AsSpan((input * outputs) + column, tile).CopyTo(tiled.AsSpan(to));
                }
            }

            return new Layer(tiled, Floats(outputs));
        }

        private float[] Floats(int count)
        {
            var floats = MemoryMarshal.Cast<byte, float>(Take(count * sizeof(float))).ToArray();
            if (!BitConverter.IsLittleEndian)
            {
                throw new InvalidDataException("The cry model needs a little-endian machine.");
            }

            return floats;
        }

        private ReadOnlySpan<byte> Take(int bytes)
        {
            if (bytes < 0 || bytes > rest.Length)
            {
                throw new InvalidDataException("The cry model is shorter than its network.");
            }

            var taken = rest[..bytes];
            rest = rest[bytes..];
            return taken;
        }
    }
}
