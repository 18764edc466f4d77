using System.Text;
using Npgsql;

namespace Vigil.Server.Hosting;

/// <summary>What others wrote, in a form that the database takes.</summary>
internal static class StoredText
{
    /// <summary>
    /// At most <paramref name="longest"/> UTF-16 units, never half a surrogate pair; lone surrogates and U+0000, which PostgreSQL refuses,
    /// become U+FFFD.
    /// </summary>
    public static string Cut(string text, int longest)
    {
        var length = Math.Min(text.Length, longest);
        if (length > 0 && length < text.Length && char.IsSurrogatePair(text[length - 1], text[length]))
        {
            length--;
        }

        var cut = new StringBuilder(length);
        foreach (var rune in text.AsSpan(0, length).EnumerateRunes())
        {
            cut.Append((rune.Value == 0 ? Rune.ReplacementChar : rune).ToString());
        }

        return cut.ToString();
    }

    /// <summary>Is it the data itself that was refused? Then trying again changes nothing, and holds up everything behind it.</summary>
    public static bool IsRefusal(Exception failure) =>
        failure is ArgumentException or PostgresException { SqlState: ['2', '2' or '3', ..] };
}
