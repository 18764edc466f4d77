using System.Text.RegularExpressions;

namespace Vigil.Server.Live.Signaling;

/// <summary>
/// What may be asked of a device's go2rtc through the server, and what of an answer reaches the page. Its other paths change its configuration or run
/// programs, and so would a source that is an address instead of a name. Pure.
/// </summary>
internal static partial class ProxyRules
{
    private const int LongestQuery = 2048;

    /// <summary>Said by one hop to the next (RFC 9110 §7.6.1), or not the device's business.</summary>
    private static readonly HashSet<string> NotToDevice = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
        "Host", "Content-Length", "Expect", "Cookie", "Authorization", "X-Api-Key", "X-Vigil-Household", "Forwarded", "X-Forwarded-For", "X-Forwarded-Proto",
        "X-Real-IP",
    };

    /// <summary>Of a device's answer, only what describes the body: it must set no cookies and no rules for our own pages.</summary>
    private static readonly HashSet<string> FromDevice = new(StringComparer.OrdinalIgnoreCase)
    {
        "Content-Type", "Content-Disposition", "Content-Language", "Content-Range", "Accept-Ranges", "Cache-Control", "ETag", "Expires", "Last-Modified",
    };

    public static bool IsAllowed(string method, string path, IQueryCollection query) =>
        Path().IsMatch(path)
        && (HttpMethods.IsGet(method) || path == "api/webrtc")
        && !query.Where(pair => pair.Key is "src" or "dst" or "name").SelectMany(pair => pair.Value).Any(value => value is null || !Name().IsMatch(value));

    /// <summary>The query as it came, without what is for this server.</summary>
    public static string? QueryOf(IQueryCollection query)
    {
        var kept = QueryString.Create(query.Where(pair => pair.Key is not ("token" or "household"))
            .SelectMany(pair => pair.Value.Select(value => KeyValuePair.Create(pair.Key, value))));
        return kept.Value is null or { Length: <= LongestQuery } ? kept.Value ?? "" : null;
    }

    /// <summary>Of a stream; an address of a source is none.</summary>
    public static bool IsName(string text) => Name().IsMatch(text);

    /// <param name="headers">Of the request.</param>
    public static IEnumerable<KeyValuePair<string, string>> ToDevice(IHeaderDictionary headers)
    {
        var named = headers.Connection.SelectMany(value => (value ?? "").Split(',', StringSplitOptions.TrimEntries)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return headers.Where(header => !NotToDevice.Contains(header.Key) && !named.Contains(header.Key) && !header.Key.StartsWith("Sec-", StringComparison.OrdinalIgnoreCase))
            .Select(header => KeyValuePair.Create(header.Key, header.Value.ToString()));
    }

    public static bool MayPass(KeyValuePair<string, string> header) => FromDevice.Contains(header.Key) && !header.Value.Any(char.IsControl) && header.Value.All(char.IsAscii);

    [GeneratedRegex(@"\Aapi/(webrtc|streams|frame\.jpeg|stream\.[a-z0-9]{1,10})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Path();

    [GeneratedRegex(@"\A[A-Za-z0-9_.-]{1,100}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
