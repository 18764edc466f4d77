namespace Vigil.Protocols.Codecs;

/// <summary>MPEG-4 AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1), as far as AAC tracks need it.</summary>
public readonly record struct AudioSpecificConfig
{
    private static ReadOnlySpan<int> Rates =>
        [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

    /// <summary>2 is AAC-LC, 5 HE-AAC (SBR), 29 HE-AAC v2 (PS).</summary>
    public required int ObjectType { get; init; }

    /// <summary>Rate of the core coder, which is what RTP and MP4 time stamps count in.</summary>
    public required int SampleRate { get; init; }

    /// <summary>channelConfiguration: 1–6 as many channels, 7 is eight; 0 when a program config element tells.</summary>
    public required int ChannelConfiguration { get; init; }

    /// <summary>1,024 samples a frame, or 960.</summary>
    public int SamplesPerFrame { get; init; }

    public int Channels => ChannelConfiguration == 7 ? 8 : ChannelConfiguration;

    /// <summary>RFC 6381 §3.3: <c>mp4a.40.</c> and the object type.</summary>
    public string CodecString => FormattableString.Invariant($"mp4a.40.{ObjectType}");

    /// <summary>False when it is cut short or names a rate that does not exist.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out AudioSpecificConfig config)
    {
        var bits = new BitReader(bytes, escaped: false);
        return TryRead(ref bits, out config);
    }

    /// <summary>The two bytes that describe plain AAC-LC and its kin (five when the rate is not in the table).</summary>
    public static byte[] Build(int objectType, int sampleRate, int channelConfiguration)
    {
        var index = Rates.IndexOf(sampleRate);
        if (index >= 0)
        {
            var bits = (objectType << 11) | (index << 7) | (channelConfiguration << 3);
            return [(byte)(bits >> 8), (byte)bits];
        }

        var wide = ((long)objectType << 35) | (0xFL << 31) | ((long)sampleRate << 7) | ((long)channelConfiguration << 3);
        return [(byte)(wide >> 32), (byte)(wide >> 24), (byte)(wide >> 16), (byte)(wide >> 8), (byte)wide];
    }

    /// <summary>The rate of a sampling_frequency_index; 0 for those reserved.</summary>
    public static int RateOf(int index) => index >= 0 && index < Rates.Length ? Rates[index] : 0;

    internal static bool TryRead(ref BitReader bits, out AudioSpecificConfig config)
    {
        var objectType = ReadObjectType(ref bits);
        var rate = ReadRate(ref bits);
        var channels = (int)bits.Bits(4);
        var coreType = objectType;
        if (objectType is 5 or 29)
        {
            ReadRate(ref bits); // The rate after SBR; time stamps stay at the core's.
            coreType = ReadObjectType(ref bits);
        }

        // GASpecificConfig (§4.4.1) begins with frameLengthFlag for the AAC family.
        var shortFrames = coreType is 1 or 2 or 3 or 4 or 17 or 23 && bits.BitsLeft > 0 && bits.Flag();
        config = new AudioSpecificConfig
        {
            ObjectType = objectType,
            SampleRate = rate,
            ChannelConfiguration = channels,
            SamplesPerFrame = shortFrames ? 960 : 1024,
        };
        return !bits.Overrun && rate is >= 7_350 and <= 192_000 && objectType != 0 && channels <= 7;
    }

    /// <summary>The track format that goes with a valid configuration; null for garbage.</summary>
    public static TrackFormat? ToFormat(ReadOnlySpan<byte> bytes, int channelsFallback = 1)
    {
        return TryParse(bytes, out var config)
            ? new TrackFormat
            {
                Codec = Codec.Aac,
                ClockRate = config.SampleRate,
                Channels = config.Channels == 0 ? channelsFallback : config.Channels,
                Config = bytes.ToArray(),
                CodecString = config.CodecString,
            }
            : null;
    }

    private static int ReadObjectType(ref BitReader bits)
    {
        var type = (int)bits.Bits(5);
        return type == 31 ? 32 + (int)bits.Bits(6) : type;
    }

    private static int ReadRate(ref BitReader bits)
    {
        var index = (int)bits.Bits(4);
        return index == 15 ? (int)bits.Bits(24) : RateOf(index);
    }
}
