using System.Globalization;
using Vigil.Server.Cameras;

namespace Vigil.Server.Tests.Cameras;

public sealed class AccessRuleTests
{
    private static readonly TimeZoneInfo Zagreb = TimeZoneInfo.FindSystemTimeZoneById("Europe/Zagreb");

    [Theory]
    [InlineData(null, null, "2026-03-10 00:00", true)]
    [InlineData("18:00", "23:00", "2026-03-10 17:59", false)]
    [InlineData("18:00", "23:00", "2026-03-10 18:00", true)]
    [InlineData("18:00", "23:00", "2026-03-10 22:59", true)]
    [InlineData("18:00", "23:00", "2026-03-10 23:00", false)]
    [InlineData("22:00", "06:00", "2026-03-10 21:59", false)]
    [InlineData("22:00", "06:00", "2026-03-10 22:00", true)]
    [InlineData("22:00", "06:00", "2026-03-11 05:59", true)]
    [InlineData("22:00", "06:00", "2026-03-11 06:00", false)]
    [InlineData(null, "07:00", "2026-03-10 00:00", true)]
    [InlineData(null, "07:00", "2026-03-10 07:00", false)]
    [InlineData("20:00", null, "2026-03-10 23:59", true)]
    [InlineData("20:00", null, "2026-03-11 00:00", false)]
    [InlineData("20:00", "20:00", "2026-03-10 20:00", false)]
    public void A_window_is_open_from_its_start_until_before_its_end(string? start, string? end, string at, bool open) =>
        IsOpen(Rule(start, end), Local(at)).ShouldBe(open);

    [Theory]
    [InlineData("2026-03-10 05:00", false)]
    [InlineData("2026-03-10 22:00", true)]
    [InlineData("2026-03-11 05:00", true)]
    [InlineData("2026-03-11 22:00", false)]
    [InlineData("2026-03-12 05:00", false)]
    public void An_overnight_window_belongs_to_the_day_on_which_it_begins(string at, bool open) =>
        IsOpen(Rule("22:00", "06:00") with { FirstDay = Day("2026-03-10"), LastDay = Day("2026-03-10") }, Local(at)).ShouldBe(open);

    [Fact]
    public void It_knows_when_it_closed_and_opens_next()
    {
        var rule = Rule("18:00", "23:00") with { FirstDay = Day("2026-03-10"), LastDay = Day("2026-03-11") };

        rule.At(Local("2026-03-01 12:00"), Zagreb).ShouldBe(new AccessMoment(null, null, Local("2026-03-10 18:00")));
        rule.At(Local("2026-03-10 20:00"), Zagreb).Open.ShouldBe(new TimeRange(Local("2026-03-10 18:00"), Local("2026-03-10 23:00")));
        rule.At(Local("2026-03-11 01:00"), Zagreb).ShouldBe(new AccessMoment(null, Local("2026-03-10 23:00"), Local("2026-03-11 18:00")));
        rule.At(Local("2026-07-01 12:00"), Zagreb).ShouldBe(new AccessMoment(null, Local("2026-03-11 23:00"), null));
    }

    [Theory]
    [InlineData("2026-03-10 23:30", "Your access ended at 23:00. It begins again tomorrow at 18:00.")]
    [InlineData("2026-03-11 12:00", "Your access begins at 18:00.")]
    [InlineData("2026-03-11 23:05", "Your access ended at 23:00.")]
    [InlineData("2026-03-12 08:00", "Your access ended yesterday at 23:00.")]
    [InlineData("2026-03-20 08:00", "Your access ended on 11 March at 23:00.")]
    [InlineData("2026-03-01 08:00", "Your access begins on 10 March at 18:00.")]
    public void What_a_sitter_reads_outside_the_window(string at, string words)
    {
        var rule = Rule("18:00", "23:00") with { FirstDay = Day("2026-03-10"), LastDay = Day("2026-03-11") };

        AccessWords.Closed(rule.At(Local(at), Zagreb), Local(at), Zagreb).ShouldBe(words);
    }

    [Theory]
    [InlineData("2026-03-29 01:30", "02:30", "2026-03-29T00:30Z", "2026-03-29T01:00Z")] // 02:30 does not come: the jump.
    [InlineData("2026-10-25 01:30", "02:30", "2026-10-24T23:30Z", "2026-10-25T00:30Z")] // 02:30 comes twice: the first.
    [InlineData("2026-10-25 01:30", "03:00", "2026-10-24T23:30Z", "2026-10-25T02:00Z")] // 03:00 comes once, after both 02:30.
    public void Where_the_clocks_change_a_time_means_when_the_clock_first_reaches_it(string start, string end, string from, string to) =>
        Rule(start[11..], end).At(Instant(from), Zagreb).Open.ShouldBe(new TimeRange(Instant(from), Instant(to)));

