using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Vigil.Server.Accounts;
using Vigil.Server.Tests.Events;

namespace Vigil.Server.Tests.Live;

/// <summary>Who may speak into a room, and who is told. That the voice arrives is tested with real browsers.</summary>
public sealed class TalkTests : IAsyncLifetime
{
    private TestServer server = null!;
    private TestHousehold home = null!;
    private PairedPhone phone = null!;
    private string talk = "";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.StartAsync();
        home = await TestHousehold.CreateAsync(server);
        phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);
        talk = $"/api/v1/cameras/{phone.Camera}/talk/";
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task One_person_speaks_at_a_time_and_everybody_knows_who()
    {
        var ben = await home.AddAsync("ben", Place.Parent);
        await using var parents = await OpenPage.OpenAsync(server, ben);
        await using var line = await RoomLine.OpenAsync(server, phone.Key);
        await line.UntilAsync("welcome");

        var session = await SpeakAsync(home.Client);
        (await line.UntilAsync("talk")).ShouldSatisfyAllConditions(
            m => m.GetProperty("active").GetBoolean().ShouldBeTrue(), m => m.GetProperty("by").GetString().ShouldBe("ana"));
        await parents.UntilAsync(m => TalkerOf(m) == "ana");
        await using (var later = await RoomLine.OpenAsync(server, phone.Key))
        {
            // A phone that comes back in the middle of a sentence.
            (await later.UntilAsync("talk")).GetProperty("by").GetString().ShouldBe("ana");
        }

        await using var again = await RoomLine.OpenAsync(server, phone.Key);
        await again.UntilAsync("talk");
        using (var refused = await SendAsync(ben.Client, "whip"))
        {
            refused.StatusCode.ShouldBe(HttpStatusCode.Conflict);
            (await refused.Content.ReadAsStringAsync(Cancel)).ShouldContain("ana is speaking");
        }

        // The same person again, whose first session got lost on the way.
        session = await SpeakAsync(home.Client);

        (await home.Client.DeleteAsync(session, Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await again.UntilAsync("talk")).GetProperty("active").GetBoolean().ShouldBeFalse();
        await parents.UntilAsync(m => m.GetProperty("type").GetString() == "room" && TalkerOf(m) is null);
        await SpeakAsync(ben.Client);
        (await again.UntilAsync("talk")).GetProperty("by").GetString().ShouldBe("ben");
    }

    [Fact]
    public async Task A_voice_ends_with_the_sign_in()
    {
        var ben = await home.AddAsync("ben", Place.Parent);
        await using var line = await RoomLine.OpenAsync(server, phone.Key);
        await line.UntilAsync("welcome");
        var session = await SpeakAsync(ben.Client);
        (await line.UntilAsync("talk")).GetProperty("active").GetBoolean().ShouldBeTrue();

        (await ben.Client.DeleteAsync("/api/v1/session", Cancel)).EnsureSuccessStatusCode();

        (await line.UntilAsync("talk")).GetProperty("active").GetBoolean().ShouldBeFalse();
        (await home.Client.DeleteAsync(session, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_voice_ends_with_the_pause_of_the_camera()
    {
        await using var line = await RoomLine.OpenAsync(server, phone.Key);
        await line.UntilAsync("welcome");
        await SpeakAsync(home.Client);

        (await home.Client.PostAsJsonAsync($"/api/v1/cameras/{phone.Camera}/pause", new { paused = true }, Cancel)).EnsureSuccessStatusCode();

        await line.UntilAsync("talk", m => !m.GetProperty("active").GetBoolean());
        await RefusedAsync(home.Client, "whip", HttpStatusCode.Conflict, "paused");
    }

    [Fact]
    public async Task Nobody_speaks_to_where_nobody_hears()
    {
        await RefusedAsync(home.Client, "whip", HttpStatusCode.Conflict, "The phone in this room is not connected");
        using var made = await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Door", address = "rtsp://192.0.2.1/1" }, Cancel);
        talk = $"/api/v1/cameras/{(await made.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetInt32()}/talk/";
        await RefusedAsync(home.Client, "whip", HttpStatusCode.Conflict, "Nobody can be heard there");
    }

    [Fact]
    public async Task Strangers_neighbours_guests_and_other_rooms_neither_speak_nor_listen()
    {
        await using var line = await RoomLine.OpenAsync(server, phone.Key);
        await line.UntilAsync("welcome");
        var guest = await home.AddAsync("gus", Place.Guest);
        var neighbour = await TestHousehold.CreateAsync(server, "eve");
        var other = await PairedPhone.NewRoomAsync(server, home.Client, "Den", "Tablet", Cancel);
        using var otherRoom = WithKey(other.Key);
        using var ownRoom = WithKey(phone.Key);

        foreach (var way in new[] { "whip", "whep" })
        {
            await RefusedAsync(server.Client, way, HttpStatusCode.Unauthorized);
            await RefusedAsync(neighbour.Client, way, HttpStatusCode.NotFound);
            await RefusedAsync(guest.Client, way, HttpStatusCode.NotFound);
        }

        await RefusedAsync(otherRoom, "whep", HttpStatusCode.NotFound);
        await RefusedAsync(otherRoom, "whip", HttpStatusCode.Unauthorized);
        await RefusedAsync(ownRoom, "whip", HttpStatusCode.Unauthorized);
        await RefusedAsync(home.Client, "whep", HttpStatusCode.Forbidden);
        using var hears = await SendAsync(ownRoom, "whep", Offer("audio", "recvonly"));
        hears.StatusCode.ShouldBe(HttpStatusCode.Created, await hears.Content.ReadAsStringAsync(Cancel));
        (await otherRoom.DeleteAsync(hears.Headers.Location!.OriginalString, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_picture_is_no_voice()
    {
        await using var line = await RoomLine.OpenAsync(server, phone.Key);
        await line.UntilAsync("welcome");

        await RefusedAsync(home.Client, "whip", HttpStatusCode.NotAcceptable, "Opus", Offer("video", "sendonly"));
        await SpeakAsync(home.Client); // The one that was refused holds no place.
    }

    private static string? TalkerOf(JsonElement message) =>
        message.GetProperty("type").GetString() == "room" && message.GetProperty("room").TryGetProperty("talker", out var talker) ? talker.GetString() : null;

    private static string Offer(string kind, string direction) => string.Join(
        "\r\n",
        "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0",
        $"m={kind} 9 UDP/TLS/RTP/SAVPF 111", "a=mid:0", "a=ice-ufrag:room", "a=ice-pwd:the-rooms-own-password-24", "a=setup:actpass",
        "a=fingerprint:sha-256 " + string.Join(':', Enumerable.Repeat("AB", 32)), "a=" + direction, "a=rtcp-mux",
        kind == "audio" ? "a=rtpmap:111 opus/48000/2" : "a=rtpmap:111 H264/90000\r\na=fmtp:111 packetization-mode=1;profile-level-id=42e01f", "");

    private async Task<string> SpeakAsync(HttpClient who)
    {
        using var answer = await SendAsync(who, "whip");
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync(Cancel));
        return answer.Headers.Location!.OriginalString;
    }

    private async Task RefusedAsync(HttpClient who, string way, HttpStatusCode expected, string words = "", string? offer = null)
    {
        using var answer = await SendAsync(who, way, offer);
        var body = await answer.Content.ReadAsStringAsync(Cancel);
        answer.StatusCode.ShouldBe(expected, body);
        body.ShouldContain(words);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpClient who, string way, string? offer = null)
    {
        using var content = new StringContent(offer ?? Offer("audio", "sendonly"), Encoding.UTF8, "application/sdp");
        return await who.PostAsync(talk + way, content, Cancel);
    }

    private HttpClient WithKey(string key)
    {
        var client = server.NewClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }
}
