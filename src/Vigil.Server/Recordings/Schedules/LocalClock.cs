namespace Vigil.Server.Recordings.Schedules;

/// <summary>One moment when the clocks of a zone are put forward or back.</summary>
/// <param name="At">The first instant with the new offset.</param>
/// <param name="Before">Clock less UTC, before it.</param>
/// <param name="After">The same from then on.</param>
public readonly record struct ClockChange(DateTimeOffset At, TimeSpan Before, TimeSpan After)
{
    /// <summary>How far the clock is put: positive in spring.</summary>
    public TimeSpan By => After - Before;
}

/// <summary>
/// The clock on a household's wall. Only the offset of an instant is asked of the zone: that is always one number, while the instant of
/// a time on the clock may be none or two. No zone has changed its clock twice within two days in living memory.
/// </summary>
public static class LocalClock
{
    /// <summary>No clock is further from UTC, with an hour to spare.</summary>
    private static readonly TimeSpan FurthestBehind = TimeSpan.FromHours(13);

    private static readonly TimeSpan FurthestAhead = TimeSpan.FromHours(15);

    public static DateTime At(TimeZoneInfo zone, DateTimeOffset instant) => (instant.UtcDateTime + zone.GetUtcOffset(instant)).AsLocal();

    /// <summary>
    /// The first instant at which the clock shows <paramref name="local"/> or more: in the skipped hour the first one after the gap, in the
    /// repeated hour the first of the two.
    /// </summary>
    public static DateTimeOffset FirstAt(TimeZoneInfo zone, DateTime local)
    {
        var utc = new DateTimeOffset(DateTime.SpecifyKind(local, DateTimeKind.Utc));
        var (from, to) = (utc - FurthestAhead, utc + FurthestBehind);
        var (before, after) = (zone.GetUtcOffset(from), zone.GetUtcOffset(to));
        if (before == after)
        {
            return utc - before;
        }

        var change = FindChange(zone, from, to);
        return utc - before < change ? utc - before
            : utc - after < change ? change
            : utc - after;
    }

    /// <summary>The next change of the clock after <paramref name="after"/>, if there is one before <paramref name="until"/>.</summary>
    public static ClockChange? NextChange(TimeZoneInfo zone, DateTimeOffset after, DateTimeOffset until)
    {
        var step = TimeSpan.FromHours(24);
        for (var from = after; from < until; from += step)
        {
            var to = from + step < until ? from + step : until;
            if (zone.GetUtcOffset(from) != zone.GetUtcOffset(to))
            {
                var at = FindChange(zone, from, to);
                return new ClockChange(at, zone.GetUtcOffset(from), zone.GetUtcOffset(to));
            }
        }

        return null;
    }

    /// <summary>To the second: the offset differs at the two ends, and changes once between them.</summary>
    private static DateTimeOffset FindChange(TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset to)
    {
        var (low, high) = (from.ToUnixTimeSeconds(), to.ToUnixTimeSeconds() + 1);
        var before = zone.GetUtcOffset(from);
        while (high - low > 1)
        {
            var middle = low + ((high - low) / 2);
            if (zone.GetUtcOffset(DateTimeOffset.FromUnixTimeSeconds(middle)) == before)
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }

        return DateTimeOffset.FromUnixTimeSeconds(high);
    }

    private static DateTime AsLocal(this DateTime time) => DateTime.SpecifyKind(time, DateTimeKind.Unspecified);
}
