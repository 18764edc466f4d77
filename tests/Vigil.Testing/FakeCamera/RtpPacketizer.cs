using System.Buffers.Binary;

namespace Vigil.Testing;

/// <summary>Writes frames as interleaved RTP: RFC 6184 and RFC 7798 (single units and fragments), RFC 3640 (AAC-hbr, one frame a packet).</summary>
internal sealed class RtpPacketizer(byte channel, byte payloadType, uint ssrc)
{
    private const int PayloadLimit = 1400;
    private const int Head = 4 + 12;

    private ushort sequence = 65_530; // Wraps at once, so that every run tests it.

    public uint Packets { get; private set; }

    public uint Octets { get; private set; }

    public void WriteNal(MemoryStream output, ReadOnlySpan<byte> nal, uint timestamp, bool marker, bool h265)
    {
        if (nal.Length <= PayloadLimit)
        {
            WritePacket(output, nal, default, timestamp, marker);
            return;
        }

        var headerLength = h265 ? 2 : 1;
        var rest = nal[headerLength..];
        for (var first = true; !rest.IsEmpty; first = false)
        {
            var length = Math.Min(rest.Length, PayloadLimit);
            var last = length == rest.Length;
            var bits = (byte)((first ? 0x80 : 0) | (last ? 0x40 : 0));
            Span<byte> head = h265
                ? [(byte)((nal[0] & 0x81) | (49 << 1)), nal[1], (byte)(bits | ((nal[0] >> 1) & 0x3F))]
                : [(byte)((nal[0] & 0xE0) | 28), (byte)(bits | (nal[0] & 0x1F))];
            WritePacket(output, head, rest[..length], timestamp, marker && last);
            rest = rest[length..];
        }
    }

    public void WriteAac(MemoryStream output, ReadOnlySpan<byte> frame, uint timestamp)
    {
        Span<byte> head = [0, 16, (byte)(frame.Length >> 5), (byte)(frame.Length << 3)];
        WritePacket(output, head, frame, timestamp, marker: true);
    }

    public void WritePacket(MemoryStream output, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body, uint timestamp, bool marker)
    {
        Span<byte> header = stackalloc byte[Head];
        header[0] = (byte)'$';
        header[1] = channel;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)(12 + head.Length + body.Length));
        header[4] = 0x80;
        header[5] = (byte)(payloadType | (marker ? 0x80 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], sequence++);
        BinaryPrimitives.WriteUInt32BigEndian(header[8..], timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(header[12..], ssrc);
        output.Write(header);
        output.Write(head);
        output.Write(body);
        Packets++;
        Octets += (uint)(head.Length + body.Length);
    }

    public void WriteSenderReport(MemoryStream output, DateTimeOffset wallClock, uint timestamp)
    {
        var since1900 = wallClock - new DateTimeOffset(1900, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Span<byte> packet = stackalloc byte[4 + 28];
        packet[0] = (byte)'$';
        packet[1] = (byte)(channel + 1);
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], 28);
        BinaryPrimitives.WriteUInt32BigEndian(packet[4..], 0x80C8_0006);
        BinaryPrimitives.WriteUInt32BigEndian(packet[8..], ssrc);
        BinaryPrimitives.WriteUInt32BigEndian(packet[12..], (uint)(since1900.Ticks / TimeSpan.TicksPerSecond));
        BinaryPrimitives.WriteUInt32BigEndian(packet[16..], (uint)((since1900.Ticks % TimeSpan.TicksPerSecond << 32) / TimeSpan.TicksPerSecond));
        BinaryPrimitives.WriteUInt32BigEndian(packet[20..], timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(packet[24..], Packets);
        BinaryPrimitives.WriteUInt32BigEndian(packet[28..], Octets);
        output.Write(packet);
    }

}
