using System.Buffers.Binary;
using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.MpegTs;

/// <summary>One PES packet: with ffmpeg's muxer one access unit of video, or some ADTS frames.</summary>
/// <param name="StreamType">ISO/IEC 13818-1 table 2-34: 0x1B H.264, 0x24 H.265, 0x0F AAC in ADTS.</param>
/// <param name="Pts">90 kHz, extended beyond its 33 bits.</param>
/// <param name="Dts">Equals <paramref name="Pts"/> where the packet names none.</param>
/// <param name="Payload">Owned by the unit.</param>
public readonly record struct TsUnit(byte StreamType, long Pts, long Dts, ReadOnlyMemory<byte> Payload);

/// <summary>
/// An MPEG transport stream (ISO/IEC 13818-1) of one program, as our own ffmpeg writes it: <see cref="Push"/>, then
/// <see cref="TryTake"/> until false. Skips what is damaged; keeps at most one unit of each of a few streams.
/// </summary>
public sealed class TsDemuxer
{
    public const byte H264 = 0x1B;
    public const byte H265 = 0x24;
    public const byte Aac = 0x0F;

    private const int PacketBytes = 188;
    private const byte Sync = 0x47;
    private const int MostStreams = 8;

    /// <summary>The largest access unit, as for RTP.</summary>
    private const int MostUnitBytes = Rtp.RtpLimits.MaxAccessUnitBytes;

    private readonly byte[] partial = new byte[PacketBytes];
    private readonly Dictionary<int, Assembly> streams = [];
    private readonly Queue<TsUnit> ready = new();
    private int partialLength;
    private int programPid = -1;
    private long newestTimestamp;
    private bool timestampSeen;

    /// <summary>Whether Vigil carries a stream type.</summary>
    public static bool IsCarried(byte streamType) => streamType is H264 or H265 or Aac;

    /// <summary>The stream types of the program, once its map came.</summary>
    public IReadOnlyList<byte>? StreamTypes { get; private set; }

    /// <summary>Bytes that belonged to no packet.</summary>
    public long SkippedBytes { get; private set; }

