using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Vigil.Server.Accounts;

/// <summary>JWS compact serialization with HMAC-SHA256 and nothing else (RFC 7515 §7.1, RFC 7518 §3.2). Knows bytes, not claims.</summary>
internal static class CompactJws
{
    /// <summary>Longer tokens are not ours.</summary>
    public const int MaxLength = 4096;

    public static string Sign(string headerJson, string payloadJson, ReadOnlySpan<byte> key)
    {
        var input = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(headerJson))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payloadJson))}";
        return $"{input}.{Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(input)))}";
    }

    /// <summary>Splits without judging: three parts of strict base64url, or false.</summary>
    public static bool TrySplit(string token, out byte[] header, out byte[] payload, out byte[] signature)
    {
        header = payload = signature = [];
        if (token.Length > MaxLength || token.Split('.') is not [var first, var second, var third])
        {
            return false;
        }

        return TryDecode(first, out header) && TryDecode(second, out payload) && TryDecode(third, out signature);
    }

    /// <summary>Compares the signature in constant time.</summary>
    public static bool IsSignedWith(string token, ReadOnlySpan<byte> key)
    {
        var end = token.LastIndexOf('.');
        return end > 0
            && TryDecode(token[(end + 1)..], out var signature)
            && CryptographicOperations.FixedTimeEquals(signature, HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(token[..end])));
    }

    // Padding, white space and non-canonical last characters are refused: one signature has one spelling.
    private static bool TryDecode(string text, out byte[] bytes)
    {
        bytes = [];
        if (text.AsSpan().ContainsAnyExcept(Alphabet) || text.Length % 4 == 1)
        {
            return false;
        }

        bytes = Base64Url.DecodeFromChars(text);
        return Base64Url.EncodeToString(bytes) == text;
    }

    private static readonly System.Buffers.SearchValues<char> Alphabet =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}
