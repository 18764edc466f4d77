using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Vigil.Server.Accounts;
using Vigil.Server.Database;

namespace Vigil.Server.Cameras;

/// <summary>
/// Who asks, and what of. The camera contract knows no households: its caller has all of theirs at once, and each camera says in which of
/// them they act. A request that names a household keeps to it.
/// </summary>
internal sealed class CctvDoor(CameraDirectory directory, CameraAccess access)
{
    /// <summary>The caller as a member of each household that the request may act in, the usual one first.</summary>
    public static IReadOnlyList<CurrentMember> Members(HttpContext http)
    {
        var member = CurrentMember.Of(http) ?? throw new InvalidOperationException("This endpoint asks for the current member but lets strangers in.");
        if (http.Features.Get<SessionRow>() is not { } session || http.Request.Headers.ContainsKey("X-Vigil-Household") || http.Request.Query.ContainsKey("household")
            || http.Request.Query.ContainsKey(Hosting.MediaSignature.Parameter))
        {
            return [member];
        }

        return
        [
            member,
            .. session.Households.Where(h => h.HouseholdId != member.HouseholdId).Select(h => member with
            {
                HouseholdId = h.HouseholdId,
                HouseholdName = h.Name,
                TimeZone = h.TimeZone,
                Place = h.Place,
                IsOutsider = h.IsOutsider,
            }),
        ];
    }

    /// <summary>Every camera that the caller may see, newest first, each with the caller as a member of its household.</summary>
    public IReadOnlyList<(Camera Camera, CurrentMember Member)> Visible(HttpContext http)
    {
        CheckLoaded();
        return [.. Members(http).SelectMany(member => access.Visible(member).Select(camera => (camera, member))).OrderByDescending(pair => pair.camera.Id)];
    }

    /// <summary>One camera for one wish, or the answer that refuses it.</summary>
    public JsonHttpResult<JsonObject>? Refuse(HttpContext http, Guid uid, CameraNeed need, out Camera camera, out CurrentMember member)
    {
        CheckLoaded();
        foreach (var one in Members(http))
        {
            if (directory.Of(one.HouseholdId).FirstOrDefault(c => c.Uid == uid) is { } found)
            {
                (camera, member) = (found, one);
                return access.Check(one, found.Id, need) switch
                {
                    CameraAnswer.Allowed => null,
                    CameraAnswer.Forbidden => CctvContract.Forbidden("You do not have permission to do this with this camera"),
                    _ => NoSuchCamera(),
                };
            }
        }

        (camera, member) = (null!, null!);
        return NoSuchCamera();
    }

    public bool May(CurrentMember member, Camera camera, CameraNeed need) => access.Check(member, camera.Id, need) == CameraAnswer.Allowed;

    public CameraAnswer Check(CurrentMember member, int cameraId, CameraNeed need, out Camera? camera)
    {
        camera = directory.Find(cameraId);
        return access.Check(member, cameraId, need);
    }

    public static JsonHttpResult<JsonObject> NoSuchCamera() => CctvContract.NotFound("Camera not found");

    private void CheckLoaded()
    {
        if (!directory.Loaded.IsCompleted)
        {
            throw new DatabaseAwayException(); // Just started: "there are none" would be wrong.
        }
    }
}

/// <summary>The camera that a route of the contract is about, and the caller as a member of its household.</summary>
internal sealed record CctvSubject(Camera Camera, CurrentMember Member)
{
    /// <summary>As the route's door found it.</summary>
    public static CctvSubject Of(HttpContext http) =>
        http.Features.Get<CctvSubject>() ?? throw new InvalidOperationException("This route has no RequireCctvCamera.");
}

internal static class CctvDoors
{
    /// <summary>The door of every contract route about one camera, whose uid it has as `id`: 404 or 403 in the contract's words.</summary>
    public static RouteHandlerBuilder RequireCctvCamera(this RouteHandlerBuilder route, CameraNeed need) =>
        route.AddEndpointFilter(async (context, next) =>
        {
            var http = context.HttpContext;
            if (!Guid.TryParse(http.Request.RouteValues["id"] as string, out var uid))
            {
                return CctvDoor.NoSuchCamera();
            }

            if (http.RequestServices.GetRequiredService<CctvDoor>().Refuse(http, uid, need, out var camera, out var member) is { } refusal)
            {
                return refusal;
            }

            // An answer that still runs when the right ends is cut off, unless the route takes the lease to end in its own way.
            http.RequestServices.GetRequiredService<CameraLeases>().Hold(http, member, camera.Id, need);
            http.Features.Set(new CctvSubject(camera, member));
            return await next(context);
        }).OpenToOutsiders();
}
