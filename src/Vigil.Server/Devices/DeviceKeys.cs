using System.Collections.Concurrent;
using System.Collections.Immutable;
using Dapper;
using Npgsql;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Devices;

/// <summary>
/// The front door of this feature: every key that is good, in memory, so that a room phone comes back while the database is away.
/// Kept current by every change made here and by the bell of other servers; a key that goes ends its open sessions at once.
/// </summary>
public sealed class DeviceKeys(NpgsqlDataSource database, DatabaseState state, TimeProvider time) : IDisposable
{
    /// <summary>Other servers on the same database hear of changes through this channel.</summary>
    internal const string Bell = "vigil_devices";

    /// <summary>A room has had so many phones that somebody should look at the list.</summary>
    public const int MostPerCamera = 50;

    private const string Columns = "id, household_id, camera_id, prefix, secret_hash, scopes, name, created_at, last_seen_at";

    private readonly SemaphoreSlim reading = new(1);
    private readonly ConcurrentDictionary<DeviceLease, byte> leases = new();
    private readonly ConcurrentDictionary<long, DateTimeOffset> seen = new();
    private ImmutableDictionary<string, DeviceKey> byPrefix = ImmutableDictionary<string, DeviceKey>.Empty;

    /// <summary>Rings with the camera whose devices have changed, come or gone. The truth is here, not in the ring.</summary>
    public Broadcast<int> Changed { get; } = new();

    public IEnumerable<DeviceKey> Of(long householdId) => Volatile.Read(ref byPrefix).Values.Where(key => key.HouseholdId == householdId);

    public IEnumerable<DeviceKey> OfCamera(int cameraId) => Volatile.Read(ref byPrefix).Values.Where(key => key.CameraId == cameraId);

    /// <summary>Not revoked, as far as this server knows.</summary>
    public bool IsGood(long keyId) => Volatile.Read(ref byPrefix).Values.Any(key => key.Id == keyId);

    /// <summary>The device is connected to this server now.</summary>
    public bool IsOnline(long keyId) => leases.Keys.Any(lease => lease.KeyId == keyId && !lease.IsWaiting);

    /// <summary>Its page is open, and nobody has let it send yet.</summary>
    public bool IsWaiting(long keyId) => !IsOnline(keyId) && leases.Keys.Any(lease => lease.KeyId == keyId);

    public DateTimeOffset? LastSeenOf(DeviceKey key) => seen.TryGetValue(key.Id, out var at) ? at : key.LastSeenAt;

    /// <summary>Whose key this is, or null when it is none, or revoked.</summary>
    /// <exception cref="DatabaseAwayException">The key is not known here, and nobody can say now whether it is good.</exception>
    public async Task<CurrentDevice?> FindAsync(string? text, CancellationToken cancel)
    {
        if (!DeviceKeyText.TryParse(text, out var prefix, out var secret))
        {
            return null;
        }

        if (!Volatile.Read(ref byPrefix).TryGetValue(prefix, out var key))
        {
            // Made by another server a moment ago, or before the first reading here.
            key = await ReadAsync(prefix, cancel);
        }

        if (key is null || !DeviceKeyText.Matches(secret, key.SecretHash))
        {
            return null;
        }

        seen[key.Id] = time.GetUtcNow();
        return new CurrentDevice { KeyId = key.Id, HouseholdId = key.HouseholdId, CameraId = key.CameraId, Name = key.Name, Scopes = key.Allowed };
    }

    /// <summary>Makes a key; null when the camera has too many. The caller has checked that the camera is the household's.</summary>
    public async Task<NewDeviceKey?> CreateAsync(
        long householdId, int cameraId, string name, IReadOnlyCollection<DeviceScope> scopes, long? createdBy, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var made = await CreateAsync(connection, null, householdId, cameraId, name, scopes, createdBy);
        await connection.CloseAsync(); // Nobody asks for a second one while holding one: all who do could wait for each other.
        if (made is not null)
        {
            await AnnounceAsync(cancel);
        }

        return made;
    }

    /// <summary>False when the household has no such key. The device's sessions end before this returns.</summary>
    public async Task<bool> RevokeAsync(long householdId, long id, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var revoked = await connection.ExecuteAsync(
            "update device_key set revoked_at = @now where household_id = @householdId and id = @id and revoked_at is null",
            new { householdId, id, now = time.GetUtcNow() });
        await connection.CloseAsync(); // Nobody asks for a second one while holding one: all who do could wait for each other.
        if (revoked > 0)
        {
            await AnnounceAsync(cancel);
        }

        return revoked > 0;
    }

    /// <summary>What the household calls the device from now on. False when it has no such key.</summary>
    public async Task<bool> RenameAsync(long householdId, long id, string name, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var renamed = await connection.ExecuteAsync(
            "update device_key set name = @name where household_id = @householdId and id = @id and revoked_at is null", new { householdId, id, name });
        await connection.CloseAsync(); // Nobody asks for a second one while holding one: all who do could wait for each other.
        if (renamed > 0)
        {
            await AnnounceAsync(cancel);
        }

        return renamed > 0;
    }

