using Microsoft.AspNetCore.Mvc;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Devices.Signaling;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live.Signaling;

/// <summary>
/// `/api/devices/{device_id}/proxy/…`: devices of the second generation answer a few requests of their go2rtc through their socket. For owner and parents,
/// because go2rtc names the addresses of its sources, passwords included, and what it sends nobody can stop; only what <see cref="ProxyRules"/> lets through.
/// </summary>
internal static class DeviceProxy
{
    /// <summary>The documented limit of a message; bodies are in base64.</summary>
    public const int LongestAnswer = 10 * 1024 * 1024;

    private const int LongestBody = 1024 * 1024;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMethods("/api/devices/{device_id}/proxy/{**path}", ["GET", "POST", "PUT", "DELETE"], Ask)
            .RequireAuthorization().WithMetadata(AcceptsTokenInQuery.Mark).WithErrorShape(ErrorShape.Detail).WithTags("Contract: signalling").ExcludeFromDescription();

    private static async Task<IResult> Ask(
        [FromRoute(Name = "device_id")] string deviceId, string? path, HttpContext http, CurrentMember member, SignalDevices devices, CameraAccess access, CameraDirectory cameras,
        SignalHub hub, SignalPresence presence, ProxyAsks asks, CancellationToken cancel)
    {
        if (await devices.FindAsync(deviceId, cancel) is not { CameraId: { } camera } device
            || access.Check(member, camera, CameraNeed.Admin) is var answer && answer == CameraAnswer.Unknown)
        {
            return SignalEndpoints.Fail(StatusCodes.Status404NotFound, "Device not found");
        }

        if (answer != CameraAnswer.Allowed || member.IsGuest)
        {
            return SignalEndpoints.Fail(StatusCodes.Status403Forbidden, "Unauthorized");
        }

        if (!ProxyRules.IsAllowed(http.Request.Method, path ?? "", http.Request.Query) || ProxyRules.QueryOf(http.Request.Query) is not { } query)
        {
            return SignalEndpoints.Fail(StatusCodes.Status403Forbidden, "This cannot be asked of a device through the server");
        }

        var link = hub.FindDevice(device.Id);
        var node = link is null ? presence.NodeOf(device.Id) : null;
        if ((link is null && node is null) || cameras.Find(camera) is { Paused: true })
        {
            return SignalEndpoints.Fail(StatusCodes.Status503ServiceUnavailable, "Device offline");
        }

        var body = new byte[Math.Min(http.Request.ContentLength ?? LongestBody, LongestBody) + 1];
        var length = await http.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancel);
        if (length == body.Length)
        {
            return SignalEndpoints.Fail(StatusCodes.Status413PayloadTooLarge, "The request is too long");
        }

        var request = new ProxyRequest
        {
            Method = http.Request.Method,
            Path = $"/{path}{query}",
            Headers = ProxyRules.ToDevice(http.Request.Headers),
            Body = body.AsMemory(0, length),
        };
        return await PassOnAsync(
            http, await (link is null ? asks.AskAsync(node!, device.Id, member.AccountId, request, cancel) : asks.AskAsync(link, member.AccountId, request, cancel)), cancel);
    }

    private static async Task<IResult> PassOnAsync(HttpContext http, ProxyAnswer answer, CancellationToken cancel)
    {
        var response = http.Response;
        response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers)
        {
            response.Headers[name] = value;
        }

        // A page of the device's would otherwise be a page of ours, with our cookie.
        response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
        response.Headers.XContentTypeOptions = "nosniff";
        if (answer.Status is not (StatusCodes.Status204NoContent or StatusCodes.Status304NotModified))
        {
            response.ContentLength = answer.Body.Length;
            await response.Body.WriteAsync(answer.Body, cancel);
        }

        return TypedResults.Empty;
    }
}
