using System.Globalization;

namespace Vigil.Server.Recordings.Schedules;

/// <summary>What schedules will do, in numbers and words. Pure.</summary>
internal static class PreviewPlan
{
    private static readonly CultureInfo English = CultureInfo.InvariantCulture;

    public static SchedulePreview Make(IReadOnlyCollection<RecordingSchedule> schedules, TimeZoneInfo zone, DateTimeOffset now)
    {
        var change = LocalClock.NextChange(zone, now, now.AddDays(366));
        return new SchedulePreview
        {
            TimeZone = zone.Id,
            Next = Span(schedules, zone, now, now.AddHours(24)),
            ClockChange = change is { } next ? Change(schedules, zone, next) : null,
        };
    }

    private static PreviewClockChange Change(IReadOnlyCollection<RecordingSchedule> schedules, TimeZoneInfo zone, ClockChange change)
    {
        var before = change.At.UtcDateTime + change.Before;
        var after = change.At.UtcDateTime + change.After;
        var eve = DateOnly.FromDateTime(before.AddHours(-12));
        var noon = new TimeOnly(12, 0);
        return new PreviewClockChange
        {
            At = change.At,
            Minutes = (int)change.By.TotalMinutes,
            Words = string.Create(
                English, $"{before:ddd d MMM yyyy}: at {before:HH:mm} the clocks go {(change.By > TimeSpan.Zero ? "forward" : "back")} to {after:HH:mm}"),
            Night = Span(schedules, zone, LocalClock.FirstAt(zone, eve.ToDateTime(noon)), LocalClock.FirstAt(zone, eve.AddDays(1).ToDateTime(noon))),
        };
    }

    private static PreviewSpan Span(IReadOnlyCollection<RecordingSchedule> schedules, TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset to)
    {
        var ranges = schedules.SelectMany(s => Joined(s, zone, from, to)).OrderBy(r => r.From).ThenBy(r => r.To).ToList();
        return new PreviewSpan { From = from, To = to, Seconds = Covered(ranges, from, to), Ranges = ranges, Hours = [.. Hours(zone, from, to)] };
    }

    /// <summary>What follows without a pause is one bar: the pieces of continuous recording, whole days.</summary>
    private static List<PreviewRange> Joined(RecordingSchedule schedule, TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset to)
    {
        var joined = new List<ScheduledRange>();
        foreach (var range in ScheduleRule.Ranges(schedule, zone, from, to))
        {
            if (joined.Count > 0 && joined[^1].End == range.Start)
            {
                joined[^1] = joined[^1] with { End = range.End };
            }
            else
            {
                joined.Add(range);
            }
        }

        return
        [
            .. joined.Select(r => new PreviewRange
            {
                ScheduleId = schedule.Id == Guid.Empty ? null : schedule.Id,
                Name = schedule.Name,
                From = r.Start,
                To = r.End,
                Words = schedule.Type == ScheduleType.Continuous ? "all the time" : Words(r, zone),
            }),
        ];
    }

    internal static string Words(ScheduledRange range, TimeZoneInfo zone)
    {
        var (from, to) = (LocalClock.At(zone, range.Start), LocalClock.At(zone, range.End));
        var end = from.Date == to.Date ? to.ToString("HH:mm", English) : to.ToString("ddd d MMM HH:mm", English);
        return string.Create(English, $"{from:ddd d MMM HH:mm} – {end}, {Length(range.End - range.Start)}");
    }

    private static string Length(TimeSpan length)
    {
        var (hours, minutes) = ((int)length.TotalHours, length.Minutes);
        return minutes == 0 ? string.Create(English, $"{hours} h")
            : hours == 0 ? string.Create(English, $"{minutes} min")
            : string.Create(English, $"{hours} h {minutes} min");
    }

    private static long Covered(IReadOnlyList<PreviewRange> ranges, DateTimeOffset from, DateTimeOffset to)
    {
        var (covered, reached) = (TimeSpan.Zero, from);
        foreach (var range in ranges)
        {
            var (start, end) = (range.From > reached ? range.From : reached, range.To < to ? range.To : to);
            if (end > start)
            {
                covered += end - start;
                reached = end;
            }
        }

        return (long)covered.TotalSeconds;
    }

    private static IEnumerable<PreviewHour> Hours(TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset to)
    {
        var step = TimeSpan.FromMinutes(15);
        for (var at = new DateTimeOffset(from.Ticks - (from.Ticks % step.Ticks), TimeSpan.Zero); at <= to; at += step)
        {
            if (at >= from && LocalClock.At(zone, at) is { Minute: 0 } local)
            {
                yield return new PreviewHour { At = at, Local = local.ToString("HH:mm", English) };
            }
        }
    }
}
