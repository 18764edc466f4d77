namespace Vigil.Protocols.Codecs;

/// <summary>The long way through an H.265 SPS from the coding block sizes to the VUI's timing (H.265 §7.3.2.2.1 on).</summary>
internal static class H265SpsTail
{
    /// <summary>Frames per second; 0 when the VUI has none or cannot be reached.</summary>
    public static double ReadFrameRate(ref BitReader bits, int pocBits)
    {
        for (var i = 0; i < 6; i++)
        {
            bits.Ue(); // coding and transform block sizes, hierarchy depths
        }

        if (bits.Flag() && bits.Flag())
        {
            SkipScalingLists(ref bits);
        }

        bits.Skip(2); // amp, sample adaptive offset
        if (bits.Flag())
        {
            bits.Skip(8);
            bits.Ue();
            bits.Ue();
            bits.Flag();
        }

        if (!SkipReferenceSets(ref bits))
        {
            return 0;
        }

        if (bits.Flag())
        {
            var count = bits.Ue();
            for (var i = 0u; i < count && i < 33 && !bits.Overrun; i++)
            {
                bits.Skip(pocBits + 1);
            }
        }

        bits.Skip(2); // temporal mvp, strong intra smoothing
        return bits.Flag() ? ReadVui(ref bits) : 0;
    }

    private static void SkipScalingLists(ref BitReader bits)
    {
        for (var size = 0; size < 4; size++)
        {
            for (var matrix = 0; matrix < 6 && !bits.Overrun; matrix += size == 3 ? 3 : 1)
            {
                if (!bits.Flag())
                {
                    bits.Ue();
                    continue;
                }

                if (size > 1)
                {
                    bits.Se();
                }

                for (var i = 0; i < Math.Min(64, 1 << (4 + (size << 1))) && !bits.Overrun; i++)
                {
                    bits.Se();
                }
            }
        }
    }

    /// <summary>st_ref_pic_set (§7.3.7) for every set; only the number of pictures in each matters for the next.</summary>
    private static bool SkipReferenceSets(ref BitReader bits)
    {
        var count = bits.Ue();
        if (count > 64)
        {
            return false;
        }

        var previous = 0;
        for (var i = 0; i < count && !bits.Overrun; i++)
        {
            if (i > 0 && bits.Flag())
            {
                bits.Flag();
                bits.Ue();
                var pictures = 0;
                for (var j = 0; j <= previous && !bits.Overrun; j++)
                {
                    // used_by_curr_pic_flag, else use_delta_flag: either keeps the picture in the set.
                    pictures += bits.Flag() || bits.Flag() ? 1 : 0;
                }

                previous = pictures;
                continue;
            }

            var negative = bits.Ue();
            var positive = bits.Ue();
            if (negative > 16 || positive > 16)
            {
                return false;
            }

            previous = (int)(negative + positive);
            for (var j = 0; j < previous && !bits.Overrun; j++)
            {
                bits.Ue();
                bits.Flag();
            }
        }

        return !bits.Overrun;
    }

    private static double ReadVui(ref BitReader bits)
    {
        if (bits.Flag() && bits.Bits(8) == 255)
        {
            bits.Skip(32);
        }

        if (bits.Flag())
        {
            bits.Flag();
        }

        if (bits.Flag())
        {
            bits.Skip(4);
            if (bits.Flag())
            {
                bits.Skip(24);
            }
        }

        if (bits.Flag())
        {
            bits.Ue();
            bits.Ue();
        }

        bits.Skip(3); // neutral chroma, field sequence, frame field info
        if (bits.Flag())
        {
            for (var i = 0; i < 4; i++)
            {
                bits.Ue(); // default display window: shown by players, not part of the size
            }
        }

        if (!bits.Flag())
        {
            return 0;
        }

        var unitsInTick = bits.Bits(32);
        var timeScale = bits.Bits(32);
        var rate = unitsInTick == 0 || bits.Overrun ? 0 : (double)timeScale / unitsInTick;
        return rate is > 0.01 and < 1000 ? rate : 0;
    }
}
