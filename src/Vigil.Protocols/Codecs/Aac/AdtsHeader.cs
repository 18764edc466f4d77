namespace Vigil.Protocols.Codecs;

/// <summary>Why bytes are not an ADTS frame.</summary>
public enum AdtsParseError
{
    None,
    NeedMore,
    NoSync,
    BadField,
}

/// <summary>The header before each frame of a raw AAC stream (ISO/IEC 13818-7 §6.2.1).</summary>
public readonly record struct AdtsHeader
{
    public const int MinLength = 7;

    /// <summary>aac_frame_length is 13 bits.</summary>
    public const int MaxFrameLength = 8191;

    /// <summary>7, or 9 with a CRC.</summary>
    public required int HeaderLength { get; init; }

    /// <summary>Header and payload.</summary>
    public required int FrameLength { get; init; }

    public required int ObjectType { get; init; }

    public required int SampleRate { get; init; }

    public required int ChannelConfiguration { get; init; }

    /// <summary>Frames of 1,024 samples behind this header; nearly always 1.</summary>
    public required int RawBlocks { get; init; }

    public static AdtsParseError TryParse(ReadOnlySpan<byte> bytes, out AdtsHeader header)
    {
        header = default;
        if (bytes is not [var b0, var b1, var b2, var b3, var b4, var b5, var b6, ..])
        {
            return AdtsParseError.NeedMore;
        }

        if (b0 != 0xFF || (b1 & 0xF6) != 0xF0)
        {
            return AdtsParseError.NoSync;
        }

        header = new AdtsHeader
        {
            HeaderLength = (b1 & 1) == 0 ? 9 : 7,
            FrameLength = ((b3 & 3) << 11) | (b4 << 3) | (b5 >> 5),
            ObjectType = (b2 >> 6) + 1,
            SampleRate = AudioSpecificConfig.RateOf((b2 >> 2) & 15),
            ChannelConfiguration = ((b2 & 1) << 2) | (b3 >> 6),
            RawBlocks = (b6 & 3) + 1,
        };
        return header.SampleRate == 0 || header.FrameLength < header.HeaderLength ? AdtsParseError.BadField : AdtsParseError.None;
    }

    /// <summary>Writes the seven bytes that make <paramref name="payloadLength"/> bytes of raw AAC an ADTS frame. False when it cannot say so.</summary>
    public static bool TryWrite(Span<byte> into, in AudioSpecificConfig config, int payloadLength)
    {
        var length = payloadLength + MinLength;
        var rate = 0;
        while (AudioSpecificConfig.RateOf(rate) is var known && known != config.SampleRate)
        {
            if (known == 0)
            {
                return false;
            }

            rate++;
        }

        if (into.Length < MinLength || length > MaxFrameLength)
        {
            return false;
        }

        // ADTS knows four object types; SBR and PS hide in the stream of an LC core.
        var profile = config.ObjectType is >= 1 and <= 4 ? config.ObjectType - 1 : 1;
        into[0] = 0xFF;
        into[1] = 0xF1;
        into[2] = (byte)((profile << 6) | (rate << 2) | (config.ChannelConfiguration >> 2));
        into[3] = (byte)(((config.ChannelConfiguration & 3) << 6) | (length >> 11));
        into[4] = (byte)(length >> 3);
        into[5] = (byte)(((length & 7) << 5) | 0x1F);
        into[6] = 0xFC;
        return true;
    }
}
