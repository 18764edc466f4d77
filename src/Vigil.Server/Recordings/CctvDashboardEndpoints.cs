using System.Globalization;
using System.Text.Json.Nodes;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Recordings.Schedules;

namespace Vigil.Server.Recordings;

/// <summary>`/v0/api/cctv/dashboard/…` and `/status/…`: the start page of the camera contract, counted from what there is.</summary>
internal static class CctvDashboardEndpoints
{
    private const int UsualActivities = 20;
    private const int MostActivities = 200;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var cctv = routes.MapCctv();
        cctv.MapGet("/dashboard/analytics", GetAnalytics).WithSummary("Cameras, recordings, schedules and footage in numbers, days in the household's zone");
        cctv.MapGet("/dashboard/activity", GetActivity).WithSummary("What happened lately, newest first; ?limit=20");
        cctv.MapGet("/status/overview", GetOverview);
        cctv.MapGet("/status/cameras", GetCameras);
        cctv.MapGet("/status/recordings", CctvRecordingEndpoints.GetStats);
    }

    private static async Task<IResult> GetAnalytics(
        HttpContext http, CurrentMember member, CctvDoor door, CameraFeeds feeds, CctvRecordings recordings, ScheduleDirectory schedules, SegmentTable segments,
        TimeProvider time, CancellationToken cancel)
    {
        var cameras = door.Visible(http);
        var zone = TimeZones.Find(member.TimeZone);
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(time.GetUtcNow(), zone).DateTime);
        var counts = await recordings.CountAsync(http, cancel);
        var hours = await recordings.ByHourAsync(http, member.TimeZone, time.GetUtcNow().AddDays(-8), cancel);
        var own = Schedules(cameras, schedules);
        var stored = new Dictionary<DateOnly, long>();
        foreach (var household in cameras.GroupBy(pair => pair.Member.HouseholdId))
        {
            foreach (var day in await segments.BytesByDayAsync(
                household.Key, [.. household.Select(pair => pair.Camera.Id)], member.TimeZone, time.GetUtcNow().AddDays(-31), cancel))
            {
                stored[day.Day] = stored.GetValueOrDefault(day.Day) + day.Bytes;
            }
        }

        var online = cameras.Count(pair => feeds.StatusOf(pair.Camera).State == CameraState.Live);
        return Results.Json(new JsonObject
        {
            ["camera_status_distribution"] = new JsonArray([.. cameras.GroupBy(pair => CctvCameraJson.StatusOf(feeds.StatusOf(pair.Camera)))
                .Select(group => new JsonObject { ["status"] = group.Key, ["count"] = group.Count() })]),
            ["recording_activity_7_days"] = new JsonArray([.. Enumerable.Range(0, 7).Select(i => today.AddDays(i - 6)).Select(day => new JsonObject
            {
                ["date"] = day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                ["day"] = day.ToString("ddd", CultureInfo.InvariantCulture),
                ["recordings"] = hours.Where(h => DateOnly.FromDateTime(h.Key) == day).Sum(h => h.Value),
            })]),
            ["hourly_activity_today"] = new JsonArray([.. Enumerable.Range(0, 24).Select(hour => new JsonObject
            {
                ["hour"] = string.Create(CultureInfo.InvariantCulture, $"{hour:00}:00"),
                ["recordings"] = hours.GetValueOrDefault(today.ToDateTime(new TimeOnly(hour, 0))),
            })]),
            ["schedule_type_distribution"] = new JsonArray([.. own.GroupBy(s => s.Type)
                .Select(group => new JsonObject { ["schedule_type"] = CctvScheduleForm.WordOf(group.Key), ["count"] = group.Count() })]),
            ["storage_usage_30_days"] = new JsonArray([.. Enumerable.Range(0, 30).Select(i => today.AddDays(i - 29)).Select(day => new JsonObject
            {
                ["date"] = day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                ["storage_gb"] = Math.Round(stored.GetValueOrDefault(day) / 1073741824.0, 3),
            })]),
            ["system_metrics"] = new JsonObject
            {
                ["total_cameras"] = cameras.Count,
                ["online_cameras"] = online,
                ["offline_cameras"] = cameras.Count - online,
                ["total_recordings"] = counts.Values.Sum(c => c.Total),
                ["total_schedules"] = own.Count,
                ["active_schedules"] = own.Count(s => s.IsActive),
                // Of the cameras that are not paused, how many send pictures now.
                ["uptime_percentage"] = cameras.Count(pair => !pair.Camera.Paused) is > 0 and var wanted ? Math.Round(100.0 * online / wanted, 1) : 100,
            },
        });
    }

    private static async Task<IResult> GetActivity(
        HttpContext http, CctvDoor door, CameraFeeds feeds, CctvRecordings recordings, ScheduleDirectory schedules, TimeProvider time, CancellationToken cancel,
        int limit = UsualActivities)
    {
        limit = Math.Clamp(limit, 1, MostActivities);
        var cameras = door.Visible(http);
        var byId = cameras.ToDictionary(pair => pair.Camera.Id, pair => pair.Camera);
        var all = (await recordings.ListAsync(http, cancel, most: limit)).Select(r => Activity(
                $"recording_{r.Recording.Id}", "recording", r.Recording.IsRunning ? "Recording started" : $"Recording {CctvRecordingJson.StatusOf(r.Recording.Outcome)}",
                r.Recording.Name, r.Camera, r.Recording.EndedAt ?? r.Recording.From, CctvRecordingJson.StatusOf(r.Recording.Outcome)))
            .Concat(Schedules(cameras, schedules).Select(s => Activity(
                $"schedule_{s.Id}", "schedule", s.UpdatedAt > s.CreatedAt ? "Schedule changed" : "Schedule created", s.Name, byId[s.CameraId], s.UpdatedAt,
                s.IsActive ? "active" : "inactive")))
            .Concat(cameras.Select(pair => Activity(
                $"camera_{pair.Camera.Uid}", "camera", "Camera added", pair.Camera.Location, pair.Camera, pair.Camera.CreatedAt,
                CctvCameraJson.StatusOf(feeds.StatusOf(pair.Camera)))))
            .OrderByDescending(activity => activity.At).ToList();
        return Results.Json(new JsonObject
        {
            ["activities"] = new JsonArray([.. all.Take(limit).Select(activity => activity.Shown)]),
            ["total_count"] = all.Count,
            ["last_updated"] = CctvContract.Instant(time.GetUtcNow()),
        });
    }

    private static IResult GetOverview(HttpContext http, CctvDoor door, CameraFeeds feeds, CctvRecordings recordings, ScheduleDirectory schedules, TimeProvider time)
    {
        var cameras = door.Visible(http);
        var own = Schedules(cameras, schedules);
        return Results.Json(new JsonObject
        {
            ["status"] = "operational",
            ["total_cameras"] = cameras.Count,
            ["online_cameras"] = cameras.Count(pair => feeds.StatusOf(pair.Camera).State == CameraState.Live),
            ["recording_cameras"] = cameras.Count(pair => recordings.Current(pair.Camera.Id) is not null),
            ["total_schedules"] = own.Count,
            ["active_schedules"] = own.Count(s => s.IsActive),
            ["timestamp"] = CctvContract.Instant(time.GetUtcNow()),
        });
    }

    private static IResult GetCameras(HttpContext http, CctvDoor door, CameraFeeds feeds, CctvRecordings recordings) => Results.Json(new JsonObject
    {
        ["cameras"] = new JsonArray([.. door.Visible(http).Select(pair =>
        {
            var status = feeds.StatusOf(pair.Camera);
            return new JsonObject
            {
                ["id"] = pair.Camera.Uid,
                ["name"] = pair.Camera.Name,
                ["status"] = CctvCameraJson.StatusOf(status),
                ["is_online"] = status.State == CameraState.Live,
                ["is_recording"] = recordings.Current(pair.Camera.Id) is not null,
                ["last_seen"] = CctvContract.Instant(status.LastFrameAt),
                ["detail"] = status.Detail,
            };
        })]),
    });

    private static List<RecordingSchedule> Schedules(IReadOnlyList<(Camera Camera, CurrentMember Member)> cameras, ScheduleDirectory schedules)
    {
        var seen = cameras.Select(pair => pair.Camera.Id).ToHashSet();
        return [.. cameras.Select(pair => pair.Member.HouseholdId).Distinct().SelectMany(schedules.Of).Where(s => seen.Contains(s.CameraId))];
    }

    private static (DateTimeOffset At, JsonObject Shown) Activity(
        string id, string type, string title, string description, Camera camera, DateTimeOffset at, string status) => (at, new JsonObject
        {
            ["id"] = id,
            ["type"] = type,
            ["title"] = title,
            ["description"] = description,
            ["camera_name"] = camera.Name,
            ["camera_id"] = camera.Uid,
            ["timestamp"] = CctvContract.Instant(at),
            ["status"] = status,
            ["metadata"] = new JsonObject(),
        });
}
