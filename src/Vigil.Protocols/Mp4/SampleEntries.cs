using System.Diagnostics;
using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Mp4;

/// <summary>One sample entry per codec (ISO/IEC 14496-12 §8.5.2, 14496-15 §5.4 and §8.4, 14496-14 §6.7, "Encapsulation of Opus in ISOBMFF").</summary>
internal static class SampleEntries
{
    /// <summary>Registered object types (14496-1): AAC, and JPEG as MPEG-4 visual.</summary>
    private const byte ObjectTypeAac = 0x40;
    private const byte ObjectTypeJpeg = 0x6C;

    public static void Write(ref BoxWriter writer, TrackFormat format)
    {
        switch (format.Codec)
        {
            case Codec.H264:
                Video(ref writer, "avc1"u8, "avcC"u8, format);
                break;
            case Codec.H265:
                Video(ref writer, "hvc1"u8, "hvcC"u8, format);
                break;
            case Codec.Mjpeg:
                Video(ref writer, "mp4v"u8, "esds"u8, format);
                break;
            case Codec.Aac:
                Audio(ref writer, "mp4a"u8, format, format.ClockRate);
                break;
            case Codec.Opus:
                Audio(ref writer, "Opus"u8, format, 48_000);
                break;
            default:
                throw new UnreachableException($"{format.Codec} has no sample entry: it becomes Opus before it is written.");
        }
    }

    private static void Video(ref BoxWriter writer, ReadOnlySpan<byte> type, ReadOnlySpan<byte> configType, TrackFormat format)
    {
        var entry = writer.Begin(type);
        writer.Zeros(6);
        writer.U16(1); // Data reference.
        writer.Zeros(16);
        writer.U16((ushort)format.Width);
        writer.U16((ushort)format.Height);
        writer.U32(0x00480000); // 72 dpi both ways.
        writer.U32(0x00480000);
        writer.U32(0);
        writer.U16(1); // One picture per sample.
        writer.Zeros(32); // No compressor name.
        writer.U16(24);
        writer.U16(0xFFFF);
        if (format.Codec == Codec.Mjpeg)
        {
            ElementaryStream(ref writer, ObjectTypeJpeg, 4, []);
        }
        else
        {
            var config = writer.Begin(configType);
            writer.Bytes(format.Config.Span);
            writer.End(config);
        }

        writer.End(entry);
    }

    private static void Audio(ref BoxWriter writer, ReadOnlySpan<byte> type, TrackFormat format, int rate)
    {
        var entry = writer.Begin(type);
        writer.Zeros(6);
        writer.U16(1);
        writer.Zeros(8);
        writer.U16((ushort)format.Channels);
        writer.U16(16);
        writer.U32(0);
        writer.U32(rate <= ushort.MaxValue ? (uint)rate << 16 : 0);
        if (format.Codec == Codec.Aac)
        {
            ElementaryStream(ref writer, ObjectTypeAac, 5, format.Config.Span);
        }
        else
        {
            var config = writer.Begin("dOps"u8);
            writer.Bytes(format.Config.Span);
            writer.End(config);
        }

        writer.End(entry);
    }

    /// <summary><c>esds</c>: ES, decoder config, decoder specific info and SL config descriptors (14496-1 §7.2.6).</summary>
    private static void ElementaryStream(ref BoxWriter writer, byte objectType, byte streamType, ReadOnlySpan<byte> specific)
    {
        var specificSize = specific.IsEmpty ? 0 : HeadOf(specific.Length) + specific.Length;
        var decoderSize = 13 + specificSize;
        var streamSize = 3 + HeadOf(decoderSize) + decoderSize + 3;
        var esds = writer.BeginFull("esds"u8, 0, 0);
        Descriptor(ref writer, 0x03, streamSize);
        writer.U16(0);
        writer.U8(0);
        Descriptor(ref writer, 0x04, decoderSize);
        writer.U8(objectType);
        writer.U8((byte)((streamType << 2) | 1));
        writer.Zeros(3 + 4 + 4); // Buffer size and bit rates: unknown.
        if (specificSize > 0)
        {
            Descriptor(ref writer, 0x05, specific.Length);
            writer.Bytes(specific);
        }

        Descriptor(ref writer, 0x06, 1);
        writer.U8(2);
        writer.End(esds);
    }

    /// <summary>Bytes of a tag and its length: seven bits of length to a byte (14496-1 §8.3.3). Two are plenty for what cameras send.</summary>
    private static int HeadOf(int length) => length < 0x80 ? 2 : 3;

    private static void Descriptor(ref BoxWriter writer, byte tag, int length)
    {
        writer.U8(tag);
        if (length >= 0x80)
        {
            writer.U8((byte)(0x80 | ((length >> 7) & 0x7F)));
        }

        writer.U8((byte)(length & 0x7F));
    }
}
