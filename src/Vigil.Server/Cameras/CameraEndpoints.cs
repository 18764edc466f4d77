using Microsoft.AspNetCore.Http.HttpResults;
using Vigil.Media;
using Vigil.Server.Accounts;
using Vigil.Server.Devices;
using Vigil.Server.Hosting;

namespace Vigil.Server.Cameras;

/// <summary>Our own routes about cameras.</summary>
internal static class CameraEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var cameras = routes.MapGroup("/api/v1/cameras").WithTags("Cameras").RequireAuthorization();
        cameras.MapGet("", List).OpenToOutsiders();
        cameras.MapPost("", Add).RequireCameraAdding();
        cameras.MapPost("/test", Test).RequireHouseholdPlace(Place.Owner, Place.Parent);
        cameras.MapPost("/discover", Discover).RequireCameraAdding();
        cameras.MapGet("/vendors", () => TypedResults.Ok(Vendors.All));
        cameras.MapGet("/{id:int}", Get).RequireCamera(CameraNeed.View);
        cameras.MapPatch("/{id:int}", Change).RequireCamera(CameraNeed.Admin);
        cameras.MapDelete("/{id:int}", Remove).RequireCamera(CameraNeed.Admin);
        cameras.MapPost("/{id:int}/pause", Pause).RequireCamera(CameraNeed.Control);
    }

    private static Ok<List<CameraView>> List(CurrentMember member, CameraAccess access, CameraFeeds feeds, RoomPresence rooms) =>
        TypedResults.Ok(access.Known(member).Select(c => View(c, member, access, feeds, rooms)).ToList());

    private static Results<Ok<CameraView>, ProblemHttpResult> Get(
        int id, CurrentMember member, CameraAccess access, CameraDirectory directory, CameraFeeds feeds, RoomPresence rooms) =>
        directory.Find(id) is { } camera ? TypedResults.Ok(View(camera, member, access, feeds, rooms)) : Problems.NotFound();

    private static async Task<Results<Created<CameraView>, ValidationProblem>> Add(
        CameraRequest request, CurrentMember member, CameraAccess access, CameraChanges changes, CameraFeeds feeds, RoomPresence rooms, CancellationToken cancel)
    {
        var change = await changes.AddAsync(member, request, camera => camera, cancel);
        return change.Camera is { } added
            ? TypedResults.Created($"/api/v1/cameras/{added.Id}", View(added, member, access, feeds, rooms))
            : TypedResults.ValidationProblem(change.Errors!);
    }

    private static async Task<Results<Ok<CameraView>, ValidationProblem, ProblemHttpResult>> Change(
        int id, CameraRequest request, CurrentMember member, CameraAccess access, CameraDirectory directory, CameraChanges changes, CameraFeeds feeds,
        RoomPresence rooms, CancellationToken cancel)
    {
        if (directory.Find(id) is not { } known)
        {
            return Problems.NotFound();
        }

        if (request.IsPublic is { } shown && shown != known.IsPublic && member.Place == Place.Guest)
        {
            return Problems.Forbidden("Owners and parents decide whether every member sees a camera.");
        }

        var change = await changes.ChangeAsync(known, request, camera => camera, cancel);
        return change.Errors is { } errors ? TypedResults.ValidationProblem(errors)
            : change.Camera is { } changed ? TypedResults.Ok(View(changed, member, access, feeds, rooms))
            : Problems.NotFound();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(
        int id, HttpContext http, CurrentMember member, CameraDirectory directory, DeviceKeys keys, CancellationToken cancel)
    {
        CameraLease.Take(http); // The right ends with the camera; this answer does not.
        if (!await directory.RemoveAsync(member.HouseholdId, id, cancel))
        {
            return Problems.NotFound();
        }

        await keys.AnnounceAsync(cancel); // They went with the camera.
        return TypedResults.NoContent();
    }

    private static async Task<Results<Ok<CameraView>, ProblemHttpResult>> Pause(
        int id, PauseRequest request, CurrentMember member, CameraAccess access, CameraDirectory directory, CameraFeeds feeds, RoomPresence rooms,
        CancellationToken cancel) =>
        await directory.ChangeAsync(member.HouseholdId, id, c => c with { Paused = request.Paused }, cancel) is { } changed
            ? TypedResults.Ok(View(changed, member, access, feeds, rooms))
            : Problems.NotFound();

    private static async Task<Results<Ok<CameraTestView>, ValidationProblem, ProblemHttpResult>> Test(
        CameraTestRequest request, CurrentMember member, CameraAccess access, CameraDirectory directory, CameraSecrets secrets,
        CameraDestinations destinations, CameraProbes probes, CancellationToken cancel)
    {
        var stored = new Camera { Uid = Guid.NewGuid(), HouseholdId = member.HouseholdId, Name = "test", Address = "" };
        if (request.CameraId is { } id)
        {
            if (access.Check(member, id, CameraNeed.Admin) != CameraAnswer.Allowed || directory.Find(id) is not { } known)
            {
                return Problems.NotFound("There is no such camera.");
            }

            stored = known;
        }
        else if (CameraAccessEndpoints.MayNotAdd(member) is { } refused)
        {
            return refused;
        }

        var typed = new CameraRequest
        {
            Name = "test",
            Address = request.Address,
            SubAddress = request.SubAddress,
            AudioAddress = request.AudioAddress,
            Username = request.Username,
            Password = request.Password,
            Ingest = request.Ingest,
        };
        var form = new CameraForm();
        if (form.Apply(stored, typed, secrets.OpenHidden(stored)) is not { } camera)
        {
            return TypedResults.ValidationProblem(form.Errors);
        }

        if ((await destinations.RefusalsAsync(form, cancel)).Values.FirstOrDefault() is { } refusal)
        {
            var denied = new ProbeReport { Success = false, Failure = FeedFailure.AddressDenied, Detail = refusal };
            return TypedResults.Ok(View(denied));
        }

        // The stored password is only ever sent to the host it was stored for.
        var password = form.Password;
        if (password is null && stored.Address.Length > 0 && CameraChanges.SameHost(stored.Address, camera.Address))
        {
            password = secrets.Open(stored);
        }

        return TypedResults.Ok(View(await probes.ProbeAsync(camera with { Id = 0 }, password, form.Hidden, cancel)));
    }

    private static async Task<Ok<IReadOnlyList<FoundCamera>>> Discover(DiscoverRequest? request, CameraDiscovery discovery, CancellationToken cancel) =>
        TypedResults.Ok(await discovery.SearchAsync(request?.Username, request?.Password, cancel));

    private static CameraView View(Camera camera, CurrentMember member, CameraAccess access, CameraFeeds feeds, RoomPresence rooms)
    {
        var standing = access.Of(member, camera.Id) ?? CameraStanding.OfPublic; // Revoked at this moment: no more than the name.
        var closed = standing.Rights is null ? new AccessClosed { Detail = access.Refusal(member, camera.Id), OpensAt = standing.Moment.OpensAt } : null;
        return CameraView.Of(camera, feeds.StatusOf(camera), rooms.Of(camera.Id), standing, closed);
    }

    private static CameraTestView View(ProbeReport report) => new()
    {
        Success = report.Success,
        Failure = report.Failure,
        Detail = report.Detail,
        Video = report.Video,
        Audio = report.Audio,
        Ingest = report.IngestName,
        PlaysInBrowsers = report.PlaysInBrowsers,
        Advice = CameraAdvice.For(report),
    };
}
