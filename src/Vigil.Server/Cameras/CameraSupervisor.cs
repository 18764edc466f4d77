using Npgsql;
using Vigil.Media;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Cameras;

/// <summary>
/// Makes the engine read exactly the cameras of the registry. On the server that owns the loops: all that are not paused. On any other:
/// none by itself, only what its own viewers opened. A pause or a removal stops a feed at once, everywhere.
/// </summary>
public sealed partial class CameraSupervisor(
    CameraDirectory directory, CameraGrants grants, CameraFeeds feeds, MediaEngine engine, LoopOwner owner, DatabaseState database, NpgsqlDataSource source,
    Pulses pulses, TimeProvider time, ILogger<CameraSupervisor> logger) : BackgroundService
{
    /// <summary>A missed bell is made good after this.</summary>
    private static readonly TimeSpan Reread = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Unwatched = TimeSpan.FromSeconds(60);

    private readonly Dictionary<int, long> watchedAt = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Loops.RunAsync(stoppingToken, RereadAsync, ReconcileAsync, PassStatusOnAsync);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task RereadAsync(CancellationToken cancel)
    {
        using var pulse = pulses.Register("list of cameras", TimeSpan.FromMinutes(2));
        while (true)
        {
            pulse.Rest(); // The database has its own watch.
            await database.WaitUntilAvailableAsync(cancel);
            pulse.Beat();
            try
            {
                await using var connection = await source.OpenConnectionAsync(cancel);
                await using (var listen = new NpgsqlCommand($"listen {CameraRegistry.Bell}", connection))
                {
                    await listen.ExecuteNonQueryAsync(cancel);
                }

                while (true)
                {
                    await grants.ReloadAsync(cancel); // First: nobody is told that a camera is unknown because their row is not read yet.
                    await directory.ReloadAsync(cancel);
                    pulse.Beat();
                    await connection.WaitAsync(Reread, cancel);
                }
            }
            catch (Exception failure) when (failure is NpgsqlException or IOException or InvalidOperationException)
            {
                LogUnread(logger, failure.GetType().Name);
                await Task.Delay(TimeSpan.FromSeconds(1), time, cancel);
            }
        }
    }

    private async Task ReconcileAsync(CancellationToken cancel)
    {
        using var changes = directory.Changed.Listen(capacity: 64);
        await directory.Loaded.WaitAsync(cancel);
        using var pulse = pulses.Register("cameras", TimeSpan.FromSeconds(30));
        while (true)
        {
            foreach (var feed in engine.Feeds)
            {
                if (directory.Find(feed.CameraId) is not { Paused: false })
                {
                    await feeds.StopAsync(feed.CameraId);
                    LogStopped(logger, feed.CameraId);
                    feeds.Announce(feed.CameraId);
                }
            }

            await StopUnwatchedAsync();
            foreach (var camera in directory.All.Where(c => !c.Paused && (owner.IsOwner || feeds.Find(c.Id) is not null)))
            {
                feeds.Open(camera.Id);
            }

            pulse.Beat();
            using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var waits = new[] { changes.Items.WaitToReadAsync(turn.Token).AsTask(), Task.Delay(TimeSpan.FromSeconds(5), time, turn.Token) };
            await Task.WhenAny(waits);
            await turn.CancelAsync();
            cancel.ThrowIfCancellationRequested();
            while (changes.Items.TryRead(out _))
            {
            }
        }
    }

    /// <summary>A server that does not own the loops reads a camera only while somebody looks at it here.</summary>
    private async Task StopUnwatchedAsync()
    {
        if (owner.IsOwner)
        {
            watchedAt.Clear();
            return;
        }

        foreach (var feed in engine.Feeds)
        {
            if (feed.Main.SubscriberCount > 0 || feed.Sub.SubscriberCount > 0 || !watchedAt.TryGetValue(feed.CameraId, out var last))
            {
                watchedAt[feed.CameraId] = time.GetTimestamp();
            }
            else if (time.GetElapsedTime(last) > Unwatched)
            {
                watchedAt.Remove(feed.CameraId);
                await feeds.StopAsync(feed.CameraId);
            }
        }
    }

    private async Task PassStatusOnAsync(CancellationToken cancel)
    {
        using var pulse = pulses.Register("state of cameras", TimeSpan.FromMinutes(1));
        await foreach (var status in pulse.ReadAllAsync(engine.StatusChanges, cancel))
        {
            feeds.Announce(status.CameraId);
        }
    }

    [LoggerMessage(EventId = 1010, Level = LogLevel.Information, Message = "Camera {CameraId} is paused or removed: its feed is stopped.")]
    private static partial void LogStopped(ILogger logger, int cameraId);

    [LoggerMessage(EventId = 1011, Level = LogLevel.Warning, Message = "The list of cameras cannot be read again ({Failure}).")]
    private static partial void LogUnread(ILogger logger, string failure);
}
