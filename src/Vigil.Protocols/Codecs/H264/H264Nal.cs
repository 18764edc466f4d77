namespace Vigil.Protocols.Codecs;

/// <summary>nal_unit_type of H.264 table 7-1, as far as Vigil tells them apart.</summary>
public static class H264Nal
{
    public const int Slice = 1;
    public const int PartitionA = 2;
    public const int PartitionC = 4;
    public const int IdrSlice = 5;
    public const int Sei = 6;
    public const int Sps = 7;
    public const int Pps = 8;
    public const int Delimiter = 9;

    public static int TypeOf(byte header) => header & 0x1F;

    /// <summary>slice_type is I or SI (H.264 table 7-6). False for what is cut short.</summary>
    public static bool IsIntraSlice(ReadOnlySpan<byte> nal)
    {
        // first_mb_in_slice and slice_type take ten bytes at most, emulation prevention included.
        var bits = new BitReader(nal.Slice(1, Math.Min(nal.Length - 1, 16)), escaped: true);
        bits.Ue();
        var type = bits.Ue() % 5;
        return !bits.Overrun && type is 2 or 4;
    }

    /// <summary>recovery_frame_cnt of a recovery point SEI message (H.264 §D.2.8); -1 when the unit holds none.</summary>
    public static int RecoveryPoint(ReadOnlySpan<byte> sei)
    {
        var rest = sei[1..];
        while (rest.Length > 2)
        {
            var type = ReadCount(ref rest);
            var size = ReadCount(ref rest);
            if (size > rest.Length)
            {
                return -1;
            }

            if (type == 6)
            {
                var bits = new BitReader(rest[..size], escaped: true);
                var count = bits.Ue();
                return bits.Overrun ? -1 : (int)Math.Min(count, int.MaxValue);
            }

            rest = rest[size..];
        }

        return -1;
    }

    private static int ReadCount(ref ReadOnlySpan<byte> rest)
    {
        var value = 0;
        while (!rest.IsEmpty)
        {
            var next = rest[0];
            rest = rest[1..];
            value += next;
            if (next != 0xFF)
            {
                break;
            }
        }

        return value;
    }
}
