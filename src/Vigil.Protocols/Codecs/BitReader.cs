namespace Vigil.Protocols.Codecs;

/// <summary>
/// Reads bits of a NAL unit's payload, stepping over emulation prevention bytes (H.264 §7.4.1, H.265 §7.4.2) when asked to.
/// Never fails: beyond the end every bit is 0 and <see cref="Overrun"/> says so.
/// </summary>
internal ref struct BitReader(ReadOnlySpan<byte> bytes, bool escaped)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;
    private readonly bool escaped = escaped;
    private int index;
    private int bit;
    private int zeros;

    /// <summary>Something was read that is not there.</summary>
    public bool Overrun { get; private set; }

    public readonly int BitsLeft => Math.Max(0, ((bytes.Length - index) * 8) - bit);

    public uint Bit()
    {
        if (index >= bytes.Length)
        {
            Overrun = true;
            return 0;
        }

        var value = (uint)(bytes[index] >> (7 - bit)) & 1;
        if (++bit == 8)
        {
            NextByte();
        }

        return value;
    }

    public bool Flag() => Bit() != 0;

    /// <summary>u(n), n up to 32.</summary>
    public uint Bits(int count)
    {
        uint value = 0;
        for (var i = 0; i < count; i++)
        {
            value = (value << 1) | Bit();
        }

        return value;
    }

    public void Skip(int count)
    {
        for (var i = 0; i < count && !Overrun; i++)
        {
            Bit();
        }
    }

    /// <summary>ue(v), H.264 §9.1.</summary>
    public uint Ue()
    {
        var leading = 0;
        while (Bit() == 0)
        {
            if (Overrun || ++leading > 31)
            {
                Overrun = true;
                return 0;
            }
        }

        return (uint)((1UL << leading) - 1 + Bits(leading));
    }

    /// <summary>se(v), H.264 §9.1.1.</summary>
    public int Se()
    {
        var code = Ue();
        return (int)((code & 1) != 0 ? (code >> 1) + 1 : 0u - (code >> 1));
    }

    private void NextByte()
    {
        bit = 0;
        zeros = bytes[index] == 0 ? zeros + 1 : 0;
        index++;
        if (escaped && zeros >= 2 && index < bytes.Length && bytes[index] == 3)
        {
            zeros = 0;
            index++;
        }
    }
}
