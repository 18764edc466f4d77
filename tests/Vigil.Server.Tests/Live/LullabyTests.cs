using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Vigil.Server.Accounts;
using Vigil.Server.Tests.Events;

namespace Vigil.Server.Tests.Live;

public sealed class LullabyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lullaby_is_started_changed_survives_phone_and_server_and_is_ended()
    {
        PairedPhone phone;
        string database;
        DateTimeOffset until;
        await using (var server = await TestServer.StartAsync())
        {
            database = server.ConnectionString;
            var home = await TestHousehold.CreateAsync(server);
            phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);
            var address = $"/api/v1/cameras/{phone.Camera}/lullaby";
            await using var parents = await OpenPage.OpenAsync(server, home.Owner);
            await using (var line = await RoomLine.OpenAsync(server, phone.Key))
            {
                SoundOf(await line.UntilAsync("lullaby")).ShouldBeNull();
                using var started = await home.Client.PutAsJsonAsync(address, new { sound = "pink", minutes = 30, volume = 0.4 }, Cancel);
                started.StatusCode.ShouldBe(HttpStatusCode.OK, await started.Content.ReadAsStringAsync(Cancel));
                until = (await started.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("until").GetDateTimeOffset();
                var told = await line.UntilAsync("lullaby");
                SoundOf(told).ShouldBe("pink");
                told.GetProperty("volume").GetDouble().ShouldBe(0.4);
                told.GetProperty("secondsLeft").GetDouble().ShouldBeInRange(1700, 1800);
                await parents.UntilAsync(m => m.GetProperty("type").GetString() == "room"
                    && m.GetProperty("room").GetProperty("lullaby") is { ValueKind: JsonValueKind.Object } lullaby
                    && lullaby.GetProperty("startedBy").GetString() == "ana");

                // Another sound until the same time.
                using var changed = await home.Client.PutAsJsonAsync(address, new { sound = "melody", volume = 0.2 }, Cancel);
                changed.StatusCode.ShouldBe(HttpStatusCode.OK, await changed.Content.ReadAsStringAsync(Cancel));
                SoundOf(await line.UntilAsync("lullaby")).ShouldBe("melody");
            }

            await using var back = await RoomLine.OpenAsync(server, phone.Key);
            SoundOf(await back.UntilAsync("lullaby")).ShouldBe("melody");
        }

        await using var next = await TestServer.StartAsync(database: database);
        await using var again = await RoomLine.OpenAsync(next, phone.Key);
        var known = await again.UntilAsync("lullaby");
        SoundOf(known).ShouldBe("melody");
        known.GetProperty("until").GetDateTimeOffset().ShouldBe(until, TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public async Task Who_may_not_control_the_camera_plays_nothing_and_nothing_plays_where_nobody_is()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var neighbour = await TestHousehold.CreateAsync(server, "eve");
        var guest = await home.AddAsync("gus", Place.Guest);
        var phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);
        var address = $"/api/v1/cameras/{phone.Camera}/lullaby";
        var wish = new { sound = "white", minutes = 30, volume = 0.4 };

        (await home.Client.PutAsJsonAsync(address, wish, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        await using var line = await RoomLine.OpenAsync(server, phone.Key);
        await line.UntilAsync("lullaby");
        (await server.Client.PutAsJsonAsync(address, wish, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await neighbour.Client.PutAsJsonAsync(address, wish, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await guest.Client.PutAsJsonAsync(address, wish, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await neighbour.Client.DeleteAsync(address, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        foreach (var wrong in new object[]
        {
            new { sound = "../../etc/passwd", minutes = 30, volume = 0.4 }, new { sound = "white", minutes = 0, volume = 0.4 },
            new { sound = "white", minutes = 100_000, volume = 0.4 }, new { sound = "white", minutes = 5, volume = 7 },
        })
        {
            (await home.Client.PutAsJsonAsync(address, wrong, Cancel)).StatusCode.ShouldBe(HttpStatusCode.BadRequest, wrong.ToString());
        }

        (await home.Client.PutAsJsonAsync(address, new { sound = "white", volume = 0.4 }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await home.Client.PutAsJsonAsync(address, wish, Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        SoundOf(await line.UntilAsync("lullaby")).ShouldBe("white");
        (await home.Client.DeleteAsync(address, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        SoundOf(await line.UntilAsync("lullaby")).ShouldBeNull();
    }

    private static string? SoundOf(JsonElement message) =>
        message.GetProperty("sound") is { ValueKind: JsonValueKind.Object } sound ? sound.GetProperty("id").GetString() : null;
}
