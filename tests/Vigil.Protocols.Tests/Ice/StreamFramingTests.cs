using Vigil.Protocols.Dtls;
using Vigil.Protocols.Ice;

namespace Vigil.Protocols.Tests.Ice;

public sealed class StreamFramingTests
{
    [Fact]
    public void Frames_come_out_as_they_went_in_wherever_the_stream_is_cut()
    {
        byte[][] frames = [[1, 2, 3], [], [.. Enumerable.Repeat((byte)7, StreamFraming.MaxFrame)]];
        var stream = new byte[frames.Sum(frame => frame.Length + StreamFraming.HeadLength)];
        var written = 0;
        foreach (var frame in frames)
        {
            written += StreamFraming.Write(frame, stream.AsSpan(written));
        }

        for (var cut = 0; cut <= stream.Length; cut++)
        {
            var rest = stream.AsSpan(0, cut);
            var got = 0;
            while (StreamFraming.TryRead(ref rest, out var frame) == FrameRead.Frame)
            {
                frame.SequenceEqual(frames[got++]).ShouldBeTrue();
            }

            got.ShouldBe(cut < 5 ? 0 : cut < 7 ? 1 : cut < stream.Length ? 2 : 3);
        }
    }

    [Fact]
    public void A_frame_longer_than_any_datagram_is_refused_before_it_is_read()
    {
        Span<byte> stream = [0x08, 0x01];
        StreamFraming.TryRead(ref stream, out _).ShouldBe(FrameRead.TooLong);
    }

    [Theory]
    [InlineData(new[] { 100, 100 }, 1200, 226)] // Two records in one datagram.
    [InlineData(new[] { 100, 100 }, 200, 113)] // One fits.
    [InlineData(new[] { 1500, 10 }, 1200, 1513)] // Longer than a datagram should be, and still one record.
    [InlineData(new int[0], 1200, 0)]
    public void Records_are_cut_between_and_never_inside(int[] lengths, int most, int expected)
    {
        var stream = lengths.SelectMany(length => (byte[])[22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, (byte)(length >> 8), (byte)length, .. new byte[length]]).ToArray();
        DtlsRecords.Cut(stream, most).ShouldBe(expected);
        for (var cut = 0; cut < stream.Length; cut++)
        {
            DtlsRecords.Cut(stream.AsSpan(0, cut), most).ShouldBeOneOf(0, lengths[0] + DtlsRecords.HeaderLength);
        }
    }
}
