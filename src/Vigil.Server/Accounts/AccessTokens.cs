using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Vigil.Server.Accounts;

/// <summary>
/// Issues and reads tokens. A token is a short-lived pointer to a login session (claim jti): when the session row goes, so does the token.
/// </summary>
internal sealed class AccessTokens(TokenKeys keys, TimeProvider time)
{
    public static readonly TimeSpan SignalingLifetime = TimeSpan.FromHours(24);

    public string Issue(Account account, Guid sessionUid, TimeSpan lifetime, string type = "access")
    {
        var key = keys.Current();
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("sub", account.Email ?? account.Username);
            json.WriteNumber("user_id", account.Id);
            json.WriteString("uid", account.Uid);
            json.WriteString("username", account.Username);
            json.WriteString("email", account.Email);
            json.WriteString("role", Words.Of(account.Role));
            json.WriteString("type", type);
            json.WriteString("jti", sessionUid);
            json.WriteNumber("iat", now);
            json.WriteNumber("exp", now + (long)lifetime.TotalSeconds);
            json.WriteEndObject();
        }

        var header = $$"""{"alg":"HS256","typ":"JWT","kid":"{{key.Kid}}"}""";
        return CompactJws.Sign(header, PlainAlphabet(Encoding.UTF8.GetString(buffer.ToArray())), key.Secret);
    }

    /// <summary>The session a token points to, or null when the token is not ours, not of this type, or expired.</summary>
    public TokenContent? Read(string token, string type = "access")
    {
        if (!CompactJws.TrySplit(token, out var headerBytes, out var payloadBytes, out _))
        {
            return null;
        }

        try
        {
            using var header = JsonDocument.Parse(headerBytes);
            if (header.RootElement is not { ValueKind: JsonValueKind.Object } head
                || Text(head, "alg") != "HS256" || head.TryGetProperty("crit", out _)
                || Text(head, "kid") is not { } kid || keys.Find(kid) is not { } key
                || !CompactJws.IsSignedWith(token, key.Secret))
            {
                return null;
            }

            using var payload = JsonDocument.Parse(payloadBytes);
            var claims = payload.RootElement;
            return claims.ValueKind == JsonValueKind.Object
                && Text(claims, "type") == type
                && claims.TryGetProperty("exp", out var exp) && exp.TryGetInt64(out var expires) && expires > time.GetUtcNow().ToUnixTimeSeconds()
                && claims.TryGetProperty("user_id", out var userId) && userId.TryGetInt64(out var accountId)
                && Guid.TryParse(Text(claims, "jti"), CultureInfo.InvariantCulture, out var session)
                    ? new TokenContent { AccountId = accountId, SessionUid = session, ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(expires) }
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
        catch (InvalidOperationException)
        {
            // A claim of another JSON kind than ours.
            return null;
        }

        static string? Text(JsonElement element, string name) =>
            element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }

    /// <summary>
    /// Old pages read the payload with a plain base64 decoder, so its base64url must have no `-` and no `_`. In ASCII text those come only from
    /// `>`, `?`, `~` and DEL in every third byte; the JSON writer escapes all else that is not plain, and these four are escaped here.
    /// </summary>
    private static string PlainAlphabet(string json) => json
        .Replace(">", "\\u003E", StringComparison.Ordinal)
        .Replace("?", "\\u003F", StringComparison.Ordinal)
        .Replace("~", "\\u007E", StringComparison.Ordinal)
        .Replace("\u007F", "\\u007F", StringComparison.Ordinal);
}

internal sealed record TokenContent
{
    public required long AccountId { get; init; }
    public required Guid SessionUid { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
}
