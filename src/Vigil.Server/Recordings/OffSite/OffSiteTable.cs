using Dapper;
using Npgsql;

namespace Vigil.Server.Recordings.OffSite;

/// <summary>What a household has in the second directory.</summary>
public sealed record OffSiteCount
{
    public int Waiting { get; init; }

    public int Copied { get; init; }

    public long Bytes { get; init; }

    public DateTimeOffset? LastCopiedAt { get; init; }
}

/// <summary>What has been copied, and what is to be.</summary>
public sealed class OffSiteTable(NpgsqlDataSource database)
{
    // Recordings that have come to their end and whose footage may go, or shall stay, elsewhere. In step with OffSitePiece.Longest.
    private const string Wanted = """
        from recording r
        where r.ended_at is not null and r.status in ('completed', 'stopped') and (r.protected or (@alertClips and r.kind = 'alert'))
        """;

    private const string Unfinished = """
        (select count(*) from offsite_copy c where c.recording_id = r.id)
          < greatest(1, ceil(extract(epoch from r.ended_at - r.from_at) / 21600))
        """;

    /// <summary>Over all households, for the copier: pieces that are not there yet, oldest first.</summary>
    public async Task<IReadOnlyList<OffSitePiece>> WaitingAsync(bool alertClips, int most, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"""
            select r.id, r.household_id, r.camera_id, r.from_at, r.ended_at,
              array(select c.piece from offsite_copy c where c.recording_id = r.id) as done
            {Wanted} and {Unfinished}
            order by r.from_at, r.id
            limit @most
            """,
            new { alertClips, most }, cancellationToken: cancel));
        return [.. rows.SelectMany(r => OffSitePiece.Of(r.HouseholdId, r.CameraId, r.Id, r.FromAt, r.EndedAt).Where(p => !r.Done.Contains(p.Number)))];
    }

    /// <summary>Nothing when the recording was deleted meanwhile.</summary>
    /// <param name="piece">What was copied.</param>
    /// <param name="bytes">0 without a sum: there was no footage.</param>
    /// <param name="sum">SHA-256.</param>
    /// <param name="at">When.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task PutAsync(OffSitePiece piece, long bytes, byte[]? sum, DateTimeOffset at, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            insert into offsite_copy (recording_id, piece, household_id, path, bytes, sha256, copied_at)
            select id, @Number, household_id, @path, @bytes, @sum, @at from recording where id = @RecordingId and household_id = @HouseholdId
            on conflict (recording_id, piece) do update set path = excluded.path, bytes = excluded.bytes, sha256 = excluded.sha256, copied_at = excluded.copied_at
            """,
            new { piece.Number, piece.RecordingId, piece.HouseholdId, path = sum is null ? null : piece.Path, bytes, sum, at }, cancellationToken: cancel));
    }

    public async Task<OffSiteCount> CountAsync(long householdId, bool alertClips, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.QuerySingleAsync<OffSiteCount>(new CommandDefinition(
            $"""
            select (select count(*)::integer {Wanted} and r.household_id = @householdId and {Unfinished}) as waiting,
              (select count(distinct recording_id)::integer from offsite_copy where household_id = @householdId and path is not null) as copied,
              (select coalesce(sum(bytes), 0)::bigint from offsite_copy where household_id = @householdId) as bytes,
              (select max(copied_at) from offsite_copy where household_id = @householdId) as last_copied_at
            """,
            new { householdId, alertClips }, cancellationToken: cancel));
    }

    private sealed record Row
    {
        public Guid Id { get; init; }

        public long HouseholdId { get; init; }

        public int CameraId { get; init; }

        public DateTimeOffset FromAt { get; init; }

        public DateTimeOffset EndedAt { get; init; }

        public int[] Done { get; init; } = [];
    }
}
