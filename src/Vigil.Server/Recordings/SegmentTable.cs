using Dapper;
using Npgsql;
using Vigil.Media.Recording;

namespace Vigil.Server.Recordings;

/// <summary>The table of segments: what is on the disk, found by camera and time. Never ahead of the data; it may be a little behind.</summary>
public sealed class SegmentTable(NpgsqlDataSource database)
{
    private const string Columns = "camera_id, path, started_at, ended_at, bytes, ended, video_codec, audio_codec, width, height, frames";

    /// <summary>Inserts or replaces by path. Segments of cameras that are gone are left out.</summary>
    public async Task PutAsync(IReadOnlyCollection<SegmentRecord> segments, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        foreach (var batch in segments.Chunk(500))
        {
            await connection.ExecuteAsync(new CommandDefinition(
                """
                insert into segment (path, household_id, camera_id, started_at, ended_at, bytes, ended, video_codec, audio_codec, width, height, frames)
                select s.path, c.household_id, c.id, s.started_at, s.ended_at, s.bytes, s.ended, s.video_codec, s.audio_codec, s.width, s.height,
                  s.frames
                from unnest(@paths::text[], @cameras::integer[], @starts::timestamptz[], @ends::timestamptz[], @sizes::bigint[], @ended::text[],
                  @videos::text[], @audios::text[], @widths::integer[], @heights::integer[], @frames::integer[])
                  as s (path, camera_id, started_at, ended_at, bytes, ended, video_codec, audio_codec, width, height, frames)
                join camera c on c.id = s.camera_id
                on conflict (path) do update set started_at = excluded.started_at, ended_at = excluded.ended_at, bytes = excluded.bytes,
                  ended = excluded.ended, video_codec = excluded.video_codec, audio_codec = excluded.audio_codec,
                  width = excluded.width, height = excluded.height, frames = excluded.frames
                """,
                new
                {
                    paths = batch.Select(s => s.Path).ToArray(),
                    cameras = batch.Select(s => s.CameraId).ToArray(),
                    starts = batch.Select(s => s.Start.UtcDateTime).ToArray(),
                    ends = batch.Select(s => (s.End < s.Start ? s.Start : s.End).UtcDateTime).ToArray(),
                    sizes = batch.Select(s => s.Bytes).ToArray(),
                    ended = batch.Select(s => s.Ended.ToString()).ToArray(),
                    videos = batch.Select(s => s.VideoCodec).ToArray(),
                    audios = batch.Select(s => s.AudioCodec).ToArray(),
                    widths = batch.Select(s => s.Width).ToArray(),
                    heights = batch.Select(s => s.Height).ToArray(),
                    frames = batch.Select(s => s.Frames).ToArray(),
                },
                cancellationToken: cancel));
        }
    }

    public async Task RemoveAsync(IReadOnlyCollection<string> paths, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(new CommandDefinition(
            "delete from segment where path = any(@paths); delete from missing_segment where path = any(@paths)", new { paths = paths.ToArray() }, cancellationToken: cancel));
    }

    /// <summary>How much footage of each day there is, by the clock of <paramref name="zone"/> (an IANA name).</summary>
    public async Task<IReadOnlyList<DayOfFootage>> BytesByDayAsync(
        long householdId, int[] cameras, string zone, DateTimeOffset from, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return [.. await connection.QueryAsync<DayOfFootage>(new CommandDefinition(
            """
            select (started_at at time zone @zone)::date as day, sum(bytes)::bigint as bytes from segment
            where household_id = @householdId and camera_id = any(@cameras) and started_at >= @from
            group by 1
            """,
            new { householdId, cameras, zone, from },
            cancellationToken: cancel))];
    }

