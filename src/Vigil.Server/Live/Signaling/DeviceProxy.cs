using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Mvc;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Devices.Signaling;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live.Signaling;

/// <summary>
/// `/api/devices/{device_id}/proxy/…`: devices of the second generation answer a few requests of their go2rtc through their socket. For whoever manages the
/// camera, because go2rtc names the addresses of its sources, passwords included; only what <see cref="ProxyRules"/> lets through.
/// </summary>
internal sealed class DeviceProxy(SignalHub hub, TimeProvider time)
{
    /// <summary>The documented limit of a message; bodies are in base64.</summary>
    public const int LongestAnswer = 10 * 1024 * 1024;

    private const int LongestBody = 1024 * 1024;
    private const int MostAtOnce = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, (DeviceLink Device, TaskCompletionSource<ProxyAnswer?> Answer)> asked = new();

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMethods("/api/devices/{device_id}/proxy/{**path}", ["GET", "POST", "PUT", "DELETE"], Ask)
            .RequireAuthorization().WithMetadata(AcceptsTokenInQuery.Mark).WithErrorShape(ErrorShape.Detail).WithTags("Contract: signalling").ExcludeFromDescription();

    private static async Task<IResult> Ask(
        [FromRoute(Name = "device_id")] string deviceId, string? path, HttpContext http, CurrentMember member, SignalDevices devices, CameraAccess access, CameraDirectory cameras,
        DeviceProxy proxy, CancellationToken cancel)
    {
        if (await devices.FindAsync(deviceId, cancel) is not { CameraId: { } camera } device
            || access.Check(member, camera, CameraNeed.Admin) is var answer && answer == CameraAnswer.Unknown)
        {
            return SignalEndpoints.Fail(StatusCodes.Status404NotFound, "Device not found");
        }

        if (answer != CameraAnswer.Allowed)
        {
            return SignalEndpoints.Fail(StatusCodes.Status403Forbidden, "Unauthorized");
        }

        if (!ProxyRules.IsAllowed(http.Request.Method, path ?? "", http.Request.Query) || ProxyRules.QueryOf(http.Request.Query) is not { } query)
        {
            return SignalEndpoints.Fail(StatusCodes.Status403Forbidden, "This cannot be asked of a device through the server");
        }

        if (proxy.Find(device.Id) is not { } link || cameras.Find(camera) is { Paused: true })
        {
            return SignalEndpoints.Fail(StatusCodes.Status503ServiceUnavailable, "Device offline");
        }

        var body = new byte[Math.Min(http.Request.ContentLength ?? LongestBody, LongestBody) + 1];
        var length = await http.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancel);
        if (length == body.Length)
        {
            return SignalEndpoints.Fail(StatusCodes.Status413PayloadTooLarge, "The request is too long");
        }

        if (Interlocked.Increment(ref link.Asked) > MostAtOnce)
        {
            Interlocked.Decrement(ref link.Asked);
            return SignalEndpoints.Fail(StatusCodes.Status503ServiceUnavailable, "Device busy");
        }

        try
        {
            return await proxy.AskAsync(link, http, $"/{path}{query}", body.AsMemory(0, length), cancel);
        }
        finally
        {
            Interlocked.Decrement(ref link.Asked);
        }
    }

    private DeviceLink? Find(long id) => hub.FindDevice(id);

    private async Task<IResult> AskAsync(DeviceLink link, HttpContext http, string path, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        var rid = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var answer = new TaskCompletionSource<ProxyAnswer?>(TaskCreationOptions.RunContinuationsAsynchronously);
        asked[rid] = (link, answer);
        try
        {
            link.Socket.Say(SignalText.Message("proxy_http", time.GetUtcNow(), null, json =>
            {
                json.WriteString("rid", rid);
                json.WriteString("method", http.Request.Method);
                json.WriteString("path", path);
                json.WriteStartObject("headers");
                foreach (var (name, value) in ProxyRules.ToDevice(http.Request.Headers))
                {
                    json.WriteString(name, value);
                }

                json.WriteEndObject();
                if (body.Length > 0)
                {
                    json.WriteBase64String("body_b64", body.Span);
                }
                else
                {
                    json.WriteNull("body_b64");
                }

                json.WriteNumber("timeout_ms", (int)Patience.TotalMilliseconds);
            }));
            return await answer.Task.WaitAsync(Patience, time, cancel) is { } given
                ? await PassOnAsync(http, given, cancel)
                : SignalEndpoints.Fail(StatusCodes.Status503ServiceUnavailable, "Device offline");
        }
        catch (TimeoutException)
        {
            return SignalEndpoints.Fail(StatusCodes.Status504GatewayTimeout, "Proxy timeout");
        }
        finally
        {
            asked.TryRemove(rid, out _);
        }
    }

    /// <summary>An answer of a device; one that nobody waits for, or that another device was asked, is nothing.</summary>
    public void Take(DeviceLink from, SignalMessage message)
    {
        if (message.Text("rid") is { } rid && asked.TryGetValue(rid, out var waiting) && waiting.Device == from)
        {
            waiting.Answer.TrySetResult(new ProxyAnswer
            {
                Status = message.Number("status") is { } status and >= 200 and <= 599 ? status : StatusCodes.Status502BadGateway,
                Headers = [.. message.Texts("headers").Where(ProxyRules.MayPass).Take(20)],
                Body = message.Bytes("body_b64") ?? [],
            });
        }
    }

    /// <summary>The device has gone: who waits for it need not.</summary>
    public void Forget(DeviceLink device)
    {
        foreach (var (_, waiting) in asked)
        {
            if (waiting.Device == device)
            {
                waiting.Answer.TrySetResult(null);
            }
        }
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
