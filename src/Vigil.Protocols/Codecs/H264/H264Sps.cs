namespace Vigil.Protocols.Codecs;

/// <summary>What Vigil reads of an H.264 sequence parameter set (H.264 §7.3.2.1.1, VUI §E.1.1).</summary>
public readonly record struct H264Sps
{
    public required byte ProfileIdc { get; init; }

    /// <summary>The six constraint flags and two zero bits, as they stand in avcC and in the codec string.</summary>
    public required byte Constraints { get; init; }

    public required byte LevelIdc { get; init; }

    public required int Id { get; init; }

    public required int ChromaFormatIdc { get; init; }

    public required int BitDepthLuma { get; init; }

    public required int BitDepthChroma { get; init; }

    /// <summary>False when pictures may be single fields: then two slices with first_mb_in_slice 0 can share an access unit.</summary>
    public required bool FrameMbsOnly { get; init; }

    /// <summary>After cropping.</summary>
    public required int Width { get; init; }

    public required int Height { get; init; }

    /// <summary>From the VUI; 0 when it does not say.</summary>
    public double FramesPerSecond { get; init; }

    /// <summary>max_num_reorder_frames; null when the SPS leaves it open.</summary>
    public int? ReorderFrames { get; init; }

    /// <summary>RFC 6381 §3.3.</summary>
    public string CodecString => FormattableString.Invariant($"avc1.{ProfileIdc:x2}{Constraints:x2}{LevelIdc:x2}");

    /// <param name="nal">The NAL unit with its header byte, without start code.</param>
    /// <param name="sps">Usable when the result is <see cref="SpsParseError.None"/>; a damaged VUI is taken as none.</param>
    public static SpsParseError TryParse(ReadOnlySpan<byte> nal, out H264Sps sps)
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

        if (H264Nal.TypeOf(nal[0]) != H264Nal.Sps)
        {
            return SpsParseError.NotAnSps;
        }

        var bits = new BitReader(nal[1..], escaped: true);
        var profile = (byte)bits.Bits(8);
        var constraints = (byte)bits.Bits(8);
        var level = (byte)bits.Bits(8);
        var id = bits.Ue();
        var chroma = ReadChroma(ref bits, profile);
        bits.Ue(); // log2_max_frame_num_minus4
        var pocType = bits.Ue();
        SkipPictureOrderCount(ref bits, pocType);
        bits.Ue(); // max_num_ref_frames
        bits.Flag(); // gaps_in_frame_num_value_allowed_flag
        var widthInMbs = (long)bits.Ue() + 1;
        var heightInUnits = (long)bits.Ue() + 1;
        var frameMbsOnly = bits.Flag();
        if (!frameMbsOnly)
        {
            bits.Flag(); // mb_adaptive_frame_field_flag
        }

        bits.Flag(); // direct_8x8_inference_flag
        var (cropX, cropY) = ReadCropping(ref bits, chroma.ArrayType, frameMbsOnly);
        if (bits.Overrun)
        {
            return SpsParseError.CutShort;
        }

        var width = (widthInMbs * 16) - cropX;
        var height = (heightInUnits * (frameMbsOnly ? 16 : 32)) - cropY;
        if (id > 31 || chroma.Format > 3 || chroma.Luma > 6 || chroma.Chroma > 6
            || width is < 1 or > CodecLimits.MaxPictureSide || height is < 1 or > CodecLimits.MaxPictureSide)
        {
            return SpsParseError.OutOfRange;
        }

        // Without B pictures by profile (§A.2.1), or because output order is decoding order (§8.2.1.3).
        int? reorder = profile == 66 || pocType == 2 ? 0 : null;
        var framesPerSecond = 0.0;
        if (bits.Flag())
        {
            ReadVui(ref bits, ref framesPerSecond, ref reorder);
        }

        sps = new H264Sps
        {
            ProfileIdc = profile,
            Constraints = constraints,
            LevelIdc = level,
            Id = (int)id,
            ChromaFormatIdc = chroma.Format,
            BitDepthLuma = 8 + chroma.Luma,
            BitDepthChroma = 8 + chroma.Chroma,
            FrameMbsOnly = frameMbsOnly,
            Width = (int)width,
            Height = (int)height,
            FramesPerSecond = framesPerSecond,
            ReorderFrames = reorder,
        };
        return SpsParseError.None;
    }

    /// <summary>Profiles whose SPS carries chroma format and bit depths (§7.3.2.1.1).</summary>
    internal static bool HasChromaFields(int profile) => profile is 100 or 110 or 122 or 244 or 44 or 83 or 86 or 118 or 128 or 138 or 139 or 134 or 135;

    private static ChromaFields ReadChroma(ref BitReader bits, byte profile)
    {
        if (!HasChromaFields(profile))
        {
            return new ChromaFields(1, 1, 0, 0);
        }

        var format = (int)Math.Min(bits.Ue(), 99);
        var separate = format == 3 && bits.Flag();
        var luma = (int)Math.Min(bits.Ue(), 99);
        var chroma = (int)Math.Min(bits.Ue(), 99);
        bits.Flag(); // qpprime_y_zero_transform_bypass_flag
        if (bits.Flag())
        {
            for (var i = 0; i < (format == 3 ? 12 : 8); i++)
            {
                if (bits.Flag())
                {
                    SkipScalingList(ref bits, i < 6 ? 16 : 64);
                }
            }
        }

        return new ChromaFields(format, separate ? 0 : format, luma, chroma);
    }

    private static void SkipScalingList(ref BitReader bits, int size)
    {
        var last = 8;
        var next = 8;
        for (var i = 0; i < size && !bits.Overrun; i++)
        {
            if (next != 0)
            {
                next = (last + bits.Se() + 256) & 0xFF;
            }

            last = next == 0 ? last : next;
        }
    }

    private static void SkipPictureOrderCount(ref BitReader bits, uint type)
    {
        if (type == 0)
        {
            bits.Ue(); // log2_max_pic_order_cnt_lsb_minus4
        }
        else if (type == 1)
        {
            bits.Flag();
            bits.Se();
            bits.Se();
            var cycle = bits.Ue();
            for (var i = 0u; i < cycle && i < 256 && !bits.Overrun; i++)
            {
                bits.Se();
            }
        }
    }

    private static (long X, long Y) ReadCropping(ref BitReader bits, int arrayType, bool frameMbsOnly)
    {
        if (!bits.Flag())
        {
            return (0, 0);
        }

        // Table 6-1: chroma is half as wide for 4:2:0 and 4:2:2, half as high for 4:2:0.
        var unitX = arrayType is 1 or 2 ? 2 : 1;
        var unitY = (arrayType == 1 ? 2 : 1) * (frameMbsOnly ? 1 : 2);
        var horizontal = ((long)bits.Ue() + bits.Ue()) * unitX;
        var vertical = ((long)bits.Ue() + bits.Ue()) * unitY;
        return (horizontal, vertical);
    }

    private static void ReadVui(ref BitReader bits, ref double framesPerSecond, ref int? reorder)
    {
        if (bits.Flag() && bits.Bits(8) == 255)
        {
            bits.Skip(32); // Extended_SAR
        }

        if (bits.Flag())
        {
            bits.Flag(); // overscan_appropriate_flag
        }

        if (bits.Flag())
        {
            bits.Skip(4);
            if (bits.Flag())
            {
                bits.Skip(24); // colour description
            }
        }

        if (bits.Flag())
        {
            bits.Ue();
            bits.Ue(); // chroma sample locations
        }

        if (bits.Flag())
        {
            var unitsInTick = bits.Bits(32);
            var timeScale = bits.Bits(32);
            bits.Flag();
            if (!bits.Overrun && unitsInTick != 0)
            {
                // A tick is a field (§E.2.1), so two make a frame. Beyond 1,000 fps it is a mistake.
                var rate = timeScale / (2.0 * unitsInTick);
                framesPerSecond = rate is > 0.01 and < 1000 ? rate : 0;
            }
        }

        var nalHrd = bits.Flag();
        if (nalHrd)
        {
            SkipHrd(ref bits);
        }

        var vclHrd = bits.Flag();
        if (vclHrd)
        {
            SkipHrd(ref bits);
        }

        if (nalHrd || vclHrd)
        {
            bits.Flag(); // low_delay_hrd_flag
        }

        bits.Flag(); // pic_struct_present_flag
        if (bits.Flag())
        {
            bits.Flag();
            bits.Ue();
            bits.Ue();
            bits.Ue();
            bits.Ue();
            var frames = bits.Ue();
            if (!bits.Overrun && frames <= DecodeOrder.MaxDepth)
            {
                reorder = (int)frames;
            }
        }
    }

    private static void SkipHrd(ref BitReader bits)
    {
        var count = bits.Ue();
        bits.Skip(8);
        for (var i = 0u; i <= count && i < 32 && !bits.Overrun; i++)
        {
            bits.Ue();
            bits.Ue();
            bits.Flag();
        }

        bits.Skip(20);
    }

    private readonly record struct ChromaFields(int Format, int ArrayType, int Luma, int Chroma);
}
