namespace Vigil.Server.Accounts;

/// <summary>IANA zone names, as browsers give them.</summary>
public static class TimeZones
{
    public static bool IsKnown(string name) =>
        !name.Contains("..", StringComparison.Ordinal) && !name.StartsWith('/') && TimeZoneInfo.TryFindSystemTimeZoneById(name, out _);

    /// <summary>The zone, or UTC when this machine does not know it (its tz data is older than the row).</summary>
    public static TimeZoneInfo Find(string name) => TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : TimeZoneInfo.Utc;
}
