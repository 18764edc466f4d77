using Dapper;
using Npgsql;

namespace Vigil.Server.Devices;

/// <summary>Codes that make a phone a camera of a room, each good once. One per camera: a newer code voids the older.</summary>
public sealed class DevicePairings(NpgsqlDataSource database, DeviceKeys keys, TimeProvider time)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    /// <summary>A new code for a camera of the household; the caller has checked that it is.</summary>
    public async Task<NewPairing> CreateAsync(long householdId, int cameraId, long createdBy, CancellationToken cancel)
    {
        var code = PairingCode.Create();
        var now = time.GetUtcNow();
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(
            """
            insert into device_pairing (camera_id, household_id, code_hash, created_by, created_at, expires_at)
            values (@cameraId, @householdId, @hash, @createdBy, @now, @expires)
            on conflict (camera_id) do update
            set code_hash = excluded.code_hash, created_by = excluded.created_by, created_at = excluded.created_at, expires_at = excluded.expires_at
            """,
            new { cameraId, householdId, hash = PairingCode.Hash(code), createdBy, now, expires = now + Lifetime });
        return new NewPairing(code, now + Lifetime);
    }

    /// <summary>Turns a code into a key for publishing. Of many who try the same code at once, one gets it.</summary>
    public async Task<Paired?> UseAsync(string? typed, string deviceName, CancellationToken cancel)
    {
        if (PairingCode.Hash(typed) is not { } hash)
        {
            return null;
        }

        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var used = await connection.QuerySingleOrDefaultAsync<Used>(
            "delete from device_pairing where code_hash = @hash and expires_at > @now returning camera_id, household_id, created_by",
            new { hash, now = time.GetUtcNow() },
            transaction);
        if (used is null
            || await keys.CreateAsync(connection, transaction, used.HouseholdId, used.CameraId, deviceName, [DeviceScope.Publish], used.CreatedBy) is not { } key)
        {
            return null;
        }

        await transaction.CommitAsync(cancel);
        await connection.CloseAsync(); // Nobody asks for a second one while holding one: all who do could wait for each other.
        await keys.AnnounceAsync(cancel);
        return new Paired(used.HouseholdId, used.CameraId, key);
    }

    private sealed class Used
    {
        public int CameraId { get; init; }
        public long HouseholdId { get; init; }
        public long? CreatedBy { get; init; }
    }
}

/// <summary>A code just made; it is shown only here.</summary>
public sealed record NewPairing(string Code, DateTimeOffset ExpiresAt)
{
    public override string ToString() => "a pairing code";
}

/// <summary>What a code was exchanged for.</summary>
public sealed record Paired(long HouseholdId, int CameraId, NewDeviceKey Key);
