using Microsoft.AspNetCore.Http.HttpResults;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Hosting;

namespace Vigil.Server.Recordings;

/// <summary>Our own routes about recordings.</summary>
internal static class RecordingEndpoints
{
    private const int MostPerPage = 200;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var ofCamera = routes.MapGroup("/api/v1/cameras/{id:int}/recordings").WithTags("Recordings").RequireAuthorization();
        ofCamera.MapGet("", ListOfCamera).RequireCamera(CameraNeed.View);
        ofCamera.MapPost("", Start).RequireCamera(CameraNeed.Record).ProducesValidationProblem();
        var recordings = routes.MapGroup("/api/v1/recordings").WithTags("Recordings").RequireAuthorization();
        recordings.MapGet("", List).OpenToOutsiders().ProducesProblem(StatusCodes.Status404NotFound);
        recordings.MapGet("/{id:guid}", Get).OpenToOutsiders().ProducesProblem(StatusCodes.Status404NotFound);
        recordings.MapPatch("/{id:guid}", Change).OpenToOutsiders().ProducesValidationProblem().ProducesProblem(StatusCodes.Status404NotFound);
        recordings.MapDelete("/{id:guid}", Delete).OpenToOutsiders().ProducesProblem(StatusCodes.Status404NotFound);
        recordings.MapPost("/{id:guid}/stop", Stop).OpenToOutsiders().ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static async Task<Ok<RecordingPage>> ListOfCamera(
        int id, CurrentMember member, RecordingBook book, RecordingViews views, RecordingAccess access, DateTimeOffset? from, DateTimeOffset? to,
        RecordingKind? kind, DateTimeOffset? before, int? limit, CancellationToken cancel) =>
        await PageAsync(member, book, views, access, Filter([id], from, to, kind, before, limit), cancel);

    private static async Task<Results<Ok<RecordingPage>, ProblemHttpResult>> List(
        CurrentMember member, CameraAccess cameras, RecordingBook book, RecordingViews views, RecordingAccess access, int? cameraId, DateTimeOffset? from,
        DateTimeOffset? to, RecordingKind? kind, DateTimeOffset? before, int? limit, CancellationToken cancel) =>
        cameraId is { } one && cameras.Check(member, one, CameraNeed.View) != CameraAnswer.Allowed
            ? Problems.NotFound("There is no such camera.")
            : await PageAsync(member, book, views, access, Filter(cameraId is { } only ? [only] : cameras.Limit(member), from, to, kind, before, limit), cancel);

    private static async Task<Results<Created<RecordingView>, ProblemHttpResult>> Start(
        int id, StartRecordingRequest? request, CurrentMember member, CameraDirectory directory, RecordingBook book, RecordingViews views, TimeProvider time,
        CancellationToken cancel)
    {
        if (directory.Find(id) is { Paused: true })
        {
            return Problems.Conflict("This camera is paused.", "paused");
        }

        if (request?.Name is { } wanted && wanted.Any(char.IsControl))
        {
            return Problems.BadRequest("A name is one line of text.", "validation");
        }

        var started = book.Start(
            new RecordingStart
            {
                CameraId = id,
                Kind = RecordingKind.Manual,
                Name = request?.Name?.Trim(),
                StartedBy = member.AccountId,
                StartedByName = member.Name ?? member.Username,
                PlannedUntil = request?.Minutes is { } minutes ? time.GetUtcNow().AddMinutes(minutes) : null,
            });
        return started is null
            ? Problems.Conflict("This camera is being recorded already.", "alreadyRecording")
            : TypedResults.Created($"/api/v1/recordings/{started.Id}", (await views.OfAsync(member, [started], cancel))[0]);
    }

    private static async Task<Results<Ok<RecordingView>, ProblemHttpResult>> Get(
        Guid id, CurrentMember member, RecordingAccess access, RecordingViews views, CancellationToken cancel) =>
        await access.FindAsync(member, id, cancel) is { } found
            ? TypedResults.Ok((await views.OfAsync(member, [found], cancel))[0])
            : Problems.NotFound("There is no such recording.");

