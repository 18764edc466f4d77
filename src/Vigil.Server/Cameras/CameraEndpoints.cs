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
        CameraRequest request, CurrentMember member, CameraAccess access, CameraDirectory directory, CameraFeeds feeds, RoomPresence rooms, CameraSecrets secrets,
        CameraDestinations destinations, CancellationToken cancel)
    {
        var blank = new Camera { Uid = Guid.NewGuid(), HouseholdId = member.HouseholdId, Name = "", Address = "" };
        var form = new CameraForm();
        var camera = form.Apply(blank, request, []);
        if (camera is null || await destinations.RefusalsAsync(form, cancel) is { Count: > 0 })
        {
            return TypedResults.ValidationProblem(form.Errors);
        }

        var added = await directory.AddAsync(secrets.Seal(camera, form), cancel);
        return TypedResults.Created($"/api/v1/cameras/{added.Id}", View(added, member, access, feeds, rooms));
    }

    private static async Task<Results<Ok<CameraView>, ValidationProblem, ProblemHttpResult>> Change(
        int id, CameraRequest request, CurrentMember member, CameraAccess access, CameraDirectory directory, CameraFeeds feeds, RoomPresence rooms, CameraSecrets secrets,
        CameraDestinations destinations, CancellationToken cancel)
    {
        if (directory.Find(id) is not { } known)
        {
            return Problems.NotFound();
        }

        if (request.IsPublic is { } shown && shown != known.IsPublic && member.Place == Place.Guest)
        {
            return Problems.Forbidden("Owners and parents decide whether every member sees a camera.");
        }

        var check = new CameraForm();
        if (check.Apply(known, request, secrets.OpenHidden(known)) is null || await destinations.RefusalsAsync(check, cancel) is { Count: > 0 })
        {
            return TypedResults.ValidationProblem(check.Errors);
        }

        // A stored password is for the host it was entered for: it is not sent to another one because somebody edits the address.
        var moved = request.Password is null && check.Addresses.Any(a => !SameHost(a.Address, known.Address));
        var changed = await directory.ChangeAsync(
            member.HouseholdId,
            id,
            old =>
            {
                var form = new CameraForm();
                var fresh = form.Apply(old, request, secrets.OpenHidden(old)) is { } applied ? secrets.Seal(applied, form) : old;
                return moved && fresh.PasswordSealed == old.PasswordSealed ? fresh with { PasswordSealed = null } : fresh;
            },
            cancel);
        return changed is null ? Problems.NotFound() : TypedResults.Ok(View(changed, member, access, feeds, rooms));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(
        int id, CurrentMember member, CameraDirectory directory, DeviceKeys keys, CancellationToken cancel)
    {
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
        if (password is null && stored.Address.Length > 0 && SameHost(stored.Address, camera.Address))
        {
            password = secrets.Open(stored);
        }

        return TypedResults.Ok(View(await probes.ProbeAsync(camera with { Id = 0 }, password, form.Hidden, cancel)));
    }

    private static async Task<Ok<IReadOnlyList<FoundCamera>>> Discover(DiscoverRequest? request, CameraDiscovery discovery, CancellationToken cancel) =>
        TypedResults.Ok(await discovery.SearchAsync(request?.Username, request?.Password, cancel));

    private static bool SameHost(string a, string b) =>
        string.Equals(CameraAddress.HostOf(a), CameraAddress.HostOf(b), StringComparison.OrdinalIgnoreCase);

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
