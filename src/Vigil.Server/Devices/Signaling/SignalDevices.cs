using Dapper;
using Npgsql;

namespace Vigil.Server.Devices.Signaling;

/// <summary>The table of signalling devices: registration, ownership and secrets.</summary>
public sealed class SignalDevices(NpgsqlDataSource database, SignalSecrets secrets, TimeProvider time)
{
    /// <summary>What nobody has paired is forgotten this long after it last registered.</summary>
    public static readonly TimeSpan UnownedLifetime = TimeSpan.FromHours(24);

    /// <summary>More devices without an owner than this are somebody filling the table.</summary>
    public const int MostUnowned = 10_000;

    /// <summary>Other servers on the same database hear of changes through this channel; the payload is the row's id.</summary>
    internal const string Bell = "vigil_signal_devices";

    private const string Columns =
        "id, device_id, device_name, device_type, secret_hash, secret_required, household_id, owner_id, camera_id, registered_at, paired_at, last_seen_at";

    /// <summary>By the name it gives itself, whoever owns it: for the device's own requests and for doors that look at the owner next.</summary>
    public async Task<SignalDevice?> FindAsync(string deviceId, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.QuerySingleOrDefaultAsync<SignalDevice>(
            $"select {Columns} from signal_device where device_id = @deviceId", new { deviceId });
    }

    public async Task<SignalDevice?> FindOfAsync(long householdId, long id, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.QuerySingleOrDefaultAsync<SignalDevice>(
            $"select {Columns} from signal_device where household_id = @householdId and id = @id", new { householdId, id });
    }

    public async Task<IReadOnlyList<SignalDevice>> ListAsync(long householdId, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return [.. await connection.QueryAsync<SignalDevice>(
            $"select {Columns} from signal_device where household_id = @householdId order by id", new { householdId })];
    }

    /// <summary>These rows as they are now, whoever owns them: for the sockets that are open.</summary>
    internal async Task<IReadOnlyList<SignalDevice>> ReadAsync(IReadOnlyCollection<long> ids, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return [.. await connection.QueryAsync<SignalDevice>($"select {Columns} from signal_device where id = any(@ids)", new { ids = ids.ToArray() })];
    }

    /// <summary>A new row, or the clock of an unowned one set back. A row that has an owner does not change.</summary>
    public async Task<Registered> RegisterAsync(string deviceId, string? name, string type, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var now = time.GetUtcNow();
        var known = await connection.ExecuteScalarAsync<long?>(
            """
            update signal_device set registered_at = case when camera_id is null then @now else registered_at end
            where device_id = @deviceId returning id
            """,
            new { deviceId, now });
        if (known is not null)
        {
            return Registered.Already;
        }

        var added = await connection.ExecuteAsync(
            """
            insert into signal_device (device_id, device_name, device_type, registered_at)
            select @deviceId, @name, @type, @now
            where (select count(*) from signal_device where camera_id is null) < @most
            on conflict (device_id) do nothing
            """,
            new { deviceId, name, type, now, most = MostUnowned });
        await connection.CloseAsync(); // Nobody asks for a second one while holding one: all who do could wait for each other.
        return added > 0 ? Registered.New : await FindAsync(deviceId, cancel) is null ? Registered.TooMany : Registered.Already;
    }

    /// <summary>The first secret a device comes with is its secret from then on. False when another was faster.</summary>
    public async Task<bool> TrustAsync(long id, string secret, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.ExecuteAsync(
            "update signal_device set secret_hash = @hash where id = @id and secret_hash is null and camera_id is null",
            new { id, hash = secrets.HashOfSecret(secret) }) > 0;
    }

    /// <summary>A new secret, shown only here; the old one opens nothing any more.</summary>
    public async Task<string?> RotateAsync(long householdId, long id, CancellationToken cancel)
    {
        var secret = SignalSecrets.Create();
        return await ChangeAsync("secret_hash = @hash", new { householdId, id, hash = secrets.HashOfSecret(secret) }, cancel) ? secret : null;
    }

    public Task<bool> RequireSecretAsync(long householdId, long id, bool required, CancellationToken cancel) =>
        ChangeAsync("secret_required = @required", new { householdId, id, required }, cancel);

    public Task<bool> RenameAsync(long householdId, long id, string name, CancellationToken cancel) =>
        ChangeAsync("device_name = @name", new { householdId, id, name }, cancel);

    /// <summary>Nobody's again; the camera that it was is the caller's to remove.</summary>
    public Task<bool> DetachAsync(long householdId, long id, CancellationToken cancel) => ChangeAsync(
        "household_id = null, owner_id = null, camera_id = null, paired_at = null, registered_at = @now",
        new { householdId, id, now = time.GetUtcNow() }, cancel);

    /// <summary>Gives it to a household, as this camera and with its name, if one was given. False when it has gone, or somebody else has it by now.</summary>
    public async Task<bool> AttachAsync(long id, long? from, long householdId, long ownerId, int cameraId, string? name, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var done = await connection.ExecuteAsync(
            """
            update signal_device set household_id = @householdId, owner_id = @ownerId, camera_id = @cameraId, paired_at = @now,
              device_name = coalesce(@name, device_name)
            where id = @id and household_id is not distinct from @from
            """,
            new { id, from, householdId, ownerId, cameraId, name, now = time.GetUtcNow() });
        await RingAsync(connection, id);
        return done > 0;
    }

    internal async Task WriteSeenAsync(IReadOnlyCollection<(long Id, DateTimeOffset At)> seen, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(
            """
            update signal_device d set last_seen_at = greatest(d.last_seen_at, s.at)
            from unnest(@ids, @ats) as s (id, at) where d.id = s.id
            """,
            new { ids = seen.Select(s => s.Id).ToArray(), ats = seen.Select(s => s.At.UtcDateTime).ToArray() });
    }

    /// <summary>Forgets what nobody paired within a day; their ids.</summary>
    internal async Task<IReadOnlyList<long>> ForgetUnownedAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return [.. await connection.QueryAsync<long>(
            "delete from signal_device where camera_id is null and registered_at < @before returning id", new { before = time.GetUtcNow() - UnownedLifetime })];
    }

    private async Task<bool> ChangeAsync(string what, object values, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var changed = await connection.ExecuteScalarAsync<long?>(
            $"update signal_device set {what} where household_id = @householdId and id = @id returning id", values);
        if (changed is { } id)
        {
            await RingAsync(connection, id);
        }

        return changed is not null;
    }

    private static Task RingAsync(NpgsqlConnection connection, long id) => connection.ExecuteAsync($"notify {Bell}, '{id}'");
}

public enum Registered
{
    New,
    Already,

    /// <summary>Too many devices without an owner.</summary>
    TooMany,
}
