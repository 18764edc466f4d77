using Vigil.Testing.Weather;

namespace Vigil.Media.Tests.WebRtc;

/// <summary>Two engines of ours in simulated weather and simulated time: nothing here waits.</summary>
[Collection(Alone)]
[CollectionDefinition(Alone, DisableParallelization = true)] // One measures the memory of the process.
public sealed class WeatherTests
{
    private const string Alone = "simulated weather";

    private static readonly Forecast Home = new() { Loss = 0.03, Delay = TimeSpan.FromMilliseconds(20), Jitter = TimeSpan.FromMilliseconds(10) };

    [Fact]
    public async Task An_hour_at_three_percent_loss_repairs_everything_hardly_ever_freezes_and_grows_nothing()
    {
        await using var pair = new TwoEngines(1, Home);
        pair.Run(TimeSpan.FromSeconds(10));
        pair.Connected.ShouldBeTrue("three flights of DTLS get through 3 % loss");
        pair.Run(TimeSpan.FromMinutes(10));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        pair.LongestGap = pair.Freezes = 0;

        pair.Run(TimeSpan.FromMinutes(50));

        (GC.GetTotalMemory(forceFullCollection: true) - before).ShouldBeLessThan(200_000);
        pair.DatagramsLost.ShouldBeGreaterThan(10_000);
        pair.Freezes.ShouldBeLessThan(5, "less than one in ten minutes, and no player keeps less in hand");
        pair.LongestGap.ShouldBeLessThan(300);
        pair.Run(TimeSpan.FromSeconds(1), send: false);
        pair.PicturesArrived.ShouldBe(pair.PicturesSent);
    }

    [Fact]
    public async Task Sound_that_comes_late_is_brought_in_step_with_the_picture_by_sender_reports()
    {
        await using var pair = new TwoEngines(5, Home) { SoundLag = TimeSpan.FromMilliseconds(150) };
        pair.Run(TimeSpan.FromMinutes(5));

        pair.Skew.Duration().ShouldBeLessThan(TimeSpan.FromMilliseconds(40), "lips bear 45 ms (ITU-R BT.1359)");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task At_ten_percent_loss_with_reordering_and_duplicates_the_picture_recovers_within_a_second(int seed)
    {
        await using var pair = new TwoEngines(seed, Home with { Loss = 0.1, Reorder = 0.02, Duplicate = 0.02 });
        pair.Run(TimeSpan.FromMinutes(10));

        pair.LongestGap.ShouldBeLessThan(1000);
        pair.PicturesArrived.ShouldBeGreaterThan(pair.PicturesSent * 99 / 100);
    }

    [Fact]
    public async Task After_the_network_was_gone_for_two_seconds_the_picture_is_back_within_a_second()
    {
        await using var pair = new TwoEngines(4, Home);
        pair.Run(TimeSpan.FromSeconds(10));
        var weather = pair.Weather;
        pair.Weather = Home with { Loss = 1 };
        pair.Run(TimeSpan.FromSeconds(2));
        pair.Weather = weather;
        pair.LongestGap = 0;

        pair.Run(TimeSpan.FromSeconds(1));

        var arrived = pair.PicturesArrived;
        pair.LongestGap.ShouldBeLessThan(3000);
        pair.Run(TimeSpan.FromSeconds(1));
        (pair.PicturesArrived - arrived).ShouldBeInRange(20, 30);
    }

    [Fact]
    public async Task A_publisher_that_only_keeps_its_connection_alive_is_ended_so_that_it_or_another_begins_anew()
    {
        await using var pair = new TwoEngines(6, new Forecast { Delay = TimeSpan.FromMilliseconds(5) });
        pair.Run(TimeSpan.FromSeconds(5));
        pair.Run(TimeSpan.FromSeconds(25), send: false);
        pair.PublisherHasEnded.ShouldBeFalse();

        pair.Run(TimeSpan.FromSeconds(10), send: false);

        pair.PublisherHasEnded.ShouldBeTrue();
    }

    [Fact]
    public async Task A_bug_in_one_viewer_ends_that_viewer_and_not_the_camera_for_all()
    {
        await using var pair = new TwoEngines(7, new Forecast { Delay = TimeSpan.FromMilliseconds(5) });
        pair.Run(TimeSpan.FromSeconds(5));
        pair.Connected.ShouldBeTrue();

        pair.BreakRoadToClient();
        pair.SendOneRound();

        pair.ViewerHasEnded.ShouldBeTrue();
    }

    [Fact]
    public async Task A_viewer_stays_with_its_picture_while_the_other_one_has_no_key_frame_to_begin_with_any_more()
    {
        await using var pair = new TwoEngines(8, new Forecast { Delay = TimeSpan.FromMilliseconds(5) });
        pair.Run(TimeSpan.FromSeconds(5));
        var arrived = pair.PicturesArrived;

        pair.OfferLongGroup();
        pair.Run(TimeSpan.FromSeconds(2));

        (pair.PicturesArrived - arrived).ShouldBeInRange(49, 51);
        pair.Freezes.ShouldBe(0);
    }
}
