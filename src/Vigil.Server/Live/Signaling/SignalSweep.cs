using System.Globalization;
using System.Net.WebSockets;
using Dapper;
using Npgsql;
using Vigil.Server.Cameras;
using Vigil.Server.Database;
using Vigil.Server.Devices.Signaling;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live.Signaling;

/// <summary>Whatever happens by itself: sockets and sessions that are over are ended, owners that have changed are read again, presence is passed on.</summary>
internal sealed partial class SignalSweep(
    SignalHub hub, WatchSessions sessions, SignalDevices devices, SignalPresence presence, CameraDirectory cameras, CameraFeeds feeds, WatchLog watches,
    DatabaseState state, NpgsqlDataSource database, Pulses pulses, TimeProvider time, ILogger<SignalSweep> log) : BackgroundService
{
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    /// <summary>Heartbeats are of the protocol; the socket's own would be ten thousand timers more.</summary>
    public static readonly WebSocketAcceptContext Accept = new() { KeepAliveInterval = Timeout.InfiniteTimeSpan };

    private static readonly TimeSpan HelloPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Reread = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Abandoned = TimeSpan.FromSeconds(90);
    private const int RoundsPerMinute = 12;
    private const int RoundsPerHour = 60 * RoundsPerMinute;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Loops.RunAsync(stoppingToken, SweepAsync, WriteDownAsync, RereadAsync, PassPresenceOnAsync);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }

        await WriteLastAsync();
    }

    private Task WriteLastAsync() => TryAsync(() => WriteSeenAsync(CancellationToken.None));

    private async Task SweepAsync(CancellationToken cancel)
    {
        using var pulse = pulses.Register("signalling", TimeSpan.FromMinutes(1));
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(cancel))
        {
            sessions.EndOverdue(); // First: whoever is silent as well still hears that it timed out.
            hub.CloseSilent(HelloPatience);
            pulse.Beat();
        }
    }

    /// <summary>By itself, because whoever may look no more is sent away in time whatever the database does.</summary>
    private async Task WriteDownAsync(CancellationToken cancel)
    {
        using var pulse = pulses.Register("signalling's tables", TimeSpan.FromMinutes(5));
        using var timer = new PeriodicTimer(Every, time);
        for (var round = 1; await timer.WaitForNextTickAsync(cancel); round++)
        {
            if (round % (RoundsPerMinute / 2) == 0)
            {
                await TryAsync(() => watches.RenewAsync([.. sessions.All.Select(watch => watch.Id)], Abandoned, cancel));
            }

            if (round % RoundsPerMinute == 0)
            {
                await TryAsync(() => WriteSeenAsync(cancel));
                await TryAsync(async () => CloseGone(await devices.ForgetUnownedAsync(cancel)));
            }

            if (round % RoundsPerHour == RoundsPerMinute)
            {
                // As long and as many as of those who watch through the server.
                await TryAsync(() => watches.TidyAsync(time.GetUtcNow() - StreamLog.Kept, StreamLog.MostPerCamera, cancel));
            }

            pulse.Beat();
        }
    }

    /// <summary>A device whose owner, name or secret has changed is looked at again: this server hears of it by the bell, or half a minute later.</summary>
    private async Task RereadAsync(CancellationToken cancel)
    {
        using var pulse = pulses.Register("paired devices", TimeSpan.FromMinutes(2));
        while (true)
        {
            pulse.Rest(); // The database has its own watch.
            await state.WaitUntilAvailableAsync(cancel);
            pulse.Beat();
            try
            {
                await using var connection = await database.OpenConnectionAsync(cancel);
                connection.Notification += (_, bell) =>
                {
                    if (long.TryParse(bell.Payload, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                    {
                        rung.Enqueue(id);
                    }
                };
                await connection.ExecuteAsync($"listen {SignalDevices.Bell}");
                while (true)
                {
                    var all = !await connection.WaitAsync(Reread, cancel);
                    pulse.Beat();
                    var ids = all ? hub.Devices.Select(device => device.Device.Id).ToList() : [];
                    while (rung.TryDequeue(out var id))
                    {
                        ids.Add(id);
                    }

                    await RereadAsync([.. ids.Distinct().Where(id => hub.FindDevice(id) is not null)], cancel);
                }
            }
            catch (Exception failure) when (failure is NpgsqlException or IOException or InvalidOperationException or TimeoutException)
            {
                LogFailed(failure.GetType().Name);
                await Task.Delay(TimeSpan.FromSeconds(1), time, cancel);
            }
        }
    }

    private readonly System.Collections.Concurrent.ConcurrentQueue<long> rung = new();

    /// <summary>Reads devices that are here again, and ends what does not hold any more.</summary>
    internal async Task RereadAsync(IReadOnlyCollection<long> ids, CancellationToken cancel)
    {
        if (ids.Count == 0)
        {
            return;
        }

        var rows = (await devices.ReadAsync(ids, cancel)).ToDictionary(row => row.Id);
        CloseGone([.. ids.Where(id => !rows.ContainsKey(id))]);
        foreach (var row in rows.Values)
        {
            if (hub.FindDevice(row.Id) is not { } link)
            {
                continue;
            }

            var before = link.Device;
            link.Device = row;
            // It has proved the old secret, or none.
            if (!before.SecretHash.AsSpan().SequenceEqual(row.SecretHash) || (row.SecretRequired && row.SecretHash is null))
            {
                link.Socket.Close(WebSocketCloseStatus.PolicyViolation, "Device secret required");
            }

            if (before.CameraId != row.CameraId)
            {
                sessions.EndAll(watch => watch.DeviceId == row.Id && watch.CameraId != row.CameraId, WatchEnd.Error);
                DevicePublishing.TellPaired(link, time.GetUtcNow());
                Announce(row.Id);
            }
        }
    }

    private void CloseGone(IReadOnlyCollection<long> ids)
    {
        foreach (var id in ids)
        {
            hub.FindDevice(id)?.Socket.Close(WebSocketCloseStatus.PolicyViolation, "Device not found");
        }
    }

    private async Task PassPresenceOnAsync(CancellationToken cancel)
    {
        using var changes = presence.Changed.Listen(capacity: 4096);
        using var pulse = pulses.Register("presence of devices", TimeSpan.FromMinutes(1));
        await foreach (var id in pulse.ReadAllAsync(changes.Items, cancel))
        {
            Announce(id);
        }
    }

    private void Announce(long id)
    {
        if (hub.FindDevice(id)?.Device.CameraId is { } camera)
        {
            feeds.Announce(camera);
            return;
        }

        // It has gone from here; of all cameras few are devices.
        foreach (var of in cameras.All.Where(c => c.PeerDevice == id))
        {
            feeds.Announce(of.Id);
        }
    }

    private async Task WriteSeenAsync(CancellationToken cancel)
    {
        if (presence.TakeSeen() is { Count: > 0 } seen)
        {
            await devices.WriteSeenAsync(seen, cancel);
        }
    }

    private async Task TryAsync(Func<Task> work)
    {
        try
        {
            if (state.IsAvailable)
            {
                await work();
            }
        }
        catch (Exception failure) when (failure is NpgsqlException or IOException or InvalidOperationException or TimeoutException)
        {
            LogFailed(failure.GetType().Name);
        }
    }

    [LoggerMessage(EventId = 1703, Level = LogLevel.Warning, Message = "Signalling cannot reach the database ({Failure}).")]
    private partial void LogFailed(string failure);
}
