using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Media.WebRtc;

namespace Vigil.Server.Tests.Live;

/// <summary>How WHIP speaks HTTP (RFC 9725). What flows afterwards is tested with real peers.</summary>
public sealed class WebRtcEndpointsTests : IAsyncLifetime
{
    private static readonly string Offer = string.Join(
        "\r\n",
        "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1",
        "m=video 9 UDP/TLS/RTP/SAVPF 103", "a=mid:0", "a=ice-ufrag:room", "a=ice-pwd:the-rooms-own-password-24", "a=setup:actpass",
        "a=fingerprint:sha-256 " + string.Join(':', Enumerable.Repeat("AB", 32)), "a=sendonly", "a=rtcp-mux",
        "a=rtpmap:103 H264/90000", "a=fmtp:103 packetization-mode=1;profile-level-id=42e01f",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:1", "a=sendonly", "a=rtpmap:111 opus/48000/2", "");

    private TestServer server = null!;
    private TestHousehold home = null!;
    private string whip = "";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.StartAsync(settings: new Dictionary<string, string> { ["WebRtc:MaxSessions"] = "3", ["WebRtc:PublicAddresses"] = "203.0.113.7:9000" });
        home = await TestHousehold.CreateAsync(server);
        using var made = await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "whip:" }, Cancel);
        whip = $"/api/v1/cameras/{(await made.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetInt32()}/whip";
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task A_session_is_created_trickled_to_and_ended()
    {
        using var created = await SendAsync(HttpMethod.Post, whip, Offer, "application/sdp");
        created.StatusCode.ShouldBe(HttpStatusCode.Created);
        created.Content.Headers.ContentType!.MediaType.ShouldBe("application/sdp");
        created.Headers.ETag!.Tag.ShouldBe("\"1\"");
        var session = created.Headers.Location!.OriginalString;
        session.ShouldStartWith(whip + "/");
        var answer = await created.Content.ReadAsStringAsync(Cancel);
        answer.ShouldContain(" 1 udp 2130706431 127.0.0.1 ");
        answer.ShouldContain(" tcptype passive");
        answer.ShouldContain("203.0.113.7 9000 typ host");

        const string Trickle = "application/trickle-ice-sdpfrag";
        const string Candidate = "a=ice-ufrag:room\r\na=ice-pwd:the-rooms-own-password-24\r\nm=video 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n";
        const string Mine = "\"1\"";
        (await StatusOfAsync(HttpMethod.Patch, session, Candidate, Trickle)).ShouldBe(HttpStatusCode.PreconditionRequired);
        foreach (var known in new[] { Mine, "\"0\", \"1\"", "*" })
        {
            using var taken = await SendAsync(HttpMethod.Patch, session, Candidate, Trickle, ifMatch: known);
            taken.StatusCode.ShouldBe(HttpStatusCode.NoContent);
            taken.Headers.ETag.ShouldBeNull();
        }

        (await StatusOfAsync(HttpMethod.Patch, session, Candidate, Trickle, ifMatch: "\"2\"")).ShouldBe(HttpStatusCode.PreconditionFailed);
        foreach (var star in new[] { "*", "\"*\"" }) // The second is how RFC 9725 writes it in its examples.
        {
            (await StatusOfAsync(HttpMethod.Patch, session, Candidate.Replace("room", "again", StringComparison.Ordinal), Trickle, ifMatch: star))
                .ShouldBe(HttpStatusCode.UnprocessableEntity);
        }

        (await StatusOfAsync(HttpMethod.Patch, session, Candidate, Trickle, ifMatch: Mine)).ShouldBe(HttpStatusCode.NoContent, "a restart that is refused leaves the session as it was");
        (await StatusOfAsync(HttpMethod.Patch, session, "hello", Trickle, ifMatch: Mine)).ShouldBe(HttpStatusCode.BadRequest);
        (await StatusOfAsync(HttpMethod.Patch, session, Candidate, "application/sdp")).ShouldBe(HttpStatusCode.UnsupportedMediaType);
        (await StatusOfAsync(HttpMethod.Get, session)).ShouldBe(HttpStatusCode.MethodNotAllowed);
        (await StatusOfAsync(HttpMethod.Post, session, Offer, "application/sdp")).ShouldBe(HttpStatusCode.MethodNotAllowed);
        (await StatusOfAsync(HttpMethod.Put, session, Offer, "application/sdp")).ShouldBe(HttpStatusCode.MethodNotAllowed);
        (await StatusOfAsync(HttpMethod.Delete, session, ifMatch: "\"other\"")).ShouldBe(HttpStatusCode.OK);
        (await StatusOfAsync(HttpMethod.Delete, session)).ShouldBe(HttpStatusCode.NotFound);
        (await StatusOfAsync(HttpMethod.Patch, session, Candidate, Trickle)).ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_session_that_has_died_is_not_there_whatever_is_asked_of_it()
    {
        using var created = await SendAsync(HttpMethod.Post, whip, Offer, "application/sdp");
        var session = created.Headers.Location!.OriginalString;
        server.Services.GetRequiredService<WebRtcSessions>().End(session.Split('/')[^1]).ShouldBeTrue();

        (await StatusOfAsync(HttpMethod.Patch, session, "a=ice-ufrag:room\r\n", "application/trickle-ice-sdpfrag")).ShouldBe(HttpStatusCode.NotFound);
        (await StatusOfAsync(HttpMethod.Patch, session, "a=ice-ufrag:room\r\n", "application/trickle-ice-sdpfrag", ifMatch: "*")).ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("application/json", "{}", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/sdp", "", HttpStatusCode.BadRequest)]
    [InlineData("application/sdp", "hello", HttpStatusCode.BadRequest)]
    [InlineData("application/sdp", null, HttpStatusCode.RequestEntityTooLarge)]
    public async Task A_body_that_is_no_offer_is_refused_by_reason(string type, string? body, HttpStatusCode expected)
    {
        using var answer = await SendAsync(HttpMethod.Post, whip, body ?? Offer + new string('x', 200_000), type);
        answer.StatusCode.ShouldBe(expected);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
    }

    [Theory]
    [InlineData("a=group:BUNDLE 0 1\r\n", "", "max-bundle")]
    public async Task An_encoder_that_is_set_up_wrongly_is_told_what_to_change(string what, string into, string hint)
    {
        using var answer = await SendAsync(HttpMethod.Post, whip, Offer.Replace(what, into, StringComparison.Ordinal), "application/sdp");
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync(Cancel)).ShouldContain(hint);
    }

    [Fact]
    public async Task A_full_house_says_when_to_come_again()
    {
        for (var i = 0; i < 3; i++)
        {
            (await StatusOfAsync(HttpMethod.Post, whip, Offer, "application/sdp")).ShouldBe(HttpStatusCode.Created);
        }

        using var refused = await SendAsync(HttpMethod.Post, whip, Offer, "application/sdp");
        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Theory]
    [InlineData("main")]
    [InlineData("sub")]
    public async Task A_viewer_names_the_quality_as_for_every_other_way(string quality)
    {
        using var answer = await SendAsync(HttpMethod.Post, whip.Replace("/whip", $"/whep?quality={quality}", StringComparison.Ordinal), "v=0\r\n", "application/sdp");
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync(Cancel)).ShouldContain("offer");
    }

    [Fact]
    public async Task Without_servers_in_the_settings_nobody_is_told_of_any()
    {
        using var created = await SendAsync(HttpMethod.Post, whip, Offer, "application/sdp");
        created.Headers.Contains("Link").ShouldBeFalse();
    }

    [Fact]
    public async Task The_endpoint_says_what_it_takes()
    {
        using var answer = await SendAsync(HttpMethod.Options, whip);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Headers.GetValues("Accept-Post").ShouldBe(["application/sdp"]);
        (await StatusOfAsync(HttpMethod.Get, whip)).ShouldBe(HttpStatusCode.MethodNotAllowed);
        (await StatusOfAsync(HttpMethod.Put, whip, Offer, "application/sdp")).ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    [Theory]
    [InlineData("Bearer {key}", "application/sdp", HttpStatusCode.Created)]
    [InlineData("bearer {key}", "Application/SDP; charset=utf-8", HttpStatusCode.Created)]
    [InlineData("Bearer  {key} ", "application/sdp;charset=\"utf-8\"", HttpStatusCode.Created)]
    [InlineData("Bearer {key}x", "application/sdp", HttpStatusCode.Unauthorized)]
    [InlineData("{key}", "application/sdp", HttpStatusCode.Unauthorized)]
    [InlineData("", "application/sdp", HttpStatusCode.Unauthorized)]
    [InlineData("Bearer {key}", "application/sdpx", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("Bearer {key}", "", HttpStatusCode.UnsupportedMediaType)]
    public async Task An_encoder_signs_in_with_its_key_however_it_writes_the_headers(string authorization, string type, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, whip) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Offer)) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        request.Headers.TryAddWithoutValidation("Authorization", authorization.Replace("{key}", await KeyAsync(), StringComparison.Ordinal));

        using var answer = await server.Client.SendAsync(request, Cancel);

        answer.StatusCode.ShouldBe(expected);
    }

    private async Task<string> KeyAsync()
    {
        using var made = await home.Client.PostAsJsonAsync(
            whip.Replace("/whip", "/device-keys", StringComparison.Ordinal), new { name = "encoder", scopes = new[] { "publish" } }, Cancel);
        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        return (await made.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("key").GetString()!;
    }

    [Theory]
    [InlineData("/whip")]
    [InlineData("/talk/whep")]
    [InlineData("/whep")]
    [InlineData("/talk/whip")]
    public async Task A_household_that_one_has_no_part_in_does_not_exist_on_these_routes_either(string route)
    {
        var eve = await TestHousehold.CreateAsync(server, "eve");
        var path = whip.Replace("/whip", route, StringComparison.Ordinal);
        using var named = new HttpRequestMessage(HttpMethod.Post, path) { Headers = { { "X-Vigil-Household", $"{home.Id}" } } };

        (await eve.Client.SendAsync(named, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await eve.Client.PostAsync($"{path}?household={home.Id}", null, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await server.Client.PostAsync($"{path}?household={home.Id}", null, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private async Task<HttpStatusCode> StatusOfAsync(HttpMethod method, string path, string? body = null, string? type = null, string? ifMatch = null)
    {
        using var answer = await SendAsync(method, path, body, type, ifMatch);
        return answer.StatusCode;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body = null, string? type = null, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, type!);
        }

        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        return await home.Client.SendAsync(request, Cancel);
    }
}
