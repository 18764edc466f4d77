using Dapper;
using Npgsql;
using Vigil.Media.Recording;

namespace Vigil.Server.Recordings;

/// <summary>The table of segments: what is on the disk, found by camera and time. Never ahead of the data; it may be a little behind.</summary>
public sealed class SegmentTable(NpgsqlDataSource database)
{
    private const string Columns = "camera_id, path, started_at, ended_at, bytes, ended, video_codec, audio_codec, width, height";

    /// <summary>Inserts or replaces by path. Segments of cameras that are gone are left out.</summary>
    public async Task PutAsync(IReadOnlyCollection<SegmentRecord> segments, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        foreach (var batch in segments.Chunk(500))
        {
            await connection.ExecuteAsync(new CommandDefinition(
                """
                insert into segment (path, household_id, camera_id, started_at, ended_at, bytes, ended, video_codec, audio_codec, width, height)
                select s.path, c.household_id, c.id, s.started_at, s.ended_at, s.bytes, s.ended, s.video_codec, s.audio_codec, s.width, s.height
                from unnest(@paths::text[], @cameras::integer[], @starts::timestamptz[], @ends::timestamptz[], @sizes::bigint[], @ended::text[],
                  @videos::text[], @audios::text[], @widths::integer[], @heights::integer[])
                  as s (path, camera_id, started_at, ended_at, bytes, ended, video_codec, audio_codec, width, height)
                join camera c on c.id = s.camera_id
                on conflict (path) do update set started_at = excluded.started_at, ended_at = excluded.ended_at, bytes = excluded.bytes,
                  ended = excluded.ended, video_codec = excluded.video_codec, audio_codec = excluded.audio_codec,
                  width = excluded.width, height = excluded.height
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
                },
                cancellationToken: cancel));
        }
    }

    public async Task RemoveAsync(IReadOnlyCollection<string> paths, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(new CommandDefinition(
            "delete from segment where path = any(@paths)", new { paths = paths.ToArray() }, cancellationToken: cancel));
    }

    public async Task<IReadOnlyList<string>> AllPathsAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return [.. await connection.QueryAsync<string>(new CommandDefinition("select path from segment", cancellationToken: cancel))];
    }

    /// <summary>What overlaps the range.</summary>
    public async Task<IReadOnlyList<SegmentRecord>> FindAsync(
        long householdId, int cameraId, DateTimeOffset from, DateTimeOffset to, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"""
            select {Columns} from segment
            where household_id = @householdId and camera_id = @cameraId and started_at < @to and ended_at > @from
            order by started_at
            """,
            new { householdId, cameraId, from, to },
            cancellationToken: cancel));
        return [.. rows.Select(r => r.ToSegment())];
    }

    /// <summary>
    /// Over all households, for making room: first what belongs to no event, then what does, oldest first. What is being written and what
    /// is younger than <paramref name="before"/> is left out.
    /// </summary>
    public async Task<IReadOnlyList<SegmentRecord>> OldestAsync(int limit, DateTimeOffset before, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"""
            select {Columns} from segment s
            where ended <> 'Open' and ended_at < @before
            order by exists (
                select 1 from event e
                where e.camera_id = s.camera_id and e.clip_from < s.ended_at and coalesce(e.clip_to, e.until) > s.started_at),
              started_at
            limit @limit
            """,
            new { limit, before },
            cancellationToken: cancel));
        return [.. rows.Select(r => r.ToSegment())];
    }

    internal sealed record Row
    {
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
        };
    }
}
