using System.Security.Cryptography;
using System.Text;

namespace Vigil.Server.Devices;

/// <summary>
/// What is read from one screen and typed on another: eight characters of an alphabet of 32 (40 bits), shown in two groups. Letters that
/// look like digits are not used, and are understood as those digits. Pure apart from chance.
/// </summary>
internal static class PairingCode
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int Length = 8;
    private const int LongestTyped = 32;

    public static string Create()
    {
        var letters = RandomNumberGenerator.GetString(Alphabet, Length);
        return $"{letters[..4]}-{letters[4..]}";
    }

    /// <summary>The code as it is stored, or null when this cannot be one.</summary>
    public static byte[]? Hash(string? typed)
    {
        if (typed is null or { Length: > LongestTyped })
        {
            return null;
        }

        var letters = new string([.. typed.Where(c => c is not (' ' or '-')).Select(Plain)]);
        return letters.Length == Length && letters.All(c => Alphabet.Contains(c, StringComparison.Ordinal))
            ? SHA256.HashData(Encoding.ASCII.GetBytes(letters))
            : null;
    }

    private static char Plain(char typed) => char.ToUpperInvariant(typed) switch
    {
        'O' => '0',
        'I' or 'L' => '1',
        var other => other,
    };
}
