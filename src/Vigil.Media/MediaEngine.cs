using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Vigil.Media.Ingest;
using Vigil.Media.Onvif;
using Vigil.Media.WebRtc;

namespace Vigil.Media;

/// <summary>
/// All cameras. Each has its own task tree, so that one camera's stall, garbage or crash never delays another's frames.
/// Nothing here knows HTTP routes, people or the database.
/// </summary>
public sealed class MediaEngine : IAsyncDisposable
{
    private readonly ConcurrentDictionary<int, CameraFeed> feeds = new();
    private readonly Channel<FeedStatus> statusChanges = Channel.CreateBounded<FeedStatus>(
        new BoundedChannelOptions(256) { FullMode = BoundedChannelFullMode.DropOldest });

    private readonly MediaEngineOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly IngestChoice choice;
    private readonly Dialer dialer;

    public MediaEngine(MediaEngineOptions options, TimeProvider time, ILoggerFactory logs)
    {
        this.options = options;
        this.time = time;
        logger = logs.CreateLogger<MediaEngine>();
        Addresses = new AddressPolicy(options.AllowLoopback, options.OwnListeners, Dialer.IsOwnAddress);
        dialer = new Dialer(Addresses, options.AnswerTimeout, time, logger);
        var native = new NativeIngest(dialer, options.AnswerTimeout, logger);
        var ffmpeg = new FfmpegRun(options, time, logger);
        choice = new IngestChoice(
            native,
            new FfmpegIngest(dialer, ffmpeg),
            new HttpIngest(dialer, ffmpeg, options, logger),
            new TestIngest(ffmpeg),
            new PublishedIngest(Publishers, options.OfflineAfter / 2, time),
            new CaptureIngest(ffmpeg));
    }

    /// <summary>Where cameras that are published to meet their phones.</summary>
    internal PublisherDesk Publishers { get; } = new();

    /// <summary>Which addresses cameras may have: ask before storing one.</summary>
    public AddressPolicy Addresses { get; }

    /// <summary>
    /// Every change of a status. A doorbell for one reader: bounded, the newest wins; <see cref="CameraFeed.Status"/> is the truth.
    /// </summary>
    public ChannelReader<FeedStatus> StatusChanges => statusChanges.Reader;

    public IReadOnlyCollection<CameraFeed> Feeds => [.. feeds.Values];

    /// <summary>Starts a camera, or restarts it when its source changed. Never throws for a bad camera: that is a status.</summary>
    public CameraFeed Start(CameraSource source)
    {
        var started = false;
        var feed = feeds.GetOrAdd(source.CameraId, _ =>
        {
            started = true;
            return new CameraFeed(source, choice, options, time, NoteStatus, logger);
        });
        // Where it is moved from is no reason to lose pictures.
        if (started || feed.Source with { OnvifPort = source.OnvifPort } != source)
        {
            feed.Start(source);
        }

        return feed;
    }

    public async Task StopAsync(int cameraId)
    {
        if (feeds.TryRemove(cameraId, out var feed))
        {
            await feed.StopAsync();
        }
    }

    public CameraFeed? Find(int cameraId) => feeds.GetValueOrDefault(cameraId);

    /// <summary>Connects, waits for the first key frames and tells what it found, in plain words.</summary>
    public Task<ProbeReport> ProbeAsync(CameraSource source, CancellationToken cancel) =>
        new StreamProbe(choice, options, time).RunAsync(source, cancel);

    /// <summary>For moving a camera; the caller owns it. Connects to nothing yet.</summary>
    public PtzCamera OpenPtz(CameraSource source) => new(source, dialer, time);

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(feeds.Keys.Select(StopAsync));
        statusChanges.Writer.TryComplete();
    }

    private void NoteStatus(CameraFeed feed) => statusChanges.Writer.TryWrite(feed.Status);
}