    private static async Task<Results<Ok<RecordingView>, ProblemHttpResult>> Change(
        Guid id, ChangeRecordingRequest request, CurrentMember member, RecordingAccess access, RecordingBook book, RecordingViews views,
        CancellationToken cancel)
    {
        if (await access.FindAsync(member, id, cancel) is not { } found)
        {
            return Problems.NotFound("There is no such recording.");
        }

        if (!access.May(member, found, CameraNeed.Record))
        {
            return Problems.Forbidden("You may see this recording, but not change it.");
        }

        var name = request.Name?.Trim();
        if (name is "")
        {
            return Problems.BadRequest("A recording has a name.", "validation");
        }

        if (name is not null && name.Any(char.IsControl))
        {
            return Problems.BadRequest("A name is one line of text.", "validation");
        }

        return await book.ChangeAsync(member.HouseholdId, id, name, request.Protected, cancel) is { } changed
            ? TypedResults.Ok((await views.OfAsync(member, [changed], cancel))[0])
            : Problems.NotFound("There is no such recording.");
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        Guid id, CurrentMember member, RecordingAccess access, RecordingRemoval removal, CancellationToken cancel)
    {
        if (await access.FindAsync(member, id, cancel) is not { } found)
        {
            return Problems.NotFound("There is no such recording.");
        }

        if (!access.May(member, found, CameraNeed.Admin))
        {
            return Problems.Forbidden("You may see this recording, but not delete it.");
        }

        return await removal.RemoveAsync(found, cancel) ? TypedResults.NoContent() : Problems.NotFound("There is no such recording.");
    }

    private static async Task<Results<Ok<RecordingView>, ProblemHttpResult>> Stop(
        Guid id, CurrentMember member, RecordingAccess access, RecordingBook book, RecordingViews views, CancellationToken cancel)
    {
        if (await access.FindAsync(member, id, cancel) is not { } found)
        {
            return Problems.NotFound("There is no such recording.");
        }

        if (!access.May(member, found, CameraNeed.Record))
        {
            return Problems.Forbidden("You may see this recording, but not stop it.");
        }

        return found.Kind is RecordingKind.Continuous or RecordingKind.Alert ? Problems.Conflict("This ends by itself.", "endsByItself")
            : book.Stop(id) is { } stopped ? TypedResults.Ok((await views.OfAsync(member, [stopped], cancel))[0])
            : Problems.Conflict("This recording has ended already.", "ended");
    }

    private static RecordingFilter Filter(
        IReadOnlyCollection<int>? cameras, DateTimeOffset? from, DateTimeOffset? to, RecordingKind? kind, DateTimeOffset? before, int? limit) => new()
        {
            Cameras = cameras,
            From = from,
            To = to,
            Kinds = kind is { } one ? [one] : null,
            Before = before,
            Limit = Math.Clamp(limit ?? 50, 1, MostPerPage),
        };

    private static async Task<Ok<RecordingPage>> PageAsync(
        CurrentMember member, RecordingBook book, RecordingViews views, RecordingAccess access, RecordingFilter filter, CancellationToken cancel)
    {
        var found = await book.ListAsync(member.HouseholdId, filter with { Limit = filter.Limit + 1 }, cancel);
        var page = found.Take(filter.Limit).ToList();
        return TypedResults.Ok(new RecordingPage
        {
            Recordings = await views.OfAsync(member, [.. page.Where(r => access.MaySee(member, r))], cancel),
            Next = found.Count > filter.Limit ? page[^1].From : null,
        });
    }
}

/// <summary>Whether a recording exists for a member: it is of a camera that they may view, and some of it lies where they may look.</summary>
public sealed class RecordingAccess(RecordingBook book, CameraAccess cameras, TimeProvider time)
{
    public async Task<Recording?> FindAsync(CurrentMember member, Guid id, CancellationToken cancel) =>
        await book.FindAsync(member.HouseholdId, id, cancel) is { } found && MaySee(member, found) ? found : null;

    public bool MaySee(CurrentMember member, Recording recording) =>
        recording.HouseholdId == member.HouseholdId && cameras.MaySee(member, recording.CameraId, recording.From, recording.Until(time.GetUtcNow()));

    public bool May(CurrentMember member, Recording recording, CameraNeed need) => cameras.Check(member, recording.CameraId, need) == CameraAnswer.Allowed;
}
