using System.Globalization;
using Vigil.Server.Accounts;
using Vigil.Server.Hosting;

namespace Vigil.Server.Cameras;

/// <summary><c>/api/device/{device_id}</c> of the monitor contract, with its own shapes, over the same cameras.</summary>
internal static class BabycamDevices
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var device = routes.MapGroup("/api/device/{device}").WithTags("Contract: monitor").RequireAuthorization().OpenToOutsiders();
        device.MapGet("", Get);
        device.MapPost("/start", (string device, CurrentMember member, CameraAccess access, CameraDirectory directory, CancellationToken cancel) =>
            SetAsync(device, active: true, member, access, directory, cancel));
        device.MapPost("/stop", (string device, CurrentMember member, CameraAccess access, CameraDirectory directory, CancellationToken cancel) =>
            SetAsync(device, active: false, member, access, directory, cancel));
    }

    public static IResult NotFound() => Error(StatusCodes.Status404NotFound, "Monitor device not found");

    public static IResult Error(int status, string message) => TypedResults.Json(new { status = "error", message }, statusCode: status);

    /// <summary>The stream's address carries a signature of this login session, because the contract's player sends no cookie to another port.</summary>
    private static IResult Get(
        string device, HttpContext http, CurrentMember member, CameraAccess access, CameraDirectory directory, MediaSignature signatures)
    {
        if (Find(device, member, CameraNeed.View, access, directory, out var camera) is { } refusal)
        {
            return refusal;
        }

        var scope = string.Create(CultureInfo.InvariantCulture, $"cameras/{camera!.Id}");
        var signature = signatures.Sign(member.SessionUid, member.HouseholdId, scope);
        return TypedResults.Json(new
        {
            id = camera.Id,
            name = camera.Name,
            stream_url = $"{http.Request.Scheme}://{http.Request.Host}/api/v1/{scope}/hls/index.m3u8?{MediaSignature.Parameter}={signature}",
            is_active = camera.IsActive,
        });
    }

    private static async Task<IResult> SetAsync(
        string device, bool active, CurrentMember member, CameraAccess access, CameraDirectory directory, CancellationToken cancel)
    {
        if (Find(device, member, CameraNeed.Control, access, directory, out var camera) is { } refusal)
        {
            return refusal;
        }

        try
        {
            if (camera!.IsActive != active)
            {
                await directory.ChangeAsync(member.HouseholdId, camera.Id, c => c with { IsActive = active }, cancel);
            }
        }
        catch (Npgsql.NpgsqlException)
        {
            return Error(StatusCodes.Status500InternalServerError, "The database is away");
        }

        return TypedResults.Json(new { status = "success", message = active ? "Monitoring started" : "Monitoring stopped" });
    }

    private static IResult? Find(
        string device, CurrentMember member, CameraNeed need, CameraAccess access, CameraDirectory directory, out Camera? camera)
    {
        camera = int.TryParse(device, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? directory.Find(id) : null;
        return (camera is null ? CameraAnswer.Unknown : access.Check(member, id, need)) switch
        {
            CameraAnswer.Allowed => null,
            CameraAnswer.Forbidden => Error(StatusCodes.Status403Forbidden, access.Refusal(member, id)),
            _ => NotFound(),
        };
    }
}
