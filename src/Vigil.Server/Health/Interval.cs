using System.Globalization;
using System.Text.RegularExpressions;

namespace Vigil.Server.Health;

/// <summary>"15 minutes", "1 hour", "1 week": a length of time as the health contract spells it. It is never part of a statement.</summary>
internal static partial class Interval
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    public static bool TryParse(string text, out TimeSpan length)
    {
        length = default;
        if (Shape().Match(text) is not { Success: true } match)
        {
            return false;
        }

        var count = int.Parse(match.Groups["count"].ValueSpan, CultureInfo.InvariantCulture);
        length = count * match.Groups["unit"].Value switch
        {
            "minute" => TimeSpan.FromMinutes(1),
            "hour" => TimeSpan.FromHours(1),
            "day" => TimeSpan.FromDays(1),
            _ => TimeSpan.FromDays(7),
        };
        return length > TimeSpan.Zero && length <= Longest;
    }

    [GeneratedRegex(@"^(?<count>[0-9]{1,5}) ?(?<unit>minute|hour|day|week)s?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Shape();
}
