using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Vigil.Server.Accounts;
using Vigil.Server.Database;
using Vigil.Server.Devices;
using Vigil.Server.Hosting;

namespace Vigil.Server.Cameras;

/// <summary>What somebody wants of a camera; each includes the ones before it.</summary>
public enum CameraNeed
{
    /// <summary>See and hear it, its events and clips.</summary>
    View,

    /// <summary>Pause it, start and stop monitoring, acknowledge its events.</summary>
    Control,

    /// <summary>Change or remove it.</summary>
    Admin,
}

/// <summary>The answer to a wish.</summary>
public enum CameraAnswer
{
    Allowed,

    /// <summary>No such camera, as far as this member may know: 404.</summary>
    Unknown,

    /// <summary>The member knows it but may not do that: 403.</summary>
    Forbidden,
}

/// <summary>
/// Who may do what with a camera: owner and parent everything with those of their household, guests what access rows give (there are
/// none yet), everybody else nothing. Works from memory, so it also answers while the database is away.
/// </summary>
public sealed class CameraAccess(CameraDirectory directory)
{
    /// <summary>The most that <paramref name="member"/> may do; null: the camera does not exist for them.</summary>
    public static CameraNeed? LevelOf(CurrentMember member, Camera camera) =>
        camera.HouseholdId != member.HouseholdId ? null
        : member.Place is Place.Owner or Place.Parent ? CameraNeed.Admin
        : null;

    public CameraAnswer Check(CurrentMember member, int cameraId, CameraNeed need) =>
        directory.Find(cameraId) is not { } camera || LevelOf(member, camera) is not { } level ? CameraAnswer.Unknown
        : level >= need ? CameraAnswer.Allowed
        : CameraAnswer.Forbidden;

    /// <summary>The cameras that exist for <paramref name="member"/>, by id.</summary>
    public IEnumerable<Camera> Visible(CurrentMember member) => directory.Of(member.HouseholdId).Where(c => LevelOf(member, c) is not null);

    /// <summary>For lists of events and the like: null when the member sees the whole household, also what concerns no camera.</summary>
    public IReadOnlyCollection<int>? Limit(CurrentMember member) =>
        member.Place == Place.Guest ? [.. Visible(member).Select(c => c.Id)] : null;
}

public static class CameraAccessEndpoints
{
    /// <summary>The door of every route that adds a camera, or looks for one to add: 403 for guests, and for visitors of this server.</summary>
    public static RouteHandlerBuilder RequireCameraAdding(this RouteHandlerBuilder route) =>
        route.AddEndpointFilter(async (context, next) =>
            MayNotAdd(CurrentMember.Of(context.HttpContext)) is { } refusal ? refusal : await next(context))
        .ProducesProblem(StatusCodes.Status403Forbidden);

    internal static ProblemHttpResult? MayNotAdd(CurrentMember? member) =>
        member is { MayAddCameras: true } ? null
        : member is { Place: Place.Owner or Place.Parent }
            ? Problems.Of(
                StatusCodes.Status403Forbidden, "Visitors of this server cannot add cameras. An administrator can give your account another role.", "visitor")
        : Problems.Forbidden("Guests cannot add cameras to this household.");

    /// <summary>
    /// The door of every route about one camera: 404 when it does not exist for the member, 403 when they may not do that. The route
    /// has the camera's id as its <paramref name="parameter"/>.
    /// </summary>
    public static RouteHandlerBuilder RequireCamera(this RouteHandlerBuilder route, CameraNeed need, string parameter = "id") =>
        route.AddEndpointFilter(async (context, next) =>
        {
            var http = context.HttpContext;
            return Check(http, need, parameter) switch
            {
                CameraAnswer.Allowed => await next(context),
                CameraAnswer.Forbidden => Problems.Forbidden("You may see this camera, but not do that."),
                _ => Problems.NotFound("There is no such camera."),
            };
        })
        .ProducesProblem(StatusCodes.Status404NotFound)
        .ProducesProblem(StatusCodes.Status403Forbidden);

    /// <summary>As <see cref="RequireCamera"/>, for members who may control the camera and for its own devices that may publish.</summary>
    public static RouteHandlerBuilder RequirePublisher(this RouteHandlerBuilder route) =>
        route.AcceptDeviceKey().RequireCamera(CameraNeed.Control);

    private static CameraAnswer Check(HttpContext http, CameraNeed need, string parameter)
    {
        if (!int.TryParse(http.Request.RouteValues[parameter] as string, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
        {
            return CameraAnswer.Unknown;
        }

        if (!http.RequestServices.GetRequiredService<CameraDirectory>().Loaded.IsCompleted)
        {
            throw new DatabaseAwayException(); // Just started: to say "no such camera" would send a phone away for good.
        }

        if (CurrentDevice.Of(http) is { } device)
        {
            return device.CameraId != id ? CameraAnswer.Unknown
                : device.Scopes.Contains(DeviceScope.Publish) ? CameraAnswer.Allowed
                : CameraAnswer.Forbidden;
        }

        return CurrentMember.Of(http) is { } member
            ? http.RequestServices.GetRequiredService<CameraAccess>().Check(member, id, need)
            : CameraAnswer.Unknown;
    }
}
