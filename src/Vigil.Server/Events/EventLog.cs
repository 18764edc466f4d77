using System.Collections.Concurrent;
using Npgsql;
using Vigil.Server.Hosting;

namespace Vigil.Server.Events;

/// <summary>
/// The front door of this feature. What is observed stands here at once, is told to open pages at once, and is filed by
/// <see cref="EventFiler"/> as soon as there is a database; <see cref="Observe"/> neither waits nor fails.
/// </summary>
public sealed class EventLog(EventTable table) : IDisposable
{
    /// <summary>Events kept in memory, so that a fresh alert can be opened and its clip played while the database is away.</summary>
    private const int MostRecent = 1024;

    private readonly Lock gate = new();
    private readonly Dictionary<(int? Camera, EventKind Kind, long Household), EventMerger> mergers = [];
    private readonly Dictionary<Guid, CameraEvent> recent = [];
    private readonly Queue<Guid> order = new();
    private readonly ConcurrentDictionary<Guid, CameraEvent> unfiled = new();
    private readonly ConcurrentDictionary<Guid, bool> notInTable = new();
    private readonly SemaphoreSlim work = new(0, 1);
    private readonly TaskCompletionSource spoolFiled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when what an earlier run left in the spool stands in the table.</summary>
    public Task SpoolFiled => spoolFiled.Task;

    /// <summary>Every new or changed event. The truth is here and in the table, not in the ring.</summary>
    public Broadcast<CameraEvent> Changed { get; } = new();

    /// <summary>Takes note of <paramref name="seen"/> and returns the event it belongs to, as it stands now.</summary>
    public CameraEvent Observe(Observation seen)
    {
        lock (gate)
        {
            var key = (seen.CameraId, seen.Kind, seen.HouseholdId);
            if (!mergers.TryGetValue(key, out var merger))
            {
                mergers[key] = merger = new EventMerger();
            }

            return Keep(merger.Offer(seen));
        }
    }

    /// <summary>A change beside the observations: its clip can be played, the camera is back.</summary>
    public CameraEvent? Amend(Guid id, Func<CameraEvent, CameraEvent> change)
    {
        lock (gate)
        {
            if (!recent.TryGetValue(id, out var known))
            {
                return null;
            }

            var changed = change(known) with { Revision = known.Revision + 1 };
            if (mergers.TryGetValue((known.CameraId, known.Kind, known.HouseholdId), out var merger))
            {
                merger.Amend(current => current.Id == id ? changed : current);
            }

            return Keep(changed);
        }
    }

    /// <summary>Takes an event from the table into memory, to be amended later.</summary>
    public void Recall(CameraEvent e)
    {
        lock (gate)
        {
            Remember(e);
        }
    }

    /// <summary>The events of this run, and those recalled.</summary>
    public IReadOnlyCollection<Guid> RecentIds
    {
        get
        {
            lock (gate)
            {
                return [.. recent.Keys];
            }
        }
    }

    /// <summary>Those of them that have footage.</summary>
    public IReadOnlyList<CameraEvent> RecentClips
    {
        get
        {
            lock (gate)
            {
                return [.. recent.Values.Where(e => e.ClipFrom is not null)];
            }
        }
    }

    /// <summary>From memory only.</summary>
    public CameraEvent? FindRecent(long householdId, Guid id)
    {
        lock (gate)
        {
            return recent.TryGetValue(id, out var e) && e.HouseholdId == householdId ? e : null;
        }
    }

    /// <summary>The newest state, whether filed or not; null when the household has no such event.</summary>
    public async Task<CameraEvent?> FindAsync(long householdId, Guid id, CancellationToken cancel)
    {
        try
        {
            // Memory may know what the table has forgotten (its camera was removed): then it is gone.
            var waits = notInTable.ContainsKey(id);
            var filed = await table.FindAsync(householdId, id, cancel);
            return filed is null && !waits ? null : Newer(filed, FindRecent(householdId, id));
        }
        catch (NpgsqlException) when (FindRecent(householdId, id) is not null)
        {
            return FindRecent(householdId, id);
        }
    }

