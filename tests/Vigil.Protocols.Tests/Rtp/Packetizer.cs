using System.Buffers.Binary;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.Rtp;

namespace Vigil.Protocols.Tests.Rtp;

/// <summary>The far side: makes RTP packets of access units, in every form the payload formats allow. For tests only.</summary>
internal sealed class Packetizer(int payloadType = 96, int maxPayload = 1400, ushort firstSequence = 65_530)
{
    private ushort sequence = firstSequence;

    public static byte[] Join(params ReadOnlySpan<byte[]> parts) => [.. parts.ToArray().SelectMany(p => p)];

    public byte[] Packet(ReadOnlySpan<byte> payload, uint timestamp, bool marker)
    {
        var packet = new byte[12 + payload.Length];
        packet[0] = 0x80;
        packet[1] = (byte)((marker ? 0x80 : 0) | payloadType);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), sequence++);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), 0x1234_5678);
        payload.CopyTo(packet.AsSpan(12));
        return packet;
    }

    /// <summary>As a packet lost on the way.</summary>
    public void SkipSequence(int count = 1) => sequence += (ushort)count;

    /// <summary>RFC 6184: small neighbours in STAP-A, what fits alone, the rest in FU-A.</summary>
    public List<byte[]> H264(IReadOnlyList<byte[]> nals, uint timestamp)
    {
        var payloads = new List<byte[]>();
        var small = new List<byte[]>();
        foreach (var nal in nals)
        {
            if (small.Sum(n => n.Length + 2) + nal.Length + 3 > maxPayload)
            {
                FlushStap();
            }

            if (nal.Length + 3 <= maxPayload / 2)
            {
                small.Add(nal);
                continue;
            }

            FlushStap();
            if (nal.Length <= maxPayload)
            {
                payloads.Add(nal);
                continue;
            }

            foreach (var (part, first, last) in Parts(nal[1..], maxPayload - 2))
            {
                payloads.Add([(byte)((nal[0] & 0xE0) | 28), (byte)((first ? 0x80 : 0) | (last ? 0x40 : 0) | (nal[0] & 0x1F)), .. part]);
            }
        }

        FlushStap();
        return Finish(payloads, timestamp);

        void FlushStap()
        {
            if (small.Count == 1)
            {
                payloads.Add(small[0]);
            }
            else if (small.Count > 1)
            {
                payloads.Add([24, .. small.SelectMany(n => (byte[])[(byte)(n.Length >> 8), (byte)n.Length, .. n])]);
            }

            small.Clear();
        }
    }

    /// <summary>RFC 7798, with or without decoding order numbers.</summary>
    public List<byte[]> H265(IReadOnlyList<byte[]> nals, uint timestamp, bool don = false)
    {
        byte[] order = don ? [0, 7] : [];
        var payloads = new List<byte[]>();
        var small = new List<byte[]>();
        foreach (var nal in nals)
        {
            if (small.Sum(n => n.Length + 3) + nal.Length + 7 > maxPayload)
            {
                FlushAggregation();
            }

            if (nal.Length + 7 <= maxPayload / 2)
            {
                small.Add(nal);
                continue;
            }

            FlushAggregation();
            if (nal.Length + 2 <= maxPayload)
            {
                payloads.Add([.. nal[..2], .. order, .. nal[2..]]);
                continue;
            }

            foreach (var (part, first, last) in Parts(nal[2..], maxPayload - 5))
            {
                payloads.Add(
                [
                    (byte)((nal[0] & 0x81) | (49 << 1)), nal[1],
                    (byte)((first ? 0x80 : 0) | (last ? 0x40 : 0) | ((nal[0] >> 1) & 0x3F)),
                    .. first ? order : [], .. part,
                ]);
            }
        }

        FlushAggregation();
        return Finish(payloads, timestamp);

        void FlushAggregation()
        {
            if (small.Count == 1)
            {
                payloads.Add([.. small[0][..2], .. order, .. small[0][2..]]);
            }
            else if (small.Count > 1)
            {
                payloads.Add(
                [
                    48 << 1, 1,
                    .. small.SelectMany((n, i) => (byte[])[.. i == 0 ? order : don ? [0] : [], (byte)(n.Length >> 8), (byte)n.Length, .. n]),
                ]);
            }

            small.Clear();
        }
    }

    /// <summary>RFC 3640 AAC-hbr: frames in one packet, or one frame over several.</summary>
    public List<byte[]> Aac(IReadOnlyList<byte[]> frames, uint timestamp)
    {
        byte[] Header(int size) => [(byte)(size >> 5), (byte)(size << 3)];
        if (frames.Count == 1)
        {
            return Finish([.. Parts(frames[0], maxPayload - 4).Select(p => (byte[])[0, 16, .. Header(frames[0].Length), .. p.Part])], timestamp);
        }

        return Finish(
            [[(byte)(frames.Count * 16 >> 8), (byte)(frames.Count * 16), .. frames.SelectMany(f => Header(f.Length)), .. frames.SelectMany(f => f)]],
            timestamp);
    }

    /// <summary>RFC 2435 with the tables in the first packet.</summary>
    public List<byte[]> Jpeg(JpegParts jpeg, uint timestamp, byte q = 255)
    {
        var payloads = new List<byte[]>();
        var offset = 0;
        foreach (var (part, first, _) in Parts(jpeg.Scan, maxPayload - 16 - (jpeg.Tables.Length)))
        {
            payloads.Add(
            [
                0, (byte)(offset >> 16), (byte)(offset >> 8), (byte)offset, jpeg.Type, q, (byte)(jpeg.Width / 8), (byte)(jpeg.Height / 8),
                .. jpeg.Type >= 64 ? (byte[])[(byte)(jpeg.RestartInterval >> 8), (byte)jpeg.RestartInterval, 0xFF, 0xFF] : [],
                .. first && q >= 128 ? (byte[])[0, 0, (byte)(jpeg.Tables.Length >> 8), (byte)jpeg.Tables.Length, .. jpeg.Tables] : [],
                .. part,
            ]);
            offset += part.Length;
        }

        return Finish(payloads, timestamp);
    }

    public List<byte[]> Finish(IReadOnlyList<byte[]> payloads, uint timestamp) =>
        [.. payloads.Select((p, i) => Packet(p, timestamp, i == payloads.Count - 1))];

    private static IEnumerable<(byte[] Part, bool First, bool Last)> Parts(byte[] bytes, int size)
    {
        for (var at = 0; at < bytes.Length; at += size)
        {
            yield return (bytes[at..Math.Min(at + size, bytes.Length)], at == 0, at + size >= bytes.Length);
        }
    }
}

