using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Vigil.Server.Live.Signaling;

/// <summary>A STUN or TURN server as a peer is told of it; without credentials it is STUN.</summary>
internal sealed record IceServer(IReadOnlyList<string> Urls, string? Username = null, string? Credential = null);

/// <summary>What devices and viewers are told of STUN and TURN. Pure.</summary>
internal static class IceServers
{
    /// <summary>The contract's `ice_servers` for a viewer.</summary>
    public static void WriteForViewer(Utf8JsonWriter json, SignalingOptions options, bool turnAnswers, DateTimeOffset now, string user, Guid session) =>
        Write(json, ForViewer(options, turnAnswers, now, $"{user}_{session}"));

    public static void WriteForDevice(Utf8JsonWriter json, SignalingOptions options, bool turnAnswers, DateTimeOffset now, string device, Guid session) =>
        Write(json, ForDevice(options, turnAnswers, now, $"{device}_{session}"));

    /// <summary>As a viewer reaches them. <paramref name="label"/> is what the TURN server's log will call this use.</summary>
    public static IEnumerable<IceServer> ForViewer(SignalingOptions options, bool turnAnswers, DateTimeOffset now, string label) =>
        Of(options, turnAnswers, options.Turn.PublicHost ?? options.Turn.Host, now, $"viewer_{label}");

    /// <inheritdoc cref="ForViewer"/>
    public static IEnumerable<IceServer> ForDevice(SignalingOptions options, bool turnAnswers, DateTimeOffset now, string label) =>
        Of(options, turnAnswers, options.Turn.Host ?? options.Turn.PublicHost, now, $"device_{label}");

    /// <summary>
    /// Credentials of coturn's REST API (draft-uberti-behave-turn-rest): the time until which they are good, a colon and a label; and the HMAC-SHA1 of that
    /// with the shared secret, in base64.
    /// </summary>
    public static (string Username, string Credential) Credentials(string secret, DateTimeOffset now, TimeSpan ttl, string label)
    {
        var username = string.Create(CultureInfo.InvariantCulture, $"{(now + ttl).ToUnixTimeSeconds()}:{label}");
        return (username, Sign(secret, username));
    }

    internal static string Sign(string secret, string username)
    {
#pragma warning disable CA5350 // The algorithm is the protocol's; as a MAC, SHA-1 still stands.
        var mac = HMACSHA1.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(username));
#pragma warning restore CA5350
        return Convert.ToBase64String(mac);
    }

    private static IEnumerable<IceServer> Of(SignalingOptions options, bool turnAnswers, string? host, DateTimeOffset now, string label)
    {
        foreach (var server in options.StunServers)
        {
            yield return new IceServer([server]);
        }

        if (turnAnswers && options.Turn is { IsSet: true, Secret: { } secret } turn)
        {
            var (username, credential) = Credentials(secret, now, TimeSpan.FromSeconds(turn.Ttl), label);
            var at = host!.Contains(':', StringComparison.Ordinal) && !host.StartsWith('[') ? $"[{host}]" : host;
            var url = string.Create(CultureInfo.InvariantCulture, $"turn:{at}:{turn.Port}?transport=");
            yield return new IceServer([url + "udp", url + "tcp"], username, credential);
        }
    }

    private static void Write(Utf8JsonWriter json, IEnumerable<IceServer> servers)
    {
        json.WriteStartArray("ice_servers");
        foreach (var server in servers)
        {
            json.WriteStartObject();
            if (server.Credential is null)
            {
                json.WriteString("urls", server.Urls[0]);
            }
            else
            {
                json.WriteStartArray("urls");
                foreach (var url in server.Urls)
                {
                    json.WriteStringValue(url);
                }

                json.WriteEndArray();
                json.WriteString("username", server.Username);
                json.WriteString("credential", server.Credential);
                json.WriteString("credentialType", "password");
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
