using System.Buffers.Binary;
using System.Numerics;

namespace Vigil.Protocols.Rtcp;

/// <summary>
/// Reads and writes the feedback messages of WebRTC (RFC 4585, RFC 5104, draft-alvestrand-rmcat-remb). Readers take
/// <see cref="RtcpReader.Body"/>; writers give whole RTCP packets and return their length.
/// </summary>
public static class RtcpFeedback
{
    /// <summary>FMT of RTPFB and PSFB messages.</summary>
    public const int GenericNack = 1;
    public const int TransportCc = 15;
    public const int PictureLoss = 1;
    public const int FullIntraRequest = 4;
    public const int ApplicationLayer = 15;

    private const int HeadLength = 12;
    private const uint RembName = 0x5245_4D42;

    /// <summary>Reads one FCI of a generic NACK (RFC 4585 §6.2.1) into up to 17 sequence numbers; returns how many.</summary>
    /// <param name="body">Of the RTPFB packet.</param>
    /// <param name="at">Index of the FCI, from 0.</param>
    /// <param name="sequences">17 numbers of room.</param>
    public static int ReadNack(ReadOnlySpan<byte> body, int at, Span<ushort> sequences)
    {
        var offset = 8 + (at * 4);
        if (offset + 4 > body.Length)
        {
            return 0;
        }

        var first = BinaryPrimitives.ReadUInt16BigEndian(body[offset..]);
        var mask = BinaryPrimitives.ReadUInt16BigEndian(body[(offset + 2)..]);
        sequences[0] = first;
        var count = 1;
        for (; mask != 0; mask &= (ushort)(mask - 1))
        {
            sequences[count++] = (ushort)(first + 1 + BitOperations.TrailingZeroCount(mask));
        }

        return count;
    }

    /// <summary>The bit rate a receiver can take, in bit/s; null when the message is no REMB.</summary>
    public static long? ReadRemb(ReadOnlySpan<byte> body)
    {
        if (body.Length < 16 || BinaryPrimitives.ReadUInt32BigEndian(body[8..]) != RembName)
        {
            return null;
        }

        var exponent = body[13] >> 2;
        long mantissa = ((body[13] & 3) << 16) | BinaryPrimitives.ReadUInt16BigEndian(body[14..]);
        return exponent > 44 ? long.MaxValue : mantissa << exponent;
    }

    public static int WritePictureLoss(Span<byte> output, uint sender, uint media)
    {
        WriteHead(output, 206, PictureLoss, HeadLength, sender, media);
        return HeadLength;
    }

    /// <summary>Asks for the missing ones, packed into as few FCIs as they need. <paramref name="missing"/> is ascending (mod 2^16).</summary>
    public static int WriteNack(Span<byte> output, uint sender, uint media, ReadOnlySpan<ushort> missing)
    {
        var length = HeadLength;
        for (var i = 0; i < missing.Length && length + 4 <= output.Length;)
        {
            var first = missing[i++];
            ushort mask = 0;
            while (i < missing.Length && (ushort)(missing[i] - first - 1) < 16)
            {
                mask |= (ushort)(1 << (ushort)(missing[i++] - first - 1));
            }

            BinaryPrimitives.WriteUInt16BigEndian(output[length..], first);
            BinaryPrimitives.WriteUInt16BigEndian(output[(length + 2)..], mask);
            length += 4;
        }

        WriteHead(output, 205, GenericNack, length, sender, media);
        return length;
    }

    /// <summary>Tells a publisher how much it may send, in bit/s.</summary>
    public static int WriteRemb(Span<byte> output, uint sender, uint media, long bitrateBps)
    {
        const int Length = HeadLength + 12;
        WriteHead(output, 206, ApplicationLayer, Length, sender, 0);
        BinaryPrimitives.WriteUInt32BigEndian(output[12..], RembName);
        var exponent = Math.Max(0, BitOperations.Log2((ulong)bitrateBps) - 17);
        var mantissa = (int)(bitrateBps >> exponent);
        output[16] = 1;
        output[17] = (byte)((exponent << 2) | (mantissa >> 16));
        BinaryPrimitives.WriteUInt16BigEndian(output[18..], (ushort)mantissa);
        BinaryPrimitives.WriteUInt32BigEndian(output[20..], media);
        return Length;
    }

    /// <summary>A sender report without blocks (RFC 3550 §6.4.1).</summary>
    public static int WriteSenderReport(Span<byte> output, SenderReport report)
    {
        const int Length = 28;
        output[0] = 0x80;
        output[1] = 200;
        BinaryPrimitives.WriteUInt16BigEndian(output[2..], (Length / 4) - 1);
        BinaryPrimitives.WriteUInt32BigEndian(output[4..], report.Ssrc);
        BinaryPrimitives.WriteUInt64BigEndian(output[8..], report.NtpTimestamp);
        BinaryPrimitives.WriteUInt32BigEndian(output[16..], report.RtpTimestamp);
        BinaryPrimitives.WriteUInt32BigEndian(output[20..], report.PacketCount);
        BinaryPrimitives.WriteUInt32BigEndian(output[24..], report.OctetCount);
        return Length;
    }

    /// <summary>
    /// The receiver reference time of an extended report (RFC 3611 §4.4), as the middle 32 bits of its NTP time; null when it has none.
    /// Who only watches has no other way to learn its round trip, and asks for lost packets as often as that allows.
    /// </summary>
    public static uint? ReadReferenceTime(ReadOnlySpan<byte> body)
    {
        for (var blocks = body[Math.Min(4, body.Length)..]; blocks.Length >= 4;)
        {
            var length = 4 + (BinaryPrimitives.ReadUInt16BigEndian(blocks[2..]) * 4);
            if (length > blocks.Length)
            {
                return null;
            }

            if (blocks[0] == 4 && length == 12)
            {
                return BinaryPrimitives.ReadUInt32BigEndian(blocks[6..]);
            }

            blocks = blocks[length..];
        }

        return null;
    }

    /// <summary>The answer to a reference time that has just come (RFC 3611 §4.5, DLRR): the delay is 0.</summary>
    public static int WriteReferenceAnswer(Span<byte> output, uint sender, uint receiver, uint referenceTime)
    {
        const int Length = 24;
        output[0] = 0x80;
        output[1] = 207;
        BinaryPrimitives.WriteUInt16BigEndian(output[2..], (Length / 4) - 1);
        BinaryPrimitives.WriteUInt32BigEndian(output[4..], sender);
        output[8] = 5;
        output[9] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(output[10..], 3);
        BinaryPrimitives.WriteUInt32BigEndian(output[12..], receiver);
        BinaryPrimitives.WriteUInt32BigEndian(output[16..], referenceTime);
        BinaryPrimitives.WriteUInt32BigEndian(output[20..], 0);
        return Length;
    }

    private static void WriteHead(Span<byte> output, byte type, int format, int length, uint sender, uint media)
    {
        output[0] = (byte)(0x80 | format);
        output[1] = type;
        BinaryPrimitives.WriteUInt16BigEndian(output[2..], (ushort)((length / 4) - 1));
        BinaryPrimitives.WriteUInt32BigEndian(output[4..], sender);
        BinaryPrimitives.WriteUInt32BigEndian(output[8..], media);
    }
}
