using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Vigil.Server.Accounts;
using Vigil.Server.Tests.Cameras;

namespace Vigil.Server.Tests.Live.Signaling;

/// <summary>Agents that nobody here wrote the WebRTC of, and one that answers HTTP: both generations of the contract's clients.</summary>
public sealed class RealPeerTests : IAsyncLifetime
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;
    private TestServer server = null!;
    private TestHousehold home = null!;
    private string token = "";
    private int camera;

    private string Base => server.Address.GetLeftPart(UriPartial.Authority);

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.StartAsync();
        home = await TestHousehold.CreateAsync(server, "ana");
        await TestHousehold.CreateAsync(server, "eve");
        token = await SignalDesk.TokenAsync(server, "ana");
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task An_aiortc_device_is_seen_and_heard_by_an_aiortc_viewer_straight_from_one_to_the_other()
    {
        await SignalDesk.PairAsync(server, token, "crib");
        await using var device = Script.Start("aiortc_signalling.py", "device", Base, "crib");
        await device.UntilAsync("ready");
        await using var viewer = Script.Start("aiortc_signalling.py", "viewer", Base, "crib", token);

        var seen = JsonDocument.Parse(await viewer.LineAsync()).RootElement;
        (seen.GetProperty("width").GetInt32(), seen.GetProperty("height").GetInt32()).ShouldBe((320, 240));
        seen.GetProperty("left").GetDouble().ShouldBeGreaterThan(150);
        seen.GetProperty("right").GetDouble().ShouldBeLessThan(60);
        seen.GetProperty("loud").GetInt32().ShouldBeGreaterThan(3000);
        seen.GetProperty("urls").GetArrayLength().ShouldBe(0);
        await device.UntilAsync("ended user_ended");
    }

    [Fact]
    public async Task A_form_encoded_offer_goes_through_the_proxy_to_go2rtc_and_back()
    {
        await using var agent = await ProxyAgentAsync();
        using var page = new HttpRequestMessage(HttpMethod.Post, "/api/devices/crib/proxy/api/webrtc?src=cam");
        page.Content = new FormUrlEncodedContent([new("data", Convert.ToBase64String(Encoding.UTF8.GetBytes("offer")))]);
        page.Headers.Add("X-Custom", "kept");
        using var answer = await home.Client.SendAsync(page, Cancel); // As the page does: its cookie, and no token.

        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(Cancel));
        Encoding.UTF8.GetString(Convert.FromBase64String(await answer.Content.ReadAsStringAsync(Cancel))).ShouldBe("answer to offer");
        answer.Headers.Contains("Set-Cookie").ShouldBeFalse();
        answer.Headers.GetValues("Content-Security-Policy").ShouldBe(["sandbox; default-src 'none'"]);
        answer.Headers.GetValues("X-Frame-Options").ShouldBe(["DENY"]);

        var reached = JsonDocument.Parse(await agent.LineAsync()).RootElement;
        reached.GetProperty("path").GetString().ShouldBe("/api/webrtc?src=cam");
        var headers = reached.GetProperty("headers");
        headers.GetProperty("X-Custom").GetString().ShouldBe("kept");
        headers.TryGetProperty("Cookie", out _).ShouldBeFalse();
        headers.TryGetProperty("Authorization", out _).ShouldBeFalse();

        using var frame = new HttpRequestMessage(HttpMethod.Get, $"/api/devices/crib/proxy/api/frame.jpeg?src=cam&token={token}");
        using var picture = await server.Client.SendAsync(frame, Cancel);
        picture.Content.Headers.ContentType!.MediaType.ShouldBe("image/jpeg");
        (await picture.Content.ReadAsByteArrayAsync(Cancel)).Length.ShouldBe(2_000_002);
        JsonDocument.Parse(await agent.LineAsync()).RootElement.GetProperty("path").GetString().ShouldBe("/api/frame.jpeg?src=cam", "the token is not the device's business");
    }

    [Fact]
    public async Task Only_who_manages_the_camera_asks_a_device_and_only_for_what_is_harmless()
    {
        await using var agent = await ProxyAgentAsync();
        await StatusAsync(HttpMethod.Get, "api/streams", null, HttpStatusCode.Unauthorized);
        await StatusAsync(HttpMethod.Get, "api/streams", await SignalDesk.TokenAsync(server, "eve"), HttpStatusCode.NotFound);
        // go2rtc names the addresses of its sources there, with their passwords.
        await server.GrantAsync(home, camera, await home.AddAsync("gus", Place.Guest));
        await StatusAsync(HttpMethod.Get, "api/streams", await SignalDesk.TokenAsync(server, "gus"), HttpStatusCode.Forbidden);
        foreach (var (method, path) in new[]
        {
            ("GET", "api/config"), ("POST", "api/config"), ("PUT", "api/streams?src=exec:sh&name=x"), ("DELETE", "api/streams?src=cam"),
            ("GET", "api/frame.jpeg?src=exec:sh"), ("GET", "api/stream.mp4?src=rtsp://192.0.2.1/x"), ("GET", "api/webrtc/../config"),
            ("GET", "api/webrtc%2F..%2Fconfig"), ("GET", ""), ("GET", "api/stream.mp4/x"), ("GET", "API/streams"),
        })
        {
            await StatusAsync(new HttpMethod(method), path, token, HttpStatusCode.Forbidden, HttpStatusCode.NotFound);
        }

        using var foreign = new HttpRequestMessage(HttpMethod.Post, "/api/devices/crib/proxy/api/webrtc?src=cam");
        foreign.Headers.Add("Cookie", home.Owner.CookieHeader);
        (await server.Client.SendAsync(foreign, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden, "a cookie without its page");

        await SignalDesk.PairAsync(server, token, "away");
        await StatusAsync(HttpMethod.Get, "api/streams", token, "away", HttpStatusCode.ServiceUnavailable);
    }

    private async Task<Script> ProxyAgentAsync()
    {
        camera = (await SignalDesk.PairAsync(server, token, "crib")).CameraId!.Value;
        var agent = Script.Start("proxy_agent.py", Base, "crib");
        await agent.UntilAsync("ready");
        return agent;
    }

    private Task StatusAsync(HttpMethod method, string path, string? bearer, params HttpStatusCode[] expected) => StatusAsync(method, path, bearer, "crib", expected);

    private async Task StatusAsync(HttpMethod method, string path, string? bearer, string device, params HttpStatusCode[] expected)
    {
        using var request = new HttpRequestMessage(method, new Uri($"{Base}/api/devices/{device}/proxy/{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        request.Headers.Authorization = bearer is null ? null : new AuthenticationHeaderValue("Bearer", bearer);
        using var answer = await server.Client.SendAsync(request, Cancel);
        expected.ShouldContain(answer.StatusCode, $"{method} {path}");
        if (answer.StatusCode != HttpStatusCode.Unauthorized)
        {
            (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("detail").GetString().ShouldNotBeNullOrEmpty();
        }
    }
}
