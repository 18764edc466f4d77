using System.Numerics;
using System.Text;

namespace Vigil.Protocols.Codecs;

/// <summary>What Vigil reads of an H.265 sequence parameter set (H.265 §7.3.2.2, VUI §E.2.1).</summary>
public readonly record struct H265Sps
{
    public required int Id { get; init; }

    /// <summary>profile_space, tier_flag and profile_idc as one byte; then 32 compatibility flags, 48 constraint bits and level_idc.</summary>
    public required byte ProfileByte { get; init; }

    public required uint Compatibility { get; init; }

    public required ulong Constraints { get; init; }

    public required byte LevelIdc { get; init; }

    public required int SubLayers { get; init; }

    public required bool TemporalIdNesting { get; init; }

    public required int ChromaFormatIdc { get; init; }

    public required int BitDepthLuma { get; init; }

    public required int BitDepthChroma { get; init; }

    /// <summary>After the conformance window.</summary>
    public required int Width { get; init; }

    public required int Height { get; init; }

    /// <summary>sps_max_num_reorder_pics of the highest sub-layer.</summary>
    public required int ReorderFrames { get; init; }

    /// <summary>From the VUI; 0 when it does not say.</summary>
    public double FramesPerSecond { get; init; }

    /// <summary>ISO/IEC 14496-15 annex E.3, for parameter sets in the sample entry only.</summary>
    public string CodecString
    {
        get
        {
            var text = new StringBuilder("hvc1.");
            if (ProfileByte >> 6 is > 0 and var space)
            {
                text.Append((char)('A' + space - 1));
            }

            text.Append(ProfileByte & 0x1F);
            text.Append('.').AppendFormat(System.Globalization.CultureInfo.InvariantCulture, "{0:X}", Reverse(Compatibility));
            text.Append((ProfileByte & 0x20) != 0 ? ".H" : ".L").Append(LevelIdc);
            for (var rest = Constraints << 16; rest != 0; rest <<= 8)
            {
                text.AppendFormat(System.Globalization.CultureInfo.InvariantCulture, ".{0:X}", rest >> 56);
            }

            return text.ToString();
        }
    }

    /// <param name="nal">The NAL unit with its two header bytes, without start code.</param>
    /// <param name="sps">Usable when the result is <see cref="SpsParseError.None"/>; a damaged tail is taken as no VUI.</param>
    public static SpsParseError TryParse(ReadOnlySpan<byte> nal, out H265Sps sps)
    {
        sps = default;
        if (nal.Length > CodecLimits.MaxParameterSetBytes)
        {
            return SpsParseError.TooLong;
        }

        if (nal.Length < 4)
        {
            return SpsParseError.CutShort;
        }

        if (H265Nal.TypeOf(nal[0]) != H265Nal.Sps)
        {
            return SpsParseError.NotAnSps;
        }

        var bits = new BitReader(nal[H265Nal.HeaderLength..], escaped: true);
        bits.Skip(4); // sps_video_parameter_set_id
        var subLayers = (int)bits.Bits(3) + 1;
        var nesting = bits.Flag();
        var profile = (byte)bits.Bits(8);
        var compatibility = bits.Bits(32);
        var constraints = ((ulong)bits.Bits(16) << 32) | bits.Bits(32);
        var level = (byte)bits.Bits(8);
        SkipSubLayerProfiles(ref bits, subLayers);
        var id = bits.Ue();
        var chroma = bits.Ue();
        var separate = chroma == 3 && bits.Flag();
        var codedWidth = (long)bits.Ue();
        var codedHeight = (long)bits.Ue();
        long cropX = 0, cropY = 0;
        if (bits.Flag())
        {
            // Table 6-1: SubWidthC and SubHeightC.
            cropX = ((long)bits.Ue() + bits.Ue()) * (!separate && chroma is 1 or 2 ? 2 : 1);
            cropY = ((long)bits.Ue() + bits.Ue()) * (chroma == 1 ? 2 : 1);
        }

        var luma = bits.Ue();
        var chromaDepth = bits.Ue();
        var pocBits = (int)Math.Min(bits.Ue() + 4, 99);
        var reorder = 0u;
        for (var i = bits.Flag() ? 0 : subLayers - 1; i < subLayers; i++)
        {
            bits.Ue();
            reorder = bits.Ue();
            bits.Ue();
        }

        if (bits.Overrun)
        {
            return SpsParseError.CutShort;
        }

        var width = codedWidth - cropX;
        var height = codedHeight - cropY;
        if (id > 15 || chroma > 3 || luma > 8 || chromaDepth > 8 || pocBits > 16 || reorder > DecodeOrder.MaxDepth || subLayers > 7
            || width is < 1 or > CodecLimits.MaxPictureSide || height is < 1 or > CodecLimits.MaxPictureSide)
        {
            return SpsParseError.OutOfRange;
        }

        sps = new H265Sps
        {
            Id = (int)id,
            ProfileByte = profile,
            Compatibility = compatibility,
            Constraints = constraints,
            LevelIdc = level,
            SubLayers = subLayers,
            TemporalIdNesting = nesting,
            ChromaFormatIdc = (int)chroma,
            BitDepthLuma = 8 + (int)luma,
            BitDepthChroma = 8 + (int)chromaDepth,
            Width = (int)width,
            Height = (int)height,
            ReorderFrames = (int)reorder,
            FramesPerSecond = H265SpsTail.ReadFrameRate(ref bits, pocBits),
        };
        return SpsParseError.None;
    }

    private static void SkipSubLayerProfiles(ref BitReader bits, int subLayers)
    {
        // profile_tier_level, §7.3.3: two flags for each of the lower sub-layers, padded to eight pairs.
        var flags = subLayers > 1 ? bits.Bits(16) : 0;
        for (var i = 0; i < subLayers - 1; i++)
        {
            bits.Skip((flags >> (15 - (2 * i)) & 1) != 0 ? 88 : 0);
            bits.Skip((flags >> (14 - (2 * i)) & 1) != 0 ? 8 : 0);
        }
    }

    private static uint Reverse(uint value)
    {
        var reversed = 0u;
        for (var i = 0; i < 32; i++)
        {
            reversed = (reversed << 1) | (BitOperations.RotateRight(value, i) & 1);
        }

        return reversed;
    }
}
