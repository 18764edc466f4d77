using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Tests.Codecs;

public sealed class AacFrameTests
{
    [Fact]
    public void A_padded_frame_is_the_frame_then_fill_elements_then_the_end()
    {
        var random = new Random(4);
        for (var round = 0; round < 3000; round++)
        {
            var content = Enumerable.Range(0, random.Next(0, 8 * 300)).Select(_ => random.Next(2) == 1).ToList();
            var frame = Bytes([.. content, true, true, true]);
            var into = new byte[frame.Length + (round < 600 ? round : random.Next(0, 600))];
            random.NextBytes(into);

            AacFrame.TryPad(frame, into).ShouldBeTrue();

            var bits = into.SelectMany(b => Enumerable.Range(0, 8).Select(i => ((b >> (7 - i)) & 1) == 1)).ToList();
            bits.Take(content.Count).ShouldBe(content);
            var at = content.Count;
            while (Take(bits, ref at, 3) is var element && element != 7)
            {
                element.ShouldBe(6, "ID_FIL");
                var count = Take(bits, ref at, 4);
                count += count == 15 ? Take(bits, ref at, 8) - 1 : 0;
                bits.Skip(at).Take(8 * count).ShouldAllBe(bit => !bit);
                at += 8 * count;
            }

            bits[at..].ShouldAllBe(bit => !bit);
            (bits.Count - at).ShouldBeLessThan(8, "only up to the byte");
        }
    }

    [Fact]
    public void A_frame_that_is_too_long_or_does_not_end_is_refused()
    {
        AacFrame.TryPad(AacFrame.MonoSilence, new byte[3]).ShouldBeFalse();
        AacFrame.TryPad([], new byte[8]).ShouldBeFalse();
        AacFrame.TryPad([1, 2, 0], new byte[8]).ShouldBeFalse();
        AacFrame.TryPad([0xFF, 0xFB, 0x03], new byte[8]).ShouldBeFalse();
        AacFrame.TryPad([0x03], new byte[8]).ShouldBeFalse();
        AacFrame.TryPad([0xE0], new byte[1]).ShouldBeTrue();
    }

    private static byte[] Bytes(List<bool> bits) =>
        [.. bits.Chunk(8).Select(chunk => (byte)chunk.Select((bit, i) => bit ? 0x80 >> i : 0).Sum())];

    private static int Take(List<bool> bits, ref int at, int count)
    {
        var value = 0;
        for (var i = 0; i < count; i++)
        {
            value = (value << 1) | (bits[at++] ? 1 : 0);
        }

        return value;
    }
}
