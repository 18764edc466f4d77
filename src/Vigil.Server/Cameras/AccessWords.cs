using System.Globalization;

namespace Vigil.Server.Cameras;

/// <summary>What a guest reads when their access to a camera is closed. Times are those of the household. Pure.</summary>
public static class AccessWords
{
    /// <summary>When it ended is worth a word only in the hours after it.</summary>
    private static readonly TimeSpan JustEnded = TimeSpan.FromHours(12);

    public static string Closed(AccessMoment moment, DateTimeOffset now, TimeZoneInfo zone) => (moment.ClosedAt, moment.OpensAt) switch
    {
        (null, null) => "You have no access to this camera.",
        ({ } ended, null) => $"Your access ended {When(ended, now, zone)}.",
        ({ } ended, { } opens) when now - ended < JustEnded => $"Your access ended {When(ended, now, zone)}. It begins again {When(opens, now, zone)}.",
        (_, { } opens) => $"Your access begins {When(opens, now, zone)}.",
    };

    private static string When(DateTimeOffset at, DateTimeOffset now, TimeZoneInfo zone)
    {
        var (then, today) = (TimeZoneInfo.ConvertTime(at, zone), TimeZoneInfo.ConvertTime(now, zone));
        var time = then.ToString("HH:mm", CultureInfo.InvariantCulture);
        return (DateOnly.FromDateTime(then.DateTime).DayNumber - DateOnly.FromDateTime(today.DateTime).DayNumber) switch
        {
            0 => $"at {time}",
            1 => $"tomorrow at {time}",
            -1 => $"yesterday at {time}",
            _ => $"on {then.ToString("d MMMM", CultureInfo.InvariantCulture)} at {time}",
        };
    }
}
