using Dapper;
using Npgsql;
using Vigil.Media.Recording;

namespace Vigil.Server.Recordings.Retention;

/// <summary>How much a camera has on the disk.</summary>
public sealed record CameraTotal
{
    public int CameraId { get; init; }

    public long HouseholdId { get; init; }

    public long Bytes { get; init; }

    public DateTimeOffset Oldest { get; init; }

    /// <summary>Of the last seven days.</summary>
    public long LateBytes { get; init; }

    /// <summary>The first of those.</summary>
    public DateTimeOffset? LateSince { get; init; }
}

/// <summary>How long footage is kept, and what the index tells about that.</summary>
public sealed class RetentionTable(NpgsqlDataSource database)
{
    /// <summary>As everywhere: no segment is longer.</summary>
    private const string Longest = "interval '6 hours'";

    // What is recorded is put together once, as sets of time: then each segment costs a search in those, not a look at every recording.
    internal const string OldestSql =
        """
        with facts as materialized (
            select
              coalesce(range_agg(tstzrange(from_at, coalesce(ended_at, 'infinity'))), '{}') as recorded,
              coalesce(range_agg(tstzrange(from_at, coalesce(ended_at, 'infinity'))) filter (where protected), '{}') as kept,
              coalesce(range_agg(tstzrange(from_at, coalesce(ended_at, 'infinity'))) filter (where kind in ('alert', 'manual')), '{}')
                + (select coalesce(range_agg(tstzrange(clip_from, greatest(clip_from, clip_to, case when clip_to is null then until end))), '{}') from event
                   where household_id = @householdId and camera_id = @cameraId and clip_from is not null) as clips,
              min(from_at) filter (where ended_at is null) as running,
              coalesce(max(ended_at - from_at), interval '0') as longest
            from recording where household_id = @householdId and camera_id = @cameraId),
        other as (
            select s.camera_id, s.path, s.started_at, s.ended_at, s.bytes, false as clip
            from facts, segment s
            where s.household_id = @householdId and s.camera_id = @cameraId and s.ended <> 'Open'
              and not tstzrange(s.started_at, greatest(s.ended_at, s.started_at + interval '1 microsecond')) && facts.kept and not tstzrange(s.started_at, s.ended_at) && facts.clips
            order by s.started_at
            limit @limit),
        clip as (
            select s.camera_id, s.path, s.started_at, s.ended_at, s.bytes, true as clip
            from facts, segment s
            where s.household_id = @householdId and s.camera_id = @cameraId and s.ended <> 'Open'
              and s.started_at < upper(facts.clips) and s.started_at > lower(facts.clips) - interval '6 hours'
              and not tstzrange(s.started_at, greatest(s.ended_at, s.started_at + interval '1 microsecond')) && facts.kept and tstzrange(s.started_at, s.ended_at) && facts.clips
            order by s.started_at
            limit @limit)
        select s.*, tstzrange(s.started_at, s.ended_at) && facts.recorded as recorded, coalesce(facts.running < s.ended_at, false) as running, r.last_end
        from facts, (select * from other union all select * from clip) s
        cross join lateral (
            select max(r.ended_at) as last_end from recording r
            where r.household_id = @householdId and r.camera_id = @cameraId
              and r.from_at < s.ended_at and r.from_at > s.started_at - (select longest from facts) and r.ended_at > s.started_at) r
        order by s.started_at
        """;

    /// <summary>Limits by camera, over all households, for the sweep; or of one.</summary>
    public async Task<IReadOnlyDictionary<int, long>> CamerasAsync(long? householdId, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<(int Camera, long MaxBytes)>(new CommandDefinition(
            "select camera_id, max_bytes from camera_retention where @householdId::bigint is null or household_id = @householdId",
            new { householdId }, cancellationToken: cancel));
        return rows.ToDictionary(r => r.Camera, r => r.MaxBytes);
    }

