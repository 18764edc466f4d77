using System.Buffers.Binary;

namespace Vigil.Protocols.Rtcp;

/// <summary>
/// Collects arrival times of packets with a transport-wide sequence number and writes the feedback that a publisher's congestion
/// control lives on (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1). Status vectors with two-bit symbols only: a few
/// bytes more than run lengths, and half of the code.
/// </summary>
public sealed class TransportCcFeedback
{
    public const string Uri = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

    /// <summary>Most packets told of in one message; a phone at 4 Mbit/s sends about 40 in 100 ms.</summary>
    private const int MaxPackets = 200;

    /// <summary>Reference times count in 64 ms, deltas in 250 µs.</summary>
    private const long ReferenceTicks = 640_000;
    private const long DeltaTicks = 2_500;

    private readonly SortedDictionary<long, TimeSpan> arrivals = [];
    private long newest = -1;
    private long next = -1;
    private byte messageCount;

    /// <summary>Notes that the packet with this transport-wide number came at <paramref name="now"/>.</summary>
    public void Add(ushort sequence, TimeSpan now)
    {
        var index = newest < 0 ? sequence : newest + (short)(sequence - (ushort)newest);
        newest = Math.Max(newest, index);
        if (next < 0)
        {
            next = index;
        }

        if (index >= next && arrivals.Count < MaxPackets)
        {
            arrivals.TryAdd(index, now);
        }
    }

    /// <summary>Writes what came since the last message; 0 when nothing did. <paramref name="output"/> wants 1,200 bytes.</summary>
    public int Write(Span<byte> output, uint sender, uint media)
    {
        if (arrivals.Count == 0)
        {
            return 0;
        }

        var last = arrivals.Keys.Max();

        // After a long silence of the network the gap itself would fill the message: begin with what came.
        if (last - next >= MaxPackets)
        {
            next = Math.Max(arrivals.Keys.Min(), last - MaxPackets + 1);
        }

        var count = (int)(last - next) + 1;
        var reference = arrivals.Where(arrival => arrival.Key >= next).Select(arrival => arrival.Value).First().Ticks / ReferenceTicks;
        BinaryPrimitives.WriteUInt32BigEndian(output[4..], sender);
        BinaryPrimitives.WriteUInt32BigEndian(output[8..], media);
        BinaryPrimitives.WriteUInt16BigEndian(output[12..], (ushort)next);
        BinaryPrimitives.WriteUInt16BigEndian(output[14..], (ushort)count);
        BinaryPrimitives.WriteUInt32BigEndian(output[16..], (uint)((reference & 0xFF_FFFF) << 8) | messageCount++);

        var chunkAt = 20;
        var deltaAt = chunkAt + ((count + 6) / 7 * 2);
        var previous = reference * ReferenceTicks / DeltaTicks;
        for (var i = 0; i < count; i += 7)
        {
            var chunk = 0xC000; // Status vector, two-bit symbols.
            for (var j = 0; j < 7 && i + j < count; j++)
            {
                if (!arrivals.TryGetValue(next + i + j, out var arrival))
                {
                    continue;
                }

                var ticks = arrival.Ticks / DeltaTicks;
                var delta = Math.Clamp(ticks - previous, short.MinValue, short.MaxValue);
                previous += delta;
                var small = delta is >= 0 and <= 255;
                chunk |= (small ? 1 : 2) << (12 - (2 * j));
                if (small)
                {
                    output[deltaAt++] = (byte)delta;
                }
                else
                {
                    BinaryPrimitives.WriteInt16BigEndian(output[deltaAt..], (short)delta);
                    deltaAt += 2;
                }
            }

            BinaryPrimitives.WriteUInt16BigEndian(output[chunkAt..], (ushort)chunk);
            chunkAt += 2;
        }

        // Padding to a word, told of by the P bit and its own last byte (RFC 3550 §6.4.1).
        var padding = (4 - (deltaAt % 4)) % 4;
        output.Slice(deltaAt, padding).Clear();
        if (padding > 0)
        {
            output[deltaAt + padding - 1] = (byte)padding;
        }

        var length = deltaAt + padding;
        output[0] = (byte)(0x80 | (padding > 0 ? 0x20 : 0) | RtcpFeedback.TransportCc);
        output[1] = 205;
        BinaryPrimitives.WriteUInt16BigEndian(output[2..], (ushort)((length / 4) - 1));
        next = last + 1;
        arrivals.Clear();
        return length;
    }
}
