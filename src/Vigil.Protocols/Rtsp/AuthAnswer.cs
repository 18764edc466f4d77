using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Vigil.Protocols.Rtsp;

/// <summary>
/// Answers a server's challenges: Digest with MD5 or SHA-256, with and without <c>-sess</c> and <c>qop=auth</c> (RFC 2617, RFC 7616), and
/// Basic (RFC 7617). One per connection, because Digest counts its requests. Holds the password: never printed.
/// </summary>
public sealed class AuthAnswer
{
    private readonly string username;
    private readonly string password;
    private readonly Func<string> newCnonce;
    private AuthChallenge? challenge;
    private int nonceCount;

    /// <param name="username">Empty when the camera has none.</param>
    /// <param name="password">Used for hashing, or sent as it is when the camera offers only Basic.</param>
    /// <param name="newCnonce">Random text for each answer; tests pass the RFC's.</param>
    public AuthAnswer(string username, string password, Func<string>? newCnonce = null)
    {
        this.username = username;
        this.password = password;
        this.newCnonce = newCnonce ?? (() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
    }

    /// <summary>True once a challenge was taken that <see cref="Header"/> answers.</summary>
    public bool HasChallenge => challenge is not null;

    /// <summary>Takes the best of the offered challenges: SHA-256 before MD5 before Basic. False when we can answer none.</summary>
    public bool Take(IEnumerable<string> wwwAuthenticate)
    {
        var best = wwwAuthenticate.SelectMany(AuthChallenge.Parse).Select(c => (c, rank: Rank(c))).Where(x => x.rank > 0)
            .OrderByDescending(x => x.rank).Select(x => x.c).FirstOrDefault();
        if (best is null)
        {
            return false;
        }

        if (challenge?["nonce"] != best["nonce"])
        {
            nonceCount = 0;
        }

        challenge = best;
        return true;
    }

    /// <summary>The <c>Authorization</c> value for one request, or null before a challenge.</summary>
    public string? Header(string method, string uri)
    {
        if (challenge is null)
        {
            return null;
        }

        return challenge.IsBasic
            ? "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{username}:{password}"))
            : Digest(challenge, method, uri);
    }

    public override string ToString() => challenge is null ? "no challenge yet" : $"answers {challenge.Scheme}";

    private static int Rank(AuthChallenge offer)
    {
        if (offer.IsBasic)
        {
            return 1;
        }

        if (!offer.IsDigest || offer["nonce"] is null || (offer["qop"] is { } qop && !OffersAuth(qop)))
        {
            return 0;
        }

        return (offer["algorithm"] ?? "MD5").ToUpperInvariant() switch
        {
            "MD5" or "MD5-SESS" or "" => 2,
            "SHA-256" or "SHA-256-SESS" => 3,
            _ => 0,
        };
    }

    private static bool OffersAuth(string qop) =>
        qop.Length == 0 || qop.Split(',', StringSplitOptions.TrimEntries).Contains("auth", StringComparer.OrdinalIgnoreCase);

    private string Digest(AuthChallenge asked, string method, string uri)
    {
        var algorithm = asked["algorithm"];
        var sha = algorithm?.StartsWith("SHA-256", StringComparison.OrdinalIgnoreCase) == true;
        var session = algorithm?.EndsWith("-sess", StringComparison.OrdinalIgnoreCase) == true;
        var withQop = !string.IsNullOrEmpty(asked["qop"]);
        var (realm, nonce) = (asked["realm"] ?? "", asked["nonce"] ?? "");
        var cnonce = withQop || session ? newCnonce() : "";
        var count = (++nonceCount).ToString("x8", CultureInfo.InvariantCulture);

        var secret = Hash(sha, $"{username}:{realm}:{password}");
        if (session)
        {
            secret = Hash(sha, $"{secret}:{nonce}:{cnonce}");
        }

        var request = Hash(sha, $"{method}:{uri}");
        var response = Hash(sha, withQop ? $"{secret}:{nonce}:{count}:{cnonce}:auth:{request}" : $"{secret}:{nonce}:{request}");

        var text = new StringBuilder("Digest ");
        text.Append(CultureInfo.InvariantCulture, $"username={Quote(username)}, realm={Quote(realm)}, nonce={Quote(nonce)}, uri={Quote(uri)}, ");
        text.Append(CultureInfo.InvariantCulture, $"response=\"{response}\"");
        if (!string.IsNullOrEmpty(algorithm))
        {
            text.Append(CultureInfo.InvariantCulture, $", algorithm={algorithm}");
        }

        if (withQop)
        {
            text.Append(CultureInfo.InvariantCulture, $", qop=auth, nc={count}");
        }

        if (cnonce.Length > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $", cnonce={Quote(cnonce)}");
        }

        if (asked["opaque"] is { } opaque)
        {
            text.Append(CultureInfo.InvariantCulture, $", opaque={Quote(opaque)}");
        }

        return text.ToString();
    }

    private static string Quote(string value) =>
        $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static string Hash(bool sha256, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
#pragma warning disable CA5351 // MD5 is what cameras ask for (RFC 2617); SHA-256 is preferred when offered.
        return Convert.ToHexStringLower(sha256 ? SHA256.HashData(bytes) : MD5.HashData(bytes));
#pragma warning restore CA5351
    }
}
