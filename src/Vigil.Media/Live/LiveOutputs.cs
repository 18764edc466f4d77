using Microsoft.Extensions.Logging;
using Vigil.Media.Bus;

namespace Vigil.Media.Live;

/// <summary>What live outputs need from outside.</summary>
public sealed record LiveOptions
{
    public string FfmpegPath { get; init; } = "ffmpeg";

    /// <summary>The account ffmpeg runs as when the server is root.</summary>
    public string? RunAsUser { get; init; }
}

/// <summary>Everything one camera shows live. Nothing works here unless somebody watches. Dispose when the feed ends.</summary>
public sealed class LiveOutputs : IAsyncDisposable
{
    /// <summary>Widths a viewer may have; what is asked for is rounded up to one, so that viewers share encodes.</summary>
    private static readonly int[] Widths = [160, 320, 480, 640, 960, 1280];

    private readonly MediaBus mainBus;
    private readonly MediaBus subBus;
    private readonly LiveOptions options;
    private readonly TranscodeBudget budget;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly LiveStream main;
    private readonly LiveStream sub;
    private readonly SnapshotTaker snapshots;
    private readonly Lock gate = new();
    private readonly Dictionary<(MediaBus Bus, int Width), MjpegStream> mjpeg = [];
    private bool disposed;

    public LiveOutputs(
        int cameraId, MediaBus mainBus, MediaBus subBus, LiveOptions options, TranscodeBudget budget, TimeProvider time, ILoggerFactory logs)
    {
        CameraId = cameraId;
        this.mainBus = mainBus;
        this.subBus = subBus;
        this.options = options;
        this.budget = budget;
        this.time = time;
        logger = logs.CreateLogger<LiveOutputs>();
        main = new LiveStream($"camera {cameraId} main", mainBus, time, logger);
        sub = mainBus == subBus ? main : new LiveStream($"camera {cameraId} sub", subBus, time, logger);
        snapshots = new SnapshotTaker(mainBus, budget, options, time);
    }

    public LiveOutputs(CameraFeed feed, LiveOptions options, TranscodeBudget budget, TimeProvider time, ILoggerFactory logs)
        : this(feed.CameraId, feed.Main, feed.Sub, options, budget, time, logs)
    {
    }

    public int CameraId { get; }

    public LiveStream Stream(LiveQuality quality) => quality == LiveQuality.Sub ? sub : main;

    /// <summary>JPEG pictures of about this width; null when the machine has no share left for them.</summary>
    public MjpegViewer? WatchMjpeg(LiveQuality quality, int width)
    {
        var key = (quality == LiveQuality.Sub ? subBus : mainBus, RoundUp(width));
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (mjpeg.TryGetValue(key, out var running) && running.Watch() is { } joined)
            {
                return joined;
            }

            var share = budget.TryTake(TranscodeKind.EveryPicture);
            var keyFramesOnly = share is null;
            share ??= budget.TryTake(TranscodeKind.KeyFrames);
            if (share is null)
            {
                return null;
            }

            var stream = new MjpegStream(key.Item1, key.Item2, keyFramesOnly, share, options, time, logger, over => Forget(key, over));
            mjpeg[key] = stream;
            return stream.Watch();
        }
    }

    public Task<Snapshot> SnapshotAsync(int width) => snapshots.TakeAsync(RoundUp(width));

    public async ValueTask DisposeAsync()
    {
        MjpegStream[] left;
        lock (gate)
        {
            disposed = true;
            left = [.. mjpeg.Values];
        }

        foreach (var stream in left)
        {
            stream.End();
        }

        await main.DisposeAsync();
        if (sub != main)
        {
            await sub.DisposeAsync();
        }
    }

    private static int RoundUp(int width) => Widths.FirstOrDefault(known => known >= width, Widths[^1]);

    private void Forget((MediaBus Bus, int Width) key, MjpegStream over)
    {
        lock (gate)
        {
            if (mjpeg.GetValueOrDefault(key) == over)
            {
                mjpeg.Remove(key);
            }
        }
    }
}
