using Microsoft.Extensions.Logging;
using Vigil.Media.Bus;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.WebRtc;

/// <summary>
/// One camera on its way to all its WebRTC viewers: reads the bus once, cuts each frame once, then encrypts and sends it to each.
/// Runs only while somebody watches; takes in the small picture, and makes Opus of other sound, only while somebody needs that.
/// </summary>
internal sealed partial class RtpFanout : IAsyncDisposable
{
    /// <summary>While a viewer catches up with the cached group of pictures.</summary>
    private static readonly TimeSpan BurstInterval = TimeSpan.FromMilliseconds(5);

    private readonly MediaBus bus;
    private readonly MediaBus? smallBus;
    private readonly OpusSound opusSound;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly Action<RtpFanout> idle;
    private readonly long startedAt;
    private readonly CancellationTokenSource stopped = new();
    private readonly SemaphoreSlim doorbell = new(0, 1);
    private readonly Lock gate = new();
    private readonly byte[] buffer = new byte[64 * 1024];
    private WhepViewer[] viewers = [];
    private Task? running;

    /// <param name="bus">The camera's picture and sound.</param>
    /// <param name="smallBus">Its small picture, if it has one.</param>
    /// <param name="opusSound">Makes Opus of the bus's sound.</param>
    /// <param name="time">For waiting.</param>
    /// <param name="logger">For our own mistakes.</param>
    /// <param name="idle">Called when the last viewer has gone.</param>
    public RtpFanout(MediaBus bus, MediaBus? smallBus, OpusSound opusSound, TimeProvider time, ILogger logger, Action<RtpFanout> idle)
    {
        this.bus = bus;
        this.smallBus = smallBus == bus ? null : smallBus;
        this.opusSound = opusSound;
        this.time = time;
        this.logger = logger;
        this.idle = idle;
        startedAt = time.GetTimestamp();
    }

    public MediaBus Bus => bus;

    /// <summary>At work on what came.</summary>
    public WorkTurn Turn { get; } = new();

    /// <summary>False in simulated time: then somebody else calls <see cref="Round"/>.</summary>
    internal bool RunsByItself { get; init; } = true;

    public RtpTrackSource Video { get; } = new(TrackKind.Video);

    /// <summary>The small picture, for lines that can't carry the other; has nothing in it when the camera has none.</summary>
    public RtpTrackSource SmallVideo { get; } = new(TrackKind.Video);

    public bool HasSmallVideo => smallBus is not null;

    public RtpTrackSource Opus { get; } = new(TrackKind.Audio);

    public RtpTrackSource PcmA { get; } = new(TrackKind.Audio);

    public RtpTrackSource PcmU { get; } = new(TrackKind.Audio);

    public int ViewerCount => Volatile.Read(ref viewers).Length;

    public void Add(WhepViewer viewer)
    {
        lock (gate)
        {
            viewers = [.. viewers, viewer];
            running ??= RunsByItself ? Task.Run(RunAsync) : null;
        }

        Wake();
    }

    public void Remove(WhepViewer viewer)
    {
        lock (gate)
        {
            viewers = [.. viewers.Where(v => v != viewer)];
        }

        Wake();
    }