    /// <summary>Watch until the lease is disposed. <see cref="DeviceLease.Ended"/> is cancelled when the key is revoked or its camera removed.</summary>
    public DeviceLease Watch(CurrentDevice device, bool isWaiting = false)
    {
        var lease = new DeviceLease(this, device.KeyId, device.CameraId, isWaiting);
        leases[lease] = 0;
        if (!IsGood(device.KeyId))
        {
            lease.End(); // Revoked since it was asked.
        }

        Changed.Send(device.CameraId);
        return lease;
    }

    /// <summary>Tells this and the other servers that keys have changed (or a camera with keys has gone).</summary>
    public async Task AnnounceAsync(CancellationToken cancel)
    {
        await ReloadAsync(cancel);
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync($"notify {Bell}");
    }

    internal async Task<NewDeviceKey?> CreateAsync(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, long householdId, int cameraId, string name,
        IReadOnlyCollection<DeviceScope> scopes, long? createdBy)
    {
        var (prefix, secret) = DeviceKeyText.Create();
        var id = await connection.ExecuteScalarAsync<long?>(
            """
            insert into device_key (household_id, camera_id, prefix, secret_hash, scopes, name, created_by, created_at)
            select @householdId, @cameraId, @prefix, @hash, @words, @name, @createdBy, @now
            where (select count(*) from device_key where household_id = @householdId and camera_id = @cameraId and revoked_at is null) < @most
            returning id
            """,
            new
            {
                householdId,
                cameraId,
                prefix,
                hash = DeviceKeyText.Hash(secret),
                words = scopes.Distinct().Select(scope => scope.ToString().ToLowerInvariant()).ToArray(),
                name,
                createdBy,
                now = time.GetUtcNow(),
                most = MostPerCamera,
            },
            transaction);
        return id is { } made ? new NewDeviceKey(made, $"{prefix}.{secret}") : null;
    }

    /// <summary>Reads all keys anew; ends the sessions of those that have gone.</summary>
    internal async Task ReloadAsync(CancellationToken cancel)
    {
        await reading.WaitAsync(cancel);
        try
        {
            await using var connection = await database.OpenConnectionAsync(cancel);
            var rows = await connection.QueryAsync<DeviceKey>($"select {Columns} from device_key where revoked_at is null");
            var before = byPrefix;
            var fresh = rows.ToImmutableDictionary(key => key.Prefix);
            Volatile.Write(ref byPrefix, fresh);
            var good = fresh.Values.Select(key => key.Id).ToHashSet();
            foreach (var lease in leases.Keys.Where(lease => !good.Contains(lease.KeyId)))
            {
                lease.End();
            }

            foreach (var gone in seen.Keys.Where(id => !good.Contains(id)))
            {
                seen.TryRemove(gone, out _);
            }

            var touched = before.Values.Where(key => !fresh.ContainsKey(key.Prefix)).Concat(fresh.Values.Where(key => before.GetValueOrDefault(key.Prefix)?.Name != key.Name));
            foreach (var camera in touched.Select(key => key.CameraId).Distinct())
            {
                Changed.Send(camera);
            }
        }
        finally
        {
            reading.Release();
        }
    }

    /// <summary>Writes down when devices were last here; those connected are here now.</summary>
    internal async Task WriteSeenAsync(CancellationToken cancel)
    {
        foreach (var lease in leases.Keys)
        {
            seen[lease.KeyId] = time.GetUtcNow();
        }

        var news = seen.ToArray();
        if (news.Length > 0)
        {
            await using var connection = await database.OpenConnectionAsync(cancel);
            await connection.ExecuteAsync(
                """
                update device_key k set last_seen_at = n.at
                from unnest(@ids, @times) as n(id, at) where k.id = n.id and (k.last_seen_at is null or k.last_seen_at < n.at)
                """,
                new { ids = news.Select(n => n.Key).ToArray(), times = news.Select(n => n.Value.UtcDateTime).ToArray() });
        }
    }

    internal void Remove(DeviceLease lease)
    {
        if (leases.TryRemove(lease, out _))
        {
            seen[lease.KeyId] = time.GetUtcNow();
            Changed.Send(lease.CameraId);
        }
    }

    public void Dispose() => reading.Dispose();

    private async Task<DeviceKey?> ReadAsync(string prefix, CancellationToken cancel)
    {
        if (!state.IsAvailable)
        {
            throw new DatabaseAwayException();
        }

        bool known;
        await using (var connection = await database.OpenConnectionAsync(cancel))
        {
            known = await connection.ExecuteScalarAsync<bool>(
                "select exists (select 1 from device_key where prefix = @prefix and revoked_at is null)", new { prefix });
        }

        if (known)
        {
            await ReloadAsync(cancel);
        }

        return Volatile.Read(ref byPrefix).GetValueOrDefault(prefix);
    }
}
