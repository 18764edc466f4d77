using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Live.Signaling;
using Vigil.Server.Tests.Cameras;

namespace Vigil.Server.Tests.Live.Signaling;

/// <summary>Viewers who offer to a device of the second generation, which knows HTTP for its go2rtc and nothing of offers.</summary>
public sealed class ProxyOfferTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private TestServer Server => shared.Server;

    [Theory]
    [InlineData("ana", """{ "type": "offer", "sdp": "v=0\r\nö" }""", "{}")]
    [InlineData("bea", """ "v=0\r\nö" """, """{ "streams": { "other": {}, "cam": {} } }""")]
    public async Task An_offer_is_put_to_go2rtc_as_its_page_does_and_the_answer_comes_in_the_session(string who, string sdp, string capabilities)
    {
        var (device, viewer, session) = await WatchAsync(who, capabilities);
        await viewer.SayAsync("signal_offer", new { session_id = session, sdp = JsonDocument.Parse(sdp).RootElement });
        var asked = await device.PayloadAsync("proxy_http");
        (asked.GetProperty("method").GetString(), asked.GetProperty("path").GetString()).ShouldBe(("POST", "/api/webrtc?src=cam"));
        asked.GetProperty("headers").GetProperty("Content-Type").GetString().ShouldBe("application/x-www-form-urlencoded");
        OfferIn(asked).ShouldBe("v=0\r\nö");

        await device.SayAsync("proxy_http_resp", Answer(asked, 200, "v=0\r\nä"));
        var answer = (await viewer.PayloadAsync("signal_answer")).GetProperty("sdp");
        (answer.GetProperty("type").GetString(), answer.GetProperty("sdp").GetString()).ShouldBe(("answer", "v=0\r\nä"));
        await viewer.SayAsync("end_watch", new { session_id = session });
        (await device.PayloadAsync("watch_ended")).GetProperty("reason").GetString().ShouldBe("user_ended");
        await device.DisposeAsync();
        await viewer.DisposeAsync();
    }

    [Theory]
    [InlineData("cora", 500, "v=0")]
    [InlineData("dora", 200, "")]
    public async Task When_go2rtc_has_no_answer_the_session_ends_and_says_that_it_failed(string who, int status, string said)
    {
        var (device, viewer, session) = await WatchAsync(who, "{}");
        await viewer.SayAsync("signal_offer", new { session_id = session, sdp = "v=0" });
        var asked = await device.PayloadAsync("proxy_http");
        await device.SayAsync("proxy_http_resp", Answer(asked, status, said));
        var ended = await viewer.PayloadAsync("watch_ended");
        (ended.GetProperty("session_id").GetString(), ended.GetProperty("reason").GetString()).ShouldBe((session, "error"));
        await device.DisposeAsync();
        await viewer.DisposeAsync();
    }

    [Fact]
    public async Task A_session_has_one_offer_under_way_and_another_is_refused_without_ending_it()
    {
        var (device, viewer, session) = await WatchAsync("fina", "{}");
        await viewer.SayAsync("signal_offer", new { session_id = session, sdp = "first" });
        var asked = await device.PayloadAsync("proxy_http");
        await viewer.SayAsync("signal_offer", new { session_id = session, sdp = "second" }, "r2");
        var error = await viewer.NextAsync("error");
        (error.GetProperty("request_id").GetString(), error.GetProperty("payload").GetProperty("message").GetString()).ShouldBe(("r2", "Device busy"));

        await device.SayAsync("proxy_http_resp", Answer(asked, 200, "v=0 first"));
        (await viewer.PayloadAsync("signal_answer")).GetProperty("sdp").GetProperty("sdp").GetString().ShouldBe("v=0 first");
        await viewer.SayAsync("signal_offer", new { session_id = session, sdp = "third" });
        OfferIn(await device.PayloadAsync("proxy_http")).ShouldBe("third");
        await device.DisposeAsync();
        await viewer.DisposeAsync();
    }

    [Fact]
    public async Task A_viewer_who_asks_again_and_again_leaves_room_for_another()
    {
        var home = await TestHousehold.CreateAsync(Server, "hana");
        var token = await SignalDesk.TokenAsync(Server, "hana");
        await SignalDesk.PairAsync(Server, token, "hana-cam");
        await home.AddAsync("igor", Place.Parent);
        await using var device = await SignalPeer.DeviceAsync(Server, "hana-cam");
        await SayCapabilitiesAsync(device, "{}");
        await using var restless = await SignalPeer.ViewerAsync(Server, token);
        await using var other = await SignalPeer.ViewerAsync(Server, await SignalDesk.TokenAsync(Server, "igor"));

        // Go2rtc is slow: what was asked in a session waits on when the session has ended.
        for (var tries = 0; tries < 9; tries++)
        {
            var one = await AskAsync(restless, device);
            await restless.SayAsync("signal_offer", new { session_id = one, sdp = "v=0" });
            if (tries < 4)
            {
                await device.NextAsync("proxy_http");
            }
            else
            {
                (await restless.ErrorAsync()).ShouldBe("Device busy");
            }

            await restless.SayAsync("end_watch", new { session_id = one });
            await device.NextAsync("watch_ended");
        }

        var session = await AskAsync(other, device);
        await other.SayAsync("signal_offer", new { session_id = session, sdp = "v=0 other" });
        var asked = await device.PayloadAsync("proxy_http");
        OfferIn(asked).ShouldBe("v=0 other");
        await device.SayAsync("proxy_http_resp", Answer(asked, 200, "v=0 answer"));
        await other.NextAsync("signal_answer");

        static async Task<string> AskAsync(SignalPeer viewer, SignalPeer device)
        {
            await viewer.SayAsync("watch_request", new { device_id = "hana-cam" });
            await device.NextAsync("watch_request");
            return (await viewer.PayloadAsync("watch_ready")).GetProperty("session_id").GetString()!;
        }
    }

    [Fact]
    public async Task A_device_whose_long_answer_nobody_waits_for_any_more_stays()
    {
        await TestHousehold.CreateAsync(Server, "kara");
        var token = await SignalDesk.TokenAsync(Server, "kara");
        await SignalDesk.PairAsync(Server, token, "kara-cam");
        await using var device = await SignalPeer.DeviceAsync(Server, "kara-cam");
        var link = Server.Services.GetRequiredService<SignalHub>().FindDevice("kara-cam").ShouldNotBeNull();

        using var gone = new CancellationTokenSource();
        var asking = Server.Client.GetAsync($"/api/devices/kara-cam/proxy/api/frame.jpeg?src=cam&token={token}", gone.Token);
        var asked = await device.PayloadAsync("proxy_http");
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(asking);
        while (link.IsAsked)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken); // Until the server has noticed.
        }

        await device.SayAsync(
            "proxy_http_resp",
            new { rid = asked.GetProperty("rid").GetString(), status = 200, headers = new { }, body_b64 = Convert.ToBase64String(new byte[400_000]) });
        await device.SayAsync("heartbeat");
        await device.NextAsync("heartbeat_ack");
    }

    [Fact]
    public async Task A_guest_who_may_manage_the_camera_asks_its_device_for_nothing()
    {
        var home = await TestHousehold.CreateAsync(Server, "jana");
        var paired = await SignalDesk.PairAsync(Server, await SignalDesk.TokenAsync(Server, "jana"), "jana-cam");
        await Server.GrantAsync(home, paired.CameraId!.Value, await home.AddAsync("ken", Place.Guest), rights: CameraRights.All);
        await using var device = await SignalPeer.DeviceAsync(Server, "jana-cam");

        using var refused = await Server.Client.GetAsync(
            $"/api/devices/jana-cam/proxy/api/frame.jpeg?src=cam&token={await SignalDesk.TokenAsync(Server, "ken")}", TestContext.Current.CancellationToken);
        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldBe("""{"detail":"Unauthorized"}""");
    }

    [Fact]
    public async Task A_guest_is_refused_because_nothing_could_end_the_stream_when_the_guests_time_is_over()
    {
        var home = await TestHousehold.CreateAsync(Server, "gina");
        var paired = await SignalDesk.PairAsync(Server, await SignalDesk.TokenAsync(Server, "gina"), "gina-cam");
        await Server.GrantAsync(home, paired.CameraId!.Value, await home.AddAsync("gus", Place.Guest));
        await using var device = await SignalPeer.DeviceAsync(Server, "gina-cam");
        await using var guest = await SignalPeer.ViewerAsync(Server, await SignalDesk.TokenAsync(Server, "gus"));
        await guest.SayAsync("watch_request", new { device_id = "gina-cam" });
        var session = (await guest.PayloadAsync("watch_ready")).GetProperty("session_id").GetString()!;
        await device.NextAsync("watch_request");
        await SayCapabilitiesAsync(device, "{}"); // Only now does anybody know that it is of the second generation.

        await guest.SayAsync("signal_offer", new { session_id = session, sdp = "v=0" }, "r1");
        var error = await guest.NextAsync("error");
        (error.GetProperty("request_id").GetString(), error.GetProperty("payload").GetProperty("message").GetString()).ShouldBe(("r1", "Unauthorized"));
        var ended = await guest.PayloadAsync("watch_ended");
        (ended.GetProperty("session_id").GetString(), ended.GetProperty("reason").GetString()).ShouldBe((session, "error"));
        (await device.PayloadAsync("watch_ended")).GetProperty("session_id").GetString().ShouldBe(session, "It was not asked for an answer.");

        await guest.SayAsync("watch_request", new { device_id = "gina-cam" });
        (await guest.ErrorAsync()).ShouldBe("Unauthorized");
    }

    [Theory]
    [InlineData(null, "cam")]
    [InlineData("{}", "cam")]
    [InlineData("""{"streams":{"door":{},"cam":{}}}""", "cam")]
    [InlineData("""{"streams":{"rtsp://10.0.0.2/x":{},"door":{},"yard":{}}}""", "door")]
    [InlineData("""{"streams":["door"]}""", "door")]
    [InlineData("""{"streams":[1,{}]}""", "cam")]
    [InlineData("""{"streams":{"\ud800":{}}}""", "cam")]
    [InlineData("""{"streams":"door"}""", "cam")]
    public void The_stream_is_the_usual_one_or_the_first_that_has_a_name(string? capabilities, string expected) =>
        ProxyOffers.StreamOf(capabilities).ShouldBe(expected);

    internal static object Answer(JsonElement asked, int status, string sdp) => new
    {
        rid = asked.GetProperty("rid").GetString(),
        status,
        headers = new { },
        body_b64 = Convert.ToBase64String(Encoding.ASCII.GetBytes(Convert.ToBase64String(Encoding.UTF8.GetBytes(sdp)))),
    };

    internal static string OfferIn(JsonElement asked)
    {
        var form = Encoding.ASCII.GetString(asked.GetProperty("body_b64").GetBytesFromBase64());
        form.ShouldStartWith("data=");
        return Encoding.UTF8.GetString(Convert.FromBase64String(Uri.UnescapeDataString(form["data=".Length..])));
    }

    private async Task<(SignalPeer Device, SignalPeer Viewer, string Session)> WatchAsync(string who, string capabilities)
    {
        await TestHousehold.CreateAsync(Server, who);
        var token = await SignalDesk.TokenAsync(Server, who);
        await SignalDesk.PairAsync(Server, token, $"{who}-cam");
        var device = await SignalPeer.DeviceAsync(Server, $"{who}-cam");
        await SayCapabilitiesAsync(device, capabilities);
        var viewer = await SignalPeer.ViewerAsync(Server, token);
        await viewer.SayAsync("watch_request", new { device_id = $"{who}-cam" });
        var session = (await viewer.PayloadAsync("watch_ready")).GetProperty("session_id").GetString()!;
        await device.NextAsync("watch_request");
        return (device, viewer, session);
    }

    private static async Task SayCapabilitiesAsync(SignalPeer device, string capabilities)
    {
        await device.SayAsync("capabilities", JsonDocument.Parse(capabilities).RootElement);
        await device.SayAsync("heartbeat");
        await device.NextAsync("heartbeat_ack"); // So the server knows.
    }
}
