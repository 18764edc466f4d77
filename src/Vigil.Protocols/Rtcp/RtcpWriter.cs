using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Vigil.Protocols.Rtcp;

/// <summary>Writes what a receiver owes its senders: a compound packet of RR, then SDES with CNAME (RFC 3550 §6.1), and BYE.</summary>
public static class RtcpWriter
{
    private const int MaxCnameBytes = 255;

    /// <summary>A receiver report with any number of blocks up to 31, and who we are.</summary>
    public static void WriteReceiverReport(IBufferWriter<byte> output, uint ssrc, ReadOnlySpan<ReportBlock> blocks, string cname)
    {
        blocks = blocks[..Math.Min(blocks.Length, 31)];
        var length = 8 + (blocks.Length * 24);
        var span = output.GetSpan(length);
        span[0] = (byte)(0x80 | blocks.Length);
        span[1] = 201;
        BinaryPrimitives.WriteUInt16BigEndian(span[2..], (ushort)((length / 4) - 1));
        BinaryPrimitives.WriteUInt32BigEndian(span[4..], ssrc);
        var at = span[8..];
        foreach (var block in blocks)
        {
            BinaryPrimitives.WriteUInt32BigEndian(at, block.Ssrc);
            BinaryPrimitives.WriteUInt32BigEndian(at[4..], ((uint)block.FractionLost << 24) | ((uint)block.CumulativeLost & 0xFF_FFFF));
            BinaryPrimitives.WriteUInt32BigEndian(at[8..], block.HighestSequence);
            BinaryPrimitives.WriteUInt32BigEndian(at[12..], block.Jitter);
            BinaryPrimitives.WriteUInt32BigEndian(at[16..], block.LastSenderReport);
            BinaryPrimitives.WriteUInt32BigEndian(at[20..], block.DelaySinceLastSenderReport);
            at = at[24..];
        }

        output.Advance(length);
        WriteCname(output, ssrc, cname);
    }

    public static void WriteGoodbye(IBufferWriter<byte> output, uint ssrc)
    {
        var span = output.GetSpan(8);
        BinaryPrimitives.WriteUInt32BigEndian(span, 0x81CB_0001);
        BinaryPrimitives.WriteUInt32BigEndian(span[4..], ssrc);
        output.Advance(8);
    }

    private static void WriteCname(IBufferWriter<byte> output, uint ssrc, string cname)
    {
        Span<byte> name = stackalloc byte[MaxCnameBytes];
        Encoding.UTF8.TryGetBytes(cname.AsSpan(0, Math.Min(cname.Length, MaxCnameBytes / 3)), name, out var nameLength);

        // The item list ends with at least one null octet and is padded to a word (§6.5).
        var length = 8 + (((2 + nameLength) / 4 * 4) + 4);
        var span = output.GetSpan(length)[..length];
        span.Clear();
        span[0] = 0x81;
        span[1] = 202;
        BinaryPrimitives.WriteUInt16BigEndian(span[2..], (ushort)((length / 4) - 1));
        BinaryPrimitives.WriteUInt32BigEndian(span[4..], ssrc);
        span[8] = 1;
        span[9] = (byte)nameLength;
        name[..nameLength].CopyTo(span[10..]);
        output.Advance(length);
    }
}
