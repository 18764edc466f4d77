using System.Buffers;
using System.Buffers.Binary;

namespace Vigil.Protocols.Codecs;

/// <summary>The byte stream format (H.264 annex B, H.265 annex B) and its relation to length prefixes. Searches are vectorised.</summary>
public static class AnnexB
{
    private static ReadOnlySpan<byte> StartCode => [0, 0, 1];

    public static bool ContainsStartCode(ReadOnlySpan<byte> bytes) => bytes.IndexOf(StartCode) >= 0;

    /// <summary>Where the next start code begins; -1 without one.</summary>
    public static int IndexOfStartCode(ReadOnlySpan<byte> bytes) => bytes.IndexOf(StartCode);

    /// <summary>
    /// The NAL units of a whole byte stream, without start codes and without trailing zeros. What stands before the first start code
    /// is a unit too: cameras leave the first code away.
    /// </summary>
    public static AnnexBEnumerator Split(ReadOnlySpan<byte> stream) => new(stream);

    /// <summary>Writes the NAL units of a byte stream each behind a four-byte length.</summary>
    public static void ToLengthPrefixed(ReadOnlySpan<byte> stream, IBufferWriter<byte> output)
    {
        foreach (var nal in Split(stream))
        {
            BinaryPrimitives.WriteInt32BigEndian(output.GetSpan(4), nal.Length);
            output.Advance(4);
            output.Write(nal);
        }
    }

    /// <summary>Writes length-prefixed NAL units behind start codes. False when a length leads beyond the end.</summary>
    public static bool FromLengthPrefixed(ReadOnlySpan<byte> unit, IBufferWriter<byte> output)
    {
        while (!unit.IsEmpty)
        {
            if (unit.Length < 4 || BinaryPrimitives.ReadUInt32BigEndian(unit) is var length && length > (uint)(unit.Length - 4))
            {
                return false;
            }

            BinaryPrimitives.WriteInt32BigEndian(output.GetSpan(4), 1);
            output.Advance(4);
            output.Write(unit.Slice(4, (int)length));
            unit = unit[(4 + (int)length)..];
        }

        return true;
    }
}

/// <summary>Enumerates NAL units; see <see cref="AnnexB.Split"/>.</summary>
public ref struct AnnexBEnumerator(ReadOnlySpan<byte> stream)
{
    private ReadOnlySpan<byte> rest = stream;

    public ReadOnlySpan<byte> Current { get; private set; }

    public readonly AnnexBEnumerator GetEnumerator() => this;

    public bool MoveNext()
    {
        while (!rest.IsEmpty)
        {
            var code = AnnexB.IndexOfStartCode(rest);
            Current = (code < 0 ? rest : rest[..code]).TrimEnd((byte)0);
            rest = code < 0 ? default : rest[(code + 3)..];
            if (!Current.IsEmpty)
            {
                return true;
            }
        }

        return false;
    }
}
