using Vigil.Protocols.Rtp;

namespace Vigil.Protocols.Tests.Rtp;

public sealed class ReorderBufferTests
{
    private readonly ReorderBuffer buffer = new(TimeSpan.FromMilliseconds(400));

    [Fact]
    public void A_packet_that_was_overtaken_is_not_asked_for_and_comes_out_in_its_place()
    {
        Add(10, 0);
        Add(12, 1);
        Taken(2).ShouldBe([10]);
        Add(11, 9);
        Taken(9).ShouldBe([11, 12]);
        Add(14, 20);
        Asked(27).ShouldBeEmpty("eight milliseconds late is usual here");
        Add(13, 27);
        Taken(28).ShouldBe([13, 14]);
        buffer.Lost.ShouldBe(0);
        buffer.Missing.ShouldBe(0);
    }

    [Fact]
    public void A_missing_packet_is_asked_for_again_after_a_round_trip_that_is_learned()
    {
        Add(0, 0);
        Add(2, 0);
        Asked(0).ShouldBe([1]);
        Asked(19).ShouldBeEmpty();
        Asked(20).ShouldBe([1], "the question may have been lost");
        Asked(59).ShouldBeEmpty("a round trip of 50 ms is taken for true at first");
        Asked(60).ShouldBe([1]);
        Again(1, 75);

        // Thirty packets that come back after 20 ms each.
        for (var i = 0; i < 30; i++)
        {
            var at = 100 + (i * 100);
            Add(3 + (2 * i), at - 20);
            Add(4 + (2 * i) + 1, at - 20);
            Asked(at).ShouldBe([(ushort)(4 + (2 * i))]);
            Again(4 + (2 * i), at + 20);
            Taken(at + 20);
        }

        buffer.RoundTrip.TotalMilliseconds.ShouldBeInRange(20, 22);
    }

    [Fact]
    public void What_never_comes_holds_up_the_rest_only_for_a_while()
    {
        Add(0, 0);
        Add(2, 0);
        Add(3, 200);
        Taken(399).ShouldBe([0]);
        Taken(400).ShouldBe([2, 3]);
        buffer.Lost.ShouldBe(1);
        Add(1, 401).ShouldBeFalse("too late");
        buffer.Missing.ShouldBe(0);
    }

    [Fact]
    public void A_jump_begins_anew_and_forgets_what_was_awaited()
    {
        Add(0, 0);
        Add(5, 0);
        Add(100_000, 1).ShouldBeTrue();
        Asked(50).ShouldBeEmpty();
        Taken(50).ShouldBe([100_000]);
    }

    private bool Add(ulong index, int at) => buffer.Add(index, BitConverter.GetBytes(index), TimeSpan.FromMilliseconds(at));

    private void Again(int index, int at) =>
        buffer.Add((ulong)index, BitConverter.GetBytes((ulong)index), TimeSpan.FromMilliseconds(at), retransmitted: true).ShouldBeTrue();

    private bool Add(int index, int at) => Add((ulong)index, at);

    private ushort[] Asked(int at)
    {
        var missing = new ushort[64];
        return missing[..buffer.CollectMissing(TimeSpan.FromMilliseconds(at), missing)];
    }

    private List<ulong> Taken(int at)
    {
        var taken = new List<ulong>();
        while (buffer.TryTake(TimeSpan.FromMilliseconds(at), out var packet))
        {
            taken.Add(BitConverter.ToUInt64(packet));
        }

        return taken;
    }
}
