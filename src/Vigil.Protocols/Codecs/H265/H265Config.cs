using System.Buffers.Binary;

namespace Vigil.Protocols.Codecs;

/// <summary>The HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 §8.3.3.1), built and read.</summary>
public static class H265Config
{
    private const int FixedLength = 23;

    /// <summary>The format of a track with these parameter sets; the first SPS gives profile, level and size. Null when it cannot be read.</summary>
    public static TrackFormat? ToFormat(
        IReadOnlyList<byte[]> vps, IReadOnlyList<byte[]> sps, IReadOnlyList<byte[]> pps, int clockRate = 90_000)
    {
        if (vps.Count == 0 || sps.Count == 0 || pps.Count == 0 || H265Sps.TryParse(sps[0], out var first) != SpsParseError.None)
        {
            return null;
        }

        return new TrackFormat
        {
            Codec = Codec.H265,
            ClockRate = clockRate,
            Width = first.Width,
            Height = first.Height,
            Config = Build(first, vps, sps, pps),
            CodecString = first.CodecString,
        };
    }

    /// <summary>The parameter sets of a record in its order into <paramref name="sets"/>. False when it is malformed.</summary>
    public static bool TryReadParameterSets(ReadOnlySpan<byte> hvcC, ICollection<byte[]> sets)
    {
        if (hvcC.Length < FixedLength || hvcC[0] != 1)
        {
            return false;
        }

        var rest = hvcC[FixedLength..];
        for (var array = 0; array < hvcC[FixedLength - 1]; array++)
        {
            if (rest.Length < 3)
            {
                return false;
            }

            var count = BinaryPrimitives.ReadUInt16BigEndian(rest[1..]);
            rest = rest[3..];
            for (var i = 0; i < count; i++)
            {
                if (rest.Length < 2 || BinaryPrimitives.ReadUInt16BigEndian(rest) is var length && rest.Length < 2 + length)
                {
                    return false;
                }

                sets.Add(rest.Slice(2, length).ToArray());
                rest = rest[(2 + length)..];
            }
        }

        return true;
    }

    private static byte[] Build(in H265Sps first, IReadOnlyList<byte[]> vps, IReadOnlyList<byte[]> sps, IReadOnlyList<byte[]> pps)
    {
        IReadOnlyList<byte[]>[] arrays = [vps, sps, pps];
        var record = new byte[FixedLength + arrays.Sum(a => 3 + a.Sum(n => 2 + n.Length))];
        record[0] = 1;
        record[1] = first.ProfileByte;
        BinaryPrimitives.WriteUInt32BigEndian(record.AsSpan(2), first.Compatibility);
        BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(6), (ushort)(first.Constraints >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(record.AsSpan(8), (uint)first.Constraints);
        record[12] = first.LevelIdc;
        record[13] = 0xF0; // min_spatial_segmentation_idc 0: unknown
        record[15] = 0xFC; // parallelismType 0: unknown
        record[16] = (byte)(0xFC | first.ChromaFormatIdc);
        record[17] = (byte)(0xF8 | (first.BitDepthLuma - 8));
        record[18] = (byte)(0xF8 | (first.BitDepthChroma - 8));
        record[21] = (byte)((first.SubLayers << 3) | (first.TemporalIdNesting ? 4 : 0) | 3);
        record[22] = (byte)arrays.Length;
        var at = record.AsSpan(FixedLength);
        for (var i = 0; i < arrays.Length; i++)
        {
            at[0] = (byte)(0x80 | (H265Nal.Vps + i)); // array_completeness: none in the samples, as hvc1 demands
            BinaryPrimitives.WriteUInt16BigEndian(at[1..], (ushort)arrays[i].Count);
            at = ParameterSets.WriteAll(at[3..], arrays[i]);
        }

        return record;
    }
}