    public async Task<IReadOnlyDictionary<long, long>> HouseholdsAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<(long Household, long MaxBytes)>(new CommandDefinition(
            "select household_id, max_bytes from household_retention", cancellationToken: cancel));
        return rows.ToDictionary(r => r.Household, r => r.MaxBytes);
    }

    public async Task PutCameraAsync(long householdId, int cameraId, long? maxBytes, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            delete from camera_retention where household_id = @householdId and camera_id = @cameraId;
            insert into camera_retention (camera_id, household_id, max_bytes)
            select id, household_id, @maxBytes from camera where id = @cameraId and household_id = @householdId and @maxBytes::bigint is not null
            """,
            new { householdId, cameraId, maxBytes }, cancellationToken: cancel));
    }

    public async Task PutHouseholdAsync(long householdId, long? maxBytes, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            delete from household_retention where household_id = @householdId;
            insert into household_retention (household_id, max_bytes) select @householdId, @maxBytes where @maxBytes::bigint is not null
            """,
            new { householdId, maxBytes }, cancellationToken: cancel));
    }

    public async Task<IReadOnlyList<CameraTotal>> TotalsAsync(long? householdId, DateTimeOffset now, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return [.. await connection.QueryAsync<CameraTotal>(new CommandDefinition(
            """
            select camera_id, household_id, sum(bytes)::bigint as bytes, min(started_at) as oldest,
              coalesce(sum(bytes) filter (where started_at > @since), 0)::bigint as late_bytes, min(started_at) filter (where started_at > @since) as late_since
            from segment where @householdId::bigint is null or household_id = @householdId
            group by camera_id, household_id
            """,
            new { householdId, since = now.AddDays(-7) }, cancellationToken: cancel))];
    }

    /// <summary>
    /// The oldest closed pieces of a camera that nobody protected, with who still wants them. In this order they become due. As many of clips
    /// as of all else: however many old clips are kept, they do not hide what is due behind them.
    /// </summary>
    /// <param name="householdId">Whose.</param>
    /// <param name="cameraId">Of which camera.</param>
    /// <param name="limit">Most of either.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<IReadOnlyList<FootagePiece>> OldestAsync(long householdId, int cameraId, int limit, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(OldestSql, new { householdId, cameraId, limit }, cancellationToken: cancel));
        return [.. rows.Select(r => r.ToPiece())];
    }

    /// <summary>Over all households: for making room while the database is away.</summary>
    public async Task<IReadOnlyList<SegmentRange>> ProtectedAsync(DateTimeOffset now, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<(int Camera, DateTime From, DateTime To)>(new CommandDefinition(
            "select camera_id, from_at, coalesce(ended_at, @forever) from recording where protected",
            new { forever = now.AddYears(100) }, cancellationToken: cancel));
        return [.. rows.Select(r => new SegmentRange(r.Camera, new DateTimeOffset(r.From, TimeSpan.Zero), new DateTimeOffset(r.To, TimeSpan.Zero)))];
    }

    /// <summary>Recordings that are past their time, by their end, and have no footage left go from the list.</summary>
    public async Task<int> ForgetAsync(int defaultHours, DateTimeOffset now, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.ExecuteAsync(new CommandDefinition(
            $"""
            delete from recording r using camera c
            where c.id = r.camera_id and r.status <> 'recording' and not r.protected
              and r.ended_at < @now - make_interval(hours => coalesce(nullif(c.retention_hours, 0), @hours))
              and not exists (
                select 1 from segment s
                where s.household_id = r.household_id and s.camera_id = r.camera_id and s.started_at < r.ended_at and s.started_at > r.from_at - {Longest}
                  and s.ended_at > r.from_at)
              and not exists (
                select 1 from missing_segment s
                where s.household_id = r.household_id and s.camera_id = r.camera_id and s.started_at < r.ended_at and s.started_at > r.from_at - {Longest}
                  and s.ended_at > r.from_at)
            """,
            new { hours = defaultHours == 0 ? 168 : defaultHours, now }, cancellationToken: cancel));
    }

    internal sealed record Row
    {
        public int CameraId { get; init; }

        public string Path { get; init; } = "";

        public DateTimeOffset StartedAt { get; init; }

        public DateTimeOffset EndedAt { get; init; }

        public long Bytes { get; init; }

        public bool Recorded { get; init; }

        public bool Running { get; init; }

        public DateTimeOffset? LastEnd { get; init; }

        public bool Clip { get; init; }

        public FootagePiece ToPiece() => new(
            new SegmentRecord
            {
                CameraId = CameraId,
                Path = Path,
                Start = StartedAt,
                End = EndedAt,
                Bytes = Bytes,
                Ended = SegmentEnd.Continued,
            },
            Clip ? FootageClaim.Clip : Recorded ? FootageClaim.Recording : FootageClaim.None,
            Running ? null : LastEnd > EndedAt ? LastEnd : EndedAt);
    }
}
