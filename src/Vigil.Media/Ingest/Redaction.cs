using System.Text.RegularExpressions;

namespace Vigil.Media.Ingest;

/// <summary>Makes other programs' messages fit for our log: no credentials, no addresses, one line, bounded.</summary>
internal static partial class Redaction
{
    private const int MostCharacters = 400;

    public static string Clean(string text, StreamRequest request)
    {
        text = UrlPattern().Replace(text, "<address>");
        foreach (var secret in new[] { request.Password, request.Username })
        {
            if (!string.IsNullOrEmpty(secret))
            {
                text = text.Replace(secret, "***", StringComparison.Ordinal)
                    .Replace(Uri.EscapeDataString(secret), "***", StringComparison.OrdinalIgnoreCase);
            }
        }

        text = text.ReplaceLineEndings(" | ");
        return text.Length > MostCharacters ? text[^MostCharacters..] : text;
    }

    [GeneratedRegex(@"[a-zA-Z][a-zA-Z0-9+.\-]*://\S+", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex UrlPattern();
}