    /// <summary>Somebody wants something else than what the next frame brings.</summary>
    public void Wake()
    {
        try
        {
            doorbell.Release();
        }
        catch (SemaphoreFullException)
        {
            // It rings already.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopped.CancelAsync();
        if (Volatile.Read(ref running) is { } last)
        {
            await last;
        }

        await opusSound.DisposeAsync();
        stopped.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await PumpAsync(stopped.Token);
                lock (gate)
                {
                    if (viewers.Length == 0)
                    {
                        running = null;
                        break;
                    }
                }
            }

            idle(this);
        }
        catch (OperationCanceledException)
        {
            // Stopped, as asked.
        }
        catch (Exception bug)
        {
            Broken(logger, bug);
            lock (gate)
            {
                running = null; // The next viewer starts it again.
            }
        }
    }

    private async Task PumpAsync(CancellationToken cancel)
    {
        Video.Interrupt();
        using var frames = bus.Subscribe(new SubscriptionOptions { Name = "webrtc", FromGroupStart = true });
        using var small = new SmallPicture(smallBus, SmallVideo);
        Func<bool> round = () => Round(frames, small);
        var waiting = Task.CompletedTask;
        var rung = Task.CompletedTask;
        try
        {
            while (ViewerCount > 0)
            {
                var behind = Turn.Do(round);
                waiting = waiting.IsCompleted ? frames.WaitAsync(cancel).AsTask() : waiting;
                rung = rung.IsCompleted ? doorbell.WaitAsync(cancel) : rung;
                var smallWaiting = small.WaitAsync(cancel);
                await await (behind
                    ? Task.WhenAny(waiting, rung, smallWaiting, Task.Delay(BurstInterval, time, cancel))
                    : Task.WhenAny(waiting, rung, smallWaiting));
            }
        }
        finally
        {
            opusSound.Stop();
            if (!rung.IsCompleted)
            {
                Wake(); // Nobody may wait behind for a ring that the next round needs.
                await rung.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Takes in what came and sends it to all. True while a viewer is behind.</summary>
    internal bool Round(Subscription frames, SmallPicture small)
    {
        var now = time.GetElapsedTime(startedAt);
        while (frames.TryRead(out var frame))
        {
            Take(frame, now);
        }

        var all = Volatile.Read(ref viewers);
        small.Take(wanted: Array.Exists(all, viewer => viewer.WantsSmall), now);
        opusSound.Take(wanted: bus.Audio is { Codec: not Codec.Opus } && Array.Exists(all, viewer => viewer.Audio?.Source == Opus), Opus, now);
        var behind = false;
        foreach (var viewer in all)
        {
            behind |= Send(viewer, now);
            if (viewer.Video is { IsWaiting: true })
            {
                bus.AskForKeyFrame();
            }
        }

        return behind;
    }

    /// <summary>What goes wrong with one viewer ends that viewer's session, and no other waits for it.</summary>
    private bool Send(WhepViewer viewer, TimeSpan now)
    {
        try
        {
            return viewer.Send(buffer, now);
        }
        catch (Exception bug)
        {
            Broken(logger, bug);
            viewer.Transport.Close();
            return false;
        }
    }

    private void Take(MediaFrame frame, TimeSpan now)
    {
        var source = frame.Format.Codec switch
        {
            Codec.H264 => Video,
            Codec.Opus => Opus,
            Codec.PcmA => PcmA,
            Codec.PcmU => PcmU,
            _ => null,
        };
        source?.Add(frame, now);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Sending a camera to its WebRTC viewers failed")]
    private static partial void Broken(ILogger logger, Exception bug);
}

/// <summary>The camera's small picture, pulled only while a viewer needs it.</summary>
internal sealed class SmallPicture(MediaBus? bus, RtpTrackSource into) : IDisposable
{
    private static readonly Task Never = new TaskCompletionSource().Task;
    private Subscription? frames;
    private Task waiting = Task.CompletedTask;

    public void Take(bool wanted, TimeSpan now)
    {
        if (!wanted || bus is null)
        {
            Dispose();
            return;
        }

        if (frames is null)
        {
            into.Interrupt();
            frames = bus.Subscribe(new SubscriptionOptions { Name = "webrtc small", Audio = false, FromGroupStart = true });
        }

        while (frames.TryRead(out var frame))
        {
            if (frame.Format.Codec == Codec.H264)
            {
                into.Add(frame, now);
            }
        }
    }

    public Task WaitAsync(CancellationToken cancel)
    {
        if (frames is null)
        {
            return Never;
        }

        waiting = waiting.IsCompleted ? frames.WaitAsync(cancel).AsTask() : waiting;
        return waiting;
    }

    public void Dispose()
    {
        frames?.Dispose();
        frames = null;
        waiting = Task.CompletedTask;
    }
}
