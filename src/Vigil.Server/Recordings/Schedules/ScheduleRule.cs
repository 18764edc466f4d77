namespace Vigil.Server.Recordings.Schedules;

/// <summary>One recording that a schedule wants.</summary>
/// <param name="Day">The day it belongs to: a night that begins on Friday is Friday's.</param>
/// <param name="Start">Its first instant.</param>
/// <param name="End">Behind its last instant.</param>
public readonly record struct ScheduledRange(DateOnly Day, DateTimeOffset Start, DateTimeOffset End)
{
    public bool Contains(DateTimeOffset instant) => Start <= instant && instant < End;
}

/// <summary>
/// What a schedule wants. Pure: the instant and the zone are arguments, nothing is remembered. Both ends of a range are the first instant
/// at which the clock on the wall shows them or more, so a range always ends, and two schedules that meet on the clock meet in time.
/// See docs/design/schedules.md.
/// </summary>
public static class ScheduleRule
{
    private static readonly TimeSpan Piece = TimeSpan.FromHours(1);

    /// <summary>Seven days, and one on which the hour is skipped.</summary>
    private const int FurthestNext = 16;

    public static bool ShouldRecord(RecordingSchedule schedule, TimeZoneInfo zone, DateTimeOffset instant) => Current(schedule, zone, instant) is not null;

    /// <summary>The range that <paramref name="instant"/> lies in; null when the schedule is switched off or wants nothing now.</summary>
    public static ScheduledRange? Current(RecordingSchedule schedule, TimeZoneInfo zone, DateTimeOffset instant)
    {
        if (schedule.IsActive)
        {
            foreach (var range in Ranges(schedule, zone, instant, instant))
            {
                return range;
            }
        }

        return null;
    }

    /// <summary>
    /// Every range that touches the span, in order, whole (it may begin before the span and end after it). Whether the schedule is switched
    /// on is not asked.
    /// </summary>
    public static IEnumerable<ScheduledRange> Ranges(RecordingSchedule schedule, TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset to)
    {
        var all = schedule.Type == ScheduleType.Continuous ? Pieces(schedule, zone, from, to) : Days(schedule, zone, from, to);
        return all.Where(r => r.Start < r.End && r.End > from && (r.Start < to || r.Start == from));
    }

    /// <summary>When the next range after <paramref name="after"/> begins; null: never again.</summary>
    public static DateTimeOffset? NextStart(RecordingSchedule schedule, TimeZoneInfo zone, DateTimeOffset after)
    {
        var from = schedule.StartDate is { } first && StartOf(first, zone) is var begin && begin > after ? begin : after;
        foreach (var range in Ranges(schedule, zone, from, from + TimeSpan.FromDays(FurthestNext)))
        {
            if (range.Start > after)
            {
                return range.Start;
            }
        }

        return null;
    }

    /// <summary>When the last range of a schedule is over; null: it goes on for ever.</summary>
    public static DateTimeOffset? Over(RecordingSchedule schedule, TimeZoneInfo zone) => schedule switch
    {
        { Type: ScheduleType.Once, StartDate: { } only } => On(schedule, zone, only).End,
        { Type: ScheduleType.Continuous, EndDate: { } last } => StartOf(last.AddDays(1), zone),
        { EndDate: { } last } => On(schedule, zone, last).End,
        _ => null,
    };

    private static IEnumerable<ScheduledRange> Days(RecordingSchedule schedule, TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset to)
    {
        // Two days back: where a whole day was skipped, the night before it ends on the day after.
        var first = DateOnly.FromDateTime(LocalClock.At(zone, from)).AddDays(-2);
        var last = DateOnly.FromDateTime(LocalClock.At(zone, to)).AddDays(1);
        if (schedule.StartDate is { } start && start > first)
        {
            first = start;
        }

        var end = schedule.Type == ScheduleType.Once ? schedule.StartDate : schedule.EndDate;
        if (end is { } until && until < last)
        {
            last = until;
        }

        for (var day = first; day <= last; day = day.AddDays(1))
        {
            if (schedule.Type != ScheduleType.Weekly || schedule.Days.Has(day.DayOfWeek))
            {
                yield return On(schedule, zone, day);
            }
        }
    }

    private static ScheduledRange On(RecordingSchedule schedule, TimeZoneInfo zone, DateOnly day) => new(
        day,
        LocalClock.FirstAt(zone, day.ToDateTime(schedule.StartTime)),
        LocalClock.FirstAt(zone, (schedule.IsOvernight ? day.AddDays(1) : day).ToDateTime(schedule.EndTime)));

    /// <summary>From full hour to full hour of the clock on the wall; a change by half an hour makes one shorter.</summary>
    private static IEnumerable<ScheduledRange> Pieces(RecordingSchedule schedule, TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset to)
    {
        if (schedule.StartDate is { } first && StartOf(first, zone) is var begin && begin > from)
        {
            from = begin;
        }

        var over = Over(schedule, zone) ?? DateTimeOffset.MaxValue;
        for (var start = HourOf(zone, from); start <= to && start < over;)
        {
            var end = start + Piece - InTheHour(zone, start);
            if (LocalClock.NextChange(zone, start, end) is { } change && change.At > start)
            {
                end = change.At;
            }

            end = end < over ? end : over;
            yield return new ScheduledRange(DateOnly.FromDateTime(LocalClock.At(zone, start)), start, end);
            start = end;
        }
    }

    /// <summary>The beginning of the piece that an instant lies in.</summary>
    private static DateTimeOffset HourOf(TimeZoneInfo zone, DateTimeOffset instant)
    {
        var start = instant - InTheHour(zone, instant);
        return LocalClock.NextChange(zone, start, instant) is { } change && change.At <= instant ? change.At : start;
    }

    private static TimeSpan InTheHour(TimeZoneInfo zone, DateTimeOffset instant) => TimeSpan.FromTicks(LocalClock.At(zone, instant).Ticks % Piece.Ticks);

    private static DateTimeOffset StartOf(DateOnly day, TimeZoneInfo zone) => LocalClock.FirstAt(zone, day.ToDateTime(TimeOnly.MinValue));
}
