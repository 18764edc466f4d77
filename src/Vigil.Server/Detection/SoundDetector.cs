using Microsoft.Extensions.Options;
using Vigil.Media;
using Vigil.Media.Decoding;
using Vigil.Server.Cameras;
using Vigil.Server.Database;
using Vigil.Server.Devices;
using Vigil.Server.Events;
using Vigil.Server.Hosting;

namespace Vigil.Server.Detection;

/// <summary>
/// Keeps one ear per camera that is read and whose monitoring is on. Only the owner of the loops listens. An ear that fails is
/// replaced after a second and never disturbs the others.
/// </summary>
public sealed partial class SoundDetector(
    CameraDirectory directory, RoomPlayback playback, RoomPresence rooms, CameraFeeds feeds, LoopOwner owner, EventLog log, LivePages pages, LevelTable history,
    Broadcast<DeviceLevel> levels, CryEars cries, IOptions<CameraOptions> options, Pulses pulses, TimeProvider time, ILoggerFactory logs) : BackgroundService
{
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);

    private readonly ILogger logger = logs.CreateLogger<SoundDetector>();
    private readonly Dictionary<int, Ear> ears = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var around = new EarSurroundings(
            directory, playback, rooms, log, pages, history, levels, cries, new SoundTapOptions { FfmpegPath = options.Value.FfmpegPath, RunAsUser = VigilPaths.MediaUser }, time, logs);
        using var changes = directory.Changed.Listen(capacity: 16);
        try
        {
            await owner.WaitUntilOwnerAsync(stoppingToken);
            using var pulse = pulses.Register("sound detection", TimeSpan.FromSeconds(30));
            while (true)
            {
                await ReconcileAsync(around, stoppingToken);
                pulse.Beat();
                using var turn = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                await Task.WhenAny(changes.Items.WaitToReadAsync(turn.Token).AsTask(), Task.Delay(Turn, time, turn.Token));
                await turn.CancelAsync();
                stoppingToken.ThrowIfCancellationRequested();
                while (changes.Items.TryRead(out _))
                {
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
        finally
        {
            foreach (var id in ears.Keys.ToList())
            {
                await RemoveAsync(id);
            }
        }
    }

    private async Task ReconcileAsync(EarSurroundings around, CancellationToken cancel)
    {
        foreach (var (id, ear) in ears.ToList())
        {
            var wanted = owner.IsOwner && directory.Find(id) is { Paused: false, IsActive: true } && ReferenceEquals(feeds.Find(id), ear.Feed);
            if (!wanted || ear.Running.IsCompleted)
            {
                await RemoveAsync(id);
            }
        }

        foreach (var camera in directory.All.Where(c => owner.IsOwner && c is { Paused: false, IsActive: true, IsPeer: false } && !ears.ContainsKey(c.Id)))
        {
            if (feeds.Find(camera.Id) is { } feed)
            {
                var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel, feed.Stopped);
                ears[camera.Id] = new Ear(feed, stop, ListenAsync(camera.Id, feed, around, stop.Token));
            }
        }
    }

    private async Task ListenAsync(int cameraId, CameraFeed feed, EarSurroundings around, CancellationToken cancel)
    {
        await Task.Yield();
        try
        {
            await new CameraEar(cameraId, feed, around).RunAsync(cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
        }
#pragma warning disable CA1031 // A bug in one camera's listening must not end the others'; it is told and the ear is replaced.
        catch (Exception bug)
#pragma warning restore CA1031
        {
            LogEarFailed(logger, bug, cameraId);
        }
    }

    private async Task RemoveAsync(int cameraId)
    {
        if (ears.Remove(cameraId, out var ear))
        {
            await ear.Stop.CancelAsync();
            await ear.Running;
            ear.Stop.Dispose();
        }
    }

    private sealed record Ear(CameraFeed Feed, CancellationTokenSource Stop, Task Running);

    [LoggerMessage(EventId = 1210, Level = LogLevel.Error, Message = "Listening to camera {CameraId} failed and begins again.")]
    private static partial void LogEarFailed(ILogger logger, Exception bug, int cameraId);
}
