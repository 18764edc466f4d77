using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Vigil.Media.Crypto;
using Vigil.Protocols.Ice;
using Vigil.Protocols.WebRtc;

namespace Vigil.Bench.WebRtc;

/// <summary>How a crowd comes in: by WHEP and WHIP, or by the HTTP API of Janus's streaming plugin.</summary>
internal sealed partial class CrowdDoors(DtlsContext context, DtlsCertificate certificate, HttpClient http, Func<TimeSpan> now)
{
    private readonly ConcurrentBag<string> janusSessions = [];

    /// <summary>Offers to watch; or, when <paramref name="publish"/>, to send an H.264 picture.</summary>
    public async Task<CrowdPeer> OfferAsync(string url, bool publish)
    {
        var own = IceCredentials.Create();
        using var body = new StringContent(Description(own, "actpass", publish ? "sendonly" : "recvonly", "0", 103, "a=fmtp:103 packetization-mode=1;profile-level-id=42e01f\r\n", null));
        body.Headers.ContentType = new("application/sdp");
        using var reply = await http.PostAsync(new Uri(url), body);
        var answer = await reply.Content.ReadAsStringAsync();
        if (!reply.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{(int)reply.StatusCode}: {answer}");
        }

        var (remote, server) = Read(answer);
        return new CrowdPeer(context, own, remote, CrowdPeer.Open(server.Address), server, checks: true, now());
    }

    /// <summary>Asks Janus for mountpoint 1: there the server offers and the client answers.</summary>
    public async Task<CrowdPeer> WatchJanusAsync(string url)
    {
        var session = await JanusAsync(url, new { janus = "create", transaction = "a" });
        janusSessions.Add($"{url}/{session}");
        var handle = await JanusAsync($"{url}/{session}", new { janus = "attach", plugin = "janus.plugin.streaming", transaction = "b" });
        await JanusAsync($"{url}/{session}/{handle}", new { janus = "message", transaction = "c", body = new { request = "watch", id = 1 } });
        var offer = "";
        for (var attempt = 0; offer.Length == 0 && attempt < 20; attempt++)
        {
            foreach (var happened in (await http.GetFromJsonAsync<JsonElement>(new Uri($"{url}/{session}?maxev=10"))).EnumerateArray())
            {
                offer = happened.TryGetProperty("jsep", out var jsep) ? jsep.GetProperty("sdp").GetString()! : offer;
            }
        }

        var (remote, server) = Read(offer);
        var own = IceCredentials.Create();
        var socket = CrowdPeer.Open(server.Address);
        var type = int.Parse(MapLine().Match(offer).Groups[1].Value, CultureInfo.InvariantCulture);
        var answer = Description(own, "active", "recvonly", MidLine().Match(offer).Groups[1].Value, type, "", (IPEndPoint)socket.LocalEndPoint!);
        var peer = new CrowdPeer(context, own, remote, socket, server, checks: false, now());
        await JanusAsync(
            $"{url}/{session}/{handle}",
            new { janus = "message", transaction = "d", body = new { request = "start" }, jsep = new { type = "answer", sdp = answer } });
        return peer;
    }

    /// <summary>What a page does that is closed.</summary>
    public Task LeaveJanusAsync() => Task.WhenAll(janusSessions.Select(url => JanusAsync(url, new { janus = "destroy", transaction = "e" })));

    private async Task<long> JanusAsync(string url, object body)
    {
        using var reply = await http.PostAsJsonAsync(new Uri(url), body);
        var said = await reply.Content.ReadFromJsonAsync<JsonElement>();
        return said.GetProperty("janus").GetString() == "error" ? throw new InvalidOperationException(said.ToString())
            : said.TryGetProperty("data", out var data) ? data.GetProperty("id").GetInt64() : 0;
    }

    private string Description(IceCredentials own, string setup, string direction, string mid, int type, string format, IPEndPoint? candidate)
    {
        var text = new StringBuilder("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n");
        text.Append(CultureInfo.InvariantCulture, $"a=group:BUNDLE {mid}\r\nm=video 9 UDP/TLS/RTP/SAVPF {type}\r\nc=IN IP4 0.0.0.0\r\na=mid:{mid}\r\n")
            .Append(CultureInfo.InvariantCulture, $"a=ice-ufrag:{own.UsernameFragment}\r\na=ice-pwd:{own.Password}\r\na=setup:{setup}\r\n")
            .Append(CultureInfo.InvariantCulture, $"a=fingerprint:sha-256 {certificate.Fingerprint}\r\na={direction}\r\na=rtcp-mux\r\n")
            .Append(CultureInfo.InvariantCulture, $"a=rtpmap:{type} H264/90000\r\n{format}");
        if (candidate is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"a=candidate:1 1 udp 2130706431 {candidate.Address} {candidate.Port} typ host\r\na=end-of-candidates\r\n");
        }

        return text.ToString();
    }

    private static (OfferedTransport Remote, IPEndPoint Server) Read(string sdp)
    {
        var server = CandidateLine().Matches(sdp)
            .Select(m => new IPEndPoint(IPAddress.Parse(m.Groups[1].Value), int.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture)))
            .First(end => end.AddressFamily == AddressFamily.InterNetwork);
        return (
            new OfferedTransport
            {
                UsernameFragment = FragmentLine().Match(sdp).Groups[1].Value,
                Password = PasswordLine().Match(sdp).Groups[1].Value,
                Fingerprint = FingerprintLine().Match(sdp).Groups[1].Value,
            },
            server);
    }

    [GeneratedRegex(@"a=ice-ufrag:(\S+)")]
    private static partial Regex FragmentLine();

    [GeneratedRegex(@"a=ice-pwd:(\S+)")]
    private static partial Regex PasswordLine();

    [GeneratedRegex(@"a=fingerprint:sha-256 (\S+)")]
    private static partial Regex FingerprintLine();

    [GeneratedRegex(@"a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", RegexOptions.IgnoreCase)]
    private static partial Regex CandidateLine();

    [GeneratedRegex(@"a=rtpmap:(\d+) H264/90000", RegexOptions.IgnoreCase)]
    private static partial Regex MapLine();

    [GeneratedRegex(@"a=mid:(\S+)")]
    private static partial Regex MidLine();
}
