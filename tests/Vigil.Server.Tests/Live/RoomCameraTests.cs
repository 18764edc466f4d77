using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Tests.Events;

namespace Vigil.Server.Tests.Live;

/// <summary>Phones that really publish: WHIP, ICE, DTLS and SRTP over loopback.</summary>
public sealed class RoomCameraTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_revoked_phone_is_cut_off_at_once_and_for_good()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);
        await using var parents = await OpenPage.OpenAsync(server, home.Owner);
        await using var line = await RoomLine.OpenAsync(server, phone.Key);
        await using var publisher = await TestPublisher.StartAsync(server, phone.Camera, phone.Key, Cancel);
        await parents.UntilAsync(m => StateOf(m) == "live");
        var device = (await home.Client.GetFromJsonAsync<JsonElement>("/api/v1/devices", Cancel))[0];
        device.GetProperty("online").GetBoolean().ShouldBeTrue();

        (await home.Client.DeleteAsync($"/api/v1/devices/{device.GetProperty("id").GetInt64()}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        await publisher.Gone.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Cancel);
        await line.UntilAsync("revoked");
        (await line.UntilClosedAsync()).ShouldBe("revoked");
        (await TestPublisher.AskAsync(server, phone.Camera, phone.Key, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        await parents.UntilAsync(m => m.GetProperty("type").GetString() == "room" && m.GetProperty("room").ValueKind == JsonValueKind.Null);
        (await home.Client.DeleteAsync($"/api/v1/devices/{device.GetProperty("id").GetInt64()}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_second_phone_takes_the_room_and_the_first_learns_by_whom()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var old = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Old phone", Cancel);
        await using var parents = await OpenPage.OpenAsync(server, home.Owner);
        await using var line = await RoomLine.OpenAsync(server, old.Key);
        await line.UntilAsync("welcome");
        await using var first = await TestPublisher.StartAsync(server, old.Camera, old.Key, Cancel);
        await parents.UntilAsync(m => StateOf(m) == "live");

        // The same phone again, as after a lost network: it is not told that it took its own place.
        await using var again = await TestPublisher.StartAsync(server, old.Camera, old.Key, Cancel);
        await first.Gone.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Cancel);
        await parents.UntilAsync(m => StateOf(m) == "live" && m.GetProperty("status").GetProperty("reconnects").GetInt32() == 1);

        var tablet = await PairedPhone.ForRoomAsync(server, home.Client, old.Camera, "Tablet", Cancel);
        await using var second = await TestPublisher.StartAsync(server, tablet.Camera, tablet.Key, Cancel);
        await again.Gone.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Cancel);
        (await line.UntilAsync("replaced")).GetProperty("by").GetString().ShouldBe("Tablet");
        await parents.UntilAsync(m => StateOf(m) == "live" && m.GetProperty("status").GetProperty("reconnects").GetInt32() == 2);
        second.Gone.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_phone_whose_microphone_is_taken_by_a_call_is_told_as_loudly_as_one_that_is_gone_until_it_hears_again()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);
        await using var parents = await OpenPage.OpenAsync(server, home.Owner);
        await using var line = await RoomLine.OpenAsync(server, phone.Key);
        await line.UntilAsync("welcome");
        await using var publisher = await TestPublisher.StartAsync(server, phone.Camera, phone.Key, Cancel);
        await parents.UntilAsync(m => StateOf(m) == "live");

        await line.SayAsync(new { type = "state", microphone = "muted" });
        await parents.UntilAsync(m => MicrophoneOf(m) == "muted");
        (await parents.UntilEventAsync("notListening")).GetProperty("detail").GetString()!.ShouldContain("microphone of the room’s phone is muted");

        await line.SayAsync(new { type = "state", microphone = "on" });
        await parents.UntilEventAsync("notListening", e => e.GetProperty("endedAt").ValueKind != JsonValueKind.Null);

        await line.SayAsync(new { type = "state", microphone = "none" });
        await parents.UntilAsync(m => MicrophoneOf(m) == "lost");
        (await parents.UntilEventAsync("notListening", e => e.GetProperty("endedAt").ValueKind == JsonValueKind.Null))
            .GetProperty("detail").GetString()!.ShouldContain("has lost its microphone");
    }

    [Fact]
    public async Task A_phone_that_falls_silent_is_told_as_a_room_phone_that_is_gone_but_one_that_never_came_is_not()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        (await home.Client.PostAsJsonAsync("/api/v1/room-cameras", new { name = "Not used yet" }, Cancel)).EnsureSuccessStatusCode();
        var phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);
        await using var parents = await OpenPage.OpenAsync(server, home.Owner);
        (await parents.UntilAsync(m => StateOf(m) is "connecting" or "offline")).GetProperty("status").GetProperty("detail").GetString()!.ShouldContain("Waiting for the phone");
        await using (var publisher = await TestPublisher.StartAsync(server, phone.Camera, phone.Key, Cancel))
        {
            await parents.UntilAsync(m => StateOf(m) == "live");
            await publisher.VanishAsync();
            var gone = await parents.UntilEventAsync("cameraOffline");
            gone.GetProperty("detail").GetString()!.ShouldContain("room phone");
            gone.GetProperty("detail").GetString()!.ShouldContain("gone");
        }

        await using var back = await TestPublisher.StartAsync(server, phone.Camera, phone.Key, Cancel);
        await parents.UntilEventAsync("cameraOnline");
        var events = await home.Client.GetFromJsonAsync<JsonElement>("/api/v1/events", Cancel);
        events.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("cameraId").GetInt32()).ShouldAllBe(camera => camera == phone.Camera);
    }

    [Fact]
    public async Task The_room_knows_who_watches_by_whichever_road()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var ben = await home.AddAsync("ben", Vigil.Server.Accounts.Place.Parent);
        var phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);
        await using var parents = await OpenPage.OpenAsync(server, home.Owner);
        await using var line = await RoomLine.OpenAsync(server, phone.Key);
        await using var publisher = await TestPublisher.StartAsync(server, phone.Camera, phone.Key, Cancel);
        await parents.UntilAsync(m => StateOf(m) == "live");

        await using (await OpenPage.OpenAsync(server, home.Owner, $"/api/v1/cameras/{phone.Camera}/live"))
        {
            await line.UntilAsync("watchers", m => Names(m) is ["ana"]);
            (await ben.Client.GetAsync($"/api/v1/cameras/{phone.Camera}/hls/index.m3u8", Cancel)).EnsureSuccessStatusCode();
            var both = await line.UntilAsync("watchers", m => Names(m) is ["ana", "ben"]);
            both.GetProperty("count").GetInt32().ShouldBe(2);
        }

        await line.UntilAsync("watchers", m => Names(m) is ["ben"]);
    }

    [Fact]
    public async Task A_pause_stops_the_phone_and_tells_it()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);
        await using var line = await RoomLine.OpenAsync(server, phone.Key);
        (await line.UntilAsync("welcome")).GetProperty("paused").GetBoolean().ShouldBeFalse();
        await line.UntilAsync("watchers");
        await using var publisher = await TestPublisher.StartAsync(server, phone.Camera, phone.Key, Cancel);

        (await home.Client.PostAsJsonAsync($"/api/v1/cameras/{phone.Camera}/pause", new { paused = true }, Cancel)).EnsureSuccessStatusCode();

        (await line.UntilAsync("paused")).GetProperty("paused").GetBoolean().ShouldBeTrue();
        await publisher.Gone.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Cancel);
        (await TestPublisher.AskAsync(server, phone.Camera, phone.Key, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await home.Client.PostAsJsonAsync($"/api/v1/cameras/{phone.Camera}/pause", new { paused = false }, Cancel)).EnsureSuccessStatusCode();
        (await line.UntilAsync("paused")).GetProperty("paused").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task After_a_pause_too_short_to_be_seen_viewers_are_let_go_so_that_they_come_back_to_the_picture()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);
        await using var parents = await OpenPage.OpenAsync(server, home.Owner);
        await using var publisher = await TestPublisher.StartAsync(server, phone.Camera, phone.Key, Cancel);
        await parents.UntilAsync(m => StateOf(m) == "live");
        await using var viewer = await TestPublisher.WatchAsync(home.Client, phone.Camera, Cancel);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var told = server.Services.GetRequiredService<CameraFeeds>().Find(phone.Camera)!.Stopped.Register(stopped.SetResult);

        (await home.Client.PostAsJsonAsync($"/api/v1/cameras/{phone.Camera}/pause", new { paused = true }, Cancel)).EnsureSuccessStatusCode();
        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Cancel);
        (await home.Client.PostAsJsonAsync($"/api/v1/cameras/{phone.Camera}/pause", new { paused = false }, Cancel)).EnsureSuccessStatusCode();

        await viewer.Gone.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Cancel);
    }

    [Fact]
    public async Task Whoever_signs_out_sees_no_more_and_the_others_go_on_watching()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var ben = await home.AddAsync("ben", Place.Parent);
        var phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);
        await using var parents = await OpenPage.OpenAsync(server, home.Owner);
        await using var publisher = await TestPublisher.StartAsync(server, phone.Camera, phone.Key, Cancel);
        await parents.UntilAsync(m => StateOf(m) == "live");
        await using var his = await TestPublisher.WatchAsync(ben.Client, phone.Camera, Cancel);
        await using var hers = await TestPublisher.WatchAsync(home.Client, phone.Camera, Cancel);

        (await ben.Client.DeleteAsync("/api/v1/session", Cancel)).EnsureSuccessStatusCode();

        await his.Gone.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Cancel);
        (await ben.Client.DeleteAsync(his.Location, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        hers.Gone.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task After_a_restart_of_the_server_the_phone_goes_on_with_its_key_and_its_last_time_is_known()
    {
        PairedPhone phone;
        string database;
        await using (var server = await TestServer.StartAsync())
        {
            database = server.ConnectionString;
            var home = await TestHousehold.CreateAsync(server);
            phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);
            await using var line = await RoomLine.OpenAsync(server, phone.Key);
            await line.UntilAsync("welcome");
            await using var publisher = await TestPublisher.StartAsync(server, phone.Camera, phone.Key, Cancel);
        }

        await using var next = await TestServer.StartAsync(database: database);
        await using var connection = await next.Database.OpenConnectionAsync(Cancel);
        (await connection.ExecuteScalarAsync<DateTimeOffset?>("select last_seen_at from device_key")).ShouldNotBeNull();
        await using var again = await RoomLine.OpenAsync(next, phone.Key);
        await again.UntilAsync("welcome");
        await using var published = await TestPublisher.StartAsync(next, phone.Camera, phone.Key, Cancel);
        published.Gone.IsCompleted.ShouldBeFalse();
    }

    private static string? StateOf(JsonElement message) =>
        message.GetProperty("type").GetString() == "camera" ? message.GetProperty("status").GetProperty("state").GetString() : null;

    private static string? MicrophoneOf(JsonElement message) =>
        message.GetProperty("type").GetString() == "room" && message.GetProperty("room") is { ValueKind: JsonValueKind.Object } room
            ? room.GetProperty("microphone").GetString()
            : null;

    private static string?[] Names(JsonElement message) => [.. message.GetProperty("names").EnumerateArray().Select(name => name.GetString())];
}