    /// <summary>Newest first; while the database is away, what memory holds.</summary>
    public async Task<IReadOnlyList<CameraEvent>> ListAsync(
        long householdId, IReadOnlyCollection<int>? cameras, EventKind? kind, bool unanswered, Guid? before, int limit, CancellationToken cancel)
    {
        IReadOnlyList<CameraEvent> filed;
        var away = false;
        try
        {
            filed = await table.ListAsync(householdId, cameras, kind, unanswered, before, limit, cancel);
        }
        catch (NpgsqlException)
        {
            (filed, away) = ([], true);
        }

        lock (gate)
        {
            var known = filed.ToDictionary(e => e.Id);
            var oldest = filed.Count == limit ? filed[^1].Id : (Guid?)null;
            var fresh = recent.Values.Where(e => e.HouseholdId == householdId
                && (cameras is null || (e.CameraId is { } camera && cameras.Contains(camera)))
                && (kind is null || e.Kind == kind)
                && (!unanswered || e.IsUnanswered)
                && (before is null || Compare(e.Id, before.Value) < 0)
                && (away || known.ContainsKey(e.Id) || notInTable.ContainsKey(e.Id))
                && (oldest is null || Compare(e.Id, oldest.Value) >= 0));
            foreach (var e in fresh)
            {
                known[e.Id] = Newer(known.GetValueOrDefault(e.Id), e)!;
            }

            return [.. known.Values.OrderByDescending(e => e.Id, Comparer<Guid>.Create(Compare)).Take(limit)];
        }
    }

    public async Task<CameraEvent?> AcknowledgeAsync(long householdId, Guid id, long account, string name, DateTimeOffset at, CancellationToken cancel)
    {
        if (await table.AcknowledgeAsync(householdId, id, account, name, at, cancel) is not { } done)
        {
            return null;
        }

        lock (gate)
        {
            if (recent.TryGetValue(id, out var known))
            {
                recent[id] = done = Acknowledged(known, done);
                if (mergers.TryGetValue((known.CameraId, known.Kind, known.HouseholdId), out var merger))
                {
                    merger.Amend(e => e.Id == id ? Acknowledged(e, done) : e);
                }
            }
        }

        Changed.Send(done);
        return done;
    }

    /// <summary>What must still be written. Waits until there is something or the time is over.</summary>
    internal async Task<IReadOnlyList<CameraEvent>> TakeUnfiledAsync(TimeSpan atMost, CancellationToken cancel)
    {
        await work.WaitAsync(atMost, cancel);
        return TakeUnfiled();
    }

    internal IReadOnlyList<CameraEvent> TakeUnfiled() => [.. unfiled.Values.OrderBy(e => e.StartedAt)];

    internal void CaughtUp() => spoolFiled.TrySetResult();

    /// <summary>These states are in the table; newer ones stay to be filed.</summary>
    internal void Filed(IEnumerable<CameraEvent> events)
    {
        foreach (var e in events)
        {
            notInTable.TryRemove(e.Id, out _);
            unfiled.TryRemove(KeyValuePair.Create(e.Id, e));
        }
    }

    /// <summary>These states are on the disk and will be filed from there.</summary>
    internal void Spooled(IEnumerable<CameraEvent> events)
    {
        foreach (var e in events)
        {
            unfiled.TryRemove(KeyValuePair.Create(e.Id, e));
        }
    }

    /// <summary>UUIDs in the order in which PostgreSQL sorts them, which for version 7 is the order of time.</summary>
    internal static int Compare(Guid a, Guid b)
    {
        Span<byte> left = stackalloc byte[16], right = stackalloc byte[16];
        a.TryWriteBytes(left, bigEndian: true, out _);
        b.TryWriteBytes(right, bigEndian: true, out _);
        return left.SequenceCompareTo(right);
    }

    public void Dispose() => work.Dispose();

    private static CameraEvent? Newer(CameraEvent? filed, CameraEvent? memory) =>
        filed is null ? memory
        : memory is null || memory.Revision < filed.Revision ? filed
        : filed.AcknowledgedAt is null ? memory : Acknowledged(memory, filed);

    private static CameraEvent Acknowledged(CameraEvent e, CameraEvent by) =>
        e with { AcknowledgedAt = by.AcknowledgedAt, AcknowledgedBy = by.AcknowledgedBy, AcknowledgedName = by.AcknowledgedName };

    private CameraEvent Keep(CameraEvent e)
    {
        Remember(e);
        unfiled[e.Id] = e;
        if (e.Revision == 0)
        {
            notInTable[e.Id] = true;
        }

        if (work.CurrentCount == 0)
        {
            work.Release();
        }

        Changed.Send(e);
        return e;
    }

    private void Remember(CameraEvent e)
    {
        if (!recent.ContainsKey(e.Id))
        {
            order.Enqueue(e.Id);
            while (order.Count > MostRecent)
            {
                recent.Remove(order.Dequeue());
            }
        }

        recent[e.Id] = e;
    }
}
