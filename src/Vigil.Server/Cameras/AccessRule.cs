namespace Vigil.Server.Cameras;

/// <summary>From a moment until before another.</summary>
public readonly record struct TimeRange(DateTimeOffset From, DateTimeOffset To)
{
    public bool Contains(DateTimeOffset at) => From <= at && at < To;

    public static TimeRange Always => new(DateTimeOffset.MinValue, DateTimeOffset.MaxValue);
}

/// <summary>How an <see cref="AccessRule"/> stands at a moment.</summary>
/// <param name="Open">The range it is open in; null: it is closed.</param>
/// <param name="ClosedAt">When it was open for the last time; null: it never was.</param>
/// <param name="OpensAt">When it opens next; null: never again.</param>
public readonly record struct AccessMoment(TimeRange? Open, DateTimeOffset? ClosedAt, DateTimeOffset? OpensAt);

/// <summary>
/// When an access row is open: a daily window in the household's zone, and days. Pure. A window that wraps midnight belongs to the day it
/// begins on. Where the clocks change, a time that comes twice means the first, and one that never comes means the jump: see docs/design/access.md.
/// </summary>
public sealed record AccessRule
{
    /// <summary>Null: from midnight.</summary>
    public TimeOnly? Start { get; init; }

    /// <summary>Null: until midnight. Before the start: of the next day. The same as the start: never open.</summary>
    public TimeOnly? End { get; init; }

    /// <summary>The first day on which a window may begin.</summary>
    public DateOnly? FirstDay { get; init; }

    public DateOnly? LastDay { get; init; }

    public bool IsAlways => Start is null && End is null && FirstDay is null && LastDay is null;

    private bool Wraps => End is { } end && end < (Start ?? TimeOnly.MinValue);

    public AccessMoment At(DateTimeOffset now, TimeZoneInfo zone)
    {
        DateTimeOffset? closed = null;
        foreach (var window in Around(DayOf(now, zone), DayOf(now, zone), zone))
        {
            if (window.Contains(now))
            {
                return new AccessMoment(window, closed, null);
            }

            if (window.From > now)
            {
                return new AccessMoment(null, closed, window.From);
            }

            closed = window.To;
        }

        return new AccessMoment(null, closed, null);
    }

    /// <summary>The parts of <paramref name="wanted"/> in which the rule is open, in order.</summary>
    public IEnumerable<TimeRange> Within(TimeRange wanted, TimeZoneInfo zone)
    {
        if (wanted.From >= wanted.To)
        {
            yield break;
        }

        foreach (var window in Around(DayOf(wanted.From, zone), DayOf(wanted.To, zone), zone))
        {
            var (from, to) = (Later(window.From, wanted.From), window.To < wanted.To ? window.To : wanted.To);
            if (from < to)
            {
                yield return new TimeRange(from, to);
            }
        }
    }

    /// <summary>Whether <paramref name="other"/> is open whenever this is.</summary>
    public bool IsWithin(AccessRule other)
    {
        var (start, length) = Length();
        var (otherStart, otherLength) = other.Length();
        if (length == TimeSpan.Zero)
        {
            return true; // Never open.
        }

        var offset = start - otherStart;
        // Begins after midnight, in a window of the other that began the evening before.
        var shift = 0;
        if (offset < TimeSpan.Zero)
        {
            offset += TimeSpan.FromDays(1);
            shift = -1;
        }

        var wholeDays = otherLength == TimeSpan.FromDays(1) && otherStart == TimeSpan.Zero;
        if (!wholeDays && offset + length > otherLength)
        {
            return false;
        }

        var lastShift = wholeDays && start + length > TimeSpan.FromDays(1) ? 1 : shift;
        return (other.FirstDay is not { } first || (FirstDay is { } mine && mine.DayNumber + shift >= first.DayNumber))
            && (other.LastDay is not { } last || (LastDay is { } mineLast && mineLast.DayNumber + lastShift <= last.DayNumber));
    }

    private (TimeSpan Start, TimeSpan Length) Length()
    {
        var start = (Start ?? TimeOnly.MinValue).ToTimeSpan();
        var end = End?.ToTimeSpan() ?? TimeSpan.FromDays(1);
        return (start, Wraps ? end + TimeSpan.FromDays(1) - start : end - start);
    }

    /// <summary>The windows from the last one before a day to the first one after another, in order.</summary>
    private IEnumerable<TimeRange> Around(DateOnly from, DateOnly to, TimeZoneInfo zone)
    {
        if (Start is null && End is null)
        {
            yield return new TimeRange(
                FirstDay is { } begin ? Instant(begin, TimeOnly.MinValue, zone) : DateTimeOffset.MinValue,
                LastDay is { } end ? Instant(end.AddDays(1), TimeOnly.MinValue, zone) : DateTimeOffset.MaxValue);
            yield break;
        }

        // Three days, because a window of one day may fall into a jump of the clocks altogether, in Samoa even a whole day.
        const int Spare = 3;
        var first = Math.Max(Math.Min(from.DayNumber - Spare, (LastDay ?? DateOnly.MaxValue).DayNumber - Spare), (FirstDay ?? DateOnly.MinValue).DayNumber);
        var last = Math.Min(Math.Max(to.DayNumber + Spare, (FirstDay ?? DateOnly.MinValue).DayNumber + Spare), (LastDay ?? DateOnly.MaxValue).DayNumber);
        for (var number = Math.Max(first, Spare); number <= Math.Min(last, DateOnly.MaxValue.DayNumber - Spare); number++)
        {
            var day = DateOnly.FromDayNumber(number);
            var begin = Instant(day, Start ?? TimeOnly.MinValue, zone);
            var end = Instant(End is null || Wraps ? day.AddDays(1) : day, End ?? TimeOnly.MinValue, zone);
            if (begin < end)
            {
                yield return new TimeRange(begin, end);
            }
        }
    }

    private static DateOnly DayOf(DateTimeOffset at, TimeZoneInfo zone) =>
        at < DateTimeOffset.MinValue.AddDays(9) ? DateOnly.MinValue.AddDays(9)
        : at > DateTimeOffset.MaxValue.AddDays(-9) ? DateOnly.MaxValue.AddDays(-9)
        : DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime);

    /// <summary>The first moment at which clocks in the zone show this, or, where they jump over it, something later.</summary>
    private static DateTimeOffset Instant(DateOnly day, TimeOnly time, TimeZoneInfo zone)
    {
        var local = day.ToDateTime(time, DateTimeKind.Utc);
        var (one, two) = (zone.GetUtcOffset(local.AddDays(-1)), zone.GetUtcOffset(local.AddDays(1)));
        var early = local - (one > two ? one : two);
        var late = local - (one > two ? two : one);
        if (ClockAt(early) == local)
        {
            return early;
        }

        while (ClockAt(late) != local && late - early > TimeSpan.FromTicks(1))
        {
            var middle = early + ((late - early) / 2);
            if (ClockAt(middle) >= local)
            {
                late = middle;
            }
            else
            {
                early = middle;
            }
        }

        return late;

        DateTime ClockAt(DateTime utc) => utc + zone.GetUtcOffset(utc);
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
