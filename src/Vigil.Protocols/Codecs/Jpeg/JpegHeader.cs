using System.Buffers.Binary;

namespace Vigil.Protocols.Codecs;

/// <summary>JPEG headers: read for the picture's size, written anew for RFC 2435 (its appendices A and B; ITU-T T.81 annexes B and K).</summary>
public static class JpegHeader
{
    /// <summary>Room for a luma and a chroma table of 64 entries, each of up to two bytes; the second begins at 128.</summary>
    internal const int TableBytes = 256;

    /// <summary>T.81 table K.1 in zigzag order.</summary>
    private static ReadOnlySpan<byte> Luma =>
    [
        16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40,
        26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51,
        56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87,
        95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
    ];

    /// <summary>T.81 table K.2 in zigzag order.</summary>
    private static ReadOnlySpan<byte> Chroma =>
    [
        17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    ];

    /// <summary>T.81 annex K.3: the Huffman tables every baseline encoder uses, as DHT segments (luma DC, luma AC, chroma DC, chroma AC).</summary>
    private static ReadOnlySpan<byte> HuffmanSegments =>
    [
        0xFF, 0xC4, 0x00, 0x1F, 0x00,
        0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0,
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
        0xFF, 0xC4, 0x00, 0xB5, 0x10,
        0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7D,
        0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07,
        0x22, 0x71, 0x14, 0x32, 0x81, 0x91, 0xA1, 0x08, 0x23, 0x42, 0xB1, 0xC1, 0x15, 0x52, 0xD1, 0xF0,
        0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0A, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x25, 0x26, 0x27, 0x28,
        0x29, 0x2A, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49,
        0x4A, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69,
        0x6A, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
        0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7,
        0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3, 0xC4, 0xC5,
        0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA, 0xE1, 0xE2,
        0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8,
        0xF9, 0xFA,
        0xFF, 0xC4, 0x00, 0x1F, 0x01,
        0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0,
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
        0xFF, 0xC4, 0x00, 0xB5, 0x11,
        0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77,
        0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71,
        0x13, 0x22, 0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xA1, 0xB1, 0xC1, 0x09, 0x23, 0x33, 0x52, 0xF0,
        0x15, 0x62, 0x72, 0xD1, 0x0A, 0x16, 0x24, 0x34, 0xE1, 0x25, 0xF1, 0x17, 0x18, 0x19, 0x1A, 0x26,
        0x27, 0x28, 0x29, 0x2A, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,
        0x49, 0x4A, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68,
        0x69, 0x6A, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87,
        0x88, 0x89, 0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0xA2, 0xA3, 0xA4, 0xA5,
        0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3,
        0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA,
        0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8,
        0xF9, 0xFA,
    ];

    /// <summary>Picture size from the first frame header (SOF) among marker segments, with or without SOI before them.</summary>
    public static bool TryReadSize(ReadOnlySpan<byte> jpeg, out int width, out int height)
    {
        width = 0;
        height = 0;
        var rest = jpeg;
        while (rest.Length >= 4)
        {
            if (rest[0] != 0xFF)
            {
                return false;
            }

            var marker = rest[1];
            if (marker is 0xFF or 0x01 or (>= 0xD0 and <= 0xD8))
            {
                rest = rest[(marker == 0xFF ? 1 : 2)..];
                continue;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
            // SOF0–SOF15 but for DHT (C4), JPG (C8) and DAC (CC).
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                if (rest.Length < 9 || length < 8)
                {
                    return false;
                }

                height = BinaryPrimitives.ReadUInt16BigEndian(rest[5..]);
                width = BinaryPrimitives.ReadUInt16BigEndian(rest[7..]);
                return width is > 0 and <= CodecLimits.MaxPictureSide && height is > 0 and <= CodecLimits.MaxPictureSide;
            }

            if (marker is 0xD9 or 0xDA || length < 2 || length + 2 > rest.Length)
            {
                return false;
            }

            rest = rest[(2 + length)..];
        }

        return false;
    }

    /// <summary>RFC 2435 appendix A: the tables of Annex K scaled as the Independent JPEG Group does.</summary>
    internal static void ScaleTables(int q, Span<byte> tables)
    {
        var factor = Math.Clamp(q, 1, 99);
        var scale = factor < 50 ? 5000 / factor : 200 - (factor * 2);
        for (var i = 0; i < 64; i++)
        {
            tables[i] = (byte)Math.Clamp(((Luma[i] * scale) + 50) / 100, 1, 255);
            tables[128 + i] = (byte)Math.Clamp(((Chroma[i] * scale) + 50) / 100, 1, 255);
        }
    }

    /// <summary>RFC 2435 appendix B: everything before the scan.</summary>
    /// <param name="buffer">Where the picture is put together.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <param name="subsampling">0 for 4:2:2, 1 for 4:2:0.</param>
    /// <param name="restartInterval">In MCUs; 0 for none.</param>
    /// <param name="tables">As <see cref="TableBytes"/> says.</param>
    /// <param name="wide">Bit 0: the luma table has 16-bit entries; bit 1: the chroma table.</param>
    internal static void Write(
        UnitBuffer buffer, int width, int height, int subsampling, int restartInterval, ReadOnlySpan<byte> tables, int wide)
    {
        buffer.Append([0xFF, 0xD8, 0xFF, 0xE0, 0, 16, (byte)'J', (byte)'F', (byte)'I', (byte)'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]);
        for (var i = 0; i < 2; i++)
        {
            var bytes = (wide >> i & 1) != 0 ? 128 : 64;
            buffer.Append([0xFF, 0xDB, 0, (byte)(bytes + 3), (byte)((bytes == 128 ? 0x10 : 0) | i)]);
            buffer.Append(tables.Slice(i * 128, bytes));
        }

        if (restartInterval != 0)
        {
            buffer.Append([0xFF, 0xDD, 0, 4, (byte)(restartInterval >> 8), (byte)restartInterval]);
        }

        buffer.Append(
        [
            0xFF, 0xC0, 0, 17, 8, (byte)(height >> 8), (byte)height, (byte)(width >> 8), (byte)width, 3,
            1, (byte)(subsampling == 0 ? 0x21 : 0x22), 0, 2, 0x11, 1, 3, 0x11, 1,
        ]);
        buffer.Append(HuffmanSegments);
        buffer.Append([0xFF, 0xDA, 0, 12, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0]);
    }
}