/// <summary>A JPEG as RFC 2435 sends it.</summary>
internal sealed record JpegParts(byte Type, int Width, int Height, byte[] Tables, byte[] Scan, int RestartInterval = 0);

internal static class DepacketizerPush
{
    /// <summary>Pushes whole packets and returns what came out.</summary>
    public static List<AccessUnit> PushAll(this Depacketizer depacketizer, IEnumerable<byte[]> packets)
    {
        var units = new List<AccessUnit>();
        foreach (var bytes in packets)
        {
            RtpPacket.TryParse(bytes, out var packet).ShouldBe(RtpParseError.None);
            depacketizer.Push(packet);
            while (depacketizer.TryTake(out var unit))
            {
                units.Add(unit);
            }
        }

        return units;
    }

    /// <summary>The NAL units of a length-prefixed access unit.</summary>
    public static List<byte[]> Nals(this AccessUnit unit)
    {
        var nals = new List<byte[]>();
        var rest = unit.Payload.Span;
        while (!rest.IsEmpty)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(rest);
            nals.Add(rest.Slice(4, length).ToArray());
            rest = rest[(4 + length)..];
        }

        return nals;
    }

    public static Depacketizer Make(Codec codec, int clockRate = 90_000, int channels = 0, string encoding = "", params (string Name, string Value)[] fmtp) =>
        Depacketizer.Create(new RtpTrackDescription
        {
            Codec = codec,
            PayloadType = 96,
            ClockRate = clockRate,
            Channels = channels,
            EncodingName = encoding,
            Fmtp = fmtp.ToDictionary(p => p.Name, p => p.Value, StringComparer.OrdinalIgnoreCase),
        }).ShouldNotBeNull();
}
