using Vigil.Media.Recording;
using Vigil.Server.Recordings.Store;

namespace Vigil.Server.Tests.Recordings.Store;

public sealed class StoreCheckTests
{
    private static readonly DateTimeOffset Night = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(5, 0)]
    [InlineData(6, 6)]
    [InlineData(10, 10)]
    public void Up_to_half_of_a_camera_is_forgotten_and_more_is_kept_aside(int gone, int aside)
    {
        var steps = StoreCheck.Decide(Ten(1), path => Number(path) >= gone, new Dictionary<int, long>(), isOurs: true);

        steps.KeepAside.Count.ShouldBe(aside);
        steps.Forget.Count.ShouldBe(gone - aside);
    }

    [Fact]
    public void One_camera_without_files_is_noticed_among_others()
    {
        var steps = StoreCheck.Decide([.. Ten(1), .. Ten(2)], path => path.StartsWith("1/", StringComparison.Ordinal), new Dictionary<int, long>(), isOurs: true);

        steps.KeepAside.ShouldAllBe(s => s.CameraId == 2);
        steps.KeepAside.Count.ShouldBe(10);
        steps.Forget.ShouldBeEmpty();
    }

    [Fact]
    public void What_was_kept_aside_before_counts_so_that_it_does_not_go_bit_by_bit()
    {
        var steps = StoreCheck.Decide(Ten(1), path => Number(path) >= 4, new Dictionary<int, long> { [1] = 1000 }, isOurs: true);

        steps.KeepAside.Count.ShouldBe(4);
    }

    [Fact]
    public void On_a_disk_that_is_not_the_store_not_even_one_is_forgotten() =>
        StoreCheck.Decide(Ten(1), path => Number(path) > 0, new Dictionary<int, long>(), isOurs: false).KeepAside.Count.ShouldBe(1);

    private static List<SegmentRecord> Ten(int camera) =>
    [
        .. Enumerable.Range(0, 10).Select(i => new SegmentRecord
        {
            CameraId = camera,
            Path = $"{camera}/2026-11-21/03000{i}_000.mp4",
            Start = Night.AddMinutes(i),
            End = Night.AddMinutes(i + 1),
            Bytes = 100,
            Ended = SegmentEnd.Continued,
        }),
    ];

    private static int Number(string path) => path[18] - '0';
}
