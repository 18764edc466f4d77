using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Devices.Signaling;
using Vigil.Server.Hosting;
using Vigil.Server.Hosting.Https;

namespace Vigil.Server.Live.Signaling;

/// <summary>The signalling contract's own routes: `/api/devices…` and `/api/pairing…`. Each looks at the token itself, because clients send it in three ways.</summary>
internal static class SignalEndpoints
{
    private const int RegistrationsAMinute = 30;
    private const int CodesAMinute = 20;
    private const int LongestId = 100;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var open = routes.MapGroup("/api").AllowAnonymous().WithMetadata(AcceptsTokenInQuery.Mark)
            .WithErrorShape(ErrorShape.Detail).WithTags("Contract: signalling");
        open.MapPost("/devices/register", Register);
        open.MapGet("/devices", List);
        open.MapPost("/devices/pair", Pair);
        open.MapGet("/devices/{device_id}/status", Status);
        open.MapPost("/pairing/generate", Generate);
    }

    internal static IResult Fail(int status, string detail) => Results.Json(new JsonObject { ["detail"] = detail }, statusCode: status);

    private static async Task<IResult> Register(HttpContext http, SignalDevices devices, RateLimits limits, CancellationToken cancel)
    {
        var body = await LooseBody.ReadJsonAsync(http.Request, cancel);
        var id = body.Required("device_id", LongestId);
        var name = body.Optional("device_name", 255);
        var type = body.Optional("device_type", 50);
        if (!body.HasFaults && (id.Length == 0 || id.Any(char.IsControl)))
        {
            body.Fault("device_id", "String should have at least 1 character", "string_too_short");
        }

        if (body.HasFaults)
        {
            return body.Unprocessable();
        }

        if (!limits.TryTake("device registration", ClientAddress.Neighbourhood(http), RegistrationsAMinute, TimeSpan.FromMinutes(1)))
        {
            return TooMany();
        }

        return await devices.RegisterAsync(id, string.IsNullOrWhiteSpace(name) ? null : name, string.IsNullOrWhiteSpace(type) ? "camera" : type, cancel) switch
        {
            Registered.TooMany => TooMany(),
            var known => Results.Json(new JsonObject
            {
                ["device_id"] = id,
                ["message"] = known == Registered.New ? "Device registered successfully" : "Device already registered",
            }),
        };
    }

    private static async Task<IResult> List(HttpContext http, SignalDevices devices, SignalPresence presence, CameraAccess access, CancellationToken cancel)
    {
        if (MemberOf(http) is not { } member)
        {
            return Unauthorized();
        }

        var all = await devices.ListAsync(member.HouseholdId, cancel);
        return Results.Json(new JsonArray([.. all.Where(device => MaySee(access, member, device)).Select(device => (JsonNode)new JsonObject
        {
            ["id"] = device.Id,
            ["device_id"] = device.DeviceId,
            ["device_name"] = device.DeviceName,
            ["device_type"] = device.DeviceType,
            ["is_online"] = presence.IsOnline(device.Id),
            ["last_seen"] = Instant(presence.LastSeenOf(device)),
        })]));
    }

    private static async Task<IResult> Status(
        [FromRoute(Name = "device_id")] string deviceId, HttpContext http, SignalDevices devices, SignalPresence presence, CameraAccess access,
        DeviceHello hellos, CancellationToken cancel)
    {
        if (await devices.FindAsync(deviceId, cancel) is not { } device)
        {
            return NoDevice();
        }

        if (device.IsOwned && IsItself(http, hellos, device) is var itself && itself != true)
        {
            if (MemberOf(http) is not { } member)
            {
                return itself is null ? TooMany() : Unauthorized();
            }

            if (!MaySee(access, member, device))
            {
                return NoDevice();
            }
        }

        return Results.Json(new JsonObject
        {
            ["device_id"] = device.DeviceId,
            ["is_online"] = presence.IsOnline(device.Id),
            ["last_seen"] = Instant(presence.LastSeenOf(device)),
        });
    }

    private static async Task<IResult> Generate(
        HttpContext http, SignalDevices devices, SignalPairings pairings, CameraAccess access, DeviceHello hellos, RateLimits limits, SecureOrigin secure,
        CancellationToken cancel)
    {
        if (http.Request.Query["device_id"].ToString() is not { Length: > 0 } id)
        {
            return Results.Json(
                new JsonObject
                {
                    ["detail"] = new JsonArray(new JsonObject { ["loc"] = new JsonArray("query", "device_id"), ["msg"] = "Field required", ["type"] = "missing" }),
                },
                statusCode: StatusCodes.Status422UnprocessableEntity);
        }

        if (!limits.TryTake("device code", ClientAddress.Neighbourhood(http), CodesAMinute, TimeSpan.FromMinutes(1)))
        {
            return TooMany();
        }

        if (await devices.FindAsync(id, cancel) is not { } device)
        {
            return NoDevice();
        }

        long? giver = null;
        if (device.IsOwned && IsItself(http, hellos, device) is var itself && itself != true)
        {
            if (MemberOf(http) is not { } member)
            {
                return itself is null ? TooMany() : Unauthorized();
            }

            if (access.Check(member, device.CameraId!.Value, CameraNeed.Admin) is not CameraAnswer.Allowed and var answer)
            {
                return answer == CameraAnswer.Unknown ? NoDevice() : Fail(StatusCodes.Status403Forbidden, "Unauthorized");
            }

            giver = member.AccountId;
        }

        var made = await pairings.CreateAsync(device.Id, giver, cancel);
        return Results.Json(new JsonObject
        {
            ["code"] = made.Code,
            ["expires_at"] = SignalText.Instant(made.ExpiresAt),
            ["ttl"] = (int)SignalPairings.Lifetime.TotalSeconds,
            // For agents that can show a picture: a phone that scans it opens the page with the code filled in.
            ["pair_url"] = $"{secure.ForAnotherDevice(http.Request)}/app/pair#code={made.Code}",
        });
    }

    private static async Task<IResult> Pair(HttpContext http, DeviceAdoption adoption, MemberTokens tokens, CancellationToken cancel)
    {
        var body = await LooseBody.ReadJsonAsync(http.Request, cancel);
        var code = body.Required("pairing_code", 32);
        var token = body.Optional("token", 4096);
        var member = MemberOf(http) ?? (token is { Length: > 0 } ? await tokens.FindAsync(token, http.Request.Query["household"], cancel) : null);
        if (member is null)
        {
            return body.HasFaults ? body.Unprocessable() : Unauthorized();
        }

        if (body.HasFaults)
        {
            return body.Unprocessable();
        }

        var adopted = await adoption.AdoptAsync(member, code, null, ClientAddress.Neighbourhood(http), cancel);
        return adopted switch
        {
            { Device: { } device } => Results.Json(new JsonObject
            {
                ["message"] = "Device paired successfully",
                ["device"] = new JsonObject { ["device_id"] = device.DeviceId, ["device_name"] = device.DeviceName },
            }),
            { Refusal: AdoptionRefusal.TooMany } => TooMany(),
            { Refusal: AdoptionRefusal.MayNotAdd } => Fail(StatusCodes.Status403Forbidden, "You may not add cameras here"),
            { Refusal: AdoptionRefusal.OwnedElsewhere } => Fail(StatusCodes.Status409Conflict, "Device belongs to somebody else, who has to give it away first"),
            _ => Fail(StatusCodes.Status404NotFound, "Invalid or expired pairing code"),
        };
    }

    /// <summary>By header, by query or by cookie; a cookie only with the page's address.</summary>
    private static CurrentMember? MemberOf(HttpContext http) => CookieOriginRule.MayAct(http) ? CurrentMember.Of(http) : null;

    private static bool? IsItself(HttpContext http, DeviceHello hellos, SignalDevice device) => hellos.IsItself(
        device,
        http.Request.Headers["X-Device-Secret"].ToString() is { Length: > 0 } header ? header : http.Request.Query["device_secret"].ToString(),
        ClientAddress.Neighbourhood(http));

    private static bool MaySee(CameraAccess access, CurrentMember member, SignalDevice device) =>
        device.CameraId is { } camera && access.Check(member, camera, CameraNeed.View) == CameraAnswer.Allowed;

    private static string? Instant(DateTimeOffset? at) => at is { } instant ? SignalText.Instant(instant) : null;

    private static IResult Unauthorized() => Fail(StatusCodes.Status401Unauthorized, "Invalid token");

    private static IResult NoDevice() => Fail(StatusCodes.Status404NotFound, "Device not found");

    private static IResult TooMany() => Fail(StatusCodes.Status429TooManyRequests, "Too many attempts; please wait a moment");
}
