using Vigil.Media.WebRtc;

namespace Vigil.Media.Tests.WebRtc;

public sealed class ViewerClockTests
{
    private const uint Interval = 3600;
    private ViewerClock clock;

    [Fact]
    public void Cached_pictures_lie_a_millisecond_apart_before_the_newest_which_has_its_own_time()
    {
        clock.Jump(1, Frame(50));
        Times(1, 52).ShouldBe([.. Enumerable.Range(1, 50).Select(i => (50 * Interval) - (uint)((50 - i) * 90)), 51 * Interval, 52 * Interval]);
    }

    [Theory]
    [InlineData(1, 50)]
    [InlineData(49, 50)]
    [InlineData(1, 400)]
    public void A_group_that_goes_once_more_keeps_times_rising_and_what_follows_has_its_own(int first, int newest)
    {
        clock.Jump(first, Frame(newest));
        var times = Times(first, newest);
        clock.Jump(first, Frame(newest));
        times.AddRange(Times(first, newest + 3));

        times.Zip(times.Skip(1)).ShouldAllBe(pair => (int)(pair.Second - pair.First) > 0);
        times[^1].ShouldBe((uint)(newest + 3) * Interval);
    }

    [Fact]
    public void A_source_whose_clock_is_behind_is_moved_up_and_never_back()
    {
        clock.Jump(1, Frame(10));
        var times = Times(1, 20);
        clock.Jump(3, Frame(5));
        times.AddRange(Times(3, 30));

        times.Zip(times.Skip(1)).ShouldAllBe(pair => (int)(pair.Second - pair.First) > 0);
        times[^1].ShouldBe(30u * Interval + (15 * Interval));
    }

    [Fact]
    public void Times_wrap_like_the_clock()
    {
        clock.Jump(1, new PacketFacts(uint.MaxValue - 10, false, 2));
        clock.Send(new PacketFacts(uint.MaxValue - 100, false, 1));
        clock.Send(new PacketFacts(uint.MaxValue - 10, false, 2)).ShouldBe(uint.MaxValue - 10);
        clock.Send(new PacketFacts(3589, false, 3)).ShouldBe(3589u);
        clock.Jump(3, new PacketFacts(3589, false, 3));
        ((int)(clock.Send(new PacketFacts(3589, false, 3)) - 3589)).ShouldBeInRange(1, 1350);
    }

    private static PacketFacts Frame(long number) => new((uint)number * Interval, false, number);

    private List<uint> Times(int first, int last) => [.. Enumerable.Range(first, last - first + 1).Select(number => clock.Send(Frame(number)))];
}
