using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Devices;
using Vigil.Server.Live;
using Vigil.Server.Tests.Events;
using Vigil.Testing;

namespace Vigil.Server.Tests.Live;

public sealed class RoomSocketTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_phone_is_welcomed_and_parents_see_how_it_is()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Old phone", Cancel);
        await using var parents = await OpenPage.OpenAsync(server, home.Owner);
        await using var line = await RoomLine.OpenAsync(server, phone.Key);

        var welcome = (await line.NextAsync())!.Value;
        welcome.GetProperty("type").GetString().ShouldBe("welcome");
        welcome.GetProperty("cameraId").GetInt32().ShouldBe(phone.Camera);
        welcome.GetProperty("cameraName").GetString().ShouldBe("Nursery");
        welcome.GetProperty("householdName").GetString().ShouldBe("ana's home");
        await line.SayAsync(new
        {
            type = "state",
            battery = 0.25,
            charging = false,
            rttMs = 12.5,
            lossPercent = 101,
            bitrate = 1_500_000,
            screen = "dark",
            playing = false,
        });

        var room = (await parents.UntilAsync(m => IsRoom(m, r => Number(r, "battery") == 0.25))).GetProperty("room");
        room.GetProperty("online").GetBoolean().ShouldBeTrue();
        room.GetProperty("deviceName").GetString().ShouldBe("Old phone");
        room.GetProperty("charging").GetBoolean().ShouldBeFalse();
        room.GetProperty("rttMs").GetDouble().ShouldBe(12.5);
        room.GetProperty("lossPercent").ValueKind.ShouldBe(JsonValueKind.Null, "more than all is nonsense");

        await line.DisposeAsync();
        var gone = (await parents.UntilAsync(m => IsRoom(m, r => !r.GetProperty("online").GetBoolean()))).GetProperty("room");
        gone.GetProperty("battery").GetDouble().ShouldBe(0.25, "an empty battery explains much");
        var camera = JsonDocument.Parse(await home.Client.GetStringAsync($"/api/v1/cameras/{phone.Camera}", Cancel)).RootElement;
        camera.GetProperty("room").GetProperty("lastSeenAt").ValueKind.ShouldBe(JsonValueKind.String);
    }

    [Fact]
    public async Task A_page_that_does_not_send_yet_is_seen_to_wait_and_drives_nobody_out()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Old phone", Cancel);
        await using var parents = await OpenPage.OpenAsync(server, home.Owner);
        await using var waiting = await RoomLine.ConnectAsync(server);
        await waiting.SayAsync(new { type = "hello", key = phone.Key, sending = false });
        (await waiting.UntilAsync("welcome")).GetProperty("deviceName").GetString().ShouldBe("Old phone");
        var seen = (await parents.UntilAsync(m => IsRoom(m, r => r.GetProperty("waiting").GetBoolean()))).GetProperty("room");
        seen.GetProperty("online").GetBoolean().ShouldBeFalse();

        await using var line = await RoomLine.OpenAsync(server, phone.Key);
        await line.UntilAsync("welcome");
        var room = (await parents.UntilAsync(m => IsRoom(m, r => r.GetProperty("online").GetBoolean()))).GetProperty("room");
        room.GetProperty("waiting").GetBoolean().ShouldBeFalse();
        await using var second = await RoomLine.ConnectAsync(server);
        await second.SayAsync(new { type = "hello", key = phone.Key, sending = false });
        await second.UntilAsync("welcome");
        await waiting.UntilAsync("replaced"); // One page of a phone waits at a time.
        (await waiting.UntilClosedAsync()).ShouldBe("replaced");
        await line.SayAsync(new { type = "state", battery = 0.5 });
        await parents.UntilAsync(m => IsRoom(m, r => r.GetProperty("online").GetBoolean() && Number(r, "battery") == 0.5));

        var device = server.Services.GetRequiredService<DeviceKeys>().OfCamera(phone.Camera).Single().Id;
        (await home.Client.DeleteAsync($"/api/v1/devices/{device}", Cancel)).EnsureSuccessStatusCode();
        await second.UntilAsync("revoked");
    }

    [Fact]
    public async Task That_the_phone_which_sent_last_is_gone_is_not_hidden_by_another_one_that_waits()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);
        var tablet = await PairedPhone.ForRoomAsync(server, home.Client, phone.Camera, "Tablet", Cancel);
        var presence = server.Services.GetRequiredService<RoomPresence>();
        var keys = server.Services.GetRequiredService<DeviceKeys>();
        var sends = (await keys.FindAsync(phone.Key, Cancel))!;
        using var waiting = keys.Watch((await keys.FindAsync(tablet.Key, Cancel))!, isWaiting: true);
        Now().ShouldBe(("Tablet", false, true), "Nobody has sent yet: one that waits is all there is to say.");

        using (keys.Watch(sends))
        {
            presence.Report(sends, new RoomReport { Battery = 0.5, Charging = true, RttMs = 1, LossPercent = 0, Microphone = Microphone.On });
            Now().ShouldBe(("Phone", true, false));
        }

        Now().ShouldBe(("Phone", false, false), "Parents read since when it is gone.");
        using var back = keys.Watch(sends, isWaiting: true);
        Now().ShouldBe(("Phone", false, true));

        (string Name, bool Online, bool Waiting) Now()
        {
            var room = presence.Of(phone.Camera)!;
            return (room.DeviceName, room.Online, room.Waiting);
        }
    }

    [Fact]
    public async Task A_phone_gets_another_name_and_every_page_learns_it()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Chrome on Linux", Cancel);
        await using var parents = await OpenPage.OpenAsync(server, home.Owner);
        var device = server.Services.GetRequiredService<DeviceKeys>().OfCamera(phone.Camera).Single().Id;
        using var blank = await home.Client.PatchAsJsonAsync($"/api/v1/devices/{device}", new { name = "  " }, Cancel);
        blank.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        using var renamed = await home.Client.PatchAsJsonAsync($"/api/v1/devices/{device}", new { name = " Grandma's old phone " }, Cancel);
        renamed.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await parents.UntilAsync(m => IsRoom(m, r => r.GetProperty("deviceName").GetString() == "Grandma's old phone"));
    }

    [Fact]
    public async Task A_neighbour_never_hears_of_the_room()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server, "ana");
        var eve = await TestHousehold.CreateAsync(server, "eve");
        var phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);
        var evesPhone = await PairedPhone.NewRoomAsync(server, eve.Client, "Hall", "Eve's phone", Cancel);
        await using var evesPage = await OpenPage.OpenAsync(server, eve.Owner);
        await using var line = await RoomLine.OpenAsync(server, phone.Key);
        await line.UntilAsync("watchers");

        await using var evesLine = await RoomLine.OpenAsync(server, evesPhone.Key);
        var heard = await evesPage.UntilAsync(m => IsRoom(m, r => r.GetProperty("online").GetBoolean()));
        heard.GetProperty("cameraId").GetInt32().ShouldBe(evesPhone.Camera);
    }

    [Fact]
    public async Task An_unknown_key_is_told_so_and_a_stranger_gets_five_seconds()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(time);
        await using var unknown = await RoomLine.OpenAsync(server, "abcdefgh.abcdefghabcdefghabcdefghabcdefgh");
        (await unknown.NextAsync())!.Value.GetProperty("type").GetString().ShouldBe("revoked");
        (await unknown.UntilClosedAsync()).ShouldBe("revoked");

        await using var silent = await RoomLine.ConnectAsync(server);
        var closed = silent.UntilClosedAsync();
        // Small steps: the goodbye has a second of the same clock.
        await Tick.UntilAsync(time, TimeSpan.FromMilliseconds(20), () => closed.IsCompleted);
        (await closed).ShouldBe("Expected hello.");
    }

    [Fact]
    public async Task Garbage_is_passed_over_and_too_much_or_too_long_ends_the_line()
    {
        await using var server = await TestServer.StartAsync(new ManualTime());
        var home = await TestHousehold.CreateAsync(server);
        var phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);
        await using (var line = await RoomLine.ConnectAsync(server))
        {
            await line.SayAsync("[]");
            await line.SayAsync("{\"type\":\"state\",\"battery\":0.5}");
            await line.SayAsync("{\"type\":\"hello\",\"key\":\"" + phone.Key[..20], end: false);
            await line.SayAsync(phone.Key[20..] + "\"}");
            await line.UntilAsync("welcome");
            server.Services.GetRequiredService<RoomPresence>().Of(phone.Camera)!.Battery.ShouldBeNull("said before the hello");
            for (var i = 0; i < 30; i++)
            {
                await line.SayAsync("{}");
            }

            (await line.UntilClosedAsync()).ShouldBe("Too many messages.");
        }

        await using var longer = await RoomLine.OpenAsync(server, phone.Key);
        await longer.UntilAsync("welcome");
        await longer.SayAsync(new string(' ', RoomMessage.Longest + 1));
        (await longer.UntilClosedAsync()).ShouldBe("Message too long.");
    }

    [Fact]
    public async Task What_a_revoked_phone_said_of_itself_is_forgotten()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var first = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);
        var second = await PairedPhone.NewRoomAsync(server, home.Client, "Hall", "Tablet", Cancel);
        var presence = server.Services.GetRequiredService<RoomPresence>();
        var keys = server.Services.GetRequiredService<DeviceKeys>();
        presence.Report((await keys.FindAsync(first.Key, Cancel))!, new RoomReport { Battery = 0.5, Charging = true, RttMs = 1, LossPercent = 0 });
        presence.Of(first.Camera)!.Battery.ShouldBe(0.5);

        await keys.RevokeAsync(home.Id, (await keys.FindAsync(first.Key, Cancel))!.KeyId, Cancel);
        presence.Report((await keys.FindAsync(second.Key, Cancel))!, new RoomReport { Battery = 0.7, Charging = false, RttMs = 1, LossPercent = 0 });

        presence.Of(second.Camera)!.Battery.ShouldBe(0.7);
        presence.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_foreign_page_cannot_open_the_line_and_our_own_can()
    {
        await using var server = await TestServer.StartAsync();

        await Should.ThrowAsync<WebSocketException>(() => RoomLine.ConnectAsync(server, "https://evil.example"));
        await using var own = await RoomLine.ConnectAsync(server, server.Address.GetLeftPart(UriPartial.Authority));
    }

    [Fact]
    public async Task A_second_socket_of_the_same_phone_replaces_the_first()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);
        await using var first = await RoomLine.OpenAsync(server, phone.Key);
        await first.UntilAsync("watchers");

        await using var second = await RoomLine.OpenAsync(server, phone.Key);
        await second.UntilAsync("welcome");

        (await first.UntilAsync("replaced")).GetProperty("by").GetString().ShouldBe("Phone");
        (await first.UntilClosedAsync()).ShouldBe("replaced");
        server.Services.GetRequiredService<RoomPhones>().Tell(phone.Camera, new { type = "talk", active = true, by = "Ana" });
        await second.UntilAsync("talk");
    }

    [Theory]
    [InlineData("""{"type":"state","battery":1,"charging":true,"rttMs":0,"lossPercent":100}""", 1.0, true, 0.0, 100.0)]
    [InlineData("""{"type":"state","battery":1.01,"charging":"yes","rttMs":-1,"lossPercent":"5"}""", null, null, null, null)]
    [InlineData("""{"type":"state","battery":null,"rttMs":1e999}""", null, null, null, null)]
    public void What_a_phone_says_of_itself_is_taken_as_far_as_it_makes_sense(string text, double? battery, bool? charging, double? rtt, double? loss) =>
        RoomMessage.Read(Encoding.UTF8.GetBytes(text))!.Report.ShouldBe(
            new RoomReport { Battery = battery, Charging = charging, RttMs = rtt, LossPercent = loss });

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[{\"type\":\"hello\"}]")]
    [InlineData("{\"type\":5}")]
    [InlineData("{\"type\":\"state\"")]
    [InlineData("{\"type\":{\"type\":{\"type\":{\"type\":{}}}}}")]
    [InlineData("{\"type\":\"hello\",\"key\":\"\\ud800\"}")]
    public void What_is_not_understood_is_no_message(string text) => RoomMessage.Read(Encoding.UTF8.GetBytes(text)).ShouldBeNull();

    private static bool IsRoom(JsonElement message, Func<JsonElement, bool> wanted) =>
        message.GetProperty("type").GetString() == "room" && message.GetProperty("room") is { ValueKind: JsonValueKind.Object } room && wanted(room);

    private static double? Number(JsonElement room, string name) =>
        room.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;
}
