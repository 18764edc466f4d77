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

    // Its pieces of which there is footage, here or on a disk that is not connected now, and no copy. No segment is longer than six hours.
    private const string Pieces = """
        (select array_agg(p order by p) from generate_series(0, greatest(1, ceil(extract(epoch from r.ended_at - r.from_at) / 21600))::integer - 1) p
         where not exists (select 1 from offsite_copy c where c.recording_id = r.id and c.piece = p)
           and (exists (select 1 from segment s where s.household_id = r.household_id and s.camera_id = r.camera_id
                  and s.started_at > r.from_at + (p - 1) * interval '6 hours' and s.started_at < least(r.ended_at, r.from_at + (p + 1) * interval '6 hours')
                  and s.ended_at > r.from_at + p * interval '6 hours')
             or exists (select 1 from missing_segment s where s.household_id = r.household_id and s.camera_id = r.camera_id
                  and s.started_at < least(r.ended_at, r.from_at + (p + 1) * interval '6 hours') and s.ended_at > r.from_at + p * interval '6 hours')))
        """;

    /// <summary>Over all households, for the copier: pieces that are not there yet, oldest first.</summary>
    public async Task<IReadOnlyList<OffSitePiece>> WaitingAsync(bool alertClips, int most, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"""
            select * from (select r.id, r.household_id, r.camera_id, r.from_at, r.ended_at, {Pieces} as pieces {Wanted}) waiting
            where pieces is not null
            order by from_at, id
            limit @most
            """,
            new { alertClips, most }, cancellationToken: cancel));
        return [.. rows.SelectMany(r => OffSitePiece.Of(r.HouseholdId, r.CameraId, r.Id, r.FromAt, r.EndedAt).Where(p => r.Pieces.Contains(p.Number)))];
    }

    /// <summary>Whether some of its footage is on a disk that is not connected.</summary>
    public async Task<bool> IsPartMissingAsync(OffSitePiece piece, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            """
            select exists (select 1 from missing_segment
              where household_id = @HouseholdId and camera_id = @CameraId and started_at < @To and ended_at > @From)
            """,
            new { piece.HouseholdId, piece.CameraId, piece.From, piece.To }, cancellationToken: cancel));
    }

    /// <summary>Nothing when the recording was deleted meanwhile.</summary>
    /// <param name="piece">What was copied.</param>
    /// <param name="bytes">How many.</param>
    /// <param name="sum">SHA-256.</param>
    /// <param name="at">When.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task PutAsync(OffSitePiece piece, long bytes, byte[] sum, DateTimeOffset at, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            insert into offsite_copy (recording_id, piece, household_id, path, bytes, sha256, copied_at)
            select id, @Number, household_id, @path, @bytes, @sum, @at from recording where id = @RecordingId and household_id = @HouseholdId
            on conflict (recording_id, piece) do update set path = excluded.path, bytes = excluded.bytes, sha256 = excluded.sha256, copied_at = excluded.copied_at
            """,
            new { piece.Number, piece.RecordingId, piece.HouseholdId, path = piece.Path, bytes, sum, at }, cancellationToken: cancel));
    }

    public async Task<OffSiteCount> CountAsync(long householdId, bool alertClips, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.QuerySingleAsync<OffSiteCount>(new CommandDefinition(
            $"""
            select (select count(*)::integer {Wanted} and r.household_id = @householdId and {Pieces} is not null) as waiting,
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

        public int[] Pieces { get; init; } = [];
    }
}
