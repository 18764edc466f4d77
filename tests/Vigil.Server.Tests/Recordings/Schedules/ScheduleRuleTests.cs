using System.Globalization;
using Vigil.Server.Recordings.Schedules;

namespace Vigil.Server.Tests.Recordings.Schedules;

public sealed class ScheduleRuleTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    private static readonly RecordingSchedule Nightly = new() { Type = ScheduleType.Daily, StartTime = new TimeOnly(18, 0), EndTime = new TimeOnly(6, 0) };

    [Fact]
    public void A_night_belongs_to_the_day_on_which_it_begins()
    {
        var fridays = Nightly with { Type = ScheduleType.Weekly, Days = WeekDays.Friday };

        ScheduleRule.Ranges(fridays, Berlin, Utc("2026-11-16 00:00"), Utc("2026-11-30 00:00")).ShouldBe(
        [
            new ScheduledRange(new DateOnly(2026, 11, 20), Utc("2026-11-20 17:00"), Utc("2026-11-21 05:00")),
            new ScheduledRange(new DateOnly(2026, 11, 27), Utc("2026-11-27 17:00"), Utc("2026-11-28 05:00")),
        ]);
        ScheduleRule.ShouldRecord(fridays, Berlin, Utc("2026-11-21 04:59")).ShouldBeTrue();
        ScheduleRule.ShouldRecord(fridays, Berlin, Utc("2026-11-21 05:00")).ShouldBeFalse();
        ScheduleRule.ShouldRecord(fridays, Berlin, Utc("2026-11-21 17:00")).ShouldBeFalse();
    }

    [Fact]
    public void The_same_time_twice_is_a_whole_day_and_daily_it_never_stops()
    {
        var always = Nightly with { StartTime = new TimeOnly(7, 0), EndTime = new TimeOnly(7, 0) };
        var ranges = ScheduleRule.Ranges(always, Berlin, Utc("2026-10-20 00:00"), Utc("2026-10-28 00:00")).ToList();

        ranges.Zip(ranges.Skip(1)).ShouldAllBe(pair => pair.First.End == pair.Second.Start);
        ranges.Select(r => r.End - r.Start).Distinct().Order().ShouldBe([TimeSpan.FromHours(24), TimeSpan.FromHours(25)]);
    }

    [Theory]
    // Spring 2027 in Berlin: 02:00 to 03:00 on 28 March is skipped (01:00 UTC).
    [InlineData("02:30", "04:00", "2027-03-28", "2027-03-28 01:00", "2027-03-28 02:00")] // begins with the first instant after the gap
    [InlineData("01:00", "02:30", "2027-03-28", "2027-03-28 00:00", "2027-03-28 01:00")] // ends there too
    [InlineData("22:00", "06:00", "2027-03-27", "2027-03-27 21:00", "2027-03-28 04:00")] // a night of seven hours
    // Autumn 2026: 02:00 to 03:00 on 25 October comes twice (00:00 and 01:00 UTC).
    [InlineData("02:30", "04:00", "2026-10-25", "2026-10-25 00:30", "2026-10-25 03:00")] // begins at the first of the two
    [InlineData("01:00", "02:30", "2026-10-25", "2026-10-24 23:00", "2026-10-25 00:30")] // ends at the first of the two
    [InlineData("02:00", "03:00", "2026-10-25", "2026-10-25 00:00", "2026-10-25 02:00")] // the whole of the long hour
    [InlineData("22:00", "06:00", "2026-10-24", "2026-10-24 20:00", "2026-10-25 05:00")] // a night of nine hours
    public void On_the_night_the_clocks_change(string start, string end, string day, string from, string to)
    {
        var once = new RecordingSchedule
        {
            Type = ScheduleType.Once,
            StartDate = DateOnly.Parse(day, CultureInfo.InvariantCulture),
            StartTime = TimeOnly.Parse(start, CultureInfo.InvariantCulture),
            EndTime = TimeOnly.Parse(end, CultureInfo.InvariantCulture),
        };

        ScheduleRule.Ranges(once, Berlin, Utc(from).AddDays(-3), Utc(to).AddDays(3))
            .ShouldBe([new ScheduledRange(once.StartDate!.Value, Utc(from), Utc(to))]);
        ScheduleRule.Over(once, Berlin).ShouldBe(Utc(to));
    }

    [Fact]
    public void Minutes_that_the_clock_never_shows_are_not_recorded()
    {
        var inTheGap = Nightly with { StartTime = new TimeOnly(2, 10), EndTime = new TimeOnly(2, 50) };

        ScheduleRule.Ranges(inTheGap, Berlin, Utc("2027-03-27 12:00"), Utc("2027-03-28 12:00")).ShouldBeEmpty();
        ScheduleRule.NextStart(inTheGap, Berlin, Utc("2027-03-27 12:00")).ShouldBe(Utc("2027-03-29 00:10"));
    }

    [Theory]
    [InlineData("Europe/Berlin", "2026-10-24 12:00", "2026-10-25 01:00", 60)]
    [InlineData("Australia/Lord_Howe", "2027-04-01 00:00", "2027-04-03 15:00", 30)]
    public void Continuous_pieces_follow_each_other_without_a_hole_from_hour_to_hour(string zone, string from, string change, int shortest)
    {
        var always = new RecordingSchedule { Type = ScheduleType.Continuous };
        var pieces = ScheduleRule.Ranges(always, TimeZoneInfo.FindSystemTimeZoneById(zone), Utc(from), Utc(from).AddDays(4)).ToList();

        pieces[0].Start.ShouldBe(Utc(from));
        pieces.Zip(pieces.Skip(1)).ShouldAllBe(pair => pair.First.End == pair.Second.Start);
        pieces.ShouldContain(p => p.Start == Utc(change));
        pieces.Min(p => p.End - p.Start).ShouldBe(TimeSpan.FromMinutes(shortest));
        pieces.Max(p => p.End - p.Start).ShouldBe(TimeSpan.FromHours(1));
    }

    [Fact]
    public void A_schedule_that_is_switched_off_records_nothing_and_can_still_be_previewed()
    {
        var off = Nightly with { IsActive = false };

        ScheduleRule.ShouldRecord(off, Berlin, Utc("2026-11-21 20:00")).ShouldBeFalse();
        ScheduleRule.Ranges(off, Berlin, Utc("2026-11-21 20:00"), Utc("2026-11-21 21:00")).Count().ShouldBe(1);
    }

    [Fact]
    public void It_begins_and_ends_for_good_with_its_dates()
    {
        var week = Nightly with { StartDate = new DateOnly(2026, 12, 1), EndDate = new DateOnly(2026, 12, 3) };

        ScheduleRule.Ranges(week, Berlin, Utc("2026-11-01 00:00"), Utc("2027-01-01 00:00")).Select(r => r.Day.Day).ShouldBe([1, 2, 3]);
        ScheduleRule.NextStart(week, Berlin, Utc("2026-06-01 00:00")).ShouldBe(Utc("2026-12-01 17:00"));
        ScheduleRule.NextStart(week, Berlin, Utc("2026-12-03 17:00")).ShouldBeNull();
        ScheduleRule.Over(week, Berlin).ShouldBe(Utc("2026-12-04 05:00"));
        ScheduleRule.Over(Nightly, Berlin).ShouldBeNull();
    }

    [Fact]
    public void Where_a_whole_day_was_skipped_the_night_goes_on_to_the_morning_after()
    {
        // Samoa had no 30 December 2011.
        var apia = TimeZoneInfo.FindSystemTimeZoneById("Pacific/Apia");
        var night = Nightly with { Type = ScheduleType.Once, StartDate = new DateOnly(2011, 12, 29) };

        var range = ScheduleRule.Ranges(night, apia, Utc("2011-12-25 00:00"), Utc("2012-01-05 00:00")).Single();
        LocalClock.At(apia, range.Start).ShouldBe(new DateTime(2011, 12, 29, 18, 0, 0));
        LocalClock.At(apia, range.End).ShouldBe(new DateTime(2011, 12, 31, 0, 0, 0));
        LocalClock.NextChange(apia, Utc("2011-12-25 00:00"), Utc("2012-01-05 00:00"))!.Value.By.ShouldBe(TimeSpan.FromHours(24));
    }

    public static TheoryData<string, string> Zones => new()
    {
        { "Australia/Lord_Howe", "2025-12-01" }, // half an hour
        { "Africa/Casablanca", "2025-12-01" }, // back for Ramadan
        { "Pacific/Chatham", "2025-12-01" }, // at 02:45
        { "Pacific/Apia", "2011-06-01" }, // without 30 December 2011
        { "America/St_Johns", "2025-12-01" },
        { "America/St_Johns", "2010-01-01" }, // then at one minute past midnight
        { "Europe/Berlin", "2025-12-01" },
        { "Europe/Lisbon", "2025-12-01" },
        { "America/New_York", "2025-12-01" },
        { "Asia/Kolkata", "2025-12-01" },
        { "Asia/Kathmandu", "2025-12-01" },
        { "Africa/Cairo", "2025-12-01" }, // at midnight
        { "America/Havana", "2025-12-01" }, // at midnight, back to the day before
        { "Asia/Beirut", "2025-12-01" }, // at midnight
        { "America/Sao_Paulo", "2017-01-01" }, // a day without its first hour
        { "America/Nuuk", "2025-12-01" }, // before midnight
        { "Antarctica/Troll", "2025-12-01" }, // two hours
        { "Asia/Pyongyang", "2017-10-01" }, // another zone for good
    };

    [Theory]
    [MemberData(nameof(Zones))]
    public void Agrees_with_somebody_who_watches_the_clock_for_430_days(string zoneName, string firstDay)
    {
        const int Days = 430;
        var first = DateOnly.Parse(firstDay, CultureInfo.InvariantCulture);
        var zone = TimeZoneInfo.FindSystemTimeZoneById(zoneName);
        var reference = new WallClockReference(zoneName, first, Days);
        var random = new Random(4);
        var changes = Changes(zone, reference);
        changes.Count.ShouldBe(reference.Changes, "the two readings of the tz database differ");

        foreach (var schedule in Fixed(first).Concat(Enumerable.Range(0, 25).Select(_ => Any(random, first, Days, changes))))
        {
            var expected = reference.Recorded(schedule);
            // The first and last days are only half seen.
            bool Inside((int From, int Until) r) => r.From > 3 * 1440 && r.Until < (Days - 3) * 1440;
            var ranges = Joined(schedule, zone, reference).Where(Inside).ToHashSet();
            ranges.SymmetricExceptWith(expected.Where(Inside));
            ranges.ShouldBeEmpty($"{zoneName} {schedule}");
            foreach (var minute in Around(expected, random, reference.Minutes))
            {
                ScheduleRule.ShouldRecord(schedule, zone, reference.First.AddMinutes(minute))
                    .ShouldBe(expected.Exists(r => r.From <= minute && minute < r.Until), $"{zoneName} {schedule} minute {minute}");
            }
        }
    }

    private static List<(int From, int Until)> Joined(RecordingSchedule schedule, TimeZoneInfo zone, WallClockReference reference)
    {
        var runs = new List<(int From, int Until)>();
        foreach (var range in ScheduleRule.Ranges(schedule, zone, reference.First, reference.First.AddMinutes(reference.Minutes)))
        {
            var (from, until) = (Minute(range.Start, reference), Minute(range.End, reference));
            if (runs.Count > 0 && runs[^1].Until == from)
            {
                runs[^1] = (runs[^1].From, until);
            }
            else
            {
                runs.Add((from, until));
            }
        }

        return runs;
    }

    private static int Minute(DateTimeOffset instant, WallClockReference reference) => (int)(instant.UtcDateTime - reference.First).TotalMinutes;

    private static List<DateTimeOffset> Changes(TimeZoneInfo zone, WallClockReference reference)
    {
        var changes = new List<DateTimeOffset>();
        DateTimeOffset at = reference.First;
        while (LocalClock.NextChange(zone, at, reference.First.AddMinutes(reference.Minutes)) is { } change)
        {
            changes.Add(change.At);
            at = change.At;
        }

        return changes;
    }

    private static IEnumerable<RecordingSchedule> Fixed(DateOnly first) =>
    [
        Nightly,
        new RecordingSchedule { Type = ScheduleType.Continuous },
        new RecordingSchedule { Type = ScheduleType.Continuous, StartDate = first.AddDays(100), EndDate = first.AddDays(333) },
        Nightly with { StartTime = new TimeOnly(0, 0), EndTime = new TimeOnly(0, 0) },
        Nightly with { StartTime = new TimeOnly(2, 0), EndTime = new TimeOnly(3, 0) },
        Nightly with { StartTime = new TimeOnly(2, 30), EndTime = new TimeOnly(2, 30) },
        Nightly with { StartTime = new TimeOnly(23, 30), EndTime = new TimeOnly(0, 30) },
    ];

    /// <summary>Any schedule; half of the time one that has an end near a change of the clock.</summary>
    private static RecordingSchedule Any(Random random, DateOnly first, int days, List<DateTimeOffset> changes)
    {
        var at = changes.Count > 0 && random.Next(2) == 0 ? changes[random.Next(changes.Count)] : (DateTimeOffset?)null;
        var day = at is { } change ? DateOnly.FromDateTime(change.UtcDateTime).AddDays(random.Next(-2, 3)) : first.AddDays(random.Next(days));
        var type = (ScheduleType)random.Next(3);
        return new RecordingSchedule
        {
            Type = type,
            StartTime = new TimeOnly(random.Next(at is null ? 24 : 4), random.Next(60)),
            EndTime = new TimeOnly(random.Next(at is null ? 24 : 4), random.Next(60)),
            Days = type == ScheduleType.Weekly ? (WeekDays)random.Next(1, 128) : WeekDays.None,
            StartDate = type == ScheduleType.Once || random.Next(3) == 0 ? day : null,
            EndDate = type != ScheduleType.Once && random.Next(3) == 0 ? day.AddDays(random.Next(60)) : null,
        };
    }

    private static IEnumerable<int> Around(List<(int From, int Until)> runs, Random random, int minutes)
    {
        var edges = runs.SelectMany(r => new[] { r.From - 1, r.From, r.Until - 1, r.Until }).Concat(Enumerable.Range(0, 50).Select(_ => random.Next(minutes)));
        return edges.Where(m => m > 3 * 1440 && m < minutes - (3 * 1440)).Where(_ => random.Next(runs.Count > 50 ? 10 : 1) == 0);
    }

    private static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
