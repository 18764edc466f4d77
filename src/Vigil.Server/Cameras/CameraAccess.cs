using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Vigil.Server.Accounts;
using Vigil.Server.Database;
using Vigil.Server.Devices;
using Vigil.Server.Hosting;

namespace Vigil.Server.Cameras;

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
/// Who may do what with a camera: owner and parent everything with those of their household; guests and outsiders what their access rows
/// give, while their windows are open; guests also see what is public. Works from memory, so it also answers while the database is away.
/// </summary>
public sealed class CameraAccess(CameraDirectory directory, CameraGrants grants, TimeProvider time)
{
    public CameraAnswer Check(CurrentMember member, int cameraId, CameraNeed need) =>
        Of(member, cameraId) is not { } standing ? CameraAnswer.Unknown
        : standing.Rights is { } rights && rights.Allows(need) ? CameraAnswer.Allowed
        : CameraAnswer.Forbidden;

    /// <summary>How <paramref name="member"/> stands to a camera now; null: it does not exist for them.</summary>
    public CameraStanding? Of(CurrentMember member, int cameraId)
    {
        if (directory.Find(cameraId) is not { } camera || camera.HouseholdId != member.HouseholdId)
        {
            return null;
        }

        if (member is { IsOutsider: false, Place: Place.Owner or Place.Parent })
        {
            return CameraStanding.Full;
        }

        var isPublic = camera.IsPublic && !member.IsOutsider;
        if (RowOf(member, cameraId) is not { } row)
        {
            return isPublic ? CameraStanding.OfPublic : null;
        }

        var moment = row.Rule.At(time.GetUtcNow(), grants.ZoneOf(camera.HouseholdId));
        CameraRights? rights = moment.Open is null ? null : row.Rights;
        return new CameraStanding(isPublic ? rights?.With(CameraRights.OfPublic) ?? CameraRights.OfPublic : rights, row, moment);
    }

    /// <summary>The cameras that <paramref name="member"/> may see now, by id.</summary>
    public IEnumerable<Camera> Visible(CurrentMember member) =>
        directory.Of(member.HouseholdId).Where(c => Of(member, c.Id)?.Rights is not null);

    /// <summary>Those, and the ones that they may see at other times: names, and nothing that happens there.</summary>
    public IEnumerable<Camera> Known(CurrentMember member) => directory.Of(member.HouseholdId).Where(c => Of(member, c.Id) is not null);

    /// <summary>
    /// For lists of events and the like: null when the member sees the whole household, also what concerns no camera. What happened at a
    /// camera of the list must still be held against <see cref="Footage"/>.
    /// </summary>
    public IReadOnlyCollection<int>? Limit(CurrentMember member) =>
        member.Place == Place.Guest ? [.. Visible(member).Select(c => c.Id)] : null;

    /// <summary>
    /// The parts of the time between <paramref name="from"/> and <paramref name="to"/> whose pictures, sounds and events exist for the
    /// member: all of it, or, by an access row, only what lies in its windows. None while they may not view the camera.
    /// </summary>
    public IReadOnlyList<TimeRange> Footage(CurrentMember member, int cameraId, DateTimeOffset from, DateTimeOffset to)
    {
        if (from >= to || Of(member, cameraId) is not { Rights: not null } standing)
        {
            return [];
        }

        return standing.Row is not { } row || (directory.Find(cameraId) is { IsPublic: true } && !member.IsOutsider)
            ? [new TimeRange(from, to)]
            : [.. row.Rule.Within(new TimeRange(from, to), grants.ZoneOf(member.HouseholdId))];
    }

    /// <summary>Whether anything that lasted from <paramref name="from"/> until <paramref name="to"/> exists for the member.</summary>
    public bool MaySee(CurrentMember member, int cameraId, DateTimeOffset from, DateTimeOffset to) =>
        Footage(member, cameraId, from, to > from ? to : from.AddTicks(1)).Count > 0;

    /// <summary>Why the member may not do what they asked, in words for them.</summary>
    public string Refusal(CurrentMember member, int cameraId) =>
        Of(member, cameraId) is { Rights: null } standing
            ? AccessWords.Closed(standing.Moment, time.GetUtcNow(), grants.ZoneOf(member.HouseholdId))
            : "You may see this camera, but not do that.";

    private CameraGrant? RowOf(CurrentMember member, int cameraId) =>
        grants.Find(member.AccountId, cameraId) is { IsActive: true } row && row.HouseholdId == member.HouseholdId ? row : null;
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
    /// has the camera's number or uid as its <paramref name="parameter"/>. An answer that still runs when the right ends is cut off, unless the
    /// route has taken the lease (<see cref="CameraLease.Take"/>) to end in its own way.
    /// </summary>
    public static RouteHandlerBuilder RequireCamera(this RouteHandlerBuilder route, CameraNeed need, string parameter = "id") =>
        route.AddEndpointFilter(async (context, next) =>
        {
            var http = context.HttpContext;
            switch (Check(http, need, parameter, out var id))
            {
                case CameraAnswer.Allowed:
                    if (CurrentMember.Of(http) is { } member)
                    {
                        http.RequestServices.GetRequiredService<CameraLeases>().Hold(http, member, id, need);
                    }

                    return await next(context);
                case CameraAnswer.Forbidden:
                    return Refused(http, id);
                default:
                    return Problems.NotFound("There is no such camera.");
            }
        })
        .OpenToOutsiders()
        .ProducesProblem(StatusCodes.Status404NotFound)
        .ProducesProblem(StatusCodes.Status403Forbidden);

    /// <summary>As <see cref="RequireCamera"/>, for members who may control the camera and for its own devices that may publish.</summary>
    public static RouteHandlerBuilder RequirePublisher(this RouteHandlerBuilder route) =>
        route.AcceptDeviceKey().RequireCamera(CameraNeed.Control);

    /// <summary>403 in words: the window is closed, or the row does not give that.</summary>
    public static ProblemHttpResult Refused(HttpContext http, int cameraId)
    {
        if (CurrentMember.Of(http) is not { } member)
        {
            return Problems.Forbidden();
        }

        var access = http.RequestServices.GetRequiredService<CameraAccess>();
        return Problems.Of(
            StatusCodes.Status403Forbidden, access.Refusal(member, cameraId), access.Of(member, cameraId) is { Rights: null } ? CameraLease.AccessEnded : "forbidden");
    }

    private static CameraAnswer Check(HttpContext http, CameraNeed need, string parameter, out int id)
    {
        var directory = http.RequestServices.GetRequiredService<CameraDirectory>();
        if (!directory.Loaded.IsCompleted)
        {
            throw new DatabaseAwayException(); // Just started: to say "no such camera" would send a phone away for good.
        }

        var asked = http.Request.RouteValues[parameter] as string;
        id = int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : Guid.TryParse(asked, out var uid) && directory.Find(uid) is { } camera ? camera.Id
            : 0;

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
