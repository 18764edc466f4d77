using Vigil.Protocols.MpegTs;

namespace Vigil.Protocols.Tests.MpegTs;

public sealed class TsDemuxerTests
{
    private static readonly byte[] Pat = Packet(0, starts: true, [0, 0x00, 0xB0, 13, 0, 1, 0xC1, 0, 0, 0, 1, 0xF0, 0x00, 0, 0, 0, 0]);
    private static readonly byte[] Pmt = Packet(
        0x1000, starts: true, [0, 0x02, 0xB0, 23, 0, 1, 0xC1, 0, 0, 0xE1, 0x00, 0xF0, 0, 0x1B, 0xE1, 0x00, 0xF0, 0, 0x0F, 0xE1, 0x01, 0xF0, 0, 0, 0, 0, 0]);

    [Fact]
    public void Units_come_with_type_times_and_payload_whatever_the_cuts()
    {
        byte[] stream = [.. Pat, .. Pmt, .. Picture(900_000, [1, 2, 3]), .. Picture(903_600, [4, 5])];
        for (var cut = 1; cut < 400; cut += 7)
        {
            var demuxer = new TsDemuxer();
            foreach (var piece in stream.Chunk(cut))
            {
                demuxer.Push(piece);
            }

            var units = Drain(demuxer);
            demuxer.StreamTypes.ShouldBe([TsDemuxer.H264, TsDemuxer.Aac]);
            units.Select(u => (u.StreamType, u.Pts, u.Dts)).ShouldBe([(TsDemuxer.H264, 900_000, 900_000), (TsDemuxer.H264, 903_600, 903_600)]);
            units[0].Payload.ToArray().ShouldBe([1, 2, 3]);
            units[1].Payload.ToArray().ShouldBe([4, 5]);
        }
    }

    [Fact]
    public void Timestamps_go_on_beyond_their_33_bits()
    {
        var demuxer = new TsDemuxer();
        demuxer.Push([.. Pat, .. Pmt, .. Picture((1L << 33) - 1800, [1]), .. Picture(1800, [2])]);

        var units = Drain(demuxer);

        (units[1].Pts - units[0].Pts).ShouldBe(3600);
    }

    [Fact]
    public void Garbage_between_packets_is_skipped()
    {
        var demuxer = new TsDemuxer();
        demuxer.Push([9, 9, 9, .. Pat, 1, 2, .. Pmt, .. Picture(0, [7])]);

        Drain(demuxer).Count.ShouldBe(1);
        demuxer.SkippedBytes.ShouldBe(5);
    }

    [Fact]
    public void Noise_never_throws()
    {
        var random = new Random(5);
        byte[] good = [.. Pat, .. Pmt, .. Picture(0, [1, 2, 3]), .. Picture(3600, [4, 5])];
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = good.ToArray();
            for (var i = random.Next(12); i >= 0; i--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            var demuxer = new TsDemuxer();
            demuxer.Push(bytes.AsSpan(0, random.Next(bytes.Length + 1)));
            Drain(demuxer);
        }
    }

    private static List<TsUnit> Drain(TsDemuxer demuxer)
    {
        var units = new List<TsUnit>();
        while (demuxer.TryTake(out var unit))
        {
            units.Add(unit);
        }

        return units;
    }

    private static byte[] Picture(long pts, byte[] payload) => Packet(
        0x100,
        starts: true,
        [
            0, 0, 1, 0xE0, 0, (byte)(8 + payload.Length), 0x80, 0x80, 5,
            (byte)(0x21 | ((pts >> 29) & 0x0E)), (byte)(pts >> 22), (byte)(1 | ((pts >> 14) & 0xFE)), (byte)(pts >> 7), (byte)(1 | (pts << 1)),
            .. payload,
        ]);

    /// <summary>One packet, filled up by an adaptation field (ISO/IEC 13818-1 §2.4.3.4).</summary>
    private static byte[] Packet(int pid, bool starts, byte[] payload)
    {
        var stuffing = 188 - 4 - payload.Length;
        return
        [
            0x47, (byte)((starts ? 0x40 : 0) | (pid >> 8)), (byte)pid, 0x30,
            (byte)(stuffing - 1), 0, .. Enumerable.Repeat((byte)0xFF, stuffing - 2), .. payload,
        ];
    }
}
