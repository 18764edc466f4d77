using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Live.Signaling;

namespace Vigil.Server.Tests.Live;

/// <summary>STUN and TURN in the answers of WHIP and WHEP (RFC 9725 §4.6), with a server that answers as a TURN server does when it is asked whether it is there.</summary>
public sealed partial class IceLinksTests
{
    private static readonly string Offer = string.Join(
        "\r\n",
        "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:0", "a=ice-ufrag:room", "a=ice-pwd:the-rooms-own-password-24", "a=setup:actpass",
        "a=fingerprint:sha-256 " + string.Join(':', Enumerable.Repeat("AB", 32)), "a=DIRECTION", "a=rtcp-mux", "a=rtpmap:111 opus/48000/2", "");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task People_and_devices_are_told_of_the_relay_each_as_they_reach_it()
    {
        using var relay = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        _ = AnswerAsync(relay);
        var port = ((IPEndPoint)relay.Client.LocalEndPoint!).Port;
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, string>
        {
            ["Signaling:StunServers:0"] = "stun:stun.example.org:3478",
            ["Signaling:StunServers:1"] = "stun:a slip>\u00e9",
            ["Signaling:Turn:Host"] = "127.0.0.1",
            ["Signaling:Turn:PublicHost"] = "turn.example.org",
            ["Signaling:Turn:Port"] = port.ToString(CultureInfo.InvariantCulture),
            ["Signaling:Turn:Secret"] = "north",
        });
        await server.Services.GetRequiredService<TurnProbe>().Asked.WaitAsync(Cancel);
        var home = await TestHousehold.CreateAsync(server);
        using var made = await home.Client.PostAsJsonAsync("/api/v1/room-cameras", new { name = "Crib" }, Cancel);
        var room = await made.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        var camera = $"/api/v1/cameras/{room.GetProperty("camera").GetProperty("id").GetInt32()}";
        using var phone = new HttpClient { BaseAddress = server.Address };
        using var paired = await phone.PostAsJsonAsync("/api/v1/devices/pair", new { code = room.GetProperty("pairing").GetProperty("code").GetString() }, Cancel);
        phone.DefaultRequestHeaders.Authorization = new("Bearer", (await paired.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("key").GetString());

        var told = await LinksAsync(home.Client, camera + "/whip", "sendonly");
        told.Length.ShouldBe(3);
        told[0].ShouldBe("<stun:stun.example.org:3478>; rel=\"ice-server\"");
        told[1].ShouldStartWith($"<turn:turn.example.org:{port}?transport=udp>; rel=\"ice-server\"; username=\"");
        told[2].ShouldStartWith($"<turn:turn.example.org:{port}?transport=tcp>; rel=\"ice-server\"; username=\"");
        var words = Words().Match(told[1]);
        words.Groups["user"].Value.ShouldContain(":viewer_");
        words.Groups["credential"].Value.ShouldBe(IceServers.Sign("north", words.Groups["user"].Value));

        var device = await LinksAsync(phone, camera + "/talk/whep", "recvonly");
        device[1].ShouldStartWith($"<turn:127.0.0.1:{port}?transport=udp>; rel=\"ice-server\"; username=\"");
        Words().Match(device[1]).Groups["user"].Value.ShouldContain(":device_");
    }

    private static async Task<string[]> LinksAsync(HttpClient client, string path, string direction)
    {
        using var body = new StringContent(Offer.Replace("DIRECTION", direction, StringComparison.Ordinal), Encoding.UTF8);
        body.Headers.ContentType = new("application/sdp");
        using var created = await client.PostAsync(new Uri(path, UriKind.Relative), body, Cancel);
        created.StatusCode.ShouldBe(HttpStatusCode.Created, await created.Content.ReadAsStringAsync(Cancel));
        return [.. created.Headers.GetValues("Link")];
    }

    /// <summary>A binding response without anything in it, until the socket is closed.</summary>
    private static async Task AnswerAsync(UdpClient relay)
    {
        try
        {
            while (true)
            {
                var asked = await relay.ReceiveAsync(Cancel);
                await relay.SendAsync((byte[])[1, 1, 0, 0, .. asked.Buffer[4..20]], asked.RemoteEndPoint, Cancel);
            }
        }
        catch (Exception over) when (over is ObjectDisposedException or SocketException or OperationCanceledException)
        {
            // The test is over.
        }
    }

    [GeneratedRegex("username=\"(?<user>[^\"]*)\"; credential=\"(?<credential>[^\"]*)\"; credential-type=\"password\"$")]
    private static partial Regex Words();
}
