#pragma warning disable CA1822 // Not built yet.
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Vigil.Media.Bus;

namespace Vigil.Media.Recording;

/// <summary>
/// Keeps what the cameras show. One loop drains every camera's subscription, keeps the pre-roll in memory, and while anybody holds a
/// camera writes fragments to segment files; one sync for all files makes them durable, and only then <see cref="Changes"/> speaks.
/// </summary>
public sealed class Recorder : IAsyncDisposable
{
    private readonly Channel<SegmentChange> changes = Channel.CreateBounded<SegmentChange>(1024);

    public Recorder(RecorderOptions options, ISegmentDisk disk, TimeProvider time, ILoggerFactory logs)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(disk);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(logs);
    }

    /// <summary>What became durable, in order per segment: the index never runs ahead of the data.</summary>
    public ChannelReader<SegmentChange> Changes => changes.Reader;

    /// <summary>Starts the pre-roll of a camera. Nothing is written until somebody holds it.</summary>
    public CameraRecorder Attach(int cameraId, MediaBus bus, TimeSpan preRoll)
    {
        ArgumentNullException.ThrowIfNull(bus);
        return new CameraRecorder(cameraId, preRoll);
    }

    /// <summary>Closes the camera's segment and forgets its pre-roll. Returns when what it recorded is durable.</summary>
    public Task DetachAsync(int cameraId) => Task.CompletedTask;

    /// <summary>
    /// Start-up reconciliation: what is on the disk, each file truncated to its last whole fragment, empty ones deleted. Reads heads
    /// only; run it beside the start, not in its way. Never throws for a bad file.
    /// </summary>
    public Task<IReadOnlyList<SegmentRecord>> ScanAsync(CancellationToken cancel) => Task.FromResult<IReadOnlyList<SegmentRecord>>([]);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
