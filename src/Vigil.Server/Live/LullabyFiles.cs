using Dapper;
using Npgsql;

namespace Vigil.Server.Live;

/// <summary>A sound that the household brought.</summary>
public sealed record LullabyFile
{
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public required double Seconds { get; init; }
}

/// <summary>The households' own sounds.</summary>
internal sealed class LullabyFiles(NpgsqlDataSource database, Lullabies lullabies, TimeProvider time)
{
    public const int MostPerHousehold = 20;

    /// <summary>Each holds its file and what ffmpeg makes of it in memory: 34 MB at most.</summary>
    private const int MostUploads = 2;

    private readonly HashSet<long> uploading = [];

    /// <summary>Takes a turn for a household; false when it uploads already, or too many do. A slow sender keeps out its own family first.</summary>
    public bool TryBeginUpload(long householdId)
    {
        lock (uploading)
        {
            return uploading.Count < MostUploads && uploading.Add(householdId);
        }
    }

    public void EndUpload(long householdId)
    {
        lock (uploading)
        {
            uploading.Remove(householdId);
        }
    }

    public async Task<IReadOnlyList<LullabyFile>> ListAsync(long householdId, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return [.. await connection.QueryAsync<LullabyFile>(
            "select id, name, seconds::float8 as seconds from lullaby_file where household_id = @householdId order by lower(name), id", new { householdId })];
    }

    public async Task<string?> NameAsync(long householdId, Guid id, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.ExecuteScalarAsync<string?>(
            "select name from lullaby_file where household_id = @householdId and id = @id", new { householdId, id });
    }

    public async Task<byte[]?> ReadAsync(long householdId, Guid id, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.ExecuteScalarAsync<byte[]?>(
            "select content from lullaby_file where household_id = @householdId and id = @id", new { householdId, id });
    }

    public async Task<int> CountAsync(long householdId, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.ExecuteScalarAsync<int>("select count(*)::int from lullaby_file where household_id = @householdId", new { householdId });
    }

    /// <summary>Null when the household has too many.</summary>
    public async Task<LullabyFile?> AddAsync(long householdId, long accountId, string name, double seconds, byte[] content, CancellationToken cancel)
    {
        var file = new LullabyFile { Id = Guid.CreateVersion7(time.GetUtcNow()), Name = name, Seconds = seconds };
        await using var connection = await database.OpenConnectionAsync(cancel);
        var added = await connection.ExecuteAsync(
            """
            insert into lullaby_file (id, household_id, name, seconds, content, created_by, created_at)
            select @Id, @householdId, @Name, @seconds, @content, @accountId, @now
            where (select count(*) from lullaby_file where household_id = @householdId) < @most
            """,
            new { file.Id, householdId, file.Name, seconds = (float)seconds, content, accountId, now = time.GetUtcNow(), most = MostPerHousehold });
        return added > 0 ? file : null;
    }

    /// <summary>Deletes it, and ends it where it plays. False when the household has no such file.</summary>
    public async Task<bool> RemoveAsync(long householdId, Guid id, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var rooms = await connection.QueryAsync<int>(
            "select camera_id from room_lullaby where household_id = @householdId and file_id = @id", new { householdId, id });
        await connection.CloseAsync(); // Nobody asks for a second one while holding one: all who do could wait for each other.
        foreach (var cameraId in rooms)
        {
            await lullabies.StopAsync(householdId, cameraId, cancel);
        }

        await connection.OpenAsync(cancel);
        return await connection.ExecuteAsync("delete from lullaby_file where household_id = @householdId and id = @id", new { householdId, id }) > 0;
    }
}
