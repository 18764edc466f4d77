using System.Buffers.Binary;
using System.Globalization;
using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Rtp;

/// <summary>
/// RFC 3640 (mpeg4-generic) for AAC: high and low bit-rate modes, several frames in a packet, a frame over several packets.
/// Interleaving is taken as none: frames come out in the order they came.
/// </summary>
internal sealed class AacDepacketizer : Depacketizer
{
    private const int ChunkBytes = 8 * 1024;

    /// <summary>A packet of 1,500 bytes holds some sixty of the shortest frames.</summary>
    private const int MaxFramesInPacket = 64;

    private readonly UnitBuffer buffer = new(ChunkBytes);
    private readonly TrackFormat format;
    private readonly HeaderLayout layout;
    private readonly long frameTicks;
    private int fragmentSize;
    private long fragmentTimestamp;

    private AacDepacketizer(RtpTrackDescription description, TrackFormat format, int samplesPerFrame, int sampleRate)
        : base(description)
    {
        this.format = format;
        Format = format;
        frameTicks = (long)samplesPerFrame * description.ClockRate / sampleRate;
        layout = HeaderLayout.From(description.Fmtp);
    }

    /// <summary>Null when SDP describes no AAC that could be decoded.</summary>
    public static AacDepacketizer? From(RtpTrackDescription description)
    {
        var bytes = ReadConfig(description);
        if (!AudioSpecificConfig.TryParse(bytes, out var config) || AudioSpecificConfig.ToFormat(bytes, Math.Max(1, description.Channels)) is not { } format)
        {
            return null;
        }

        // Time stamps stay in the RTP clock, which HE-AAC cameras set to twice the core's rate.
        return new AacDepacketizer(description, format with { ClockRate = description.ClockRate }, config.SamplesPerFrame, config.SampleRate);
    }

    private protected override void Accept(in RtpPacket packet, long timestamp)
    {
        var payload = packet.Payload;
        if (!payload.IsEmpty && !Unpack(payload, packet.Marker, timestamp))
        {
            Stats.MalformedPackets++;
            Interrupted();
            NoteLoss();
        }
    }

    private protected override void Interrupted()
    {
        if (fragmentSize > 0)
        {
            buffer.Truncate(0);
            fragmentSize = 0;
            Stats.DroppedUnits++;
        }
    }

    private static byte[] ReadConfig(RtpTrackDescription description)
    {
        var hex = description.Fmtp.GetValueOrDefault("config", "").Trim();
        if (hex.Length is > 0 and <= 128 && hex.Length % 2 == 0 && hex.All(char.IsAsciiHexDigit))
        {
            return Convert.FromHexString(hex);
        }

        // RFC 3640 §4.1 demands config; cameras that leave it away send AAC-LC at the rate of the RTP clock.
        return AudioSpecificConfig.Build(2, description.ClockRate, Math.Clamp(description.Channels, 1, 2));
    }

    /// <summary>§3.2.1: AU-headers-length in bits, headers, auxiliary section, access units.</summary>
    private bool Unpack(ReadOnlySpan<byte> payload, bool marker, long timestamp)
    {
        if (layout.Empty)
        {
            return AddFrame(payload, timestamp);
        }

        if (payload.Length < 2 || BinaryPrimitives.ReadUInt16BigEndian(payload) is var headerBits && payload.Length < 2 + ((headerBits + 7) / 8))
        {
            return false;
        }

        var headerBytes = (headerBits + 7) / 8;
        var headers = new BitReader(payload.Slice(2, headerBytes), escaped: false);
        var data = payload[(2 + headerBytes)..];
        if (layout.AuxiliarySize > 0 && !SkipAuxiliary(ref data))
        {
            return false;
        }

        var at = timestamp;
        var consumed = 0;
        for (var i = 0; consumed + layout.Smallest(i == 0) <= headerBits && i < MaxFramesInPacket; i++)
        {
            var before = headers.BitsLeft;
            var size = layout.Read(ref headers, i == 0, out var skipped);
            consumed += before - headers.BitsLeft;
            at += i == 0 ? 0 : (1 + skipped) * frameTicks;
            if (size > RtpLimits.MaxAudioFrameBytes || headers.Overrun)
            {
                return false;
            }

            if (i == 0 && (size > data.Length || fragmentSize > 0))
            {
                return AddFragment(data, size, marker, timestamp);
            }

            if (size > data.Length)
            {
                return false;
            }

            AddFrame(data[..size], at);
            data = data[size..];
        }

        return true;
    }

