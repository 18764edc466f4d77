using Microsoft.AspNetCore.Http.HttpResults;
using Vigil.Server.Accounts;
using Vigil.Server.Devices;
using Vigil.Server.Hosting;

namespace Vigil.Server.Cameras;

/// <summary>The household's devices: see them, revoke them, make keys for encoders.</summary>
internal static class DeviceEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var devices = routes.MapGroup("/api/v1").WithTags("Devices").RequireHouseholdPlace(Place.Owner, Place.Parent);
        devices.MapGet("/devices", List).WithSummary("Devices with a key, newest first");
        devices.MapPatch("/devices/{id:long}", Rename).WithSummary("Give a device another name");
        devices.MapDelete("/devices/{id:long}", Revoke).WithSummary("Revoke a device's key; what it sends ends at once");
        devices.MapPost("/cameras/{id:int}/device-keys", Make).RequireCamera(CameraNeed.Admin).WithSummary("A key for an encoder or another device");
    }

    private static Ok<List<DeviceView>> List(CurrentMember member, CameraAccess access, DeviceKeys keys)
    {
        var cameras = access.Visible(member).ToDictionary(camera => camera.Id);
        return TypedResults.Ok(keys.Of(member.HouseholdId).Where(key => cameras.ContainsKey(key.CameraId)).OrderByDescending(key => key.Id)
            .Select(key => new DeviceView
            {
                Id = key.Id,
                CameraId = key.CameraId,
                CameraName = cameras[key.CameraId].Name,
                Name = key.Name,
                Prefix = key.Prefix,
                Scopes = key.Allowed,
                CreatedAt = key.CreatedAt,
                LastSeenAt = keys.LastSeenOf(key),
                Online = keys.IsOnline(key.Id) || keys.IsWaiting(key.Id),
            })
            .ToList());
    }

    private static async Task<Results<NoContent, ValidationProblem, ProblemHttpResult>> Rename(
        long id, DeviceRenameRequest request, CurrentMember member, DeviceKeys keys, CancellationToken cancel)
    {
        var name = request.Name.Trim();
        if (name.Length == 0 || name.Any(char.IsControl))
        {
            return TypedResults.ValidationProblem(new Dictionary<string, string[]> { ["name"] = ["Give it a name."] });
        }

        return await keys.RenameAsync(member.HouseholdId, id, name, cancel) ? TypedResults.NoContent() : Problems.NotFound("There is no such device.");
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Revoke(long id, CurrentMember member, DeviceKeys keys, CancellationToken cancel) =>
        await keys.RevokeAsync(member.HouseholdId, id, cancel) ? TypedResults.NoContent() : Problems.NotFound("There is no such device.");

    private static async Task<Results<Created<DeviceKeyMade>, ValidationProblem, ProblemHttpResult>> Make(
        int id, DeviceKeyRequest request, CurrentMember member, CameraDirectory directory, DeviceKeys keys, CancellationToken cancel)
    {
        var name = request.Name.Trim();
        if (name.Length == 0 || name.Any(char.IsControl) || !request.Scopes.All(Enum.IsDefined))
        {
            return TypedResults.ValidationProblem(new Dictionary<string, string[]> { ["name"] = ["A name, and scopes of publish, upload, health and signal."] });
        }

        if (request.Scopes.Contains(DeviceScope.Publish) && directory.Find(id) is not { IsPublished: true })
        {
            return RoomCameraEndpoints.NotPublished();
        }

        return await keys.CreateAsync(member.HouseholdId, id, name, [.. request.Scopes], member.AccountId, cancel) is { } made
            ? TypedResults.Created((string?)null, new DeviceKeyMade { Id = made.Id, Key = made.Text })
            : Problems.Conflict("This camera has very many devices. Revoke those that are not used any more.", "tooManyDevices");
    }
}
