using System.Buffers.Binary;

namespace Vigil.Protocols.Codecs;

/// <summary>Opus as MP4 and RTP describe it.</summary>
public static class OpusFormat
{
    /// <summary>RTP (RFC 7587 §4.1) and MP4 both count Opus at 48 kHz, whatever it was encoded from.</summary>
    public const int ClockRate = 48_000;

    /// <summary>libopus at its usual settings; the decoder throws so many samples away (RFC 7845 §4.2).</summary>
    public const int UsualPreSkip = 312;

    /// <summary>A packet of 120 ms (RFC 6716 §3.2.5).</summary>
    public const int MaxSamples = 5760;

    /// <summary>A track of <paramref name="channels"/> (1 or 2; others are taken as 2), mapping family 0.</summary>
    public static TrackFormat Format(int channels, int preSkip = 0, int inputSampleRate = ClockRate)
    {
        var count = channels == 1 ? 1 : 2;
        return new TrackFormat
        {
            Codec = Codec.Opus,
            ClockRate = ClockRate,
            Channels = count,
            Config = BuildSpecificBox(count, preSkip, inputSampleRate),
            CodecString = "opus",
        };
    }

    /// <summary>The body of <c>dOps</c>: version, channels, pre-skip, input rate, gain 0, mapping family 0 (big-endian, unlike Ogg).</summary>
    public static byte[] BuildSpecificBox(int channels, int preSkip, int inputSampleRate)
    {
        var body = new byte[11];
        body[1] = (byte)channels;
        BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(2), (ushort)preSkip);
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(4), (uint)inputSampleRate);
        return body;
    }

    /// <summary>How many 48 kHz samples a packet lasts, from its TOC (RFC 6716 §3.1, §3.2); 0 when it is not a valid packet.</summary>
    public static int SamplesIn(ReadOnlySpan<byte> packet)
    {
        if (packet.IsEmpty)
        {
            return 0;
        }

        var config = packet[0] >> 3;
        var frame = config switch
        {
            < 12 => (config & 3) switch { 0 => 480, 1 => 960, 2 => 1920, _ => 2880 },
            < 16 => (config & 1) == 0 ? 480 : 960,
            _ => 120 << (config & 3),
        };
        var frames = (packet[0] & 3) switch
        {
            0 => 1,
            1 or 2 => 2,
            _ => packet.Length > 1 ? packet[1] & 0x3F : 0,
        };
        return frame * frames <= MaxSamples ? frame * frames : 0;
    }
}
