using Microsoft.Extensions.Logging;
using Vigil.Media.Bus;
using Vigil.Media.Ingest;
using Vigil.Protocols.Codecs;

namespace Vigil.Media;

/// <summary>
/// One camera as the rest of Vigil sees it: buses that outlive connections, a status, and a clock. The same object stays for a camera
/// until <see cref="MediaEngine.StopAsync"/>, also when its source changes.
/// </summary>
#pragma warning disable CA1001 // The token sources have no timers, the semaphore no wait handle: nothing to dispose.
public sealed partial class CameraFeed
#pragma warning restore CA1001
{
    /// <summary>The sub-stream goes on for a while after its last viewer left: people flip between pages.</summary>
    private static readonly TimeSpan SubLinger = TimeSpan.FromSeconds(5);

    private readonly IngestChoice choice;
    private readonly MediaEngineOptions options;
    private readonly ILogger logger;
    private readonly Action<CameraFeed> changed;
    private readonly FeedClock clock;
    private readonly CancellationTokenSource stopped = new();
    private readonly SemaphoreSlim restarting = new(1, 1);
    private readonly SemaphoreSlim subDoorbell = new(0, 1);
    private readonly MediaBus subBus;
    private readonly StreamSink mainSink;
    private readonly StreamSink audioSink;
    private readonly StreamSink subSink;
    private CameraSource source;
    private StreamPull? main;
    private StreamPull? audio;
    private StreamPull? sub;
    private CancellationTokenSource run = new();
    private Task running = Task.CompletedTask;

    internal CameraFeed(
        CameraSource source, IngestChoice choice, MediaEngineOptions options, TimeProvider time, Action<CameraFeed> changed, ILogger logger)
    {
        this.source = source;
        this.choice = choice;
        this.options = options;
        this.changed = changed;
        this.logger = logger;
        clock = new FeedClock(time);
        StartedAt = time.GetUtcNow();
        Main = new MediaBus();
        subBus = new MediaBus { SubscribersChanged = RingSub };
        mainSink = new StreamSink(Main, clock);
        audioSink = new StreamSink(Main, clock);
        subSink = new StreamSink(subBus, clock);
        main = CreatePull("main", source.Address, mainSink, video: true, audio: source.AudioAddress is null);
    }

    public int CameraId => Source.CameraId;

    public CameraSource Source => Volatile.Read(ref source);

    /// <summary>Frames of the main stream, with the sound.</summary>
    public MediaBus Main { get; }

    /// <summary>Frames of the sub-stream, pulled only while subscribed; the main bus when the camera has no sub-stream.</summary>
    public MediaBus Sub => Source.SubAddress is null ? Main : subBus;

    /// <summary>Media time of this moment: monotonic time since the feed began.</summary>
    public TimeSpan MediaClockNow => clock.Now;

    /// <summary>Wall-clock time at which media time was zero.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>Cancelled when the camera is stopped for good.</summary>
    public CancellationToken Stopped => stopped.Token;

    /// <summary>How the camera is now. A snapshot; <see cref="MediaEngine.StatusChanges"/> rings when it is worth reading again.</summary>
    public FeedStatus Status
    {
        get
        {
            var pull = Volatile.Read(ref main)!;
            var now = pull.Status;
            return new FeedStatus
            {
                CameraId = CameraId,
                State = now.State,
                Failure = now.Failure,
                Detail = now.Detail,
                Since = now.Since,
                LastFrameAt = LastFrameOf(mainSink),
                Video = mainSink.Video,
                Audio = mainSink.Audio ?? audioSink.Audio,
                Reconnects = now.Reconnects,
                IngestName = now.IngestName,
            };
        }
    }

    /// <summary>Counters of each stream, for the health page.</summary>
    public IReadOnlyList<StreamHealth> Health =>
    [
        .. new[] { ("main", Volatile.Read(ref main)), ("audio", Volatile.Read(ref audio)), ("sub", Volatile.Read(ref sub)) }
            .Where(p => p.Item2 is not null).Select(p => HealthOf(p.Item1, p.Item2!)),
    ];

    /// <summary>The wall-clock time of a position on the media timeline.</summary>
    public DateTimeOffset WallClockAt(MediaTime at) => WallClockAtOffset(new TimeSpan(at.Ticks));

    /// <summary>As <see cref="WallClockAt"/>, for callers that have the position as a time span.</summary>
    public DateTimeOffset WallClockAtOffset(TimeSpan mediaTime) => clock.WallClockAt(mediaTime - mainSink.Clocks.Video.Lead);

    /// <summary>Starts, or starts again with another source.</summary>
    internal void Start(CameraSource next) => _ = RestartAsync(next);

    /// <summary>Ends all tasks of the camera and waits for them.</summary>
    internal async Task StopAsync()
    {
        await stopped.CancelAsync();
        await restarting.WaitAsync();
        await EndRunAsync();
        restarting.Release();
    }

    private async Task RestartAsync(CameraSource next)
    {
        await restarting.WaitAsync();
        try
        {
            await EndRunAsync();
            if (stopped.IsCancellationRequested)
            {
                return;
            }

            Volatile.Write(ref source, next);
            run = new CancellationTokenSource();
            Volatile.Write(ref main, CreatePull("main", next.Address, mainSink, video: true, audio: next.AudioAddress is null));
            Volatile.Write(ref audio, next.AudioAddress is null ? null : CreatePull("audio", next.AudioAddress, audioSink, video: false, audio: true));
            Volatile.Write(ref sub, next.SubAddress is null ? null : CreatePull("sub", next.SubAddress, subSink, video: true, audio: false));
            running = Task.WhenAll(
                Keep(main!.RunAsync(run.Token)),
                Keep(audio?.RunAsync(run.Token) ?? Task.CompletedTask),
                Keep(sub is null ? Task.CompletedTask : PullSubAsync(sub, run.Token)));
            Started(logger, next.CameraId);
        }
        finally
        {
            restarting.Release();
        }
    }

    private async Task EndRunAsync()
    {
        await run.CancelAsync();
        await running;
        Main.ClearGroup();
        subBus.ClearGroup();
    }

    /// <summary>The pulls end only by cancellation; anything else is a bug, which must not take the camera's other streams along.</summary>
    private async Task Keep(Task pull)
    {
        try
        {
            await pull;
        }
        catch (OperationCanceledException)
        {
            // Stopped, as asked.
        }
        catch (Exception bug)
        {
            Broken(logger, bug, CameraId);
        }
    }

    private async Task PullSubAsync(StreamPull pull, CancellationToken cancel)
    {
        while (true)
        {
            while (subBus.SubscriberCount == 0)
            {
                await subDoorbell.WaitAsync(cancel);
            }

            using var watched = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var pulling = Keep(pull.RunAsync(watched.Token));
            while (subBus.SubscriberCount > 0)
            {
                await subDoorbell.WaitAsync(cancel);
                if (subBus.SubscriberCount == 0)
                {
                    await Task.Delay(SubLinger, clock.Time, cancel);
                }
            }

            await watched.CancelAsync();
            await pulling;
        }
    }

    private void RingSub()
    {
        try
        {
            subDoorbell.Release();
        }
        catch (SemaphoreFullException)
        {
            // It rings already.
        }
    }

    private StreamPull CreatePull(string name, Uri address, StreamSink sink, bool video, bool audio) => new(
        new StreamRequest
        {
            Name = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"camera {Source.CameraId} {name}"),
            Address = address,
            Username = Source.Username,
            Password = Source.Password,
            WantVideo = video,
            WantAudio = audio,
        },
        Source.Ingest,
        sink,
        choice,
        options,
        () => changed(this),
        logger);

    private DateTimeOffset? LastFrameOf(StreamSink sink) => sink.LastMediaAt is { } at ? clock.WallClockAt(at) : null;

    private StreamHealth HealthOf(string name, StreamPull pull) => new()
    {
        Name = name,
        Connected = pull.Status.State == FeedState.Live,
        Frames = pull.Sink.Frames,
        Bytes = pull.Sink.Bytes,
        LostPackets = pull.Sink.LostPackets,
        Reconnects = pull.Status.Reconnects,
        LastFrameAt = LastFrameOf(pull.Sink),
        Failure = pull.Status.Failure,
        Detail = pull.Status.Detail,
    };

    [LoggerMessage(Level = LogLevel.Information, Message = "Camera {CameraId} starts")]
    private static partial void Started(ILogger logger, int cameraId);

    [LoggerMessage(Level = LogLevel.Error, Message = "A stream of camera {CameraId} broke")]
    private static partial void Broken(ILogger logger, Exception bug, int cameraId);
}
