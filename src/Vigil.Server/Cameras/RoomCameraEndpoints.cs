using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Vigil.Server.Accounts;
using Vigil.Server.Devices;
using Vigil.Server.Hosting;
using Vigil.Server.Hosting.Https;

namespace Vigil.Server.Cameras;

/// <summary>Phones as room cameras: a camera without an address, and codes that make a phone its source.</summary>
internal static class RoomCameraEndpoints
{
    private const int CodesAMinute = 20;
    private const int TriesAMinute = 30;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var rooms = routes.MapGroup("/api/v1").WithTags("Room cameras");
        rooms.MapPost("/room-cameras", Add).RequireAuthorization().RequireCameraAdding()
            .WithSummary("A camera that a phone will publish, and the code to pair the phone");
        rooms.MapPost("/cameras/{id:int}/pairing", Pair).RequireCamera(CameraNeed.Admin).RequireHouseholdPlace(Place.Owner, Place.Parent)
            .WithSummary("A code for another phone of the same room; voids the code before");
        rooms.MapPost("/devices/pair", Use).AllowAnonymous().WithSummary("Exchange a code for a device key");
    }

    private static async Task<Results<Created<RoomCameraView>, ValidationProblem, ProblemHttpResult>> Add(
        RoomCameraRequest request, HttpContext http, CurrentMember member, CameraDirectory directory, CameraFeeds feeds, RoomPresence rooms,
        DevicePairings pairings, SecureOrigin secure, RateLimits limits, CancellationToken cancel)
    {
        var blank = new Camera { Uid = Guid.NewGuid(), HouseholdId = member.HouseholdId, Name = "", Address = "" };
        var form = new CameraForm();
        var typed = new CameraRequest { Name = request.Name, Location = request.Location, Address = CameraAddress.Published + ":" };
        if (form.Apply(blank, typed, []) is not { } camera)
        {
            return TypedResults.ValidationProblem(form.Errors);
        }

        if (!MayMakeCode(member, limits))
        {
            return TooMany();
        }

        var added = await directory.AddAsync(camera, cancel);
        return TypedResults.Created($"/api/v1/cameras/{added.Id}", new RoomCameraView
        {
            Camera = CameraView.Of(added, feeds.StatusOf(added), rooms.Of(added.Id), CameraStanding.Full),
            Pairing = View(await pairings.CreateAsync(member.HouseholdId, added.Id, member.AccountId, cancel), http, secure),
        });
    }

    private static async Task<Results<Ok<PairingView>, ProblemHttpResult>> Pair(
        int id, HttpContext http, CurrentMember member, CameraDirectory directory, DevicePairings pairings, SecureOrigin secure, RateLimits limits,
        CancellationToken cancel)
    {
        if (directory.Find(id) is not { IsPublished: true })
        {
            return NotPublished();
        }

        return MayMakeCode(member, limits)
            ? TypedResults.Ok(View(await pairings.CreateAsync(member.HouseholdId, id, member.AccountId, cancel), http, secure))
            : TooMany();
    }

    private static async Task<Results<Created<PairedView>, ProblemHttpResult>> Use(
        PairRequest request, HttpContext http, CameraDirectory directory, HouseholdMembers households, DevicePairings pairings,
        SignInThrottle throttle, RateLimits limits, CancellationToken cancel)
    {
        var neighbourhood = ClientAddress.Neighbourhood(http);
        if (!limits.TryTake("pairing", neighbourhood, TriesAMinute, TimeSpan.FromMinutes(1)))
        {
            return TooMany();
        }

        var key = SignInThrottle.Key("pairing", "", neighbourhood);
        if (await throttle.BeginAsync(key, cancel) is { } comeBack)
        {
            http.Response.Headers.RetryAfter = Math.Ceiling(comeBack.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            return TooMany();
        }

        var name = request.DeviceName?.Trim() is { Length: > 0 } given && !given.Any(char.IsControl) ? given : "Phone";
        if (await pairings.UseAsync(request.Code, name, cancel) is not { } paired)
        {
            return Problems.Of(
                StatusCodes.Status404NotFound, "This code is wrong, used already, or older than ten minutes. Make a new one on a parent's phone.", "pairingCode");
        }

        await throttle.SucceededAsync(key, cancel);
        return TypedResults.Created((string?)null, new PairedView
        {
            CameraId = paired.CameraId,
            CameraName = directory.Find(paired.CameraId)?.Name ?? "",
            HouseholdName = (await households.FindHouseholdAsync(paired.HouseholdId, cancel))?.Name ?? "",
            Key = paired.Key.Text,
        });
    }

    internal static ProblemHttpResult NotPublished() =>
        Problems.Conflict("This camera is read from an address; only a camera without one can be published to.", "notPublished");

    private static bool MayMakeCode(CurrentMember member, RateLimits limits) =>
        limits.TryTake("pairing code", member.AccountId.ToString(CultureInfo.InvariantCulture), CodesAMinute, TimeSpan.FromMinutes(1));

    private static ProblemHttpResult TooMany() =>
        Problems.Of(StatusCodes.Status429TooManyRequests, "Too many attempts; please wait a moment.", "tooManyRequests");

    private static PairingView View(NewPairing pairing, HttpContext http, SecureOrigin secure) => new()
    {
        Code = pairing.Code,
        // Browsers give a page the camera only over https.
        Url = $"{secure.ForAnotherDevice(http.Request)}/app/camera#pair={pairing.Code}",
        ExpiresAt = pairing.ExpiresAt,
    };
}
