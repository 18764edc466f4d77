using System.Net.WebSockets;
using Npgsql;
using Vigil.Server.Database;
using Vigil.Server.Devices.Signaling;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live.Signaling;

/// <summary><c>/ws/device</c>: a device of the signalling contract says who it is, and then answers viewers.</summary>
internal sealed class DeviceSocket(
    SignalHub hub, WatchSessions sessions, SignalDevices devices, DeviceHello hellos, ProxyAsks asks, DevicePublishing publishing, TimeProvider time) : IDisposable
{
    /// <summary>After a restart all devices come at once; each with a connection of its own to the database would be more than that has.</summary>
    private const int GreetedAtOnce = 16;

    private readonly SemaphoreSlim greeting = new(GreetedAtOnce);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/ws/device", Open).AllowAnonymous().ExcludeFromDescription();

    public void Dispose() => greeting.Dispose();

    private static async Task<IResult> Open(HttpContext http, DeviceSocket device)
    {
        if (!http.WebSockets.IsWebSocketRequest)
        {
            return Problems.BadRequest("This address is a WebSocket.");
        }

        using var socket = await http.WebSockets.AcceptWebSocketAsync(SignalSweep.Accept);
        await device.ServeAsync(new SignalSocket(socket, time: http.RequestServices.GetRequiredService<TimeProvider>()), ClientAddress.Neighbourhood(http), http.RequestAborted);
        return TypedResults.Empty;
    }

    private async Task ServeAsync(SignalSocket socket, string neighbourhood, CancellationToken aborted)
    {
        DeviceLink? link = null;
        using var waiting = hub.AwaitHello(socket);
        try
        {
            await socket.RunAsync(
                async text =>
                {
                    if (link is not null)
                    {
                        await TakeAsync(link, text, aborted);
                    }
                    else if (await GreetAsync(socket, text, neighbourhood, aborted) is { } fresh)
                    {
                        waiting.Dispose();
                        link = fresh;
                    }
                },
                () => link is not null && link.MayAnswer(time) ? DeviceProxy.LongestAnswer : SignalSocket.Longest,
                aborted);
        }
        finally
        {
            if (link is not null)
            {
                sessions.Leave(link);
                asks.Forget(link);
            }
        }
    }

    /// <summary>The device, once its hello is good; otherwise the socket is closing with the reason.</summary>
    private async Task<DeviceLink?> GreetAsync(SignalSocket socket, ReadOnlyMemory<byte> text, string neighbourhood, CancellationToken cancel)
    {
        if (SignalMessage.TryParse(text, out var message) != SignalFault.None || message.Type != "hello")
        {
            socket.Close(WebSocketCloseStatus.PolicyViolation, "Expected hello message");
            return null;
        }

        if (message.Text("device_id") is not { Length: > 0 } id)
        {
            socket.Close(WebSocketCloseStatus.PolicyViolation, "Missing device_id");
            return null;
        }

        await greeting.WaitAsync(cancel);
        try
        {
            var device = await devices.FindAsync(id, cancel);
            var refusal = await hellos.CheckAsync(device, message.Text("device_secret"), neighbourhood, cancel);
            if (refusal is not null || device is null)
            {
                socket.Close(WebSocketCloseStatus.PolicyViolation, refusal ?? "Device not found");
                return null;
            }

            if (device.SecretHash is null && message.Text("device_secret") is not null && await devices.FindAsync(id, cancel) is { } trusted)
            {
                device = trusted;
            }

            var link = new DeviceLink(device, socket, time.GetUtcNow()) { Go2Rtc = message.Text("go2rtc_http") };
            Acknowledge(link, message.RequestId, null);
            sessions.Enter(link);
            return link;
        }
        catch (Exception away) when (away is DatabaseAwayException or NpgsqlException or InvalidOperationException)
        {
            socket.Close(SignalSocket.TryAgainLater, "Try again");
            return null;
        }
        finally
        {
            greeting.Release();
        }
    }

    private async ValueTask TakeAsync(DeviceLink link, ReadOnlyMemory<byte> text, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        if (SignalMessage.TryParse(text, out var message) is var fault && fault != SignalFault.None)
        {
            link.Socket.Say(SignalText.Error(now, null, "Malformed message"));
            return;
        }

        if (message.Type != "proxy_http_resp" && text.Length > SignalSocket.Longest)
        {
            link.Socket.Close(WebSocketCloseStatus.MessageTooBig, "Message too long");
            return;
        }

        string? error = null;
        switch (message.Type)
        {
            case "hello":
                Acknowledge(link, message.RequestId, message.Text("agent_version") ?? "");
                break;
            case "heartbeat":
                link.LastHeartbeat = now;
                link.Socket.Say(SignalText.Message("heartbeat_ack", now, message.RequestId, static _ => { }));
                break;
            case "signal_answer" or "signal_ice":
                error = sessions.FromDevice(link, message);
                break;
            case "device_presence":
                link.Presence = message.RawPayload;
                break;
            case "capabilities":
                link.Capabilities = message.RawPayload;
                break;
            case "publish_request":
                error = await publishing.AnswerAsync(link, message, cancel);
                break;
            case "proxy_http_resp":
                asks.Take(link, message);
                break;
            default:
                error = "Unknown message type";
                break;
        }

        if (error is not null)
        {
            link.Socket.Say(SignalText.Error(now, message.RequestId, error));
        }
    }

    private void Acknowledge(DeviceLink link, string? requestId, string? version)
    {
        var now = time.GetUtcNow();
        link.Socket.Say(SignalText.Message("hello_ack", now, requestId, json =>
        {
            json.WriteString("device_id", link.Device.DeviceId);
            json.WriteString("server_time", SignalText.Instant(now));
            if (version is { Length: > 0 and <= 200 })
            {
                json.WriteString("agent_version", version);
            }
        }));
    }
}
