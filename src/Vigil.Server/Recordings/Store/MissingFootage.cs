using Dapper;
using Npgsql;
using Vigil.Media.Recording;

namespace Vigil.Server.Recordings.Store;

/// <summary>A piece of footage that is kept aside, because its file is not on the disk.</summary>
public sealed record MissingSegment
{
    public string Path { get; init; } = "";

    public int CameraId { get; init; }

    public long Bytes { get; init; }
}

/// <summary>The tables of what should be on the disk and is not, and of the store's own id.</summary>
public sealed class MissingFootage(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>Over all households, for the comparison with the disk.</summary>
    public async Task<IReadOnlyList<MissingSegment>> AllAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return [.. await connection.QueryAsync<MissingSegment>(new CommandDefinition("select path, camera_id, bytes from missing_segment", cancellationToken: cancel))];
    }

    /// <summary>Bytes by camera.</summary>
    public async Task<IReadOnlyDictionary<int, long>> TotalsAsync(long householdId, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<(int Camera, long Bytes)>(new CommandDefinition(
            "select camera_id, sum(bytes)::bigint from missing_segment where household_id = @householdId group by camera_id",
            new { householdId }, cancellationToken: cancel));
        return rows.ToDictionary(r => r.Camera, r => r.Bytes);
    }

    /// <summary>Takes them from the index, and keeps them aside.</summary>
    public async Task KeepAsideAsync(IReadOnlyCollection<SegmentRecord> segments, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            with gone as (delete from segment where path = any(@paths) returning path, household_id, camera_id, started_at, ended_at, bytes)
            insert into missing_segment (path, household_id, camera_id, started_at, ended_at, bytes, noticed_at)
            select path, household_id, camera_id, started_at, ended_at, bytes, @now from gone
            on conflict (path) do nothing
            """,
            new { paths = segments.Select(s => s.Path).ToArray(), now = time.GetUtcNow() }, cancellationToken: cancel));
    }

    /// <summary>Those that are on the disk again.</summary>
    public async Task FoundAsync(IReadOnlyCollection<string> paths, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(new CommandDefinition(
            "delete from missing_segment where path = any(@paths)", new { paths = paths.ToArray() }, cancellationToken: cancel));
    }

    /// <summary>Somebody says that they are gone for good.</summary>
    public async Task ForgetAsync(long householdId, int cameraId, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(new CommandDefinition(
            "delete from missing_segment where household_id = @householdId and camera_id = @cameraId",
            new { householdId, cameraId }, cancellationToken: cancel));
    }

    /// <summary>Null: no store was seen yet.</summary>
    public async Task<Guid?> StoreAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.QuerySingleOrDefaultAsync<Guid?>(new CommandDefinition("select id from footage_store", cancellationToken: cancel));
    }

    public async Task PutStoreAsync(Guid id, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(new CommandDefinition(
            "insert into footage_store (id) values (@id) on conflict (single) do update set id = excluded.id", new { id }, cancellationToken: cancel));
    }
}
