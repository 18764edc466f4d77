using System.Globalization;
using System.Security.Cryptography;

namespace Vigil.Server.Devices.Signaling;

/// <summary>How the code of a signalling device is spelt: six digits, also typed with spaces or a dash between. Pure apart from chance.</summary>
internal static class SixDigitCode
{
    private const int LongestTyped = 32;

    public static string Create() => RandomNumberGenerator.GetInt32(1_000_000).ToString("D6", CultureInfo.InvariantCulture);

    /// <summary>The digits, or null when this cannot be a code.</summary>
    public static string? Read(string? typed)
    {
        if (typed is null or { Length: > LongestTyped })
        {
            return null;
        }

        var digits = new string([.. typed.Where(c => c is not (' ' or '-'))]);
        return digits.Length == 6 && digits.All(char.IsAsciiDigit) ? digits : null;
    }
}
