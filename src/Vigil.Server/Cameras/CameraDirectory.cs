using System.Collections.Immutable;
using Npgsql;
using Vigil.Server.Hosting;

namespace Vigil.Server.Cameras;

/// <summary>
/// The front door of this feature: every camera, in memory, so that live view and alarms go on while the database is away.
/// Complete once <see cref="Loaded"/>; kept current by every change made here and by the bell of other servers.
/// </summary>
public sealed class CameraDirectory(CameraRegistry registry, CameraSecrets secrets) : IDisposable
{
    private readonly TaskCompletionSource loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim writing = new(1);
    private ImmutableSortedDictionary<int, Camera> cameras = ImmutableSortedDictionary<int, Camera>.Empty;

    /// <summary>Completes when the registry has been read for the first time.</summary>
    public Task Loaded => loaded.Task;

    /// <summary>Rings with the household whose list of cameras, or one camera's settings, changed. The truth is here, not in the ring.</summary>
    public Broadcast<long> Changed { get; } = new();

    /// <summary>Of all households: for loops, never for an answer to a person.</summary>
    public IEnumerable<Camera> All => Volatile.Read(ref cameras).Values;

    public Camera? Find(int id) => Volatile.Read(ref cameras).GetValueOrDefault(id);

    public Camera? Find(Guid uid) => All.FirstOrDefault(camera => camera.Uid == uid);

    public IEnumerable<Camera> Of(long householdId) => All.Where(c => c.HouseholdId == householdId);

    public async Task<Camera> AddAsync(Camera camera, CancellationToken cancel)
    {
        await writing.WaitAsync(cancel);
        try
        {
            var added = await registry.AddAsync(camera, cancel);
            Volatile.Write(ref cameras, cameras.SetItem(added.Id, added));
            await AnnounceAsync(added.HouseholdId, cancel);
            return added;
        }
        finally
        {
            writing.Release();
        }
    }

    public async Task<Camera?> ChangeAsync(long householdId, int id, Func<Camera, Camera> change, CancellationToken cancel)
    {
        await writing.WaitAsync(cancel);
        try
        {
            if (await registry.ChangeAsync(householdId, id, change, cancel) is not { } changed)
            {
                return null;
            }

            Volatile.Write(ref cameras, cameras.SetItem(id, changed));
            await AnnounceAsync(householdId, cancel);
            return changed;
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>Somebody publishes the camera: from the first time on it is missed when nobody does.</summary>
    public async Task PublishedAsync(Camera camera, DateTimeOffset now, CancellationToken cancel)
    {
        try
        {
            if (camera.IsAwaited)
            {
                await ChangeAsync(camera.HouseholdId, camera.Id, c => c with { PublishedAt = c.PublishedAt ?? now }, cancel);
            }
        }
        catch (NpgsqlException)
        {
            // The picture comes first; the next time will do.
        }
    }

    public async Task<bool> RemoveAsync(long householdId, int id, CancellationToken cancel)
    {
        await writing.WaitAsync(cancel);
        try
        {
            if (!await registry.RemoveAsync(householdId, id, cancel))
            {
                return false;
            }

            Volatile.Write(ref cameras, cameras.Remove(id));
            await AnnounceAsync(householdId, cancel);
            return true;
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>Reads the registry anew; rings for the households where something is different.</summary>
    public async Task ReloadAsync(CancellationToken cancel)
    {
        await writing.WaitAsync(cancel);
        try
        {
            var before = cameras;
            var fresh = (await ReadAsync(cancel)).ToImmutableSortedDictionary(c => c.Id, c => c);
            Volatile.Write(ref cameras, fresh);
            loaded.TrySetResult();
            var touched = before.Values.Except(fresh.Values).Concat(fresh.Values.Except(before.Values)).Select(c => c.HouseholdId).Distinct();
            foreach (var household in touched)
            {
                Changed.Send(household);
            }
        }
        finally
        {
            writing.Release();
        }
    }

    public void Dispose() => writing.Dispose();

    /// <summary>All rows; those of an older Vigil with a secret in an address are mended first.</summary>
    private async Task<IReadOnlyList<Camera>> ReadAsync(CancellationToken cancel)
    {
        var rows = await registry.AllAsync(cancel);
        var loose = rows.Where(CameraSecrets.IsLoose).ToList();
        foreach (var camera in loose)
        {
            await registry.ChangeAsync(camera.HouseholdId, camera.Id, secrets.Tighten, cancel);
        }

        return loose.Count == 0 ? rows : await registry.AllAsync(cancel);
    }

    private async Task AnnounceAsync(long householdId, CancellationToken cancel)
    {
        Changed.Send(householdId);
        await registry.RingAsync(cancel);
    }
}
