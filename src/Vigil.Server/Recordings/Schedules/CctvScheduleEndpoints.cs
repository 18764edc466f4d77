using System.Text.Json.Nodes;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Database;

namespace Vigil.Server.Recordings.Schedules;

/// <summary>`/v0/api/cctv/schedules/…`: the same schedules as on our own page.</summary>
internal static class CctvScheduleEndpoints
{
    private static readonly TimeSpan MissedWithin = TimeSpan.FromDays(7);

    /// <summary>Within that time; a continuous schedule has one each hour.</summary>
    private const int MostRuns = 1_000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var path in new[] { "/schedules", "/recording-schedules" })
        {
            var schedules = routes.MapCctv(path);
            schedules.MapGet("", List).WithSummary("Schedules of the cameras one may see");
            schedules.MapPost("", Add).WithSummary("Make a schedule; an end that is not after its start is on the next day")
                .WithDescription("camera, name, schedule_type once|daily|weekly|continuous, start_time, end_time, start_date, end_date, days_of_week, recording_quality, is_active");
            schedules.MapGet("/{id:guid}", Get);
            schedules.MapMethods("/{id:guid}", ["PUT", "PATCH"], Change).WithSummary("Change a schedule; what is missing stays as it is");
            schedules.MapDelete("/{id:guid}", Remove);
            schedules.MapPost("/{id:guid}/activate", (Guid id, HttpContext http, [AsParameters] Desk desk, CancellationToken cancel) => SwitchAsync(id, true, http, desk, cancel));
            schedules.MapPost("/{id:guid}/deactivate", (Guid id, HttpContext http, [AsParameters] Desk desk, CancellationToken cancel) => SwitchAsync(id, false, http, desk, cancel));
            schedules.MapGet("/{id:guid}/status", GetStatus);
        }
    }

    private static IResult List(HttpContext http, [AsParameters] Desk desk)
    {
        desk.CheckLoaded();
        var cameras = desk.Door.Visible(http);
        var byId = cameras.ToDictionary(pair => pair.Camera.Id, pair => pair.Camera);
        var all = cameras.Select(pair => pair.Member.HouseholdId).Distinct().SelectMany(desk.Directory.Of).Where(s => byId.ContainsKey(s.CameraId))
            .OrderByDescending(s => s.CreatedAt).ToList();
        return Results.Json(new JsonObject
        {
            ["total_schedules"] = all.Count,
            ["active_schedules"] = all.Count(s => s.IsActive),
            ["schedules"] = new JsonArray([.. all.Select(s => CctvScheduleForm.Show(s, byId[s.CameraId]))]),
        });
    }

    private static async Task<IResult> Add(HttpContext http, [AsParameters] Desk desk, CancellationToken cancel)
    {
        var body = await LooseBody.ReadJsonAsync(http.Request, cancel);
        var uid = CameraOf(body, needed: true);
        var wish = CctvScheduleForm.Read(body, new RecordingSchedule { Type = ScheduleType.Daily }, isNew: true, out _);
        if (body.HasFaults || uid is null)
        {
            return body.Unprocessable();
        }

        if (desk.Door.Refuse(http, uid.Value, CameraNeed.Schedule, out var camera, out var member) is { } refusal)
        {
            return refusal;
        }

        var (schedule, wrong) = desk.Check(wish with { HouseholdId = camera.HouseholdId, CameraId = camera.Id, CreatedBy = member.AccountId }, null);
        if (wrong is not null)
        {
            return wrong;
        }

        if (await desk.Directory.AddAsync(schedule, cancel) is not { } added)
        {
            return CctvDoor.NoSuchCamera();
        }

        // One of the two original servers answered with the object, the other with its id.
        var answer = CctvScheduleForm.Show(added, camera);
        answer["message"] = "Schedule created successfully";
        answer["schedule_id"] = added.Id;
        return Results.Json(answer, statusCode: StatusCodes.Status201Created);
    }

    private static IResult Get(Guid id, HttpContext http, [AsParameters] Desk desk) =>
        desk.Refuse(http, id, CameraNeed.View, out var found) ?? Results.Json(CctvScheduleForm.Show(found.Schedule, found.Camera));

    private static async Task<IResult> Change(Guid id, HttpContext http, [AsParameters] Desk desk, CancellationToken cancel)
    {
        if (desk.Refuse(http, id, CameraNeed.Schedule, out var found) is { } refusal)
        {
            return refusal;
        }

        var body = await LooseBody.ReadJsonAsync(http.Request, cancel);
        var uid = CameraOf(body, needed: false) ?? found.Camera.Uid;
        var wish = CctvScheduleForm.Read(body, found.Schedule, isNew: false, out var updated);
        if (body.HasFaults)
        {
            return body.Unprocessable();
        }

        if (desk.Door.Refuse(http, uid, CameraNeed.Schedule, out var camera, out _) is { } other)
        {
            return other;
        }

        if (camera.HouseholdId != found.Camera.HouseholdId)
        {
            return CctvContract.BadRequest("A schedule stays in its household");
        }

        var (schedule, wrong) = desk.Check(wish with { CameraId = camera.Id }, found.Schedule);
        if (wrong is not null)
        {
            return wrong;
        }

        return await desk.Directory.ChangeAsync(found.Schedule.HouseholdId, id, s => schedule with { CreatedBy = s.CreatedBy, CreatedAt = s.CreatedAt }, cancel) is not { } changed
            ? NoSuchSchedule()
            : Results.Json(new JsonObject
            {
                ["message"] = "Schedule updated successfully",
                ["schedule_id"] = id,
                ["updated_fields"] = new JsonArray([.. updated.Select(field => JsonValue.Create(field))]),
                ["schedule"] = CctvScheduleForm.Show(changed, camera),
            });
    }

    private static async Task<IResult> Remove(Guid id, HttpContext http, [AsParameters] Desk desk, CancellationToken cancel)
    {
        if (desk.Refuse(http, id, CameraNeed.Schedule, out var found) is { } refusal)
        {
            return refusal;
        }

        return !await desk.Directory.RemoveAsync(found.Schedule.HouseholdId, id, cancel) ? NoSuchSchedule() : Results.Json(new JsonObject
        {
            ["message"] = "Schedule deleted successfully",
            ["schedule_id"] = id,
            ["schedule_name"] = found.Schedule.Name,
            ["deleted_at"] = CctvContract.Instant(desk.Time.GetUtcNow()),
        });
    }

    private static async Task<IResult> SwitchAsync(Guid id, bool on, HttpContext http, Desk desk, CancellationToken cancel)
    {
        if (desk.Refuse(http, id, CameraNeed.Schedule, out var found) is { } refusal)
        {
            return refusal;
        }

        var (_, wrong) = desk.Check(found.Schedule with { IsActive = on }, found.Schedule);
        if (wrong is not null)
        {
            return wrong;
        }

        if (await desk.Directory.ChangeAsync(found.Schedule.HouseholdId, id, s => s with { IsActive = on }, cancel) is not { } changed)
        {
            return NoSuchSchedule();
        }

        return Results.Json(new JsonObject
        {
            ["message"] = on ? "Schedule activated successfully" : "Schedule deactivated successfully",
            ["schedule_id"] = id,
            ["schedule_name"] = changed.Name,
            ["camera_name"] = found.Camera.Name,
            ["action"] = on ? "activated" : "deactivated",
            ["is_active"] = changed.IsActive,
            ["timestamp"] = CctvContract.Instant(desk.Time.GetUtcNow()),
        });
    }

    private static async Task<IResult> GetStatus(Guid id, HttpContext http, [AsParameters] Desk desk, RecordingBook book, RecordingCounts counts, CancellationToken cancel)
    {
        if (desk.Refuse(http, id, CameraNeed.View, out var found) is { } refusal)
        {
            return refusal;
        }

        var (schedule, camera) = found;
        var filter = new RecordingFilter { Cameras = [camera.Id], ScheduleId = id, Limit = MostRuns };
        var count = (await counts.CountAsync(schedule.HouseholdId, filter, cancel)).GetValueOrDefault(camera.Id);
        var zone = desk.Directory.ZoneOf(schedule.HouseholdId);
        var now = desk.Time.GetUtcNow();
        var since = schedule.UpdatedAt > now - MissedWithin ? schedule.UpdatedAt : now - MissedWithin;
        var runs = await book.ListAsync(schedule.HouseholdId, filter with { From = since }, cancel);
        var missed = !schedule.IsActive || since >= now ? 0
            : ScheduleRule.Ranges(schedule, zone, since, now).Count(range => range.End <= now && !runs.Any(r => r.From < range.End && (r.EndedAt ?? now) > range.Start));
        return Results.Json(new JsonObject
        {
            ["schedule_id"] = id,
            ["schedule_name"] = schedule.Name,
            ["camera_name"] = camera.Name,
            ["schedule_type"] = CctvScheduleForm.WordOf(schedule.Type),
            ["scheduler_info"] = new JsonObject
            {
                ["is_active"] = schedule.IsActive,
                ["next_run_time"] = schedule.IsActive ? CctvContract.Instant(ScheduleRule.NextStart(schedule, zone, now)) : null,
                ["last_run_time"] = CctvContract.Instant(count?.Newest),
                ["total_runs"] = count?.Total ?? 0,
                ["missed_runs"] = missed,
            },
            ["schedule_details"] = CctvScheduleForm.Show(schedule, camera),
        });
    }

    private static Guid? CameraOf(LooseBody body, bool needed)
    {
        var field = body.Has("camera_id") && !body.Has("camera") ? "camera_id" : "camera";
        var text = needed ? body.Required(field, 64) : body.Optional(field, 64);
        if (Guid.TryParse(text, out var uid))
        {
            return uid;
        }

        if (text is { Length: > 0 })
        {
            body.Fault(field, "Input should be a valid UUID", "uuid_parsing");
        }

        return null;
    }

    private static IResult NoSuchSchedule() => CctvContract.NotFound("Schedule not found");

    /// <summary>What every handler needs.</summary>
    internal readonly record struct Desk(CctvDoor Door, ScheduleDirectory Directory, TimeProvider Time)
    {
        public void CheckLoaded()
        {
            if (!Directory.Loaded.IsCompleted)
            {
                throw new DatabaseAwayException(); // Just started: "there are none" would be wrong.
            }
        }

        public IResult? Refuse(HttpContext http, Guid id, CameraNeed need, out (RecordingSchedule Schedule, Camera Camera) found)
        {
            CheckLoaded();
            foreach (var member in CctvDoor.Members(http))
            {
                if (Directory.Find(member.HouseholdId, id) is { } schedule
                    && Door.Check(member, schedule.CameraId, need, out var camera) is var answer and not CameraAnswer.Unknown && camera is not null)
                {
                    found = (schedule, camera);
                    return answer == CameraAnswer.Allowed ? null : CctvContract.Forbidden("You do not have permission to do this with this schedule");
                }
            }

            found = default;
            return NoSuchSchedule();
        }

        public (RecordingSchedule Schedule, IResult? Wrong) Check(RecordingSchedule wish, RecordingSchedule? old)
        {
            var (schedule, errors) = ScheduleForm.Check(wish, old, Directory.ZoneOf(wish.HouseholdId), Time.GetUtcNow());
            return (schedule, errors.Count == 0 ? null : CctvCameraEndpoints.Faulty(errors.ToDictionary(e => CctvScheduleForm.FieldOf(e.Key), e => e.Value)));
        }
    }
}
