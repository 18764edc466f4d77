using Vigil.Media;
using Vigil.Media.Bus;
using Vigil.Media.Live;
using Vigil.Server.Cameras;

namespace Vigil.Server.Live;

/// <summary>The live outputs of every camera that somebody has looked at, one set per feed.</summary>
public sealed class LiveCameras(CameraFeeds feeds, LiveOptions options, TranscodeBudget budget, TimeProvider time, ILoggerFactory logs) : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<int, Opened> opened = [];

    /// <summary>The outputs of a camera, whose feed is started when it is not running. Null when it is paused or unknown.</summary>
    public LiveOutputs? Open(int cameraId)
    {
        if (feeds.Open(cameraId) is not { Stopped.IsCancellationRequested: false } feed)
        {
            return null;
        }

        lock (gate)
        {
            if (opened.TryGetValue(cameraId, out var known))
            {
                if (known.Feed == feed && known.Sub == feed.Sub)
                {
                    return known.Outputs;
                }

                Close(known);
            }

            var fresh = new Opened(feed, feed.Sub, new LiveOutputs(feed, options, budget, time, logs));
            opened[cameraId] = fresh;
            feed.Stopped.Register(() => Forget(cameraId, fresh));
            return fresh.Outputs;
        }
    }

    /// <summary>As addresses spell it: <c>main</c> or <c>sub</c>; anything else is <paramref name="usual"/>.</summary>
    public static LiveQuality QualityOf(string? text, LiveQuality usual) => text switch
    {
        "main" => LiveQuality.Main,
        "sub" => LiveQuality.Sub,
        _ => usual,
    };

    /// <summary>How the camera's feed is, for viewers that get no picture.</summary>
    public FeedStatus? StatusOf(int cameraId) => feeds.Find(cameraId)?.Status;

    public async ValueTask DisposeAsync()
    {
        Opened[] left;
        lock (gate)
        {
            left = [.. opened.Values];
            opened.Clear();
        }

        foreach (var camera in left)
        {
            await camera.Outputs.DisposeAsync();
        }
    }

    private void Forget(int cameraId, Opened camera)
    {
        lock (gate)
        {
            if (opened.GetValueOrDefault(cameraId) == camera)
            {
                opened.Remove(cameraId);
            }
        }

        Close(camera);
    }

    // Its viewers learn of the end by themselves; nobody waits for the rest.
    private static void Close(Opened camera) => _ = camera.Outputs.DisposeAsync().AsTask();

    private sealed record Opened(CameraFeed Feed, MediaBus Sub, LiveOutputs Outputs);
}
