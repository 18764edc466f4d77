using Microsoft.Extensions.Options;
using Vigil.Server.Accounts;
using Vigil.Server.Devices;
using Vigil.Server.Live.Signaling;

namespace Vigil.Server.Live;

/// <summary>
/// Tells clients of WHIP and WHEP of the STUN and TURN servers that are set up, a Link header for each address (RFC 9725 §4.6): the way
/// of a client whose network lets nothing through to us but the relay.
/// </summary>
internal sealed class IceLinks(TurnProbe turn, IOptions<SignalingOptions> options, TimeProvider time)
{
    /// <summary>Adds the headers to the answer that begins <paramref name="session"/>. A device of the room reaches them as devices do.</summary>
    public void Add(HttpContext http, string session)
    {
        var now = time.GetUtcNow();
        var servers = CurrentDevice.Of(http) is { } device
            ? IceServers.ForDevice(options.Value, turn.Answers, now, $"{device.KeyId}_{session}")
            : IceServers.ForViewer(options.Value, turn.Answers, now, $"{CurrentMember.Of(http)?.AccountId}_{session}");
        foreach (var server in servers)
        {
            var credentials = server.Credential is null
                ? ""
                : $"; username=\"{server.Username}\"; credential=\"{server.Credential}\"; credential-type=\"password\"";
            foreach (var url in server.Urls.Where(IsHeaderText))
            {
                http.Response.Headers.Append("Link", $"<{url}>; rel=\"ice-server\"{credentials}");
            }
        }
    }

    /// <summary>A slip in the settings must not fail every session.</summary>
    private static bool IsHeaderText(string url) => url.All(letter => letter is > ' ' and < '\x7F' and not ('<' or '>'));
}