    private bool AddFragment(ReadOnlySpan<byte> data, int size, bool marker, long timestamp)
    {
        if (fragmentSize > 0 && (fragmentSize != size || fragmentTimestamp != timestamp))
        {
            Interrupted();
            NoteLoss();
            if (size <= data.Length)
            {
                return AddFrame(data[..size], timestamp);
            }
        }

        if (buffer.Length + data.Length > size)
        {
            return false;
        }

        fragmentSize = size;
        fragmentTimestamp = timestamp;
        buffer.Append(data);
        if (buffer.Length == size)
        {
            fragmentSize = 0;
            Emit(format, timestamp, isKeyFrame: true, buffer.Take(size));
        }
        else if (marker)
        {
            return false; // The last fragment, and still bytes missing.
        }

        return true;
    }

    private bool AddFrame(ReadOnlySpan<byte> frame, long timestamp)
    {
        // Some cameras leave the ADTS header on.
        if (AdtsHeader.TryParse(frame, out var adts) == AdtsParseError.None && adts.FrameLength == frame.Length)
        {
            frame = frame[adts.HeaderLength..];
        }

        if (frame.Length > RtpLimits.MaxAudioFrameBytes)
        {
            return false;
        }

        if (!frame.IsEmpty)
        {
            buffer.Append(frame);
            Emit(format, timestamp, isKeyFrame: true, buffer.Take(frame.Length));
        }

        return true;
    }

    private bool SkipAuxiliary(ref ReadOnlySpan<byte> data)
    {
        var bits = new BitReader(data, escaped: false);
        var size = bits.Bits(layout.AuxiliarySize);
        var bytes = (size + (uint)layout.AuxiliarySize + 7L) / 8;
        if (bits.Overrun || bytes > data.Length)
        {
            return false;
        }

        data = data[(int)bytes..];
        return true;
    }

    /// <summary>Field widths of an AU-header (§3.2.1.1), from fmtp.</summary>
    private readonly record struct HeaderLayout(
        int Size, int Index, int IndexDelta, int CtsDelta, int DtsDelta, int RandomAccess, int StreamState, int AuxiliarySize)
    {
        public bool Empty => Size + Index + IndexDelta + CtsDelta + DtsDelta + RandomAccess + StreamState == 0;

        public static HeaderLayout From(IReadOnlyDictionary<string, string> fmtp)
        {
            // §3.3.5 and §3.3.6 fix the widths by mode; where neither mode nor widths are given, everybody means AAC-hbr.
            var low = fmtp.GetValueOrDefault("mode", "").Trim().Equals("AAC-lbr", StringComparison.OrdinalIgnoreCase);
            var (size, index) = low ? (6, 2) : (13, 3);
            return new HeaderLayout(
                Read("sizelength", size),
                Read("indexlength", index),
                Read("indexdeltalength", index),
                Read("ctsdeltalength", 0),
                Read("dtsdeltalength", 0),
                Read("randomaccessindication", 0) > 0 ? 1 : 0,
                Read("streamstateindication", 0),
                Read("auxiliarydatasizelength", 0));

            int Read(string name, int fallback)
            {
                // RFC 3640 spells them sizeLength; parameter names ignore case.
                foreach (var (key, value) in fmtp)
                {
                    if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
                    {
                        return int.TryParse(value.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var width) && width <= 32 ? width : fallback;
                    }
                }

                return fallback;
            }
        }

        /// <summary>Bits of a header without its optional parts; at least 1, so that a loop over them ends.</summary>
        public int Smallest(bool first) =>
            Math.Max(1, Size + (first ? Index : IndexDelta) + (CtsDelta > 0 ? 1 : 0) + (DtsDelta > 0 ? 1 : 0) + RandomAccess + StreamState);

        public int Read(ref BitReader bits, bool first, out int skippedFrames)
        {
            var size = (int)Math.Min(bits.Bits(Size), int.MaxValue);
            var index = (int)Math.Min(bits.Bits(first ? Index : IndexDelta), MaxFramesInPacket);
            skippedFrames = first ? 0 : index;
            SkipOptional(ref bits, CtsDelta);
            SkipOptional(ref bits, DtsDelta);
            bits.Skip(RandomAccess + StreamState);
            return size;
        }

        private static void SkipOptional(ref BitReader bits, int width)
        {
            if (width > 0 && bits.Flag())
            {
                bits.Skip(width);
            }
        }
    }
}
