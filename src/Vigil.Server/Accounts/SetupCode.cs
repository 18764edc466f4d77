using System.Security.Cryptography;
using System.Text;

namespace Vigil.Server.Accounts;

/// <summary>Six characters printed in the terminal: whoever makes the first account from another machine must have seen them. Lives as long as the process.</summary>
internal sealed class SetupCode
{
    /// <summary>Without 0/O, 1/I/L: it is read from one screen and typed on another.</summary>
    private const string Alphabet = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";

    public string Value { get; } = RandomNumberGenerator.GetString(Alphabet, 6);

    public bool Matches(string? typed) =>
        typed is { Length: <= 32 } && CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(Value), Encoding.UTF8.GetBytes(typed.Trim().Replace("-", "", StringComparison.Ordinal).ToUpperInvariant()));
}
