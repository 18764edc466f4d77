using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Vigil.Media.Bus;

namespace Vigil.Media.Recording;

/// <summary>
/// Keeps what the cameras show. One loop drains every camera's subscription, keeps the pre-roll in memory, and while anybody holds a
/// camera writes fragments to segment files; one sync for all files makes them durable, and only then <see cref="Changes"/> speaks.
/// See docs/design/recording-format.md.
/// </summary>
public sealed partial class Recorder : IAsyncDisposable
{
    private readonly RecorderOptions options;
    private readonly ISegmentDisk disk;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly SegmentWork work;
    private readonly DiskPause pause;
    private readonly ChangeOutbox outbox = new(1024);
    private readonly CancellationTokenSource stopping = new();
    private readonly Lock gate = new();
    private readonly Dictionary<int, CameraRecorder> cameras = [];
    private readonly List<(CameraRecorder Camera, SegmentEnd Why, TaskCompletionSource Left)> leaving = [];
    private readonly HashSet<string> ownPaths = [];
    private readonly SyncThread syncs = new();
    private readonly Task loop = Task.CompletedTask;
    private bool disposed;
    private volatile bool syncFailed;
    private TimeSpan lastSync;

    public Recorder(RecorderOptions options, ISegmentDisk disk, TimeProvider time, ILoggerFactory logs)
        : this(options, disk, time, logs, startLoop: true)
    {
    }

    /// <summary>For tests that take the steps themselves.</summary>
    internal Recorder(RecorderOptions options, ISegmentDisk disk, TimeProvider time, ILoggerFactory logs, bool startLoop)
    {
        this.options = options;
        this.disk = disk;
        this.time = time;
        logger = logs.CreateLogger<Recorder>();
        pause = new DiskPause(options, disk, time);
        work = new SegmentWork(disk, NoteCreated);
        if (startLoop)
        {
            loop = OwnThread.Start("recorder", Run);
        }
    }

    /// <summary>
    /// What became durable, in order per segment: the index never runs ahead of the data. A short segment may be heard of for the
    /// first time when it is closed, so treat every change as "insert or replace by path".
    /// </summary>
    public ChannelReader<SegmentChange> Changes => outbox.Reader;

    public RecorderStatus Status
    {
        get
        {
            lock (gate)
            {
                return new RecorderStatus { Paused = pause.Reason, Since = pause.Since, LastSync = lastSync, WaitingChanges = outbox.Waiting };
            }
        }
    }

    /// <summary>Starts the pre-roll of a camera. Nothing is written until somebody holds it. A camera attached before under this id leaves.</summary>
    public CameraRecorder Attach(int cameraId, MediaBus bus, TimeSpan preRoll)
    {
        var camera = new CameraRecorder(cameraId, bus, preRoll, options, time, work);
        lock (gate)
        {
            if (cameras.Remove(cameraId, out var before))
            {
                leaving.Add((before, SegmentEnd.Stopped, new TaskCompletionSource()));
            }

            cameras.Add(cameraId, camera);
        }

        return camera;
    }

    /// <summary>What the camera's recording is doing; null while it is not attached.</summary>
    public CameraRecorderStatus? StatusOf(int cameraId)
    {
        lock (gate)
        {
            return cameras.GetValueOrDefault(cameraId)?.Status;
        }
    }

    /// <summary>Closes the camera's segment, which says <paramref name="why"/>, and forgets its pre-roll. Returns when what it recorded is durable.</summary>
    public Task DetachAsync(int cameraId, SegmentEnd why = SegmentEnd.Stopped)
    {
        lock (gate)
        {
            if (!cameras.Remove(cameraId, out var camera))
            {
                return Task.CompletedTask;
            }

            var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            leaving.Add((camera, why, left));
            return left.Task;
        }
    }

    /// <summary>
    /// Start-up reconciliation: what is on the disk, each file cut to its last whole fragment, empty ones deleted. Reads heads only; run
    /// it beside the start, not in its way. Segments of this recorder's own making are left out: <see cref="Changes"/> tells those.
    /// Never throws for a bad file.
    /// </summary>
    /// <param name="known">What the index says, by path. A closed segment of the size that it says is that very record, unread.</param>
    /// <param name="lost">Paths that were not there at an earlier walk: nothing else would tell that they are back, also of this recorder's making.</param>
    /// <param name="cancel">Ends the walk.</param>
    public Task<IReadOnlyList<SegmentRecord>> ScanAsync(
        IReadOnlyDictionary<string, SegmentRecord> known, IReadOnlySet<string> lost, CancellationToken cancel) =>
        Task.Run(() => new SegmentScan(disk, path => IsOwn(path) && !lost.Contains(path), known, logger).Run(cancel), cancel);

