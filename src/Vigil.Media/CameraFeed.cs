using Vigil.Media.Bus;
using Vigil.Protocols.Codecs;

namespace Vigil.Media;

/// <summary>
/// One camera as the rest of Vigil sees it: buses that outlive connections, a status, and a clock. The same object stays for a camera
/// until <see cref="MediaEngine.StopAsync"/>, also when its source changes.
/// </summary>
#pragma warning disable CA1001 // The token source is cancelled once and has no timer: nothing to dispose.
public sealed class CameraFeed
#pragma warning restore CA1001
{
    private readonly TimeProvider time;
    private readonly long startedAt;
    private readonly CancellationTokenSource stopped = new();
    private FeedStatus status;

    internal CameraFeed(CameraSource source, TimeProvider time)
    {
        this.time = time;
        Source = source;
        startedAt = time.GetTimestamp();
        StartedAt = time.GetUtcNow();
        status = new FeedStatus { CameraId = source.CameraId, State = FeedState.Connecting, Since = StartedAt, Detail = "Connecting." };
    }

    public int CameraId => Source.CameraId;

    public CameraSource Source { get; private set; }

    public FeedStatus Status => Volatile.Read(ref status);

    /// <summary>Frames of the main stream, with the sound.</summary>
    public MediaBus Main { get; } = new();

    /// <summary>Frames of the sub-stream, pulled only while subscribed; the main bus when the camera has no sub-stream.</summary>
    public MediaBus Sub => Main;

    /// <summary>Media time of this moment: monotonic time since the feed began.</summary>
    public TimeSpan MediaClockNow => time.GetElapsedTime(startedAt);

    /// <summary>Wall-clock time at which media time was zero.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>Cancelled when the camera is stopped for good.</summary>
    public CancellationToken Stopped => stopped.Token;

    /// <summary>The wall-clock time of a position on the media timeline.</summary>
    public DateTimeOffset WallClockAt(MediaTime at) => WallClockAtOffset(new TimeSpan(at.Ticks));

    /// <summary>As <see cref="WallClockAt"/>, for callers that have the position as a time span.</summary>
    public DateTimeOffset WallClockAtOffset(TimeSpan mediaTime) => time.GetUtcNow() - (MediaClockNow - mediaTime);

    public IReadOnlyList<StreamHealth> Health { get; } = [];

    internal Task StopAsync() => stopped.CancelAsync();
}
