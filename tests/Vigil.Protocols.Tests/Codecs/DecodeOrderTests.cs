using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Tests.Codecs;

public sealed class DecodeOrderTests
{
    [Fact]
    public void Without_B_frames_decoding_time_is_presentation_time()
    {
        var order = new DecodeOrder(0, 3600);
        long[] pts = [100, 3700, 7300, 90_000];
        pts.Select(order.Next).ShouldBe(pts);
    }

    [Fact]
    public void An_announced_reordering_shifts_the_first_frames_back_and_stays_below_presentation()
    {
        var order = new DecodeOrder(2, 10);
        long[] pts = [0, 40, 20, 10, 30, 80, 60, 50, 70];
        pts.Select(order.Next).ShouldBe([-20, -10, 0, 10, 20, 30, 40, 50, 60]);
    }

    [Fact]
    public void A_reordering_nobody_announced_is_learnt()
    {
        var order = new DecodeOrder(0, 3600);
        long[] pts = [0, 10_800, 3600, 7200, 21_600, 14_400, 18_000, 32_400, 25_200, 28_800, 43_200, 36_000, 39_600];
        var dts = pts.Select(order.Next).ToList();

        Rising(dts);
        order.Depth.ShouldBe(1);
        for (var i = 7; i < pts.Length; i++)
        {
            dts[i].ShouldBeLessThanOrEqualTo(pts[i], $"frame {i}");
        }
    }

    [Fact]
    public void A_camera_that_repeats_a_time_stamp_is_not_taken_to_reorder()
    {
        var order = new DecodeOrder(0, 3600);
        long[] pts = [0, 3600, 3600, 7200];
        pts.Select(order.Next).ShouldBe([0, 3600, 3601, 7200]);
        order.Depth.ShouldBe(0);
    }

    [Fact]
    public void A_clock_set_back_is_not_taken_to_reorder()
    {
        var order = new DecodeOrder(0, 3600);
        long[] pts = [1_000_000, 1_003_600, 0, 3600];
        Rising(pts.Select(order.Next).ToList());
        order.Depth.ShouldBe(0);

        order.Reset();
        order.Next(50).ShouldBe(50);
    }

    [Fact]
    public void Garbage_still_rises()
    {
        var random = new Random(1);
        var order = new DecodeOrder(3, 0);
        Rising([.. Enumerable.Range(0, 10_000).Select(_ => order.Next(random.Next(-100_000, 100_000)))]);
        order.Depth.ShouldBeLessThanOrEqualTo(DecodeOrder.MaxDepth);
    }

    private static void Rising(List<long> times) => times.Zip(times.Skip(1)).ShouldAllBe(p => p.First < p.Second);
}
