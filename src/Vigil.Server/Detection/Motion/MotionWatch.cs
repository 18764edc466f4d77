using Npgsql;
using Vigil.Media.Live;
using Vigil.Server.Cameras;
using Vigil.Server.Database;
using Vigil.Server.Events;
using Vigil.Server.Hosting;

namespace Vigil.Server.Detection.Motion;

/// <summary>
/// Keeps one eye per camera that is read and that is to be watched for motion. Only the owner of the loops watches. An eye that fails is replaced after a
/// second and never disturbs the others.
/// </summary>
public sealed partial class MotionWatch(
    CameraDirectory directory, CameraFeeds feeds, LoopOwner owner, MotionBook book, EventLog log, TranscodeBudget budget, LiveOptions ffmpeg, Pulses pulses,
    TimeProvider time, ILogger<MotionWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);

    /// <summary>Another server on the same database may have changed something.</summary>
    private static readonly TimeSpan Reread = TimeSpan.FromSeconds(15);

    private readonly Dictionary<int, Watched> eyes = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var around = new EyeSurroundings(directory, book, log, budget, ffmpeg, time, logger);
        using var cameras = directory.Changed.Listen(capacity: 16);
        using var settings = book.Changed.Listen(capacity: 16);
        var readAt = (long?)null;
        try
        {
            await owner.WaitUntilOwnerAsync(stoppingToken);
            using var pulse = pulses.Register("motion detection", TimeSpan.FromSeconds(30));
            while (true)
            {
                if (readAt is not { } read || time.GetElapsedTime(read) > Reread)
                {
                    readAt = time.GetTimestamp();
                    await LoadAsync(stoppingToken);
                }

                await ReconcileAsync(around, stoppingToken);
                pulse.Beat();
                using var turn = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                await Task.WhenAny(
                    cameras.Items.WaitToReadAsync(turn.Token).AsTask(), settings.Items.WaitToReadAsync(turn.Token).AsTask(), Task.Delay(Turn, time, turn.Token));
                await turn.CancelAsync();
                stoppingToken.ThrowIfCancellationRequested();
                while (cameras.Items.TryRead(out _) || settings.Items.TryRead(out _))
                {
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
        finally
        {
            foreach (var id in eyes.Keys.ToList())
            {
                await RemoveAsync(id);
            }
        }
    }

    /// <summary>While the database is away, what was read last stands.</summary>
    private async Task LoadAsync(CancellationToken cancel)
    {
        try
        {
            await book.LoadAsync(cancel);
        }
        catch (NpgsqlException failure)
        {
            LogUnread(logger, failure.GetType().Name);
        }
    }

    private async Task ReconcileAsync(EyeSurroundings around, CancellationToken cancel)
    {
        foreach (var (id, watched) in eyes.ToList())
        {
            var wanted = owner.IsOwner && directory.Find(id) is { Paused: false } && book.Wants(id) && ReferenceEquals(feeds.Find(id), watched.Eye.Feed) && watched.Eye.IsCurrent;
            if (!wanted || watched.Running.IsCompleted)
            {
                await RemoveAsync(id);
            }
        }

        foreach (var camera in directory.All.Where(c => owner.IsOwner && c is { Paused: false, IsPeer: false } && book.Wants(c.Id) && !eyes.ContainsKey(c.Id)))
        {
            if (feeds.Find(camera.Id) is { } feed)
            {
                var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel, feed.Stopped);
                var eye = new CameraEye(camera.Id, feed, around);
                eyes[camera.Id] = new Watched(eye, stop, WatchAsync(camera.Id, eye, stop.Token));
                book.Open(camera.Id, eye);
            }
        }
    }

    private async Task WatchAsync(int cameraId, CameraEye eye, CancellationToken cancel)
    {
        await Task.Yield();
        try
        {
            await eye.RunAsync(cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
        }
#pragma warning disable CA1031 // A bug in one camera's watching must not end the others'; it is told and the eye is replaced.
        catch (Exception bug)
#pragma warning restore CA1031
        {
            LogEyeFailed(logger, bug, cameraId);
        }
    }

    private async Task RemoveAsync(int cameraId)
    {
        if (eyes.Remove(cameraId, out var watched))
        {
            await watched.Stop.CancelAsync();
            await watched.Running;
            watched.Stop.Dispose();
            book.Close(cameraId, watched.Eye);
        }
    }

    private sealed record Watched(CameraEye Eye, CancellationTokenSource Stop, Task Running);

    [LoggerMessage(EventId = 1231, Level = LogLevel.Error, Message = "Watching camera {CameraId} for motion failed and begins again.")]
    private static partial void LogEyeFailed(ILogger logger, Exception bug, int cameraId);

    [LoggerMessage(EventId = 1232, Level = LogLevel.Warning, Message = "The settings of motion could not be read ({Failure}); the last ones stand.")]
    private static partial void LogUnread(ILogger logger, string failure);
}
