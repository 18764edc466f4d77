using System.Collections.Concurrent;
using System.Threading.Channels;
using Npgsql;
using Vigil.Media.Recording;
using Vigil.Server.Cameras;
using Vigil.Server.Database;
using Vigil.Server.Events;
using Vigil.Server.Hosting;
using Vigil.Server.Recordings.Store;

namespace Vigil.Server.Recordings;

/// <summary>
/// Where the footage is. The last day stands in memory, so that a fresh clip plays while the database is away; everything is in the
/// table, written every second and at start-up compared with the disk.
/// </summary>
public sealed partial class SegmentIndex(
    Recorder recorder, SegmentTable table, DiskComparison comparison, FootageTrouble trouble, CameraDirectory directory, DatabaseState state, LoopOwner owner,
    Pulses pulses, TimeProvider time, ILogger<SegmentIndex> logger) : BackgroundService
{
    private static readonly TimeSpan InMemory = TimeSpan.FromDays(1);
    private static readonly TimeSpan WriteEvery = TimeSpan.FromSeconds(1);

    /// <summary>Weeks of footage of many cameras on a slow disk.</summary>
    private static readonly TimeSpan LongestScan = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<int, ConcurrentDictionary<string, SegmentRecord>> recent = new();
    private readonly ConcurrentDictionary<string, SegmentRecord?> unwritten = new();
    private readonly Channel<bool> asked = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly TaskCompletionSource compared = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Every segment that has become longer.</summary>
    public Broadcast<SegmentRecord> Grown { get; } = new();

    /// <summary>Completes when disk and table have been compared for the first time.</summary>
    public Task Compared => compared.Task;

    /// <summary>Compares disk and table once more: a disk may have been connected.</summary>
    public void LookAgain() => asked.Writer.TryWrite(true);

    /// <summary>What overlaps the range, by time. While the database is away, what memory holds.</summary>
    public async Task<IReadOnlyList<SegmentRecord>> FindAsync(
        long householdId, int cameraId, DateTimeOffset from, DateTimeOffset to, CancellationToken cancel)
    {
        var found = FindRecent(cameraId, from, to).ToDictionary(s => s.Path);
        try
        {
            foreach (var segment in await table.FindAsync(householdId, cameraId, from, to, cancel))
            {
                if (!unwritten.TryGetValue(segment.Path, out var newer) || newer is not null)
                {
                    found.TryAdd(segment.Path, segment);
                }
            }
        }
        catch (NpgsqlException)
        {
            // Memory is what there is.
        }

        return [.. found.Values.OrderBy(s => s.Start)];
    }

    /// <summary>What there is of each of the ranges, in their order.</summary>
    /// <param name="householdId">Whose footage it is.</param>
    /// <param name="ranges">Of that household's cameras.</param>
    /// <param name="wanted">Somebody wanted all of it; see <see cref="Footage.Of"/>.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<IReadOnlyList<Footage>> ReadAsync(long householdId, IReadOnlyList<SegmentRange> ranges, bool wanted, CancellationToken cancel)
    {
        ILookup<int, SegmentRecord>? filed = null;
        try
        {
            filed = ranges.Count == 0 ? null : await table.FindAsync(householdId, ranges, cancel);
        }
        catch (NpgsqlException)
        {
            // Memory is what there is.
        }

        return [.. ranges.Select((range, number) =>
        {
            var found = FindRecent(range.CameraId, range.From - InMemory, range.To).ToDictionary(s => s.Path);
            foreach (var segment in filed?[number] ?? [])
            {
                if (!unwritten.TryGetValue(segment.Path, out var newer) || newer is not null)
                {
                    found.TryAdd(segment.Path, segment);
                }
            }

            var inOrder = found.Values.OrderBy(s => s.Start).ToList();
            return Footage.Of(inOrder, range.From, range.To, inOrder.LastOrDefault(s => s.End <= range.From), wanted);
        })];
    }

    public IEnumerable<SegmentRecord> FindRecent(int cameraId, DateTimeOffset from, DateTimeOffset to) =>
        recent.TryGetValue(cameraId, out var segments) ? segments.Values.Where(s => s.Start < to && s.End > from) : [];

    /// <summary>It is being written now, as far as we know.</summary>
    public bool IsOpen(SegmentRecord segment) =>
        recent.TryGetValue(segment.CameraId, out var segments) && segments.TryGetValue(segment.Path, out var known) && known.Open;

    /// <summary>Nothing of the range is being written, and the table knows all of it, as far as we know.</summary>
    internal bool IsSettled(int cameraId, DateTimeOffset from, DateTimeOffset to) =>
        !FindRecent(cameraId, from, to).Any(s => s.Open || unwritten.ContainsKey(s.Path));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Loops.RunAsync(stoppingToken, TakeChangesAsync, WriteAsync, CompareWithDiskAsync);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>What the recorder says after the end is found on the disk at the next start.</summary>
    private async Task TakeChangesAsync(CancellationToken cancel)
    {
        using var pulse = pulses.Register("taking in of recordings", TimeSpan.FromSeconds(30));
        await foreach (var change in pulse.ReadAllAsync(recorder.Changes, cancel))
        {
            if (directory.Find(change.Segment.CameraId) is not null)
            {
                TakeIn(change);
            }
            else if (change.Kind == SegmentChangeKind.Closed)
            {
                await DeleteLastAsync(change.Segment, cancel);
            }
        }
    }

    /// <summary>The last file of a removed camera: a scan leaves out what this run wrote, and its first word may be its last.</summary>
    private async Task DeleteLastAsync(SegmentRecord segment, CancellationToken cancel)
    {
        try
        {
            await recorder.DeleteAsync([segment], cancel);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            LogNotDeleted(logger, failure.GetType().Name);
        }
    }

    private void TakeIn(SegmentChange change)
    {
        var segment = change.Segment;
        var camera = recent.GetOrAdd(segment.CameraId, _ => new ConcurrentDictionary<string, SegmentRecord>());
        if (change.Kind == SegmentChangeKind.Deleted)
        {
            camera.TryRemove(segment.Path, out _);
            unwritten[segment.Path] = null;
            return;
        }

        camera[segment.Path] = segment;
        unwritten[segment.Path] = segment;
        Grown.Send(segment);
        if (segment.Ended is SegmentEnd.DiskFull or SegmentEnd.DiskFailed or SegmentEnd.Overrun)
        {
            trouble.Tell(segment.CameraId, EventKind.NotRecording, segment.End, _ => segment.Ended switch
            {
                SegmentEnd.DiskFull => "The disk is full: nothing is being recorded.",
                SegmentEnd.DiskFailed => "The disk refuses to be written to: nothing is being recorded.",
                _ => "The disk was too slow: a piece of the recording is missing.",
            });
        }
    }

    private async Task WriteAsync(CancellationToken cancel)
    {
        using var pulse = pulses.Register("index of recordings", TimeSpan.FromMinutes(1));
        using var timer = new PeriodicTimer(WriteEvery, time);
        while (await timer.WaitForNextTickAsync(cancel))
        {
            pulse.Beat();
            Forget();
            if (state.IsAvailable && !unwritten.IsEmpty)
            {
                await WriteOnceAsync(cancel);
            }
        }
    }

    private async Task WriteOnceAsync(CancellationToken cancel)
    {
        var batch = unwritten.ToArray();
        try
        {
            await table.PutAsync([.. batch.Select(b => b.Value).OfType<SegmentRecord>()], cancel);
            await table.RemoveAsync([.. batch.Where(b => b.Value is null).Select(b => b.Key)], cancel);
            foreach (var written in batch)
            {
                unwritten.TryRemove(written);
            }
        }
        catch (NpgsqlException failure)
        {
            LogNotWritten(logger, failure.GetType().Name);
        }
    }

    /// <summary>At the start, when cameras were removed, and when somebody asks.</summary>
    private async Task CompareWithDiskAsync(CancellationToken cancel)
    {
        await owner.WaitUntilOwnerAsync(cancel);
        await directory.Loaded.WaitAsync(cancel);
        using var pulse = pulses.Register("comparing of recordings with the disk", LongestScan);
        // From before the first scan on: a camera may be removed while the disk is being read.
        using var changes = directory.Changed.Listen(capacity: 16);
        var known = directory.All.Select(c => c.Id).ToHashSet();
        IReadOnlyCollection<int> removed = [];
        while (true)
        {
            pulse.Beat();
            try
            {
                var own = await comparison.RunAsync(removed, path => recent.Values.Any(c => c.ContainsKey(path)), cancel);
                foreach (var segment in own.Where(s => s.End > time.GetUtcNow() - InMemory))
                {
                    recent.GetOrAdd(segment.CameraId, _ => new ConcurrentDictionary<string, SegmentRecord>()).TryAdd(segment.Path, segment);
                }

                compared.TrySetResult();
                removed = await WaitForRemovalAsync(changes.Items, known, pulse, cancel);
            }
            catch (Exception failure) when (failure is NpgsqlException or IOException)
            {
                LogNotWritten(logger, failure.GetType().Name);
                await Task.Delay(TimeSpan.FromSeconds(5), time, cancel);
            }
        }
    }

    /// <summary>The cameras that have gone from the registry since: their files go with them. None: somebody asked for another look.</summary>
    private async Task<IReadOnlyCollection<int>> WaitForRemovalAsync(ChannelReader<long> changes, HashSet<int> known, Pulse pulse, CancellationToken cancel)
    {
        while (true)
        {
            known.UnionWith(directory.All.Select(c => c.Id));
            known.UnionWith(recent.Keys); // Added, recorded and removed while the disk was being read.
            if (known.Where(id => directory.Find(id) is null).ToList() is { Count: > 0 } gone)
            {
                foreach (var id in gone)
                {
                    await recorder.DetachAsync(id); // So that its last file is closed, and can be deleted.
                    if (recent.TryGetValue(id, out var own))
                    {
                        // The scan tells only what earlier runs made.
                        await recorder.DeleteAsync([.. own.Values.Select(s => s.Open ? s with { Ended = SegmentEnd.Stopped } : s)], cancel);
                        recent.TryRemove(id, out _);
                    }

                    known.Remove(id);
                }

                return gone;
            }

            if (asked.Reader.TryRead(out _))
            {
                return [];
            }

            using (var turn = CancellationTokenSource.CreateLinkedTokenSource(cancel))
            {
                await Task.WhenAny(pulse.WaitAsync(changes, turn.Token), asked.Reader.WaitToReadAsync(turn.Token).AsTask());
                await turn.CancelAsync();
            }

            cancel.ThrowIfCancellationRequested();
            while (changes.TryRead(out _))
            {
            }
        }
    }

    private void Forget()
    {
        var before = time.GetUtcNow() - InMemory;
        foreach (var camera in recent.Values)
        {
            foreach (var old in camera.Values.Where(s => s.End < before && !s.Open && !unwritten.ContainsKey(s.Path)))
            {
                camera.TryRemove(old.Path, out _);
            }
        }
    }

    [LoggerMessage(EventId = 1301, Level = LogLevel.Warning, Message = "The index of recordings could not be written ({Failure}); it waits in memory.")]
    private static partial void LogNotWritten(ILogger logger, string failure);

    [LoggerMessage(EventId = 1305, Level = LogLevel.Warning, Message = "The last file of a removed camera could not be deleted ({Failure}) and stays on the disk.")]
    private static partial void LogNotDeleted(ILogger logger, string failure);
}
