using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Devices.Signaling;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live.Signaling;

/// <summary>Our own routes about paired devices: pair, rename, give away, unpair, and their secrets.</summary>
internal static class SignalDeviceEndpoints
{
    private const int CodesAMinute = 20;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var devices = routes.MapGroup("/api/v1/signal-devices").WithTags("Paired devices").RequireHouseholdPlace(Place.Owner, Place.Parent);
        devices.MapGet("", List).WithSummary("Devices that send straight to their viewers");
        devices.MapPost("/pair", Pair).WithSummary("Make a device a camera of this household by its six-digit code");
        devices.MapPatch("/{id:long}", Change).WithSummary("Rename it; decide whether it may come in without a secret");
        devices.MapDelete("/{id:long}", Remove).WithSummary("Unpair: its camera goes, and it may be paired anew");
        devices.MapPost("/{id:long}/secret", Rotate).WithSummary("A new secret, shown once; the device has to be given it");
        devices.MapPost("/{id:long}/transfer", Transfer).WithSummary("A code with which another household takes it over");
    }

    private static async Task<Ok<List<SignalDeviceView>>> List(
        CurrentMember member, SignalDevices devices, SignalPresence presence, CameraAccess access, IOptions<SignalingOptions> options, CancellationToken cancel) =>
        TypedResults.Ok((await devices.ListAsync(member.HouseholdId, cancel))
            .Where(device => device.CameraId is { } camera && access.Check(member, camera, CameraNeed.View) == CameraAnswer.Allowed)
            .Select(device => View(device, presence, options.Value)).ToList());

    private static async Task<Results<Created<SignalDeviceView>, ProblemHttpResult>> Pair(
        SignalPairRequest request, HttpContext http, CurrentMember member, DeviceAdoption adoption, SignalPresence presence, IOptions<SignalingOptions> options,
        CancellationToken cancel) =>
        await adoption.AdoptAsync(member, request.Code, request.Name, ClientAddress.Neighbourhood(http), cancel) switch
        {
            { Device: { } device } => TypedResults.Created((string?)null, View(device, presence, options.Value)),
            { Refusal: AdoptionRefusal.TooMany } => TooMany(),
            { Refusal: AdoptionRefusal.MayNotAdd } => CameraAccessEndpoints.MayNotAdd(member) ?? Problems.Forbidden(),
            { Refusal: AdoptionRefusal.OwnedElsewhere } => Problems.Conflict(
                "This device belongs to another household. Its owner has to give it away first.", "ownedElsewhere"),
            _ => Problems.Of(
                StatusCodes.Status404NotFound, "This code is wrong, used already, or older than five minutes. Make a new one on the device.", "pairingCode"),
        };

    private static async Task<Results<Ok<SignalDeviceView>, ValidationProblem, ProblemHttpResult>> Change(
        long id, SignalDeviceRequest request, CurrentMember member, SignalDevices devices, SignalPresence presence, CameraAccess access, CameraDirectory cameras,
        IOptions<SignalingOptions> options, CancellationToken cancel)
    {
        if (await FindAsync(id, member, devices, access, cancel) is not { } device)
        {
            return NotFound();
        }

        if (request.Name?.Trim() is { } name)
        {
            if (name.Length is 0 or > 255 || name.Any(char.IsControl))
            {
                return TypedResults.ValidationProblem(new Dictionary<string, string[]> { ["name"] = ["A name has 1 to 255 characters."] });
            }

            await devices.RenameAsync(member.HouseholdId, id, name, cancel);
            await cameras.ChangeAsync(member.HouseholdId, device.CameraId!.Value, camera => camera with { Name = name }, cancel);
        }

        if (request.SecretRequired is { } required)
        {
            await devices.RequireSecretAsync(member.HouseholdId, id, required, cancel);
        }

        return await devices.FindOfAsync(member.HouseholdId, id, cancel) is { } changed ? TypedResults.Ok(View(changed, presence, options.Value)) : NotFound();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(
        long id, CurrentMember member, SignalDevices devices, DeviceAdoption adoption, CameraAccess access, CancellationToken cancel) =>
        await FindAsync(id, member, devices, access, cancel) is { } device && await adoption.ReleaseAsync(device, cancel) ? TypedResults.NoContent() : NotFound();

    private static async Task<Results<Ok<SignalSecretView>, ProblemHttpResult>> Rotate(
        long id, CurrentMember member, SignalDevices devices, CameraAccess access, CancellationToken cancel) =>
        await FindAsync(id, member, devices, access, cancel) is not null && await devices.RotateAsync(member.HouseholdId, id, cancel) is { } secret
            ? TypedResults.Ok(new SignalSecretView { Secret = secret })
            : NotFound();

    private static async Task<Results<Ok<SignalCodeView>, ProblemHttpResult>> Transfer(
        long id, CurrentMember member, SignalDevices devices, SignalPairings pairings, CameraAccess access, RateLimits limits, CancellationToken cancel)
    {
        if (await FindAsync(id, member, devices, access, cancel) is null)
        {
            return NotFound();
        }

        if (!limits.TryTake("device code", member.AccountId.ToString(CultureInfo.InvariantCulture), CodesAMinute, TimeSpan.FromMinutes(1)))
        {
            return TooMany();
        }

        var made = await pairings.CreateAsync(id, member.AccountId, cancel);
        return TypedResults.Ok(new SignalCodeView { Code = made.Code, ExpiresAt = made.ExpiresAt });
    }

    private static async Task<SignalDevice?> FindAsync(long id, CurrentMember member, SignalDevices devices, CameraAccess access, CancellationToken cancel) =>
        await devices.FindOfAsync(member.HouseholdId, id, cancel) is { CameraId: { } camera } device
        && access.Check(member, camera, CameraNeed.Admin) == CameraAnswer.Allowed ? device : null;

    private static ProblemHttpResult NotFound() => Problems.NotFound("There is no such device.");

    private static ProblemHttpResult TooMany() =>
        Problems.Of(StatusCodes.Status429TooManyRequests, "Too many attempts; please wait a moment.", "tooManyRequests");

    private static SignalDeviceView View(SignalDevice device, SignalPresence presence, SignalingOptions options) => new()
    {
        Id = device.Id,
        DeviceId = device.DeviceId,
        Name = device.DeviceName ?? device.DeviceId,
        Type = device.DeviceType,
        CameraId = device.CameraId ?? 0,
        Online = presence.IsOnline(device.Id),
        LastSeenAt = presence.LastSeenOf(device),
        PairedAt = device.PairedAt ?? device.RegisteredAt,
        HasSecret = device.SecretHash is not null,
        SecretRequired = device.SecretRequired || device.SecretHash is not null || !options.AllowDevicesWithoutSecret,
    };
}