    /// <summary>
    /// The reference: the furthest that the clock on the wall has come, minute by minute, held against the window as anybody would read it.
    /// </summary>
    [Theory]
    [InlineData("Europe/Zagreb", "2026-03-26")]
    [InlineData("Europe/Zagreb", "2026-10-22")]
    [InlineData("America/New_York", "2026-10-29")]
    [InlineData("Australia/Lord_Howe", "2026-04-02")]
    [InlineData("Australia/Lord_Howe", "2026-10-01")]
    [InlineData("Africa/Casablanca", "2026-02-12")]
    [InlineData("Africa/Casablanca", "2026-03-19")]
    [InlineData("Pacific/Chatham", "2026-04-02")]
    [InlineData("Pacific/Apia", "2011-12-27")]
    [InlineData("America/Sao_Paulo", "2018-11-01")]
    [InlineData("America/St_Johns", "2010-11-04")]
    [InlineData("Asia/Beirut", "2026-10-22")]
    [InlineData("Asia/Kathmandu", "2026-05-01")]
    public void In_every_zone_and_on_every_night_it_is_open_when_the_clock_says_so(string name, string first)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(name);
        var begin = Day(first).ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc).AddDays(-1);
        var clock = new DateTime[8 * 24 * 60];
        for (var minute = 0; minute < clock.Length; minute++)
        {
            var utc = begin.AddMinutes(minute);
            var shown = utc + zone.GetUtcOffset(utc);
            clock[minute] = minute > 0 && clock[minute - 1] > shown ? clock[minute - 1] : shown;
        }

        var random = new Random(7);
        for (var trial = 0; trial < 40; trial++)
        {
            var rule = Some(random, Day(first));
            var inRanges = new bool[clock.Length];
            foreach (var range in rule.Within(new TimeRange(begin, begin.AddMinutes(clock.Length)), zone))
            {
                for (var minute = (int)Math.Ceiling((range.From - begin).TotalMinutes); minute < (range.To - begin).TotalMinutes; minute++)
                {
                    inRanges[minute] = true;
                }
            }

            for (var minute = random.Next(13); minute < clock.Length; minute += 13)
            {
                var expected = Reads(rule, clock[minute]);
                IsOpen(rule, begin.AddMinutes(minute), zone).ShouldBe(expected, $"{rule} at {begin.AddMinutes(minute):u}, the clock having come to {clock[minute]:s}");
                inRanges[minute].ShouldBe(expected, $"{rule} in ranges at {begin.AddMinutes(minute):u}");
            }
        }
    }

    [Fact]
    public void One_rule_is_within_another_exactly_when_the_other_is_open_whenever_it_is()
    {
        var random = new Random(11);
        var begin = Day("2026-05-01");
        var within = 0;
        for (var trial = 0; trial < 20_000; trial++)
        {
            var (inner, outer) = (Some(random, begin, hours: true), Some(random, begin, hours: true));
            var expected = Enumerable.Range(-72, 72 + (14 * 24)).All(hour =>
                begin.ToDateTime(TimeOnly.MinValue).AddHours(hour) is var clock && (!Reads(inner, clock) || Reads(outer, clock)));
            within += expected ? 1 : 0;
            inner.IsWithin(outer).ShouldBe(expected, $"{inner} in {outer}");
        }

        within.ShouldBeGreaterThan(500);
    }

    private static AccessRule Some(Random random, DateOnly about, bool hours = false)
    {
        var step = hours ? 60 : 10;
        TimeOnly? Time() => random.Next(4) == 0 ? null : new TimeOnly(0).Add(TimeSpan.FromMinutes(random.Next(24 * 60 / step) * step));
        DateOnly? One(int least) => random.Next(2) == 0 ? null : about.AddDays(least + random.Next(3));
        return new AccessRule { Start = Time(), End = Time(), FirstDay = One(0), LastDay = One(2) };
    }

    /// <summary>As the rule is written, for a clock that never goes back.</summary>
    private static bool Reads(AccessRule rule, DateTime clock)
    {
        var (day, time) = (DateOnly.FromDateTime(clock), TimeOnly.FromDateTime(clock));
        var start = rule.Start ?? TimeOnly.MinValue;
        if (rule.End is not { } end)
        {
            return time >= start && Counts(day);
        }

        return end >= start ? time >= start && time < end && Counts(day) : (time >= start && Counts(day)) || (time < end && Counts(day.AddDays(-1)));

        bool Counts(DateOnly began) => (rule.FirstDay is not { } first || began >= first) && (rule.LastDay is not { } last || began <= last);
    }

    private static bool IsOpen(AccessRule rule, DateTimeOffset at, TimeZoneInfo? zone = null) => rule.At(at, zone ?? Zagreb).Open is not null;

    private static AccessRule Rule(string? start, string? end) => new()
    {
        Start = start is null ? null : TimeOnly.Parse(start, CultureInfo.InvariantCulture),
        End = end is null ? null : TimeOnly.Parse(end, CultureInfo.InvariantCulture),
    };

    private static DateOnly Day(string text) => DateOnly.Parse(text, CultureInfo.InvariantCulture);

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private static DateTimeOffset Local(string text)
    {
        var local = DateTime.Parse(text, CultureInfo.InvariantCulture);
        return new DateTimeOffset(local, Zagreb.GetUtcOffset(local)).ToUniversalTime();
    }
}