    /// <summary>The same without an index to help.</summary>
    public Task<IReadOnlyList<SegmentRecord>> ScanAsync(CancellationToken cancel) =>
        ScanAsync(new Dictionary<string, SegmentRecord>(), new HashSet<string>(), cancel);

    /// <summary>Deletes segments by path; each is told as <see cref="SegmentChangeKind.Deleted"/> when its entry is gone for good. Never one that is being written.</summary>
    public Task DeleteAsync(IReadOnlyList<SegmentRecord> segments, CancellationToken cancel) => Task.Run(
        () =>
        {
            var gone = new List<SegmentRecord>();
            foreach (var segment in segments)
            {
                cancel.ThrowIfCancellationRequested();
                if (!segment.Open && SegmentPath.TryParse(segment.Path, out _))
                {
                    disk.Delete(segment.Path);
                    gone.Add(segment);
                }
            }

            disk.Sync([], [.. gone.SelectMany(s => SegmentPath.Directories(s.Path)).Distinct()]);
            lock (gate)
            {
                ownPaths.ExceptWith(gone.Select(s => s.Path)); // Else it grows with every file ever written.
            }

            foreach (var segment in gone)
            {
                outbox.Add(new SegmentChange(SegmentChangeKind.Deleted, segment));
            }
        },
        cancel);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, true))
        {
            return;
        }

        await stopping.CancelAsync();
        await loop;
        await syncs.StopAsync();
        StopAll();
        stopping.Dispose();
    }

    /// <summary>One beat: takes what came, writes what is due.</summary>
    internal void Step(bool cutAll = false)
    {
        options.Beat?.Invoke();
        outbox.Flush();
        CameraRecorder[] present;
        lock (gate)
        {
            present = [.. cameras.Values];
        }

        if (pause.TryEnd())
        {
            LogResumed();
        }

        var failed = syncFailed;
        syncFailed = false;
        if (failed)
        {
            foreach (var camera in present)
            {
                camera.Abandon(SegmentEnd.DiskFailed);
            }

            Pause(SegmentEnd.DiskFailed);
        }

        foreach (var camera in present)
        {
            failed |= !Guarded(camera, c => c.Step(mayWrite: pause.Reason is null, cutAll));
        }

        if (work.IsFull)
        {
            work.IsFull = false;
            foreach (var camera in present)
            {
                Guarded(camera, c => c.Finish(SegmentEnd.DiskFull)); // With the room that the reserve gave back.
            }

            work.IsFull = false;
            Pause(SegmentEnd.DiskFull);
        }
        else if (failed)
        {
            Pause(SegmentEnd.DiskFailed);
        }
    }

    /// <summary>One sync for everything written since the last; then the index may know.</summary>
    internal void Sync()
    {
        var left = Leave();
        Complete(work.TakeBatch(), left);
    }

    private void Run()
    {
        try
        {
            if (options.ReserveBytes > 0 && !disk.Reserve(options.ReserveBytes))
            {
                LogNoReserve(options.ReserveBytes);
            }
        }
        catch (IOException failure)
        {
            LogFailed(failure);
        }

        using var beat = new RecorderBeat(options.FragmentLength, time);
        var steps = 0;
        while (beat.Wait(stopping.Token))
        {
            try
            {
                Step();
            }
#pragma warning disable CA1031 // The one place of this loop: without it nothing is recorded any more.
            catch (Exception bug)
#pragma warning restore CA1031
            {
                LogStepFailed(bug);
            }

            if (++steps >= options.FragmentsPerSync && syncs.IsIdle)
            {
                steps = 0;
                var left = Leave();
                var batch = work.TakeBatch();
                if (!batch.IsEmpty || left.Count > 0)
                {
                    syncs.Begin(() => Complete(batch, left));
                }
            }
        }
    }

    private List<TaskCompletionSource> Leave()
    {
        List<(CameraRecorder Camera, SegmentEnd Why, TaskCompletionSource Left)> going;
        lock (gate)
        {
            going = [.. leaving];
            leaving.Clear();
        }

        foreach (var (camera, why, _) in going)
        {
            Guarded(camera, c => c.Leave(why));
        }

        return [.. going.Select(g => g.Left)];
    }

    private void StopAll()
    {
        lock (gate)
        {
            leaving.AddRange(cameras.Values.Select(c => (c, SegmentEnd.Stopped, new TaskCompletionSource())));
            cameras.Clear();
        }

        Sync();
        outbox.Complete();
    }

    private void Complete(SyncBatch batch, List<TaskCompletionSource> left)
    {
        var started = time.GetTimestamp();
        var durable = false;
        try
        {
            if (!batch.IsEmpty)
            {
                disk.Sync([.. batch.Entries.Select(e => e.Segment.File!)], batch.Directories);
                pause.NoteSuccess();
            }

            durable = true;
        }
#pragma warning disable CA1031 // Whatever it was, nothing became durable.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            // What the kernel failed to write it has forgotten: trying the same files again would prove nothing.
            syncFailed = true;
            LogFailed(failure);
        }

        lock (gate)
        {
            lastSync = time.GetElapsedTime(started);
        }

        foreach (var (segment, record) in batch.Entries)
        {
            Announce(segment, durable ? record : null);
            if (record.Ended != SegmentEnd.Open)
            {
                segment.Dispose();
            }
        }

        foreach (var done in left)
        {
            done.TrySetResult();
        }
    }

    /// <summary><paramref name="durable"/> is null when the sync failed: then what was durable before is all there will be.</summary>
    private void Announce(SegmentWriter segment, SegmentRecord? durable)
    {
        var before = segment.Durable;
        if (durable is null)
        {
            segment.GivenUp = true;
            if (before is { Open: true })
            {
                segment.Durable = before with { Ended = SegmentEnd.DiskFailed };
                outbox.Add(new SegmentChange(SegmentChangeKind.Closed, segment.Durable));
            }

            return;
        }

        if (segment.GivenUp)
        {
            return; // A later sync that succeeds says nothing about what the failed one lost.
        }

        segment.Durable = durable;
        outbox.Add(new SegmentChange(
            !durable.Open ? SegmentChangeKind.Closed : before is null ? SegmentChangeKind.Opened : SegmentChangeKind.Extended,
            durable));
    }

    private bool Guarded(CameraRecorder camera, Action<CameraRecorder> action)
    {
        try
        {
            action(camera);
            return true;
        }
        catch (DiskFullException)
        {
            work.IsFull = true;
            camera.Abandon(SegmentEnd.DiskFull);
            return true;
        }
        catch (IOException failure)
        {
            LogFailed(failure);
            camera.Abandon(SegmentEnd.DiskFailed);
            return false;
        }
#pragma warning disable CA1031 // One camera's bug must not stop the others' recording.
        catch (Exception bug)
#pragma warning restore CA1031
        {
            LogCameraFailed(camera.CameraId, bug);
            camera.Abandon(SegmentEnd.Stopped);
            return true;
        }
    }

    private void Pause(SegmentEnd reason)
    {
        if (pause.Begin(reason))
        {
            LogPaused(reason);
        }
    }

    private void NoteCreated(string path)
    {
        lock (gate)
        {
            ownPaths.Add(path);
        }
    }

    private bool IsOwn(string path)
    {
        lock (gate)
        {
            return ownPaths.Contains(path);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Recording paused: {Reason}.")]
    private partial void LogPaused(SegmentEnd reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Recording resumed.")]
    private partial void LogResumed();

    [LoggerMessage(Level = LogLevel.Warning, Message = "No room to set aside {Bytes} bytes; a full disk will cost the newest second.")]
    private partial void LogNoReserve(long bytes);

    [LoggerMessage(Level = LogLevel.Error, Message = "The disk of the recordings failed.")]
    private partial void LogFailed(Exception failure);

    [LoggerMessage(Level = LogLevel.Error, Message = "A step of the recorder failed.")]
    private partial void LogStepFailed(Exception bug);

    [LoggerMessage(Level = LogLevel.Error, Message = "Recording camera {CameraId} failed; it starts afresh.")]
    private partial void LogCameraFailed(int cameraId, Exception bug);
}
