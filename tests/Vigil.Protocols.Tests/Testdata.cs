using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Tests;

/// <summary>The small streams of <c>testdata/codecs</c>.</summary>
internal static class Testdata
{
    public static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "testdata", "codecs", name));

    /// <summary>Presentation time, decoding time (both in 1/12,800 s) and key flag, in decoding order, as ffprobe says.</summary>
    public static List<(long Pts, long Dts, bool Key)> Times(string name) =>
    [
        .. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "testdata", "codecs", name))
            .Select(line => line.Split(','))
            .Select(f => (long.Parse(f[0]), long.Parse(f[1]), f[2] == "key")),
    ];

    public static List<byte[]> Nals(byte[] stream)
    {
        var nals = new List<byte[]>();
        foreach (var nal in AnnexB.Split(stream))
        {
            nals.Add(nal.ToArray());
        }

        return nals;
    }

    /// <summary>NAL units by access unit: each begins with a delimiter (H.264 here) or with the first slice or what stands before it.</summary>
    public static List<List<byte[]>> Units(Codec codec, byte[] stream)
    {
        var units = new List<List<byte[]>>();
        var sliceSeen = true;
        foreach (var nal in Nals(stream))
        {
            var type = codec == Codec.H264 ? H264Nal.TypeOf(nal[0]) : H265Nal.TypeOf(nal[0]);
            var slice = codec == Codec.H264 ? type is >= 1 and <= 5 : type <= 31;
            var first = slice && (nal[codec == Codec.H264 ? 1 : 2] & 0x80) != 0;
            if (sliceSeen && (!slice || first))
            {
                units.Add([]);
                sliceSeen = false;
            }

            units[^1].Add(nal);
            sliceSeen |= slice;
        }

        return units;
    }
}
