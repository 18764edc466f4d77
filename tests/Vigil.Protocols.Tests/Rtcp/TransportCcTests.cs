using System.Buffers.Binary;
using Vigil.Protocols.Rtcp;

namespace Vigil.Protocols.Tests.Rtcp;

/// <summary>What is written is read by a decoder of its own, made from draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1.</summary>
public sealed class TransportCcTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 30)]
    [InlineData(3, 90)]
    public void Any_mixture_of_loss_bursts_and_pauses_is_told_truly(int seed, int lossPercent)
    {
        var random = new Random(seed);
        var feedback = new TransportCcFeedback();
        var bytes = new byte[1200];
        var sent = new Dictionary<ushort, TimeSpan>();
        var sequence = (ushort)65_000;

        // Beyond 2^24 reference times of 64 ms the field wraps: 12.4 days.
        var now = TimeSpan.FromDays(12.42);
        for (var message = 0; message < 500; message++)
        {
            sent.Clear();
            for (var count = random.Next(1, 120); count > 0; count--, sequence++)
            {
                now += TimeSpan.FromTicks(random.Next(random.Next(10) == 0 ? 900_000 : 20_000));
                if (random.Next(100) >= lossPercent)
                {
                    sent[sequence] = now;
                    feedback.Add(sequence, now);
                }
            }

            var length = feedback.Write(bytes, 1, 2);
            (length == 0).ShouldBe(sent.Count == 0);
            if (length > 0)
            {
                (length % 4).ShouldBe(0);
                var told = Decode(bytes.AsSpan(0, length), now);
                told.Keys.Order().ShouldBe(sent.Keys.Order());
                foreach (var (number, at) in told)
                {
                    (sent[number] - at).Duration().ShouldBeLessThan(TimeSpan.FromMicroseconds(251));
                }
            }
        }
    }

    private static Dictionary<ushort, TimeSpan> Decode(ReadOnlySpan<byte> message, TimeSpan around)
    {
        var reader = new RtcpReader(message);
        reader.TryRead().ShouldBeTrue();
        var first = BinaryPrimitives.ReadUInt16BigEndian(message[12..]);
        var count = BinaryPrimitives.ReadUInt16BigEndian(message[14..]);
        long reference = BinaryPrimitives.ReadUInt32BigEndian(message[16..]) >> 8;
        reference += (around.Ticks / 640_000 >> 24) << 24;
        reference -= reference > around.Ticks / 640_000 ? 1 << 24 : 0;
        var symbols = new List<int>();
        var at = 20;
        for (; symbols.Count < count; at += 2)
        {
            var chunk = BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
            if (chunk >> 15 == 0)
            {
                symbols.AddRange(Enumerable.Repeat((chunk >> 13) & 3, chunk & 0x1FFF));
            }
            else if ((chunk & 0x4000) == 0)
            {
                symbols.AddRange(Enumerable.Range(0, 14).Select(i => (chunk >> (13 - i)) & 1));
            }
            else
            {
                symbols.AddRange(Enumerable.Range(0, 7).Select(i => (chunk >> (12 - (2 * i))) & 3));
            }
        }

        var told = new Dictionary<ushort, TimeSpan>();
        var clock = reference * 256;
        for (var i = 0; i < count; i++)
        {
            switch (symbols[i])
            {
                case 1:
                    clock += message[at++];
                    break;
                case 2:
                    clock += BinaryPrimitives.ReadInt16BigEndian(message[at..]);
                    at += 2;
                    break;
                default:
                    symbols[i].ShouldBe(0);
                    continue;
            }

            told[(ushort)(first + i)] = TimeSpan.FromTicks(clock * 2_500);
        }

        return told;
    }
}