public sealed record SignalPairRequest
{
    /// <summary>Six digits; spaces and a dash between do not matter.</summary>
    [Required]
    [StringLength(32)]
    public required string Code { get; init; }

    /// <summary>What the camera shall be called; what the device calls itself when absent.</summary>
    [StringLength(255)]
    public string? Name { get; init; }
}

/// <summary>What is absent stays as it is.</summary>
public sealed record SignalDeviceRequest
{
    public string? Name { get; init; }

    /// <summary>True: it may come in only with its secret, whatever the server allows others.</summary>
    public bool? SecretRequired { get; init; }
}

/// <summary>A paired device as a parent sees it. Never its secret.</summary>
public sealed record SignalDeviceView
{
    public required long Id { get; init; }

    /// <summary>What it calls itself.</summary>
    public required string DeviceId { get; init; }

    public required string Name { get; init; }

    public required string Type { get; init; }

    public required int CameraId { get; init; }

    public required bool Online { get; init; }

    public required DateTimeOffset? LastSeenAt { get; init; }

    public required DateTimeOffset PairedAt { get; init; }

    /// <summary>False: whoever knows the device's name can pretend to be it.</summary>
    public required bool HasSecret { get; init; }

    /// <summary>Without a secret it does not get in.</summary>
    public required bool SecretRequired { get; init; }
}

/// <summary>A secret just made; it is shown only here.</summary>
public sealed record SignalSecretView
{
    public required string Secret { get; init; }

    public override string ToString() => "a device secret";
}

/// <summary>A code just made; it is shown only here.</summary>
public sealed record SignalCodeView
{
    public required string Code { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public override string ToString() => "a pairing code";
}
