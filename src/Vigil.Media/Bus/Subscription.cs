using System.Threading.Tasks.Sources;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.Bus;

/// <summary>How a subscriber listens.</summary>
public sealed record SubscriptionOptions
{
    /// <summary>For metrics and logs: <c>live</c>, <c>recorder</c>, <c>sound</c>.</summary>
    public required string Name { get; init; }

    public bool Video { get; init; } = true;

    public bool Audio { get; init; } = true;

    /// <summary>Begin with the cached group of pictures instead of the next key frame.</summary>
    public bool FromGroupStart { get; init; }

    /// <summary>Most frames waiting, beside the cached group. At 25 fps video and 47 fps AAC, 150 is about two seconds.</summary>
    public int Capacity { get; init; } = 150;

    /// <summary>Most bytes waiting, so that big pictures do not defeat <see cref="Capacity"/>.</summary>
    public int CapacityBytes { get; init; } = 8 * 1024 * 1024;
}

/// <summary>
/// One listener's bounded queue. One reader at a time: loop over <see cref="ReadAsync"/>, or <see cref="WaitAsync"/> then
/// <see cref="TryRead"/> until false. When full, what waits is dropped and video resumes at the next key frame.
/// </summary>
public sealed class Subscription : IDisposable, IValueTaskSource
{
    private readonly MediaBus bus;
    private readonly SubscriptionOptions options;
    private readonly Lock gate = new();
    private readonly Queue<MediaFrame> queue = new();
    private ManualResetValueTaskSourceCore<bool> signal = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration cancellation;
    private long queuedBytes;
    private int cached;
    private long cachedBytes;
    private long dropped;
    private bool waiting;
    private bool closed;
    private bool needsKeyFrame = true;

    internal Subscription(MediaBus bus, SubscriptionOptions options)
    {
        this.bus = bus;
        this.options = options;
    }

    public string Name => options.Name;

    /// <summary>Frames lost to this subscriber because it was too slow.</summary>
    public long Dropped => Interlocked.Read(ref dropped);

    /// <summary>The next frame; waits for it.</summary>
    public async ValueTask<MediaFrame> ReadAsync(CancellationToken cancel)
    {
        while (true)
        {
            if (TryRead(out var frame))
            {
                return frame;
            }

            await WaitAsync(cancel);
        }
    }

    public bool TryRead([System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out MediaFrame frame)
    {
        lock (gate)
        {
            if (!queue.TryDequeue(out frame))
            {
                ObjectDisposedException.ThrowIf(closed, this);
                return false;
            }

            queuedBytes -= frame.Payload.Length;
            if (cached > 0)
            {
                cached--;
                cachedBytes -= frame.Payload.Length;
            }

            return true;
        }
    }

    /// <summary>Completes when a frame waits. Allocates nothing.</summary>
    public ValueTask WaitAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        lock (gate)
        {
            if (queue.Count > 0 || closed)
            {
                return ValueTask.CompletedTask;
            }

            if (waiting)
            {
                throw new InvalidOperationException("A subscription has one reader.");
            }

            signal.Reset();
            waiting = true;
        }

        // Outside the lock: a token that is already cancelled calls back at once.
        var registration = cancel.UnsafeRegister(static (state, token) => ((Subscription)state!).Cancel(token), this);
        lock (gate)
        {
            cancellation = registration;
        }

        return new ValueTask(this, signal.Version);
    }

    public void Dispose()
    {
        bus.Remove(this);
        bool wake;
        lock (gate)
        {
            closed = true;
            queue.Clear();
            wake = waiting;
            waiting = false;
        }

        if (wake)
        {
            signal.SetResult(true);
        }
    }

    /// <summary>
    /// A frame of the cached group, before any other. The bounds do not count it while it waits: the bus has bounded the group already,
    /// and a viewer that cannot have it whole would wait for the next key frame.
    /// </summary>
    internal void Admit(MediaFrame frame)
    {
        lock (gate)
        {
            if (frame.Kind == TrackKind.Video ? !options.Video : !options.Audio)
            {
                return;
            }

            needsKeyFrame &= frame.Kind != TrackKind.Video;
            queue.Enqueue(frame);
            cached++;
            queuedBytes += frame.Payload.Length;
            cachedBytes += frame.Payload.Length;
        }
    }

    internal void Offer(MediaFrame frame)
    {
        var isVideo = frame.Kind == TrackKind.Video;
        if (isVideo ? !options.Video : !options.Audio)
        {
            return;
        }

        bool wake;
        lock (gate)
        {
            if (closed)
            {
                return;
            }

            if (queue.Count - cached >= options.Capacity || queuedBytes - cachedBytes + frame.Payload.Length > options.CapacityBytes)
            {
                Drop(queue.Count);
                queue.Clear();
                (queuedBytes, cached, cachedBytes) = (0, 0, 0);
                needsKeyFrame = true;
            }

            if (isVideo && needsKeyFrame)
            {
                if (!frame.IsKeyFrame)
                {
                    Drop(1);
                    return;
                }

                needsKeyFrame = false;
            }

            queue.Enqueue(frame);
            queuedBytes += frame.Payload.Length;
            wake = waiting;
            waiting = false;
        }

        if (wake)
        {
            signal.SetResult(true);
        }
    }

    void IValueTaskSource.GetResult(short token)
    {
        CancellationTokenRegistration registration;
        lock (gate)
        {
            registration = cancellation;
            cancellation = default;
        }

        registration.Dispose();
        signal.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => signal.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        signal.OnCompleted(continuation, state, token, flags);

    private void Drop(int count)
    {
        Interlocked.Add(ref dropped, count);
        MediaMeter.FramesDropped(Name, count);
    }

    private void Cancel(CancellationToken token)
    {
        lock (gate)
        {
            if (!waiting)
            {
                return;
            }

            waiting = false;
        }

        signal.SetException(new OperationCanceledException(token));
    }
}
