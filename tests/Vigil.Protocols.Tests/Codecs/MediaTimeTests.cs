using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Tests.Codecs;

public sealed class MediaTimeTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(8_000)]
    [InlineData(44_100)]
    [InlineData(48_000)]
    [InlineData(90_000)]
    [InlineData(1_000_000)]
    [InlineData(int.MaxValue)]
    public void Short_and_long_times_are_converted_by_the_same_rule(int rate)
    {
        var random = new Random(rate);
        long[] edges = [0, 1, -1, 3599, -3601, 922_337_202_684, 922_337_202_685, 922_337_203_685, -922_337_202_685, 4_611_686_018_427_387_903 / rate, 1L << 40, -(1L << 40)];
        foreach (var value in edges.Concat(Enumerable.Range(0, 1000).Select(_ => random.NextInt64(-(1L << 41), 1L << 41))))
        {
            MediaTime.FromClock(value, rate).Ticks.ShouldBe(
                unchecked((long)((((Int128)value * 10_000_000) + (Math.Sign(value) * (rate / 2))) / rate)), $"{value} at {rate}");
            new MediaTime(value).ToClock(rate).ShouldBe(
                unchecked((long)((((Int128)value * rate) + (Math.Sign(value) * 5_000_000L)) / 10_000_000)), $"{value} to {rate}");
        }
    }
}
