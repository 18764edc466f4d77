using System.Collections.Concurrent;
using Vigil.Media;

namespace Vigil.Server.Cameras.Ptz;

/// <summary>The movements of all cameras that somebody looked at. Everything that moves is stopped when the server ends.</summary>
internal sealed class PtzDesk(MediaEngine engine, CameraDirectory directory, CameraFeeds feeds, TimeProvider time, ILogger<PtzDesk> logger) : IHostedService
{
    private readonly ConcurrentDictionary<int, PtzMotion> cameras = new();
    private readonly Lock gate = new();

    /// <summary>Null where there is nothing to move: a paused or made-up camera, or one whose picture is sent to us.</summary>
    public PtzMotion? Open(int cameraId)
    {
        if (directory.Find(cameraId) is not { Paused: false, IsPeer: false, IsPublished: false } camera)
        {
            return null;
        }

        var source = feeds.SourceOf(camera);
        if (source.Address.Scheme == "test")
        {
            return null;
        }

        lock (gate)
        {
            if (cameras.TryGetValue(cameraId, out var known) && known.Source == source)
            {
                return known;
            }

            foreach (var gone in cameras.Keys.Where(id => id == cameraId || directory.Find(id) is null))
            {
                if (cameras.TryRemove(gone, out var old))
                {
                    _ = old.DisposeAsync().AsTask(); // Stops it first, which may take some seconds.
                }
            }

            return cameras[cameraId] = new PtzMotion(engine.OpenPtz(source), source, time, logger);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(cameras.Values.Select(motion => motion.DisposeAsync().AsTask())).WaitAsync(cancellationToken);
}
