using System.Globalization;
using System.Net.WebSockets;
using Npgsql;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Database;
using Vigil.Server.Devices.Signaling;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live.Signaling;

/// <summary><c>/ws/viewer</c>: somebody who is signed in asks for a device and speaks with it. Lives as long as the login session.</summary>
internal sealed class ViewerSocket(
    SignalHub hub, WatchSessions sessions, SignalDevices devices, CameraDirectory cameras, CameraAccess access, MemberTokens tokens, SessionLeases leases,
    TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/ws/viewer", Open).AllowAnonymous().ExcludeFromDescription();

    private static async Task<IResult> Open(HttpContext http, ViewerSocket viewer)
    {
        if (!http.WebSockets.IsWebSocketRequest)
        {
            return Problems.BadRequest("This address is a WebSocket.");
        }

        // Our own page has no token, but its cookie; which counts only with the page's address beside it.
        var byCookie = CookieOriginRule.MayAct(http) ? CurrentMember.Of(http) : null;
        using var socket = await http.WebSockets.AcceptWebSocketAsync(SignalSweep.Accept);
        await viewer.ServeAsync(
            new SignalSocket(socket, http.RequestServices.GetRequiredService<TimeProvider>()), byCookie, http.Request.Query["household"], http.RequestAborted);
        return TypedResults.Empty;
    }

    private async Task ServeAsync(SignalSocket socket, CurrentMember? byCookie, string? household, CancellationToken aborted)
    {
        ViewerLink? link = null;
        SessionLease? lease = null;
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
                    else if (await GreetAsync(socket, text, byCookie, household, aborted) is { } fresh)
                    {
                        waiting.Dispose();
                        link = fresh;
                        lease = leases.Watch(fresh.Member);
                        lease.Ended.Register(() => socket.Close(WebSocketCloseStatus.PolicyViolation, "Session ended"));
                        hub.Enter(fresh);
                    }
                },
                static () => SignalSocket.Longest,
                aborted);
        }
        finally
        {
            lease?.Dispose();
            if (link is not null)
            {
                sessions.Leave(link);
            }
        }
    }

    private async Task<ViewerLink?> GreetAsync(
        SignalSocket socket, ReadOnlyMemory<byte> text, CurrentMember? byCookie, string? household, CancellationToken cancel)
    {
        if (SignalMessage.TryParse(text, out var message) != SignalFault.None || message.Type != "hello")
        {
            socket.Close(WebSocketCloseStatus.PolicyViolation, "Expected hello message");
            return null;
        }

        var token = message.Text("token");
        if (string.IsNullOrEmpty(token) && byCookie is null)
        {
            socket.Close(WebSocketCloseStatus.PolicyViolation, "Missing token");
            return null;
        }

        try
        {
            var member = string.IsNullOrEmpty(token) ? byCookie : await tokens.FindAsync(token, household, cancel);
            if (member is null)
            {
                socket.Close(WebSocketCloseStatus.PolicyViolation, "Invalid token");
                return null;
            }

            var link = new ViewerLink(member, socket);
            Acknowledge(link, message.RequestId);
            return link;
        }
        catch (Exception away) when (away is DatabaseAwayException or NpgsqlException or InvalidOperationException)
        {
            socket.Close(SignalSocket.TryAgainLater, "Try again");
            return null;
        }
    }

    private async Task TakeAsync(ViewerLink link, ReadOnlyMemory<byte> text, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        if (SignalMessage.TryParse(text, out var message) != SignalFault.None)
        {
            link.Socket.Say(SignalText.Error(now, null, "Malformed message"));
            return;
        }

        string? error = null;
        switch (message.Type)
        {
            case "hello":
                Acknowledge(link, message.RequestId);
                break;
            case "heartbeat":
                link.Socket.Say(SignalText.Message("heartbeat_ack", now, message.RequestId, static _ => { }));
                break;
            case "watch_request":
                error = await WatchAsync(link, message, cancel);
                break;
            case "signal_offer" or "signal_ice":
                error = sessions.FromViewer(link, message);
                break;
            case "end_watch":
                error = sessions.EndByViewer(link, message);
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

    private async Task<string?> WatchAsync(ViewerLink link, SignalMessage message, CancellationToken cancel)
    {
        var id = message.Text("device_id");
        // Our own page knows the camera, and need not know what the device calls itself.
        // A number is easily counted through, so a camera in whose household one has no part does not exist (the contract knows only device_id).
        var row = message.Number("camera_id") is { } camera
            ? access.Of(link.Member, camera) is null ? 0 : cameras.Find(camera)?.PeerDevice ?? 0
            : (long?)null;
        if (string.IsNullOrEmpty(id) && row is null)
        {
            return "Missing device_id";
        }

        // A device that is here is known, and whoever changes its owner rings (SignalSweep); only the database refuses.
        if ((row is { } here ? hub.FindDevice(here) : hub.FindDevice(id!))?.Device is { CameraId: { } shown } known
            && access.Check(link.Member, shown, CameraNeed.View) == CameraAnswer.Allowed)
        {
            return await sessions.BeginAsync(link, known, message.RequestId, cancel);
        }

        try
        {
            var found = row is { } number ? await devices.ReadAsync([number], cancel) is [var one] ? one : null : await devices.FindAsync(id!, cancel);
            return found is { } device ? await sessions.BeginAsync(link, device, message.RequestId, cancel) : "Device not found";
        }
        catch (Exception away) when (away is DatabaseAwayException or NpgsqlException or InvalidOperationException)
        {
            return "The server cannot look that up just now; try again";
        }
    }

    private void Acknowledge(ViewerLink link, string? requestId)
    {
        var now = time.GetUtcNow();
        link.Socket.Say(SignalText.Message("hello_ack", now, requestId, json =>
        {
            json.WriteString("user_id", link.Member.AccountId.ToString(CultureInfo.InvariantCulture));
            json.WriteString("server_time", SignalText.Instant(now));
        }));
    }
}
