using System.Globalization;
using Npgsql;
using Vigil.Server.Cameras;
using Vigil.Server.Events;
using Vigil.Server.Hosting;

namespace Vigil.Server.Recordings;

/// <summary>
/// The front door to recordings. What runs, and what the table has not been told, stands in memory and in a small file: starting, stopping
/// and holding go on while the database is away. <see cref="RecordingKeeper"/> does the rest.
/// </summary>
public sealed class RecordingBook(RecordingTable table, RecordingSpool spool, CameraDirectory directory, CameraGrants grants, TimeProvider time)
    : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<Guid, Entry> entries = [];
    private readonly SemaphoreSlim filing = new(1);
    private long filings;

    /// <summary>Rings with the camera whose recordings are different. The truth is here, not in the ring.</summary>
    public Broadcast<int> Changed { get; } = new();

    /// <summary>What is being recorded of a camera, the oldest first.</summary>
    public IReadOnlyList<Recording> Current(int cameraId) => [.. Unfinished.Where(r => r.CameraId == cameraId && r.IsRunning)];

    /// <summary>Running, or ended just now; of all households, the oldest first.</summary>
    public IReadOnlyList<Recording> Unfinished
    {
        get
        {
            lock (gate)
            {
                return [.. entries.Values.Select(e => e.Now).Where(r => r.Status == RecordingStatus.Recording).OrderBy(r => r.From)];
            }
        }
    }

    /// <summary>
    /// Returns once it is written down. Null when the camera is unknown or the same runs already: one by hand, one of each schedule, one
    /// continuous piece.
    /// </summary>
    public Recording? Start(RecordingStart start)
    {
        if (directory.Find(start.CameraId) is not { } camera)
        {
            return null;
        }

        var now = time.GetUtcNow();
        var from = start.From ?? now;
        var recording = new Recording
        {
            Id = Guid.CreateVersion7(now),
            HouseholdId = camera.HouseholdId,
            CameraId = camera.Id,
            Name = start.Name is { Length: > 0 } name ? StoredText.Cut(name, Recording.LongestName) : DefaultName(camera, from, grants.ZoneOf(camera.HouseholdId)),
            Kind = start.Kind,
            ScheduleId = start.ScheduleId,
            StartedBy = start.StartedBy,
            StartedByName = start.StartedByName,
            From = from,
            PlannedUntil = start.PlannedUntil,
            CreatedAt = now,
            UpdatedAt = now,
        };
        lock (gate)
        {
            if (entries.Values.Any(e => e.Now is { IsRunning: true } r && r.CameraId == camera.Id && r.Kind == start.Kind && r.ScheduleId == start.ScheduleId))
            {
                return null;
            }

            Keep(new Entry(recording, new RecordingClock(time, from)));
        }

        Changed.Send(camera.Id);
        return recording;
    }

    /// <summary>Ends one that runs; null when it does not. Its last pictures are still taken in.</summary>
    public Recording? Stop(Guid id) => Change(id, e => e.Now.IsRunning ? End(e, null) : null);

    /// <summary>A new planned end for one that runs.</summary>
    public Recording? Plan(Guid id, DateTimeOffset? until) => Change(id, e => e.Now.IsRunning ? e.Now with { PlannedUntil = until } : null);

    /// <summary>Those of a household that are newer here than in the table.</summary>
    internal IReadOnlyList<Recording> InMemory(long householdId)
    {
        lock (gate)
        {
            return [.. entries.Values.Select(e => e.Now).Where(r => r.HouseholdId == householdId)];
        }
    }

    /// <summary>Null when the household has no such recording.</summary>
    public async Task<Recording?> FindAsync(long householdId, Guid id, CancellationToken cancel)
    {
        if (Remembered(id) is { } known)
        {
            return known.HouseholdId == householdId ? known : null;
        }

        return await table.FindAsync(householdId, id, cancel);
    }

    /// <summary>Newest first; while the database is away, what memory holds.</summary>
    public async Task<IReadOnlyList<Recording>> ListAsync(long householdId, RecordingFilter filter, CancellationToken cancel)
    {
        IReadOnlyList<Recording> filed;
        try
        {
            filed = await table.ListAsync(householdId, filter, cancel);
        }
        catch (NpgsqlException)
        {
            filed = [];
        }

        var all = filed.ToDictionary(r => r.Id);
        lock (gate)
        {
            foreach (var recording in entries.Values.Select(e => e.Now).Where(r => r.HouseholdId == householdId))
            {
                all.Remove(recording.Id);
                if (filter.Takes(recording))
                {
                    all[recording.Id] = recording;
                }
            }
        }

        return [.. all.Values.OrderByDescending(r => r.From).ThenByDescending(r => r.Id).Take(filter.Limit)];
    }

    /// <summary>Null when the household has no such recording.</summary>
    public async Task<Recording?> ChangeAsync(long householdId, Guid id, string? name, bool? isProtected, CancellationToken cancel)
    {
        name = name is null ? null : StoredText.Cut(name, Recording.LongestName);
        if (Remembered(id) is { } known)
        {
            return known.HouseholdId != householdId ? null
                : Change(id, e => e.Now with { Name = name ?? e.Now.Name, Protected = isProtected ?? e.Now.Protected });
        }

        return await table.ChangeAsync(householdId, id, name, isProtected, time.GetUtcNow(), cancel);
    }

    /// <summary>Forgets it; its footage is somebody else's business. False when the household has no such recording.</summary>
    public async Task<bool> DeleteAsync(long householdId, Guid id, CancellationToken cancel)
    {
        await filing.WaitAsync(cancel);
        try
        {
            var known = Remembered(id);
            if (!await table.DeleteAsync(householdId, id, cancel) && known?.HouseholdId != householdId)
            {
                return false;
            }

            lock (gate)
            {
                filings++;
                entries.Remove(id);
                Spool();
            }

            Changed.Send(known?.CameraId ?? 0);
            return true;
        }
        finally
        {
            filing.Release();
        }
    }

    public void Dispose() => filing.Dispose();

    /// <summary>The footage of an event is being kept, under the event's own id.</summary>
    internal void Follow(CameraEvent e)
    {
        if (e is not { CameraId: { } cameraId, ClipFrom: { } from } || directory.Find(cameraId) is not { } camera || Remembered(e.Id) is not null)
        {
            return;
        }

        var now = time.GetUtcNow();
        lock (gate)
        {
            Keep(new Entry(
                new Recording
                {
                    Id = e.Id,
                    HouseholdId = e.HouseholdId,
                    CameraId = cameraId,
                    Name = DefaultName(camera, e.StartedAt, grants.ZoneOf(camera.HouseholdId)),
                    Kind = RecordingKind.Alert,
                    From = from,
                    CreatedAt = now,
                    UpdatedAt = now,
                },
                new RecordingClock(time, from)));
        }

        Changed.Send(cameraId);
    }

    /// <summary>Ends one that runs at a moment that is known.</summary>
    internal Recording? EndAt(Guid id, DateTimeOffset? at) => Change(id, e => e.Now.IsRunning ? End(e, at) : null);

    /// <summary>Its last pictures are on the disk, or they never came.</summary>
    internal void Finish(Guid id, RecordingStatus status, string? error) => Change(id, e => e.Now with { Status = status, Error = error });

    /// <summary>Called every second: notices clocks that were set. Returns what has run its time.</summary>
    internal IReadOnlyList<Recording> Tick()
    {
        lock (gate)
        {
            foreach (var (id, entry) in entries.Where(e => e.Value.Now.IsRunning).ToList())
            {
                entry.Clock.Tick();
                if (entry.Clock.From < entry.Now.From)
                {
                    Replace(id, entry, entry.Now with { From = entry.Clock.From });
                }
            }

            return [.. entries.Values.Where(e => e.Now.IsRunning && e.Clock.IsOver(e.Now)).Select(e => e.Now)];
        }
    }

    /// <summary>How long ago its end was noticed; null while it runs.</summary>
    internal TimeSpan? SinceEnd(Guid id)
    {
        lock (gate)
        {
            return entries.TryGetValue(id, out var entry) ? entry.Clock.SinceEnd : null;
        }
    }

    /// <summary>What an earlier run left on the disk.</summary>
    internal void Recall()
    {
        lock (gate)
        {
            foreach (var recording in spool.Read().Where(r => !entries.ContainsKey(r.Id)))
            {
                entries[recording.Id] = Recalled(recording);
            }
        }
    }

    /// <summary>What other servers, or an earlier run with another disk, have begun or ended.</summary>
    internal async Task MergeAsync(CancellationToken cancel)
    {
        while (true)
        {
            var before = Interlocked.Read(ref filings);
            var rows = (await table.UnfinishedAsync(cancel)).ToDictionary(r => r.Id);
            if (TryMerge(rows, before) is { } touched)
            {
                touched.ForEach(Changed.Send);
                return;
            }
        }
    }

    /// <summary>Null when the rows were read while the table was being told something newer.</summary>
    private List<int>? TryMerge(Dictionary<Guid, Recording> rows, long before)
    {
        var touched = new HashSet<int>();
        lock (gate)
        {
            if (filings != before)
            {
                return null;
            }

            foreach (var row in rows.Values.Where(r => !entries.TryGetValue(r.Id, out var known) || known.Now.Revision < r.Revision))
            {
                entries[row.Id] = Recalled(row);
                entries[row.Id].Filed = before;
                touched.Add(row.CameraId);
            }

            foreach (var (id, entry) in entries.Where(e => e.Value.Filed is { } at && at <= before && !rows.ContainsKey(e.Key)).ToList())
            {
                entries.Remove(id);
                touched.Add(entry.Now.CameraId);
            }
        }

        return [.. touched];
    }

    /// <summary>Tells the table what it does not know. Returns what the table refuses, which is forgotten.</summary>
    internal async Task<IReadOnlyCollection<Guid>> FileAsync(CancellationToken cancel)
    {
        await filing.WaitAsync(cancel);
        try
        {
            List<Recording> waiting;
            lock (gate)
            {
                waiting = [.. entries.Values.Where(e => e.Filed is null).Select(e => e.Now)];
            }

            if (waiting.Count == 0)
            {
                return [];
            }

            var refused = await table.FileAsync(waiting, cancel);
            lock (gate)
            {
                var number = ++filings;
                foreach (var recording in waiting.Where(r => entries.TryGetValue(r.Id, out var entry) && ReferenceEquals(entry.Now, r)))
                {
                    if (recording.Status == RecordingStatus.Recording && !refused.Contains(recording.Id))
                    {
                        entries[recording.Id].Filed = number;
                    }
                    else
                    {
                        entries.Remove(recording.Id);
                    }
                }

                Spool();
            }

            return refused;
        }
        finally
        {
            filing.Release();
        }
    }

    /// <summary>Its camera was removed.</summary>
    internal void Forget(Guid id)
    {
        lock (gate)
        {
            entries.Remove(id);
            Spool();
        }
    }

    internal static string DefaultName(Camera camera, DateTimeOffset at, TimeZoneInfo zone)
    {
        return $"{StoredText.Cut(camera.Name, 239)}_{TimeZoneInfo.ConvertTime(at, zone).ToString("yyyyMMdd_HHmmss", CultureInfo.InvariantCulture)}";
    }

    private Recording? Remembered(Guid id)
    {
        lock (gate)
        {
            return entries.GetValueOrDefault(id)?.Now;
        }
    }

    private Recording? Change(Guid id, Func<Entry, Recording?> change)
    {
        Recording? changed;
        lock (gate)
        {
            if (!entries.TryGetValue(id, out var entry) || (changed = change(entry)) is null)
            {
                return null;
            }

            changed = Replace(id, entry, changed);
        }

        Changed.Send(changed.CameraId);
        return changed;
    }

    private Recording Replace(Guid id, Entry entry, Recording changed)
    {
        entry.Now = changed with { Revision = entry.Now.Revision + 1, UpdatedAt = time.GetUtcNow() };
        entry.Filed = null;
        if (!entry.Now.IsRunning)
        {
            entry.Clock.NoteEnd();
        }

        entries[id] = entry;
        Spool();
        return entry.Now;
    }

    private Entry Recalled(Recording recording)
    {
        var entry = new Entry(recording, new RecordingClock(time, recording.From));
        if (!recording.IsRunning)
        {
            entry.Clock.NoteEnd();
        }

        return entry;
    }

    private static Recording End(Entry entry, DateTimeOffset? at)
    {
        var end = at ?? entry.Clock.End();
        var from = entry.Clock.From < entry.Now.From ? entry.Clock.From : entry.Now.From;
        return entry.Now with { From = from, EndedAt = end > from ? end : from };
    }

    private void Keep(Entry entry)
    {
        entries[entry.Now.Id] = entry;
        Spool();
    }

    private void Spool() => spool.Write([.. entries.Values.Select(e => e.Now)]);

    private sealed class Entry(Recording now, RecordingClock clock)
    {
        public Recording Now { get; set; } = now;

        public RecordingClock Clock => clock;

        /// <summary>The number of the filing that told the table; null when it does not know.</summary>
        public long? Filed { get; set; }
    }
}
