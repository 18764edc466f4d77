using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Rtp;

/// <summary>RFC 6416 (MP4A-LATM) with the StreamMuxConfig in SDP (cpresent=0): one program, one layer.</summary>
internal sealed class LatmDepacketizer : Depacketizer
{
    private const int ChunkBytes = 8 * 1024;

    private readonly UnitBuffer buffer = new(ChunkBytes);
    private readonly TrackFormat format;
    private readonly int framesPerElement;
    private readonly long frameTicks;
    private byte[] element = new byte[2048];
    private int length;
    private long elementTimestamp;
    private bool afterGap;

    private LatmDepacketizer(RtpTrackDescription description, TrackFormat format, int framesPerElement, long frameTicks)
        : base(description)
    {
        this.format = format;
        this.framesPerElement = framesPerElement;
        this.frameTicks = frameTicks;
        Format = format;
    }

    /// <summary>Null when the configuration is in the stream (cpresent=1), damaged, or of a kind Vigil does not carry.</summary>
    public static LatmDepacketizer? From(RtpTrackDescription description)
    {
        var hex = description.Fmtp.GetValueOrDefault("config", "").Trim();
        if (description.Fmtp.GetValueOrDefault("cpresent", "1").Trim() != "0"
            || hex.Length is 0 or > 128 || hex.Length % 2 != 0 || !hex.All(char.IsAsciiHexDigit))
        {
            return null;
        }

        // StreamMuxConfig, ISO/IEC 14496-3 §1.7.3.2.3: version 0, one program, one layer.
        var bits = new BitReader(Convert.FromHexString(hex), escaped: false);
        var version = bits.Bit();
        bits.Flag();
        var subFrames = (int)bits.Bits(6);
        var programs = bits.Bits(4);
        var layers = bits.Bits(3);
        if (version != 0 || programs != 0 || layers != 0 || !AudioSpecificConfig.TryRead(ref bits, out var config))
        {
            return null;
        }

        // The configuration need not end on a byte, so it is written anew; SBR is then signalled implicitly.
        var core = config.ObjectType is 5 or 29 ? 2 : config.ObjectType;
        if (core > 30 || AudioSpecificConfig.ToFormat(AudioSpecificConfig.Build(core, config.SampleRate, config.ChannelConfiguration)) is not { } format)
        {
            return null;
        }

        return new LatmDepacketizer(
            description,
            format with { ClockRate = description.ClockRate },
            subFrames + 1,
            (long)config.SamplesPerFrame * description.ClockRate / config.SampleRate);
    }

    private protected override void Accept(in RtpPacket packet, long timestamp)
    {
        if (length > 0 && timestamp != elementTimestamp)
        {
            EndElement(); // The marker is missing.
        }

        elementTimestamp = timestamp;
        var payload = packet.Payload;
        if (length + payload.Length > RtpLimits.MaxAudioFrameBytes * framesPerElement)
        {
            length = 0;
            Stats.MalformedPackets++;
            NoteLoss();
            return;
        }

        if (length + payload.Length > element.Length)
        {
            Array.Resize(ref element, (length + payload.Length) * 2);
        }

        payload.CopyTo(element.AsSpan(length));
        length += payload.Length;
        if (packet.Marker)
        {
            EndElement();
        }
    }

    private protected override void Interrupted()
    {
        length = 0;
        afterGap = true; // What comes next may be the middle of an element.
    }

    private void EndElement()
    {
        var rest = element.AsSpan(0, length);
        length = 0;
        for (var i = 0; i < framesPerElement && !rest.IsEmpty; i++)
        {
            // PayloadLengthInfo: bytes of 255 and one that is less.
            var size = 0;
            var index = 0;
            while (index < rest.Length && rest[index] == 255)
            {
                size += 255;
                index++;
            }

            size += index < rest.Length ? rest[index] : rest.Length;
            if (index + 1 + size > rest.Length || size == 0)
            {
                Stats.MalformedPackets += afterGap ? 0 : 1;
                NoteLoss();
                break;
            }

            buffer.Append(rest.Slice(index + 1, size));
            Emit(format, elementTimestamp + (i * frameTicks), isKeyFrame: true, buffer.Take(size));
            rest = rest[(index + 1 + size)..];
        }

        afterGap = false;
    }
}
