using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Vigil.Server.Hosting;

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

        return StrictBase64Url.TryDecode(first, out header) && StrictBase64Url.TryDecode(second, out payload) && StrictBase64Url.TryDecode(third, out signature);
    }

    /// <summary>Compares the signature in constant time.</summary>
    public static bool IsSignedWith(string token, ReadOnlySpan<byte> key)
    {
        var end = token.LastIndexOf('.');
        return end > 0
            && StrictBase64Url.TryDecode(token.AsSpan(end + 1), out var signature)
            && CryptographicOperations.FixedTimeEquals(signature, HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(token[..end])));
    }
}
