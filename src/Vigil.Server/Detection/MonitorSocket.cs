using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Hosting;

namespace Vigil.Server.Detection;

/// <summary>
/// <c>/ws/monitor/{device_id}/</c> of the monitor contract: levels of one camera, server to client only, nothing on connect. The time
/// has no zone suffix because the contract's page appends one itself.
/// </summary>
internal sealed class MonitorSocket(
    Broadcast<DeviceLevel> levels, CameraAccess access, CameraLeases leases, IHostApplicationLifetime lifetime, TimeProvider time)
{
    private static readonly TimeSpan SendPatience = TimeSpan.FromSeconds(10);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/ws/monitor/{device}/", Open).RequireAuthorization().OpenToOutsiders().ExcludeFromDescription();

    private static Task<IResult> Open(string device, HttpContext http, CurrentMember member, MonitorSocket monitor) =>
        monitor.ServeAsync(device, http, member);

    private async Task<IResult> ServeAsync(string device, HttpContext http, CurrentMember member)
    {
        if (!int.TryParse(device, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            || access.Check(member, id, CameraNeed.View) is var answer && answer == CameraAnswer.Unknown)
        {
            return BabycamDevices.NotFound();
        }

        if (answer == CameraAnswer.Forbidden)
        {
            return BabycamDevices.Error(StatusCodes.Status403Forbidden, access.Refusal(member, id));
        }

        if (!http.WebSockets.IsWebSocketRequest)
        {
            return BabycamDevices.Error(StatusCodes.Status400BadRequest, "This address is a WebSocket");
        }

        using var socket = await http.WebSockets.AcceptWebSocketAsync();
        using var heard = levels.Listen(capacity: 256);
        using var lease = leases.Watch(member, id, CameraNeed.View);
        await SocketLife.RunAsync(
            socket,
            cancel => IgnoreAsync(socket, cancel),
            [cancel => SendAsync(socket, heard, id, cancel), cancel => WhileAllowedAsync(lease, cancel)],
            time,
            http.RequestAborted,
            lifetime.ApplicationStopping);
        return TypedResults.Empty;
    }

    internal static byte[] Message(int device, LevelReport report) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        message = new
        {
            type = "audio_level",
            device_id = device,
            peak = report.Peak,
            alert_level = report.Level switch { AlertLevel.Red => "RED", AlertLevel.Yellow => "YELLOW", _ => "NONE" },
            timestamp = report.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture),
        },
    });

    private async Task<string> SendAsync(WebSocket socket, Broadcast<DeviceLevel>.Listener heard, int device, CancellationToken cancel)
    {
        await foreach (var level in heard.Items.ReadAllAsync(cancel))
        {
            if (level.CameraId == device)
            {
                using var patience = new CancellationTokenSource(SendPatience, time);
                using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
                await socket.SendAsync(Message(device, level.Report), WebSocketMessageType.Text, endOfMessage: true, both.Token);
            }
        }

        return "";
    }

    private async Task<string> WhileAllowedAsync(CameraLease lease, CancellationToken cancel)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel, lease.Ended);
        await Task.Delay(Timeout.InfiniteTimeSpan, time, over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return lease.Ended.IsCancellationRequested ? lease.Reason : "";
    }

    private static async Task<string> IgnoreAsync(WebSocket socket, CancellationToken cancel)
    {
        var buffer = new byte[1024];
        while ((await socket.ReceiveAsync(buffer.AsMemory(), cancel)).MessageType != WebSocketMessageType.Close)
        {
        }

        return "";
    }
}
