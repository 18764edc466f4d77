using Microsoft.Extensions.Logging;
using Vigil.Media.Bus;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.WebRtc;

/// <summary>
/// One camera on its way to all its WebRTC viewers: reads the bus once, cuts each frame once, then encrypts and sends it to each.
/// Runs only while somebody watches.
/// </summary>
internal sealed partial class RtpFanout : IAsyncDisposable
{
    /// <summary>While a viewer catches up with the cached group of pictures.</summary>
    private static readonly TimeSpan BurstInterval = TimeSpan.FromMilliseconds(5);

    private readonly MediaBus bus;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly Func<MediaFrame, MediaFrame?> audioFilter;
    private readonly CancellationTokenSource stopped = new();
    private readonly Lock gate = new();
    private readonly byte[] buffer = new byte[64 * 1024];
    private WhepViewer[] viewers = [];
    private Task? running;

    /// <param name="bus">The camera's.</param>
    /// <param name="time">For waiting.</param>
    /// <param name="audioFilter">Which sound goes out: a frame browsers understand, or null to leave it.</param>
    /// <param name="logger">For our own mistakes.</param>
    public RtpFanout(MediaBus bus, TimeProvider time, Func<MediaFrame, MediaFrame?> audioFilter, ILogger logger)
    {
        this.logger = logger;
        this.bus = bus;
        this.time = time;
        this.audioFilter = audioFilter;
    }

    public RtpTrackSource Video { get; } = new(TrackKind.Video);

    public RtpTrackSource Audio { get; } = new(TrackKind.Audio);

    public int ViewerCount => Volatile.Read(ref viewers).Length;

    public void Add(WhepViewer viewer)
    {
        lock (gate)
        {
            viewers = [.. viewers, viewer];
            running ??= Task.Run(RunAsync);
        }
    }

    public void Remove(WhepViewer viewer)
    {
        lock (gate)
        {
            viewers = [.. viewers.Where(v => v != viewer)];
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopped.CancelAsync();
        if (running is not null)
        {
            await running;
        }

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
                        return;
                    }
                }
            }
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
        using var subscription = bus.Subscribe(new SubscriptionOptions { Name = "webrtc", FromGroupStart = true });
        Task? waiting = null;
        while (ViewerCount > 0)
        {
            while (subscription.TryRead(out var frame))
            {
                Take(frame);
            }

            var behind = false;
            foreach (var viewer in Volatile.Read(ref viewers))
            {
                behind |= viewer.Send(buffer);
            }

            waiting ??= subscription.WaitAsync(cancel).AsTask();
            if (behind)
            {
                await Task.WhenAny(waiting, Task.Delay(BurstInterval, time, cancel));
            }
            else
            {
                await waiting;
            }

            waiting = waiting.IsCompleted ? null : waiting;
        }
    }

    private void Take(MediaFrame frame)
    {
        if (frame.Kind == TrackKind.Audio)
        {
            if (audioFilter(frame) is { } sound)
            {
                Audio.Add(sound);
            }
        }
        else if (frame.Format.Codec == Codec.H264)
        {
            Video.Add(frame);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Sending a camera to its WebRTC viewers failed")]
    private static partial void Broken(ILogger logger, Exception bug);
}