    public void Push(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (partialLength == 0 && bytes.Length >= PacketBytes && bytes[0] == Sync)
            {
                ReadPacket(bytes[..PacketBytes]);
                bytes = bytes[PacketBytes..];
            }
            else if (partialLength == 0 && bytes[0] != Sync)
            {
                var next = bytes.IndexOf(Sync);
                next = next < 0 ? bytes.Length : next;
                SkippedBytes += next;
                bytes = bytes[next..];
            }
            else
            {
                var taken = Math.Min(PacketBytes - partialLength, bytes.Length);
                bytes[..taken].CopyTo(partial.AsSpan(partialLength));
                partialLength += taken;
                bytes = bytes[taken..];
                if (partialLength == PacketBytes)
                {
                    partialLength = 0;
                    ReadPacket(partial);
                }
            }
        }
    }

    public bool TryTake(out TsUnit unit) => ready.TryDequeue(out unit);

    private void ReadPacket(ReadOnlySpan<byte> packet)
    {
        var pid = BinaryPrimitives.ReadUInt16BigEndian(packet[1..]) & 0x1FFF;
        var starts = (packet[1] & 0x40) != 0;
        var control = (packet[3] >> 4) & 3;
        var payload = packet[4..];
        if ((control & 2) != 0)
        {
            if (payload[0] + 1 > payload.Length)
            {
                return;
            }

            payload = payload[(payload[0] + 1)..];
        }

        if ((control & 1) == 0 || payload.IsEmpty)
        {
            return;
        }

        if (pid == 0 && starts)
        {
            ReadTable(payload, tableId: 0);
        }
        else if (pid == programPid && starts)
        {
            ReadTable(payload, tableId: 2);
        }
        else if (streams.TryGetValue(pid, out var stream))
        {
            ReadPes(stream, payload, starts);
        }
    }

    /// <summary>§2.4.4. Our sections fit one packet; longer ones are ignored.</summary>
    private void ReadTable(ReadOnlySpan<byte> payload, byte tableId)
    {
        if (payload[0] + 1 + 12 > payload.Length)
        {
            return;
        }

        var section = payload[(payload[0] + 1)..];
        var length = (BinaryPrimitives.ReadUInt16BigEndian(section[1..]) & 0xFFF) + 3;
        if (section[0] != tableId || length > section.Length || length < 12)
        {
            return;
        }

        section = section[..(length - 4)];
        if (tableId == 0)
        {
            for (var rest = section[8..]; rest.Length >= 4; rest = rest[4..])
            {
                if (BinaryPrimitives.ReadUInt16BigEndian(rest) != 0)
                {
                    programPid = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]) & 0x1FFF;
                    return;
                }
            }
        }
        else if (section.Length >= 12)
        {
            ReadProgramMap(section);
        }
    }

    private void ReadProgramMap(ReadOnlySpan<byte> section)
    {
        var skip = 12 + (BinaryPrimitives.ReadUInt16BigEndian(section[10..]) & 0xFFF);
        var rest = skip > section.Length ? default : section[skip..];
        while (rest.Length >= 5 && streams.Count < MostStreams)
        {
            streams.TryAdd(BinaryPrimitives.ReadUInt16BigEndian(rest[1..]) & 0x1FFF, new Assembly { StreamType = rest[0] });
            var next = 5 + (BinaryPrimitives.ReadUInt16BigEndian(rest[3..]) & 0xFFF);
            rest = next > rest.Length ? default : rest[next..];
        }

        StreamTypes ??= [.. streams.Values.Select(s => s.StreamType)];
    }

    /// <summary>§2.4.3.6.</summary>
    private void ReadPes(Assembly stream, ReadOnlySpan<byte> payload, bool starts)
    {
        if (starts)
        {
            Finish(stream);
            if (payload.Length < 9 || payload[0] != 0 || payload[1] != 0 || payload[2] != 1 || payload.Length < 9 + payload[8])
            {
                return;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(payload[4..]);
            var header = 9 + payload[8];
            stream.Expected = length == 0 ? 0 : Math.Max(0, length + 6 - header);
            stream.Open = (payload[7] & 0x80) != 0 && payload[8] >= 5;
            if (stream.Open)
            {
                stream.Pts = Extend(ReadTimestamp(payload[9..]));
                stream.Dts = (payload[7] & 0x40) != 0 && payload[8] >= 10 ? Extend(ReadTimestamp(payload[14..])) : stream.Pts;
            }

            payload = payload[header..];
        }

        if (!stream.Open || stream.Buffer.Length + payload.Length > MostUnitBytes)
        {
            stream.Discard();
            return;
        }

        stream.Buffer.Append(payload);
        if (stream.Expected > 0 && stream.Buffer.Length >= stream.Expected)
        {
            Finish(stream);
        }
    }

    private void Finish(Assembly stream)
    {
        if (stream.Open && stream.Buffer.Length > 0)
        {
            ready.Enqueue(new TsUnit(stream.StreamType, stream.Pts, stream.Dts, stream.Buffer.Take(stream.Buffer.Length)));
        }

        stream.Open = false;
    }

    private static long ReadTimestamp(ReadOnlySpan<byte> b) =>
        ((long)(b[0] & 0x0E) << 29) | ((long)b[1] << 22) | ((long)(b[2] & 0xFE) << 14) | ((long)b[3] << 7) | (long)(b[4] >> 1);

    private long Extend(long timestamp33)
    {
        const long wrap = 1L << 33;
        if (!timestampSeen)
        {
            timestampSeen = true;
            newestTimestamp = timestamp33;
            return timestamp33;
        }

        var difference = (timestamp33 - newestTimestamp) & (wrap - 1);
        difference -= difference >= wrap / 2 ? wrap : 0;
        newestTimestamp += difference;
        return newestTimestamp;
    }

    private sealed class Assembly
    {
        public required byte StreamType { get; init; }

        public UnitBuffer Buffer { get; } = new(256 * 1024);

        public int Expected { get; set; }

        public long Pts { get; set; }

        public long Dts { get; set; }

        public bool Open { get; set; }

        public void Discard()
        {
            Open = false;
            Buffer.Truncate(0);
        }
    }
}
