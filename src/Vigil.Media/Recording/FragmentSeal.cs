using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Vigil.Media.Recording;

/// <summary>
/// A <c>free</c> box before each fragment with the CRC-32C of everything in it, so that a tail that a power cut tore (right sizes, wrong
/// bytes) is recognised. Players skip it.
/// </summary>
internal static class FragmentSeal
{
    public const int Size = 16;
    private const uint Free = 0x66726565;
    private const uint Magic = 0x56474C31; // VGL1

    public static void Write(Span<byte> into, uint checksum)
    {
        BinaryPrimitives.WriteUInt32BigEndian(into, Size);
        BinaryPrimitives.WriteUInt32BigEndian(into[4..], Free);
        BinaryPrimitives.WriteUInt32BigEndian(into[8..], Magic);
        BinaryPrimitives.WriteUInt32BigEndian(into[12..], checksum);
    }

    public static bool TryRead(ReadOnlySpan<byte> box, out uint checksum)
    {
        checksum = 0;
        if (box.Length < Size || BinaryPrimitives.ReadUInt32BigEndian(box) != Size
            || BinaryPrimitives.ReadUInt32BigEndian(box[4..]) != Free || BinaryPrimitives.ReadUInt32BigEndian(box[8..]) != Magic)
        {
            return false;
        }

        checksum = BinaryPrimitives.ReadUInt32BigEndian(box[12..]);
        return true;
    }

    /// <summary>Continues <paramref name="checksum"/> over <paramref name="bytes"/>. Start with 0.</summary>
    public static uint Add(uint checksum, ReadOnlySpan<byte> bytes)
    {
        var crc = ~checksum;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes))
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        foreach (var value in bytes[(bytes.Length & ~7)..])
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}
