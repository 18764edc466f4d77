using System.Globalization;
using System.Text.Json.Nodes;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;

namespace Vigil.Server.Recordings.Schedules;

/// <summary>Schedules as the camera contract spells them, both ways.</summary>
internal static class CctvScheduleForm
{
    private static readonly TimeSpan WithoutEnd = TimeSpan.FromMinutes(60);
    private static readonly string[] Types = ["once", "daily", "weekly", "continuous"];
    private static readonly string[] Qualities = ["main", "sub"];
    private static readonly string[] DayNames = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    private static readonly string[] TimeForms = ["HH:mm", "HH:mm:ss", "HH:mm:ss.fff", "HH:mm:ss.ffffff", "H:mm"];

    public static string WordOf(ScheduleType type) => type.ToString().ToLowerInvariant();

    /// <param name="body">Its faults are the caller's to answer.</param>
    /// <param name="old">As it was; a new one has only its camera and household.</param>
    /// <param name="isNew">Then name, type and times are needed.</param>
    /// <param name="updated">The contract's names of the fields that were given.</param>
    public static RecordingSchedule Read(LooseBody body, RecordingSchedule old, bool isNew, out IReadOnlyList<string> updated)
    {
        var fields = new List<string>();
        var name = Given("name", isNew ? body.Required("name", 255) : body.Optional("name", 255));
        var type = Given("schedule_type", body.Word("schedule_type", Types));
        if (isNew && type is null)
        {
            body.Required("schedule_type");
        }

        var kind = type is null ? old.Type : Enum.Parse<ScheduleType>(type, ignoreCase: true);
        var start = Given("start_time", Time(body, "start_time", isNew && kind != ScheduleType.Continuous));
        var end = Given("end_time", Time(body, "end_time", needed: false));
        var days = body.Texts("days_of_week");
        var set = WeekDays.None;
        foreach (var day in days ?? [])
        {
            var number = Array.IndexOf(DayNames, day.Trim().ToLowerInvariant());
            if (number < 0)
            {
                body.Fault("days_of_week", $"Input should be one of: {string.Join(", ", DayNames)}", "literal_error");
            }
            else
            {
                set |= (WeekDays)(1 << number);
            }
        }

        body.Word("recording_quality", Qualities); // Accepted, not stored: the main stream is always what is recorded.
        var from = start ?? old.StartTime;
        var read = old with
        {
            Name = name ?? old.Name,
            Type = kind,
            StartTime = from,
            EndTime = end ?? (isNew ? from.Add(WithoutEnd) : old.EndTime),
            StartDate = Date(body, "start_date", old.StartDate, fields),
            EndDate = Date(body, "end_date", old.EndDate, fields),
            Days = days is null ? old.Days : set,
            IsActive = Given("is_active", body.Flag("is_active")) ?? (isNew || old.IsActive),
        };
        if (days is not null)
        {
            fields.Add("days_of_week");
        }

        updated = fields;
        return read;

        T? Given<T>(string field, T? value)
        {
            if (value is not null)
            {
                fields.Add(field);
            }

            return value;
        }
    }

    public static JsonObject Show(RecordingSchedule schedule, Camera camera) => new()
    {
        ["id"] = schedule.Id,
        ["camera"] = camera.Uid,
        ["camera_name"] = camera.Name,
        ["name"] = schedule.Name,
        ["schedule_type"] = WordOf(schedule.Type),
        ["start_time"] = schedule.StartTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture),
        ["end_time"] = schedule.EndTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture),
        ["start_date"] = schedule.StartDate?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        ["end_date"] = schedule.EndDate?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        ["days_of_week"] = new JsonArray([.. DayNames.Where((_, i) => (schedule.Days & (WeekDays)(1 << i)) != 0).Select(day => JsonValue.Create(day))]),
        ["recording_quality"] = "main",
        ["is_active"] = schedule.IsActive,
        ["created_by"] = schedule.CreatedBy,
        ["created_at"] = CctvContract.Instant(schedule.CreatedAt),
        ["updated_at"] = CctvContract.Instant(schedule.UpdatedAt),
    };

    /// <summary>The contract's name of a field of <see cref="ScheduleForm"/>.</summary>
    public static string FieldOf(string name) => name switch
    {
        nameof(RecordingSchedule.StartDate) => "start_date",
        nameof(RecordingSchedule.EndDate) => "end_date",
        nameof(RecordingSchedule.StartTime) => "start_time",
        nameof(RecordingSchedule.EndTime) => "end_time",
        nameof(RecordingSchedule.Days) => "days_of_week",
        _ => name.ToLowerInvariant(),
    };

    private static TimeOnly? Time(LooseBody body, string field, bool needed)
    {
        var text = needed ? body.Required(field, 32) : body.Optional(field, 32);
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        if (TimeOnly.TryParseExact(text.Trim(), TimeForms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
        {
            return time;
        }

        body.Fault(field, "Input should be in a valid time format (HH:MM)", "time_parsing");
        return null;
    }

    private static DateOnly? Date(LooseBody body, string field, DateOnly? old, List<string> fields)
    {
        if (!body.Has(field))
        {
            return old;
        }

        fields.Add(field);
        var text = body.Optional(field, 32);
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        if (DateOnly.TryParseExact(text.Trim().Split('T')[0], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
        {
            return date;
        }

        body.Fault(field, "Input should be a valid date in the format YYYY-MM-DD", "date_parsing");
        return old;
    }
}
