using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Hosting;

namespace Vigil.Server.Events;

/// <summary>Our own routes about the timeline.</summary>
internal static class EventEndpoints
{
    private const int MostPerPage = 200;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var events = routes.MapGroup("/api/v1/events").WithTags("Events").RequireAuthorization().OpenToOutsiders();
        events.MapGet("", List);
        events.MapGet("/{id:guid}", Get);
        events.MapPost("/{id:guid}/acknowledge", Acknowledge);
    }

    private static async Task<Results<Ok<EventPage>, ProblemHttpResult>> List(
        HttpContext http, CurrentMember member, CameraAccess access, EventAccess visible, CameraDirectory directory, int? camera, string? kind, bool? unanswered, Guid? before, int? limit,
        CancellationToken cancel)
    {
        if (camera is { } one && access.Check(member, one, CameraNeed.View) is var answer and not CameraAnswer.Allowed)
        {
            return answer == CameraAnswer.Forbidden ? CameraAccessEndpoints.Refused(http, one) : Problems.NotFound("There is no such camera.");
        }

        if (kind is not null && EventKinds.Parse(kind) is null)
        {
            return Problems.BadRequest("There is no such kind of event.");
        }

        var most = Math.Clamp(limit ?? 50, 1, MostPerPage);
        IReadOnlyCollection<int>? cameras = camera is { } only ? [only] : access.Limit(member);
        var (events, next) = await visible.ListAsync(member, cameras, EventKinds.Parse(kind), unanswered is true, before, most, cancel);
        return TypedResults.Ok(new EventPage { Events = [.. events.Select(e => View(e, directory))], Next = next });
    }

    private static async Task<Results<Ok<EventView>, ProblemHttpResult>> Get(
        Guid id, CurrentMember member, EventAccess events, CameraDirectory directory, CancellationToken cancel) =>
        await events.FindAsync(member, id, cancel) is { } found ? TypedResults.Ok(View(found, directory)) : Problems.NotFound("There is no such event.");

    private static async Task<Results<Ok<EventView>, ProblemHttpResult>> Acknowledge(
        Guid id, CurrentMember member, EventAccess events, EventLog log, CameraAccess access, CameraDirectory directory, TimeProvider time,
        CancellationToken cancel)
    {
        if (await events.FindAsync(member, id, cancel) is not { } found)
        {
            return Problems.NotFound("There is no such event.");
        }

        if (found.CameraId is { } camera && access.Check(member, camera, CameraNeed.Control) != CameraAnswer.Allowed)
        {
            return Problems.Forbidden("You may see this event, but not acknowledge it.");
        }

        try
        {
            var done = await log.AcknowledgeAsync(
                member.HouseholdId, id, member.AccountId, member.Name ?? member.Username, time.GetUtcNow(), cancel);
            return done is null ? Problems.Conflict("This event is not stored yet. Try again in a moment.") : TypedResults.Ok(View(done, directory));
        }
        catch (NpgsqlException)
        {
            return Problems.Of(StatusCodes.Status503ServiceUnavailable, "The database is away; the alert stands. Try again in a moment.", "databaseAway");
        }
    }

    private static EventView View(CameraEvent e, CameraDirectory directory) => EventView.Of(e, directory.Find(e.CameraId ?? 0)?.Name ?? "");
}
