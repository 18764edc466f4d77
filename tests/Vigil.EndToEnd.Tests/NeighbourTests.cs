using System.Net;
using Vigil.EndToEnd.Tests.Machine;

namespace Vigil.EndToEnd.Tests;

public sealed class NeighbourTests
{
    [Fact]
    public async Task Another_household_on_the_same_server_sees_nothing_of_this_one()
    {
        await using var home = await Home.WithCamera();
        await using var ownersPage = await home.Owner.OpenLiveSocket();
        using var neighbour = new Api(home.Server.Address);
        await neighbour.Post("api/v1/register", new
        {
            email = "bo@example.org",
            password = "quiet as a mouse",
            name = "Bo",
            householdName = "Next door",
            timeZone = "Europe/Berlin",
        });
        await using var live = await neighbour.OpenLiveSocket();

        await home.Camera.Loud();
        var happened = (await ownersPage.Next(m => Home.IsEvent(m, "sound"), TimeSpan.FromSeconds(15)))["event"]!;

        (await neighbour.Get("api/v1/cameras")).AsArray().ShouldBeEmpty();
        (await neighbour.Get("api/v1/events"))["events"]!.AsArray().ShouldBeEmpty();
        foreach (var path in new[]
        {
            $"api/v1/cameras/{home.CameraId}",
            $"api/v1/cameras/{home.CameraId}/live",
            $"api/v1/cameras/{home.CameraId}/hls/index.m3u8",
            $"api/v1/cameras/{home.CameraId}/mjpeg",
            $"api/v1/cameras/{home.CameraId}/snapshot.jpg",
            $"api/v1/cameras/{home.CameraId}/levels",
            $"api/v1/events/{happened["id"]}",
            $"api/v1/events/{happened["id"]}/clip.mp4",
            $"api/device/{home.CameraId}",
        })
        {
            (await neighbour.StatusOf(HttpMethod.Get, path)).ShouldBe(HttpStatusCode.NotFound, path);
        }

        live.Heard().ShouldAllBe(m => (string?)m["type"] == "hello" || (string?)m["type"] == "heartbeat" || (string?)m["type"] == "database");
        using var stranger = new Api(home.Server.Address);
        (await stranger.StatusOf(HttpMethod.Get, $"api/v1/cameras/{home.CameraId}/snapshot.jpg")).ShouldBe(HttpStatusCode.Unauthorized);
    }
}
