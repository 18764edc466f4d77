namespace Vigil.Protocols.Rtsp;

/// <summary>One challenge of a <c>WWW-Authenticate</c> header (RFC 7235 §2.1), as HTTP and RTSP cameras send it.</summary>
public sealed record AuthChallenge
{
    /// <summary><c>Digest</c> or <c>Basic</c>, as spelled by the server.</summary>
    public required string Scheme { get; init; }

    /// <summary>Parameters by lower-case name, unquoted.</summary>
    public required IReadOnlyDictionary<string, string> Parameters { get; init; }

    public string? this[string name] => Parameters.GetValueOrDefault(name);

    public bool IsDigest => Scheme.Equals("Digest", StringComparison.OrdinalIgnoreCase);

    public bool IsBasic => Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase);

    /// <summary>The nonce was too old, the password may well be right (RFC 7616 §3.3).</summary>
    public bool IsStale => string.Equals(this["stale"], "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>Parses one header, which may hold several challenges. Never throws; nonsense gives fewer challenges.</summary>
    public static IReadOnlyList<AuthChallenge> Parse(string header)
    {
        var found = new List<AuthChallenge>();
        Dictionary<string, string>? parameters = null;
        var at = 0;
        while (at < header.Length && found.Count < 16)
        {
            at = SkipSeparators(header, at);
            var start = at;
            while (at < header.Length && header[at] is not (' ' or '\t' or ',' or '='))
            {
                at++;
            }

            if (at == start)
            {
                at++; // A lone '=': nonsense.
                continue;
            }

            var word = header[start..at];
            var equals = SkipSpaces(header, at);
            if (equals < header.Length && header[equals] == '=')
            {
                at = ReadValue(header, SkipSpaces(header, equals + 1), out var value);
                parameters?.TryAdd(word.ToLowerInvariant(), value);
            }
            else
            {
                parameters = new(StringComparer.Ordinal);
                found.Add(new AuthChallenge { Scheme = word, Parameters = parameters });
            }
        }

        return found;
    }

    private static int SkipSpaces(string text, int at)
    {
        while (at < text.Length && text[at] is ' ' or '\t')
        {
            at++;
        }

        return at;
    }

    private static int SkipSeparators(string text, int at)
    {
        while (at < text.Length && text[at] is ' ' or '\t' or ',')
        {
            at++;
        }

        return at;
    }

    private static int ReadValue(string text, int at, out string value)
    {
        if (at >= text.Length || text[at] != '"')
        {
            var end = text.IndexOfAny([',', ' ', '\t'], Math.Min(at, text.Length));
            end = end < 0 ? text.Length : end;
            value = text[Math.Min(at, text.Length)..end];
            return end;
        }

        var unquoted = new System.Text.StringBuilder();
        for (at++; at < text.Length && text[at] != '"'; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length)
            {
                at++;
            }

            unquoted.Append(text[at]);
        }

        value = unquoted.ToString();
        return Math.Min(at + 1, text.Length);
    }
}
