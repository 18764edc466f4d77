using System.Security.Cryptography;
using System.Text;

namespace Vigil.Server.Devices;

/// <summary>How a key is spelt: eight letters and digits that name it, a dot, and thirty-two that are the secret. Pure apart from chance.</summary>
internal static class DeviceKeyText
{
    private const int PrefixLength = 8;
    private const int SecretLength = 32;
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    public static (string Prefix, string Secret) Create() =>
        (RandomNumberGenerator.GetString(Alphabet, PrefixLength), RandomNumberGenerator.GetString(Alphabet, SecretLength));

    public static bool TryParse(string? text, out string prefix, out string secret)
    {
        (prefix, secret) = ("", "");
        if (text is not { Length: PrefixLength + 1 + SecretLength } || text[PrefixLength] != '.')
        {
            return false;
        }

        (prefix, secret) = (text[..PrefixLength], text[(PrefixLength + 1)..]);
        return prefix.All(char.IsAsciiLetterOrDigit) && secret.All(char.IsAsciiLetterOrDigit);
    }

    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.ASCII.GetBytes(secret));

    public static bool Matches(string secret, byte[] hash) => CryptographicOperations.FixedTimeEquals(Hash(secret), hash);
}
