using System.Buffers.Binary;

namespace Vigil.Protocols.Codecs;

/// <summary>
/// The parameter sets of one kind that a stream has shown, by id, the last one shown first in <see cref="List"/>. Bounded.
/// </summary>
internal sealed class ParameterSets(int limit)
{
    private readonly List<(int Id, byte[] Nal)> sets = [];

    public int Count => sets.Count;

    public IReadOnlyList<byte[]> List => [.. sets.Select(s => s.Nal)];

    /// <summary>Exactly this one is kept.</summary>
    public bool Known(ReadOnlySpan<byte> nal)
    {
        foreach (var set in sets)
        {
            if (nal.SequenceEqual(set.Nal))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True when this was not known yet. Costs nothing for one that is.</summary>
    public bool Store(int id, ReadOnlySpan<byte> nal)
    {
        for (var i = 0; i < sets.Count; i++)
        {
            if (sets[i].Id == id)
            {
                if (nal.SequenceEqual(sets[i].Nal))
                {
                    return false;
                }

                sets.RemoveAt(i);
                sets.Insert(0, (id, nal.ToArray()));
                return true;
            }
        }

        if (sets.Count == limit)
        {
            sets.RemoveAt(sets.Count - 1);
        }

        sets.Insert(0, (id, nal.ToArray()));
        return true;
    }

    /// <summary>Each behind a 16-bit length, as both configuration records want them. Returns what is left of the span.</summary>
    public static Span<byte> WriteAll(Span<byte> into, IReadOnlyList<byte[]> nals)
    {
        foreach (var nal in nals)
        {
            BinaryPrimitives.WriteUInt16BigEndian(into, (ushort)nal.Length);
            nal.CopyTo(into[2..]);
            into = into[(2 + nal.Length)..];
        }

        return into;
    }
}
