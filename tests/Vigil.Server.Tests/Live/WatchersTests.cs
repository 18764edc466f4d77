using Vigil.Server.Accounts;
using Vigil.Server.Live;
using Vigil.Testing;

namespace Vigil.Server.Tests.Live;

public sealed class WatchersTests
{
    [Fact]
    public void Requests_of_one_player_that_arrive_at_once_are_one_viewer_who_leaves_when_the_player_asks_no_more()
    {
        var time = new ManualTime();
        var watchers = new Watchers(time);
        var member = new CurrentMember
        {
            AccountId = 1,
            AccountUid = Guid.NewGuid(),
            Email = null,
            Username = "alice",
            Name = null,
            Role = ServerRole.Dev,
            HouseholdId = 1,
            HouseholdName = "Home",
            Place = Place.Owner,
            SessionId = 1,
            SessionUid = Guid.NewGuid(),
            TimeZone = "UTC",
        };
        using var together = new Barrier(4);
        const int Cameras = 200;
        var players = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (var camera = 0; camera < Cameras; camera++)
            {
                together.SignalAndWait();
                watchers.Asked(camera, member, new WatchVia(WatchRoad.Hls, Vigil.Media.Live.LiveQuality.Main, null, null));
            }
        })).ToList();
        players.ForEach(player => player.Start());
        players.ForEach(player => player.Join());

        watchers.Open.Count.ShouldBe(Cameras);
        time.Advance(TimeSpan.FromSeconds(16));
        watchers.Of(0).ShouldBeEmpty();
        watchers.Open.ShouldBeEmpty();
    }
}
