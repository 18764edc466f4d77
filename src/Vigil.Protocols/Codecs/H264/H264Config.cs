using System.Buffers.Binary;

namespace Vigil.Protocols.Codecs;

/// <summary>The AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1), built and read.</summary>
public static class H264Config
{
    /// <summary>
    /// The format of a track with these parameter sets; the first SPS gives profile, level and size. Null when it cannot be read.
    /// </summary>
    public static TrackFormat? ToFormat(IReadOnlyList<byte[]> sps, IReadOnlyList<byte[]> pps, int clockRate = 90_000)
    {
        if (sps.Count == 0 || pps.Count == 0 || H264Sps.TryParse(sps[0], out var first) != SpsParseError.None)
        {
            return null;
        }

        return new TrackFormat
        {
            Codec = Codec.H264,
            ClockRate = clockRate,
            Width = first.Width,
            Height = first.Height,
            Config = Build(first, sps, pps),
            CodecString = first.CodecString,
        };
    }

    /// <summary>The parameter sets of a record, SPS first, into <paramref name="sets"/>. False when it is malformed.</summary>
    public static bool TryReadParameterSets(ReadOnlySpan<byte> avcC, ICollection<byte[]> sets)
    {
        if (avcC.Length < 7 || avcC[0] != 1)
        {
            return false;
        }

        var rest = avcC[5..];
        for (var kind = 0; kind < 2; kind++)
        {
            if (rest.IsEmpty)
            {
                return false;
            }

            var count = kind == 0 ? rest[0] & 0x1F : rest[0];
            rest = rest[1..];
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

    private static byte[] Build(in H264Sps first, IReadOnlyList<byte[]> sps, IReadOnlyList<byte[]> pps)
    {
        // §5.3.3.1.2: these profiles append chroma format and bit depths.
        var extended = first.ProfileIdc is 100 or 110 or 122 or 144 or 244;
        var length = 7 + sps.Sum(s => 2 + s.Length) + pps.Sum(p => 2 + p.Length) + (extended ? 4 : 0);
        var record = new byte[length];
        record[0] = 1;
        record[1] = first.ProfileIdc;
        record[2] = first.Constraints;
        record[3] = first.LevelIdc;
        record[4] = 0xFC | 3;
        record[5] = (byte)(0xE0 | sps.Count);
        var at = ParameterSets.WriteAll(record.AsSpan(6), sps);
        at[0] = (byte)pps.Count;
        at = ParameterSets.WriteAll(at[1..], pps);
        if (extended)
        {
            at[0] = (byte)(0xFC | first.ChromaFormatIdc);
            at[1] = (byte)(0xF8 | (first.BitDepthLuma - 8));
            at[2] = (byte)(0xF8 | (first.BitDepthChroma - 8));
        }

        return record;
    }
}
