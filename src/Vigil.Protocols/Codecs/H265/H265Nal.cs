namespace Vigil.Protocols.Codecs;

/// <summary>nal_unit_type of H.265 table 7-1, as far as Vigil tells them apart.</summary>
public static class H265Nal
{
    public const int HeaderLength = 2;
    public const int LastSlice = 31;
    public const int FirstIrap = 16;
    public const int LastIrap = 23;
    public const int Vps = 32;
    public const int Sps = 33;
    public const int Pps = 34;
    public const int Delimiter = 35;
    public const int PrefixSei = 39;
    public const int SuffixSei = 40;

    public static int TypeOf(byte header) => (header >> 1) & 0x3F;

    /// <summary>IDR, CRA or BLA: decoding may begin here.</summary>
    public static bool IsIrap(int type) => type is >= FirstIrap and <= LastIrap;
}