    /// <summary>Over all households, for the comparison with the disk.</summary>
    public async Task<IReadOnlyList<SegmentRecord>> AllAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return [.. (await connection.QueryAsync<Row>(new CommandDefinition($"select {Columns} from segment", cancellationToken: cancel))).Select(r => r.ToSegment())];
    }

    /// <summary>
    /// No segment is longer: a minute, and a group of pictures. Without this bound every look at a day would walk all the nights before it.
    /// </summary>
    private const string Longest = "interval '6 hours'";

    /// <summary>What overlaps the range.</summary>
    public async Task<IReadOnlyList<SegmentRecord>> FindAsync(
        long householdId, int cameraId, DateTimeOffset from, DateTimeOffset to, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"""
            select {Columns} from segment
            where household_id = @householdId and camera_id = @cameraId and started_at < @to and started_at > @from - {Longest} and ended_at > @from
            order by started_at
            """,
            new { householdId, cameraId, from, to },
            cancellationToken: cancel));
        return [.. rows.Select(r => r.ToSegment())];
    }

    /// <summary>What overlaps each of the ranges, and the last one before it, by the number of the range.</summary>
    public async Task<ILookup<int, SegmentRecord>> FindAsync(long householdId, IReadOnlyList<SegmentRange> ranges, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"""
            select r.number::integer - 1 as number, s.*
            from unnest(@cameras::integer[], @froms::timestamptz[], @tos::timestamptz[]) with ordinality as r (camera_id, from_at, to_at, number)
            cross join lateral (
                select {Columns} from segment
                where household_id = @householdId and camera_id = r.camera_id and started_at < r.to_at and started_at > r.from_at - {Longest}
                  and ended_at > r.from_at
                union all
                (select {Columns} from segment
                where household_id = @householdId and camera_id = r.camera_id and started_at <= r.from_at and ended_at <= r.from_at
                order by started_at desc limit 1)) s
            """,
            new
            {
                householdId,
                cameras = ranges.Select(r => r.CameraId).ToArray(),
                froms = ranges.Select(r => r.From.UtcDateTime).ToArray(),
                tos = ranges.Select(r => r.To.UtcDateTime).ToArray(),
            },
            cancellationToken: cancel));
        return rows.ToLookup(r => r.Number, r => r.ToSegment());
    }

    /// <summary>Which of the ranges have any footage, by their numbers.</summary>
    public async Task<IReadOnlyList<int>> WithFootageAsync(long householdId, IReadOnlyList<SegmentRange> ranges, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return [.. await connection.QueryAsync<int>(new CommandDefinition(
            $"""
            select r.number::integer - 1
            from unnest(@cameras::integer[], @froms::timestamptz[], @tos::timestamptz[]) with ordinality as r (camera_id, from_at, to_at, number)
            where exists (
              select 1 from segment
              where household_id = @householdId and camera_id = r.camera_id and started_at < r.to_at and started_at > r.from_at - {Longest}
                and ended_at > r.from_at)
            order by 1
            """,
            new
            {
                householdId,
                cameras = ranges.Select(r => r.CameraId).ToArray(),
                froms = ranges.Select(r => r.From.UtcDateTime).ToArray(),
                tos = ranges.Select(r => r.To.UtcDateTime).ToArray(),
            },
            cancellationToken: cancel))];
    }

    /// <summary>How much there is of a camera, and how much of it is younger than <paramref name="since"/>.</summary>
    public async Task<CameraStorageView> StorageOfAsync(long householdId, int cameraId, DateTimeOffset since, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var (bytes, dayBytes, oldest, newest, seconds) =
            await connection.QuerySingleAsync<(long Bytes, long DayBytes, DateTime? Oldest, DateTime? Newest, double Seconds)>(new CommandDefinition(
                """
                select coalesce(sum(bytes), 0)::bigint, coalesce(sum(bytes) filter (where started_at >= @since), 0)::bigint, min(started_at), max(ended_at),
                  coalesce(sum(extract(epoch from ended_at - started_at)), 0)::float8
                from segment where household_id = @householdId and camera_id = @cameraId
                """,
                new { householdId, cameraId, since },
                cancellationToken: cancel));
        return new CameraStorageView
        {
            Bytes = bytes,
            DayBytes = dayBytes,
            Oldest = oldest is { } first ? new DateTimeOffset(first, TimeSpan.Zero) : null,
            Newest = newest is { } last ? new DateTimeOffset(last, TimeSpan.Zero) : null,
            Seconds = Math.Round(seconds, 1),
        };
    }

    /// <summary>How much there is of some cameras, each piece once; of <paramref name="within"/>, where it is given, its share.</summary>
    public async Task<(long Bytes, double Seconds)> SumAsync(
        long householdId, int[] cameras, IReadOnlyCollection<SegmentRange>? within, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        if (within is null)
        {
            return await connection.QuerySingleAsync<(long, double)>(new CommandDefinition(
                """
                select coalesce(sum(bytes), 0)::bigint, coalesce(sum(extract(epoch from ended_at - started_at)), 0)::float8
                from segment where household_id = @householdId and camera_id = any(@cameras)
                """,
                new { householdId, cameras },
                cancellationToken: cancel));
        }

        return await connection.QuerySingleAsync<(long, double)>(new CommandDefinition(
            $"""
            select coalesce(sum(s.bytes * least(1, s.seen / greatest(s.whole, 0.001))), 0)::bigint, coalesce(sum(s.seen), 0)::float8
            from (
              select bytes, extract(epoch from ended_at - started_at)::float8 as whole,
                extract(epoch from least(ended_at, r.to_at) - greatest(started_at, r.from_at))::float8 as seen
              from unnest(@ids::integer[], @froms::timestamptz[], @tos::timestamptz[]) as r (camera_id, from_at, to_at)
              join segment on segment.camera_id = r.camera_id and started_at < r.to_at and started_at > r.from_at - {Longest} and ended_at > r.from_at
              where household_id = @householdId and segment.camera_id = any(@cameras)) s
            """,
            new
            {
                householdId,
                cameras,
                ids = within.Select(r => r.CameraId).ToArray(),
                froms = within.Select(r => r.From.UtcDateTime).ToArray(),
                tos = within.Select(r => r.To.UtcDateTime).ToArray(),
            },
            cancellationToken: cancel));
    }

    /// <summary>The closed segments of a recording that was deleted, which no other recording and no other event refers to.</summary>
    public async Task<IReadOnlyList<SegmentRecord>> UnclaimedAsync(Recording deleted, DateTimeOffset until, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"""
            select {Columns} from segment s
            where household_id = @HouseholdId and camera_id = @CameraId and started_at < @until and started_at > @From - {Longest} and ended_at > @From
              and ended <> 'Open'
              and not exists (
                select 1 from recording r
                where r.household_id = @HouseholdId and r.camera_id = s.camera_id and r.id <> @Id
                  and r.from_at < s.ended_at and coalesce(r.ended_at, 'infinity') > s.started_at)
              and not exists (
                select 1 from event e
                where e.household_id = @HouseholdId and e.camera_id = s.camera_id and e.id <> @Id
                  and e.clip_from < s.ended_at and coalesce(e.clip_to, e.until) > s.started_at)
            """,
            new { deleted.HouseholdId, deleted.CameraId, deleted.From, deleted.Id, until },
            cancellationToken: cancel));
        return [.. rows.Select(r => r.ToSegment())];
    }

    internal sealed record Row
    {
        /// <summary>Of the range that it was found for.</summary>
        public int Number { get; init; }

        public int CameraId { get; init; }

        public string Path { get; init; } = "";

        public DateTimeOffset StartedAt { get; init; }

        public DateTimeOffset EndedAt { get; init; }

        public long Bytes { get; init; }

        public string Ended { get; init; } = "";

        public string VideoCodec { get; init; } = "";

        public string AudioCodec { get; init; } = "";

        public int Width { get; init; }

        public int Height { get; init; }

        public int Frames { get; init; }

        public SegmentRecord ToSegment() => new()
        {
            CameraId = CameraId,
            Path = Path,
            Start = StartedAt,
            End = EndedAt,
            Bytes = Bytes,
            Ended = Enum.TryParse<SegmentEnd>(Ended, out var ended) ? ended : SegmentEnd.Interrupted,
            VideoCodec = VideoCodec,
            AudioCodec = AudioCodec,
            Width = Width,
            Height = Height,
            Frames = Frames,
        };
    }
}

/// <summary>How much was recorded on a day, as far as it is still there.</summary>
public sealed record DayOfFootage
{
    public DateOnly Day { get; init; }

    public long Bytes { get; init; }
}

/// <summary>A stretch of time of one camera.</summary>
public sealed record SegmentRange(int CameraId, DateTimeOffset From, DateTimeOffset To);
