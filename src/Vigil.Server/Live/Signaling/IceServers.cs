using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Vigil.Server.Live.Signaling;

/// <summary>What devices and viewers are told of STUN and TURN. Pure.</summary>
internal static class IceServers
{
    /// <summary>The contract's `ice_servers` for a viewer.</summary>
    public static void WriteForViewer(Utf8JsonWriter json, SignalingOptions options, bool turnAnswers, DateTimeOffset now, string user, Guid session) =>
        Write(json, options, turnAnswers, options.Turn.PublicHost ?? options.Turn.Host, now, $"viewer_{user}_{session}");

    public static void WriteForDevice(Utf8JsonWriter json, SignalingOptions options, bool turnAnswers, DateTimeOffset now, string device, Guid session) =>
        Write(json, options, turnAnswers, options.Turn.Host ?? options.Turn.PublicHost, now, $"device_{device}_{session}");

    /// <summary>
    /// Credentials of coturn's REST API (draft-uberti-behave-turn-rest): the time until which they are good, a colon and a label; and the HMAC-SHA1 of that
    /// with the shared secret, in base64.
    /// </summary>
    public static (string Username, string Credential) Credentials(string secret, DateTimeOffset now, TimeSpan ttl, string label)
    {
        var username = string.Create(CultureInfo.InvariantCulture, $"{(now + ttl).ToUnixTimeSeconds()}:{label}");
#pragma warning disable CA5350 // The algorithm is the protocol's; as a MAC, SHA-1 still stands.
        var mac = HMACSHA1.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(username));
#pragma warning restore CA5350
        return (username, Convert.ToBase64String(mac));
    }

    private static void Write(Utf8JsonWriter json, SignalingOptions options, bool turnAnswers, string? host, DateTimeOffset now, string label)
    {
        json.WriteStartArray("ice_servers");
        foreach (var server in options.StunServers)
        {
            json.WriteStartObject();
            json.WriteString("urls", server);
            json.WriteEndObject();
        }

        if (turnAnswers && options.Turn is { IsSet: true, Secret: { } secret } turn)
        {
            var (username, credential) = Credentials(secret, now, TimeSpan.FromSeconds(turn.Ttl), label);
            var at = host!.Contains(':', StringComparison.Ordinal) && !host.StartsWith('[') ? $"[{host}]" : host;
            json.WriteStartObject();
            json.WriteStartArray("urls");
            json.WriteStringValue(string.Create(CultureInfo.InvariantCulture, $"turn:{at}:{turn.Port}?transport=udp"));
            json.WriteStringValue(string.Create(CultureInfo.InvariantCulture, $"turn:{at}:{turn.Port}?transport=tcp"));
            json.WriteEndArray();
            json.WriteString("username", username);
            json.WriteString("credential", credential);
            json.WriteString("credentialType", "password");
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
