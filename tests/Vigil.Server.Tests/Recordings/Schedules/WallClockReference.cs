using System.Diagnostics;
using System.Globalization;
using Vigil.Server.Recordings.Schedules;

namespace Vigil.Server.Tests.Recordings.Schedules;

/// <summary>
/// The same schedules by another road: somebody who walks through the span minute by minute, looks at the clock on the wall (offsets from
/// Python's reading of the tz database, not from .NET's), never lets it go back, and asks whether those digits are within the window.
/// No instant of a local time is ever computed.
/// </summary>
internal sealed class WallClockReference
{
    private const int Day = 24 * 60;

    /// <summary>What the clock shows, in minutes of its own since the year 1.</summary>
    private readonly int[] clock;

    public WallClockReference(string zone, DateOnly firstDay, int days)
    {
        First = firstDay.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc);
        clock = new int[days * Day];
        var offsets = Offsets(zone, firstDay, days);
        var epoch = (int)(DateTime.UnixEpoch.Ticks / TimeSpan.TicksPerMinute);
        var (next, offset, highest) = (0, 0, 0);
        for (var minute = 0; minute < clock.Length; minute++)
        {
            var at = (int)(First.Ticks / TimeSpan.TicksPerMinute) + minute;
            while (next < offsets.Count && offsets[next].Minute <= at - epoch)
            {
                offset = offsets[next++].Offset;
            }

            highest = Math.Max(highest, at + offset);
            clock[minute] = highest;
        }

        Changes = offsets.Count - 1;
    }

    public DateTime First { get; }

    public int Minutes => clock.Length;

    public int Changes { get; }

    /// <summary>The instants (minutes since <see cref="First"/>) from and until which it records, ranges that touch joined.</summary>
    public List<(int From, int Until)> Recorded(RecordingSchedule schedule)
    {
        var runs = new List<(int, int)>();
        var since = -1;
        for (var minute = 0; minute < clock.Length; minute++)
        {
            var wanted = Wants(schedule, clock[minute]);
            if (wanted && since < 0)
            {
                since = minute;
            }
            else if (!wanted && since >= 0)
            {
                runs.Add((since, minute));
                since = -1;
            }
        }

        if (since >= 0)
        {
            runs.Add((since, clock.Length));
        }

        return runs;
    }

    private static bool Wants(RecordingSchedule schedule, int shown)
    {
        var (today, now) = (shown / Day, shown % Day);
        var start = (schedule.StartTime.Hour * 60) + schedule.StartTime.Minute;
        var end = (schedule.EndTime.Hour * 60) + schedule.EndTime.Minute;
        if (schedule.Type == ScheduleType.Continuous)
        {
            return IsADay(schedule, today);
        }

        return end > start
            ? now >= start && now < end && IsADay(schedule, today)
            : (now >= start && IsADay(schedule, today)) || (now < end && IsADay(schedule, today - 1));
    }

    private static bool IsADay(RecordingSchedule schedule, int day)
    {
        if (schedule.Type == ScheduleType.Once)
        {
            return day == schedule.StartDate!.Value.DayNumber;
        }

        if ((schedule.StartDate is { } first && day < first.DayNumber) || (schedule.EndDate is { } last && day > last.DayNumber))
        {
            return false;
        }

        // 1 January of the year 1 is a Monday of the calendar we use.
        return schedule.Type != ScheduleType.Weekly || ((int)schedule.Days >> (day % 7)) % 2 == 1;
    }

    private static List<(int Minute, int Offset)> Offsets(string zone, DateOnly firstDay, int days)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Recordings/Schedules/clock_offsets.py");
        using var python = Process.Start(new ProcessStartInfo("python3")
        {
            ArgumentList = { script, zone, firstDay.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), days.ToString(CultureInfo.InvariantCulture) },
            RedirectStandardOutput = true,
        })!;
        var lines = python.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        python.WaitForExit();
        python.ExitCode.ShouldBe(0);
        return [.. lines.Select(l => l.Split(' ')).Select(p => (int.Parse(p[0], CultureInfo.InvariantCulture), int.Parse(p[1], CultureInfo.InvariantCulture)))];
    }
}
