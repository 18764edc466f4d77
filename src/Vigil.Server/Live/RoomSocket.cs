using System.Net.WebSockets;
using Npgsql;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Database;
using Vigil.Server.Devices;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live;

/// <summary>
/// <c>/ws/room</c>: the line between a room device and the server, besides its media. The key comes in the first message, because
/// addresses are written to logs. Tells the room who watches; takes down how the device is.
/// </summary>
internal sealed class RoomSocket(
    DeviceKeys keys, RoomPresence rooms, RoomPhones phones, Talks talks, Lullabies lullabies, Watchers watchers, CameraDirectory cameras, HouseholdMembers households,
    IHostApplicationLifetime lifetime, TimeProvider time)
{
    private static readonly TimeSpan HelloPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MessagePeriod = TimeSpan.FromSeconds(10);
    private const int MessagesPerPeriod = 30;
    private const int HellosAMinute = 60;

    private static readonly WebSocketAcceptContext Accept = new()
    {
        KeepAliveInterval = TimeSpan.FromSeconds(5),
        KeepAliveTimeout = TimeSpan.FromSeconds(10),
    };

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/ws/room", Open).AllowAnonymous().ExcludeFromDescription();

    private static async Task<IResult> Open(HttpContext http, RoomSocket room, RateLimits limits)
    {
        if (!http.WebSockets.IsWebSocketRequest)
        {
            return Problems.BadRequest("This address is a WebSocket.");
        }

        if (!limits.TryTake("room hello", ClientAddress.Neighbourhood(http), HellosAMinute, TimeSpan.FromMinutes(1)))
        {
            return Problems.Of(StatusCodes.Status429TooManyRequests, "Too many attempts; please wait a moment.", "tooManyRequests");
        }

        using var socket = await http.WebSockets.AcceptWebSocketAsync(Accept);
        await room.ServeAsync(socket, http.RequestAborted);
        return TypedResults.Empty;
    }

    private async Task ServeAsync(WebSocket socket, CancellationToken aborted)
    {
        var line = new Line();
        await SocketLife.RunAsync(
            socket,
            cancel => ListenAsync(socket, line, cancel),
            [cancel => TalkAsync(socket, line, cancel)],
            time,
            aborted,
            lifetime.ApplicationStopping);
    }

    /// <summary>Everything the server says, from the welcome on; the reason to close.</summary>
    private async Task<string> TalkAsync(WebSocket socket, Line line, CancellationToken cancel)
    {
        CurrentDevice? device;
        bool waits;
        try
        {
            await cameras.Loaded.WaitAsync(HelloPatience, time, cancel); // Just started: nobody is sent away for good.
            (var key, waits) = await line.Hello.Task.WaitAsync(HelloPatience, time, cancel);
            device = await keys.FindAsync(key, cancel);
        }
        catch (TimeoutException)
        {
            return line.Hello.Task.IsCompleted ? "Try again." : "Expected hello.";
        }
        catch (Exception away) when (away is DatabaseAwayException or NpgsqlException)
        {
            return "Try again.";
        }

        if (device is null || !device.Scopes.Contains(DeviceScope.Publish) || cameras.Find(device.CameraId) is not { } camera)
        {
            // An unknown key was a good one once, or never: the phone need not try again.
            await socket.SendAsync(RoomPhones.Encode(new { type = "revoked" }), WebSocketMessageType.Text, endOfMessage: true, cancel);
            return "revoked";
        }

        using var phone = new RoomConnection(socket, device, time);
        phone.Say(new
        {
            type = "welcome",
            cameraId = camera.Id,
            cameraName = camera.Name,
            deviceName = device.Name,
            householdName = await HouseholdNameAsync(camera.HouseholdId, cancel),
            paused = camera.Paused,
            serverTime = time.GetUtcNow(),
        });
        line.Device = waits ? null : device; // Who waits has nothing to report.
        using var lease = keys.Watch(device, waits);
        await using var revoked = lease.Ended.Register(() => phone.Close(new { type = "revoked" }, "revoked"));
        using var going = CancellationTokenSource.CreateLinkedTokenSource(cancel, phone.Over);
        Task telling;
        if (waits)
        {
            // It plays nothing and is nobody's room: a page that is only looked at must not drive out the one that sends.
            phones.Wait(phone);
            telling = TellAsync(phone, going.Token);
        }
        else
        {
            phones.Enter(phone);
            talks.Tell(phone);
            telling = Task.WhenAll(TellAsync(phone, going.Token), lullabies.TellAsync(phone, camera.HouseholdId, going.Token));
        }

        try
        {
            return await phone.SendAsync(cancel);
        }
        finally
        {
            phones.Leave(phone);
            await going.CancelAsync();
            await telling;
        }
    }

    /// <summary>Heartbeats; who watches, and whether the room is paused for privacy, whenever that has changed.</summary>
    private async Task TellAsync(RoomConnection phone, CancellationToken cancel)
    {
        using var changes = watchers.Changed.Listen(capacity: 64);
        using var switched = cameras.Changed.Listen(capacity: 64);
        IReadOnlyList<string>? told = null;
        bool? toldPaused = cameras.Find(phone.CameraId)?.Paused;
        var gate = new Lock();
        try
        {
            await Loops.RunAsync(cancel, BeatAsync, FollowWatchersAsync, FollowPauseAsync);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
        }

        async Task BeatAsync(CancellationToken end)
        {
            using var timer = new PeriodicTimer(Heartbeat, time);
            do
            {
                TellWatchers();
                phone.Say(new { type = "heartbeat", serverTime = time.GetUtcNow() });
            }
            while (await timer.WaitForNextTickAsync(end));
        }

        async Task FollowPauseAsync(CancellationToken end)
        {
            await foreach (var _ in switched.Items.ReadAllAsync(end))
            {
                if (cameras.Find(phone.CameraId) is { } camera && camera.Paused != toldPaused)
                {
                    toldPaused = camera.Paused;
                    phone.Say(new { type = "paused", paused = camera.Paused });
                }
            }
        }

        async Task FollowWatchersAsync(CancellationToken end)
        {
            await foreach (var camera in changes.Items.ReadAllAsync(end))
            {
                if (camera == phone.CameraId)
                {
                    TellWatchers();
                }
            }
        }

        void TellWatchers()
        {
            lock (gate)
            {
                var names = watchers.Of(phone.CameraId);
                if (told is null || !told.SequenceEqual(names))
                {
                    told = names;
                    phone.Say(new { type = "watchers", count = names.Count, names });
                }
            }
        }
    }

    private async Task<string> ListenAsync(WebSocket socket, Line line, CancellationToken cancel)
    {
        var buffer = new byte[RoomMessage.Longest];
        var period = time.GetTimestamp();
        for (int length = 0, messages = 0; ;)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(length), cancel);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                return "";
            }

            length += received.Count;
            if (!received.EndOfMessage)
            {
                if (length == buffer.Length)
                {
                    return "Message too long.";
                }

                continue;
            }

            if (time.GetElapsedTime(period) > MessagePeriod)
            {
                (period, messages) = (time.GetTimestamp(), 0);
            }

            if (++messages > MessagesPerPeriod)
            {
                return "Too many messages.";
            }

            Take(RoomMessage.Read(buffer.AsMemory(0, length)), line);
            length = 0;
        }
    }

    private void Take(RoomMessage? message, Line line)
    {
        if (message?.Key is { } key)
        {
            line.Hello.TrySetResult((key, message.Waits));
        }
        else if (message?.Report is { } report && line.Device is { } device)
        {
            rooms.Report(device, report);
        }
    }

    private async Task<string> HouseholdNameAsync(long householdId, CancellationToken cancel)
    {
        try
        {
            return (await households.FindHouseholdAsync(householdId, cancel))?.Name ?? "";
        }
        catch (Exception away) when (away is NpgsqlException or InvalidOperationException)
        {
            return ""; // The picture is more important than the name of the house.
        }
    }

    /// <summary>What the listening side tells the talking side, and back.</summary>
    private sealed class Line
    {
        public TaskCompletionSource<(string Key, bool Waits)> Hello { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Who it is, once welcomed; before that nothing is taken down.</summary>
        public CurrentDevice? Device
        {
            get => Volatile.Read(ref field);
            set => Volatile.Write(ref field, value);
        }
    }
}
