using Microsoft.AspNetCore.Http.HttpResults;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Recordings.Schedules;

/// <summary>Our own routes about schedules. Who may see a camera sees when it is recorded; changing takes the right to schedule it.</summary>
internal static class ScheduleEndpoints
{
    private const CameraNeed Change = CameraNeed.Schedule;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var schedules = routes.MapGroup("/api/v1/schedules").WithTags("Schedules").RequireAuthorization().OpenToOutsiders();
        schedules.MapGet("", List);
        schedules.MapPost("", Add);
        schedules.MapGet("/preview", Preview).WithSummary("What the schedules that are on will record, of one camera or of all");
        schedules.MapPost("/preview", PreviewProposed).WithSummary("What a schedule would record, before it is saved");
        schedules.MapGet("/{id:guid}", Get);
        schedules.MapPut("/{id:guid}", Put);
        schedules.MapDelete("/{id:guid}", Remove);
        schedules.MapPost("/{id:guid}/activate", (Guid id, [AsParameters] Door door, CancellationToken cancel) => SwitchAsync(id, true, door, cancel));
        schedules.MapPost("/{id:guid}/deactivate", (Guid id, [AsParameters] Door door, CancellationToken cancel) => SwitchAsync(id, false, door, cancel));
        schedules.MapGet("/{id:guid}/preview", PreviewOne).WithSummary("What this schedule will record, or would if it were on");
    }

    private static Ok<List<ScheduleView>> List([AsParameters] Door door, int? cameraId) =>
        TypedResults.Ok(door.Visible(cameraId).Select(door.View).ToList());

    private static Results<Ok<ScheduleView>, ProblemHttpResult> Get(Guid id, [AsParameters] Door door) =>
        door.Find(id, CameraNeed.View, out var refusal) is { } schedule ? TypedResults.Ok(door.View(schedule)) : refusal!;

    private static async Task<Results<Created<ScheduleView>, ValidationProblem, ProblemHttpResult>> Add(
        ScheduleRequest request, [AsParameters] Door door, CancellationToken cancel)
    {
        if (door.Refuse(request.CameraId, Change) is { } refusal)
        {
            return refusal;
        }

        var (schedule, errors) = door.Check(request, null);
        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        return await door.Directory.AddAsync(schedule with { CreatedBy = door.Member.AccountId }, cancel) is { } added
            ? TypedResults.Created($"/api/v1/schedules/{added.Id}", door.View(added))
            : Problems.NotFound("There is no such camera.");
    }

    private static async Task<Results<Ok<ScheduleView>, ValidationProblem, ProblemHttpResult>> Put(
        Guid id, ScheduleRequest request, [AsParameters] Door door, CancellationToken cancel)
    {
        if (door.Find(id, Change, out var refusal) is not { } old)
        {
            return refusal!;
        }

        if (request.CameraId != old.CameraId && door.Refuse(request.CameraId, Change) is { } other)
        {
            return other;
        }

        var (schedule, errors) = door.Check(request, old);
        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        var changed = await door.Directory.ChangeAsync(
            old.HouseholdId, id, s => schedule with { CreatedBy = s.CreatedBy, CreatedAt = s.CreatedAt }, cancel);
        return changed is null ? Problems.NotFound("There is no such schedule.") : TypedResults.Ok(door.View(changed));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(Guid id, [AsParameters] Door door, CancellationToken cancel) =>
        door.Find(id, Change, out var refusal) is not { } schedule ? refusal!
        : await door.Directory.RemoveAsync(schedule.HouseholdId, id, cancel) ? TypedResults.NoContent()
        : Problems.NotFound("There is no such schedule.");

    private static async Task<Results<Ok<ScheduleView>, ValidationProblem, ProblemHttpResult>> SwitchAsync(
        Guid id, bool on, Door door, CancellationToken cancel)
    {
        if (door.Find(id, Change, out var refusal) is not { } old)
        {
            return refusal!;
        }

        var (schedule, errors) = ScheduleForm.Check(old with { IsActive = on }, old, door.Zone, door.Now);
        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        var changed = await door.Directory.ChangeAsync(old.HouseholdId, id, s => s with { IsActive = schedule.IsActive }, cancel);
        return changed is null ? Problems.NotFound("There is no such schedule.") : TypedResults.Ok(door.View(changed));
    }

    private static Ok<SchedulePreview> Preview([AsParameters] Door door, int? cameraId) =>
        TypedResults.Ok(PreviewPlan.Make([.. door.Visible(cameraId).Where(s => s.IsActive)], door.Zone, door.Now));

    private static Results<Ok<SchedulePreview>, ProblemHttpResult> PreviewOne(Guid id, [AsParameters] Door door) =>
        door.Find(id, CameraNeed.View, out var refusal) is { } schedule ? TypedResults.Ok(PreviewPlan.Make([schedule], door.Zone, door.Now)) : refusal!;

    private static Results<Ok<SchedulePreview>, ValidationProblem, ProblemHttpResult> PreviewProposed(ScheduleRequest request, [AsParameters] Door door)
    {
        var (schedule, errors) = door.Check(request with { Name = request.Name.Trim().Length == 0 ? "preview" : request.Name }, null);
        return errors.Count > 0
            ? TypedResults.ValidationProblem(errors)
            : TypedResults.Ok(PreviewPlan.Make([schedule], door.Zone, door.Now));
    }

    /// <summary>What every handler needs: the member, what they may, and their household's clock.</summary>
    internal readonly record struct Door(
        CurrentMember Member, CameraAccess Access, CameraDirectory Cameras, ScheduleDirectory Directory, TimeProvider Time)
    {
        public DateTimeOffset Now => Time.GetUtcNow();

        public TimeZoneInfo Zone => TimeZones.Find(Member.TimeZone);

        public IEnumerable<RecordingSchedule> Visible(int? cameraId)
        {
            Known();
            var (member, access) = (Member, Access);
            return Directory.Of(member.HouseholdId).Where(s =>
                (cameraId is null || s.CameraId == cameraId) && access.Check(member, s.CameraId, CameraNeed.View) == CameraAnswer.Allowed);
        }

        public RecordingSchedule? Find(Guid id, CameraNeed need, out ProblemHttpResult? refusal)
        {
            Known();
            var schedule = Directory.Find(Member.HouseholdId, id);
            refusal = schedule is null ? Problems.NotFound("There is no such schedule.") : Refuse(schedule.CameraId, need);
            return refusal is null ? schedule : null;
        }

        public ProblemHttpResult? Refuse(int cameraId, CameraNeed need) => Access.Check(Member, cameraId, need) switch
        {
            CameraAnswer.Allowed => null,
            CameraAnswer.Forbidden => Problems.Forbidden(Access.Refusal(Member, cameraId)),
            _ => Problems.NotFound("There is no such camera."),
        };

        public (RecordingSchedule Schedule, Dictionary<string, string[]> Errors) Check(ScheduleRequest request, RecordingSchedule? old) =>
            ScheduleForm.Check(
                new RecordingSchedule
                {
                    HouseholdId = Member.HouseholdId,
                    CameraId = request.CameraId,
                    Name = request.Name,
                    Type = request.Type,
                    StartTime = request.StartTime,
                    EndTime = request.EndTime,
                    StartDate = request.StartDate,
                    EndDate = request.EndDate,
                    Days = request.Days.Aggregate(WeekDays.None, (all, day) => all | day.AsSet()),
                    IsActive = request.IsActive,
                },
                old,
                Zone,
                Now);

        public ScheduleView View(RecordingSchedule schedule) => new()
        {
            Id = schedule.Id,
            CameraId = schedule.CameraId,
            CameraName = Cameras.Find(schedule.CameraId)?.Name ?? "",
            Name = schedule.Name,
            Type = schedule.Type,
            StartTime = schedule.StartTime,
            EndTime = schedule.EndTime,
            StartDate = schedule.StartDate,
            EndDate = schedule.EndDate,
            Days = schedule.Days.ToList(),
            IsActive = schedule.IsActive,
            IsOvernight = schedule.IsOvernight,
            Until = ScheduleRule.Current(schedule, Zone, Now)?.End,
            NextStart = schedule.IsActive ? ScheduleRule.NextStart(schedule, Zone, Now) : null,
            CanChange = Access.Check(Member, schedule.CameraId, Change) == CameraAnswer.Allowed,
            CreatedAt = schedule.CreatedAt,
            UpdatedAt = schedule.UpdatedAt,
        };

        private void Known()
        {
            if (!Directory.Loaded.IsCompleted)
            {
                throw new DatabaseAwayException(); // Just started: "there are none" would be wrong.
            }
        }
    }
}
