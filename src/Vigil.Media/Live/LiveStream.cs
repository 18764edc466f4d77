using Microsoft.Extensions.Logging;
using Vigil.Media.Bus;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.Live;

/// <summary>
/// One stream of one camera as fragments, each made once for all viewers. Works only while somebody watches (a viewer or the HLS
/// window). A new viewer begins with the group of pictures that is running.
/// </summary>
public sealed partial class LiveStream : IAsyncDisposable
{
    /// <summary>An older group is not shown to newcomers: they would take it for live.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(3);

    /// <summary>A camera that sends sound for this long without a picture has none.</summary>
    private static readonly TimeSpan PicturePatience = TimeSpan.FromSeconds(3);

    /// <summary>A camera without key frames (some refresh the picture bit by bit) must not fill the memory; the bus has the same bounds.</summary>
    internal const int GroupFragmentLimit = 4096;
    private const long GroupByteLimit = 10 * 1024 * 1024;

    private readonly MediaBus bus;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly string name;
    private readonly Lock gate = new();
    private readonly LiveMuxer muxer = new();
    private readonly List<LiveFragment> group = [];
    private LiveViewer[] viewers = [];
    private HlsWindow? hls;
    private CancellationTokenSource? stop;
    private Task running = Task.CompletedTask;
    private long groupBytes;
    private bool groupOverflowed;
    private long lastFragmentAt;
    private bool anyFragment;
    private bool disposed;

    internal LiveStream(string name, MediaBus bus, TimeProvider time, ILogger logger)
    {
        this.name = name;
        this.bus = bus;
        this.time = time;
        this.logger = logger;
    }

    public int ViewerCount => Volatile.Read(ref viewers).Length;

    /// <summary>The picture is JPEG: no fragments, use the MJPEG stream.</summary>
    public bool IsUnsupported => bus.Video is { Codec: Codec.Mjpeg };

    /// <summary>How long ago the newest fragment was made; null before the first one.</summary>
    public TimeSpan? SinceLastFragment
    {
        get
        {
            lock (gate)
            {
                return anyFragment ? time.GetElapsedTime(lastFragmentAt) : null;
            }
        }
    }

    /// <summary>Starts watching. The viewer gets the init segment and the running group at once when there are any.</summary>
    public LiveViewer Watch()
    {
        var viewer = new LiveViewer(this);
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (stop is not null && muxer.Init is { } init)
            {
                viewer.OfferGroup(init, time.GetElapsedTime(lastFragmentAt) < Fresh ? group : []);
            }

            viewers = [.. viewers, viewer];
            StartIfNeeded();
        }

        return viewer;
    }

    /// <summary>The HLS window if a playlist was asked for lately; asking for an old segment does not open one.</summary>
    public HlsWindow? OpenHls
    {
        get
        {
            lock (gate)
            {
                return hls;
            }
        }
    }

    /// <summary>The HLS window of this stream; lives while its playlists are asked for.</summary>
    public HlsWindow Hls()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (hls is null)
            {
                hls = new HlsWindow(time);
                if (stop is not null && muxer.Init is { } init)
                {
                    hls.Push(init);
                    foreach (var fragment in group)
                    {
                        hls.Push(fragment);
                    }
                }

                _ = ExpireAsync(hls);
            }

            StartIfNeeded();
            return hls;
        }
    }

    public async ValueTask DisposeAsync()
    {
        LiveViewer[] left;
        lock (gate)
        {
            disposed = true;
            left = viewers;
            viewers = [];
            hls?.End();
            hls = null;
            StopIfIdle();
        }

        foreach (var viewer in left)
        {
            viewer.End();
        }

        await running;
        muxer.Dispose();
    }

    internal void Leave(LiveViewer viewer)
    {
        lock (gate)
        {
            viewers = [.. viewers.Where(other => other != viewer)];
            StopIfIdle();
        }
    }

    private async Task ExpireAsync(HlsWindow window)
    {
        await window.IdleAsync();
        lock (gate)
        {
            if (hls == window)
            {
                hls = null;
                StopIfIdle();
            }
        }
    }

    private void StartIfNeeded()
    {
        if (stop is null)
        {
            stop = new CancellationTokenSource();
            running = RunAsync(running, stop.Token);
        }
    }

    private void StopIfIdle()
    {
        if (viewers.Length == 0 && hls is null && stop is not null)
        {
            stop.Cancel();
            stop = null;
        }
    }

    private async Task RunAsync(Task before, CancellationToken cancel)
    {
        await before;
        await Task.Yield();
        lock (gate)
        {
            if (cancel.IsCancellationRequested)
            {
                return;
            }

            ClearGroup();
            muxer.Restart();
        }

        // The bound is only against a bug: this loop does no I/O and is never behind by much.
        using var frames = bus.Subscribe(new SubscriptionOptions
        {
            Name = name,
            FromGroupStart = true,
            Capacity = 8_192,
            CapacityBytes = 32 * 1024 * 1024,
        });
        MediaTime? firstSound = null;
        try
        {
            while (true)
            {
                var frame = await frames.ReadAsync(cancel);
                lock (gate)
                {
                    if (frame is { Kind: TrackKind.Video, IsKeyFrame: true })
                    {
                        muxer.Announce(bus.Audio); // Sound that the camera promised belongs into the first init segment.
                    }

                    muxer.Push(frame);
                    if (frame.Kind == TrackKind.Audio && bus.Video is null)
                    {
                        firstSound ??= frame.Pts;
                        if (frame.Pts - firstSound.Value > PicturePatience)
                        {
                            muxer.BeginWithoutPicture();
                        }
                    }

                    while (muxer.TryTake(out var output))
                    {
                        Hand(output);
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody watches any more.
        }
        catch (Exception bug) when (bug is not OutOfMemoryException)
        {
            // One stream's bug ends that stream's viewers, who come back; other cameras do not notice.
            LogBroke(bug, name);
            EndViewers(cancel);
        }
    }

    private void EndViewers(CancellationToken mine)
    {
        lock (gate)
        {
            foreach (var viewer in viewers)
            {
                viewer.End();
            }

            viewers = [];
            hls?.End();
            hls = null;
            if (!mine.IsCancellationRequested)
            {
                StopIfIdle();
            }
        }
    }

    private void Hand(LiveOutput output)
    {
        if (output.Init is { } init)
        {
            ClearGroup();
            hls?.Push(init);
            foreach (var viewer in viewers)
            {
                viewer.Offer(init);
            }
        }

        if (output.Fragment is { } fragment)
        {
            if (fragment.StartsGroup)
            {
                ClearGroup();
            }

            Remember(fragment);
            lastFragmentAt = time.GetTimestamp();
            anyFragment = true;
            hls?.Push(fragment);
            foreach (var viewer in viewers)
            {
                viewer.Offer(fragment);
            }
        }
    }

    private void Remember(LiveFragment fragment)
    {
        if (groupOverflowed)
        {
            return;
        }

        group.Add(fragment);
        groupBytes += fragment.Length;
        if (group.Count > GroupFragmentLimit || groupBytes > GroupByteLimit)
        {
            ClearGroup();
            groupOverflowed = true;
        }
    }

    private void ClearGroup()
    {
        group.Clear();
        groupBytes = 0;
        groupOverflowed = false;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The live stream {Name} broke.")]
    private partial void LogBroke(Exception bug, string name);
}
