namespace Vigil.Fuzz;

/// <summary>Changes well-formed inputs a little. The same seed gives the same inputs.</summary>
internal sealed class Mutator(int seed)
{
    private const int MaxLength = 1 << 16;

    /// <summary>Where lengths and counts overflow.</summary>
    private static readonly byte[][] Interesting =
    [
        [0], [0xFF], [0x7F], [0x80], [0, 0], [0xFF, 0xFF], [0x7F, 0xFF], [0, 0, 1], [0, 0, 3], [0xFF, 0xD8], [0xFF, 0xD9],
        [0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF], [0x7F, 0xFF, 0xFF, 0xFF], [0x80, 0, 0, 0], [0, 0, 0, 1], [13, 10], [13, 10, 13, 10],
    ];

    private readonly Random random = new(seed);

    public byte[] Next(IReadOnlyList<byte[]> seeds)
    {
        if (seeds.Count == 0 || random.Next(50) == 0)
        {
            var noise = new byte[random.Next(300)];
            random.NextBytes(noise);
            return noise;
        }

        var bytes = new List<byte>(seeds[random.Next(seeds.Count)]);
        for (var changes = 1 << random.Next(5); changes > 0; changes--)
        {
            Change(bytes, seeds);
        }

        return [.. bytes.Take(MaxLength)];
    }

    private void Change(List<byte> bytes, IReadOnlyList<byte[]> seeds)
    {
        var at = random.Next(bytes.Count + 1);
        var count = Math.Min(random.Next(1, 1 << random.Next(1, 9)), bytes.Count - at);
        switch (random.Next(9))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2 when at < bytes.Count:
                bytes[at] += (byte)random.Next(-4, 5);
                break;
            case 3:
                bytes.RemoveRange(at, count);
                break;
            case 4:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 5:
                bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, count));
                break;
            case 6:
                bytes.InsertRange(at, Interesting[random.Next(Interesting.Length)]);
                break;
            case 7:
                var value = Interesting[random.Next(Interesting.Length)];
                for (var i = 0; i < value.Length && at + i < bytes.Count; i++)
                {
                    bytes[at + i] = value[i];
                }

                break;
            default:
                var other = seeds[random.Next(seeds.Count)];
                var from = random.Next(other.Length + 1);
                bytes.InsertRange(at, other.AsSpan(from, random.Next(other.Length - from + 1)).ToArray());
                break;
        }
    }
}
