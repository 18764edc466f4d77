using System.Collections.Immutable;
using Vigil.Server.Accounts;

namespace Vigil.Server.Recordings.Schedules;

/// <summary>
/// The front door of schedules: all of them and the zones of their households, in memory, so that recording goes on while the database is
/// away. Every change made here is in force when it returns; one made elsewhere (another server, the household's zone) within seconds.
/// </summary>
public sealed class ScheduleDirectory(ScheduleTable table, HouseholdMembers households, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim writing = new(1);
    private readonly TaskCompletionSource loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Known known = new([], ImmutableDictionary<long, TimeZoneInfo>.Empty);

    /// <summary>Completes when the table has been read for the first time.</summary>
    public Task Loaded => loaded.Task;

    /// <summary>Of all households, oldest first: for loops, never for an answer to a person.</summary>
    public IReadOnlyList<RecordingSchedule> All => known.Schedules;

    public IEnumerable<RecordingSchedule> Of(long householdId) => All.Where(s => s.HouseholdId == householdId);

    public RecordingSchedule? Find(long householdId, Guid id) => Of(householdId).FirstOrDefault(s => s.Id == id);

    /// <summary>The clock that a household's schedules are meant in.</summary>
    public TimeZoneInfo ZoneOf(long householdId) => known.Zones.GetValueOrDefault(householdId, TimeZoneInfo.Utc);

    /// <summary>Null when the camera is not one of the household.</summary>
    public async Task<RecordingSchedule?> AddAsync(RecordingSchedule schedule, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var added = schedule with { Id = Guid.CreateVersion7(now), CreatedAt = now, UpdatedAt = now };
        return await WriteAsync(async () => await table.AddAsync(added, cancel) ? added : null, cancel);
    }

    public Task<RecordingSchedule?> ChangeAsync(
        long householdId, Guid id, Func<RecordingSchedule, RecordingSchedule> change, CancellationToken cancel) =>
        WriteAsync(() => table.ChangeAsync(householdId, id, s => change(s) with { UpdatedAt = time.GetUtcNow() }, cancel), cancel);

    public Task<bool> RemoveAsync(long householdId, Guid id, CancellationToken cancel) =>
        WriteAsync(() => table.RemoveAsync(householdId, id, cancel), cancel);

    public Task ReloadAsync(CancellationToken cancel) => WriteAsync(() => Task.FromResult(true), cancel);

    public void Dispose() => writing.Dispose();

    private async Task<T> WriteAsync<T>(Func<Task<T>> write, CancellationToken cancel)
    {
        await writing.WaitAsync(cancel);
        try
        {
            var written = await write();
            var schedules = await table.AllAsync(cancel);
            var zones = await households.AllHouseholdsAsync(cancel);
            known = new Known([.. schedules], zones.ToImmutableDictionary(h => h.Id, h => TimeZones.Find(h.TimeZone)));
            loaded.TrySetResult();
            return written;
        }
        finally
        {
            writing.Release();
        }
    }

    private sealed record Known(ImmutableArray<RecordingSchedule> Schedules, ImmutableDictionary<long, TimeZoneInfo> Zones);
}
