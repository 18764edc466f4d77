using Dapper;
using Npgsql;

namespace Vigil.Server.Events;

/// <summary>The table of events. <see cref="EventLog"/> is what other features ask.</summary>
public sealed class EventTable(NpgsqlDataSource database)
{
    private const string Columns = """
        id, household_id, camera_id, kind, started_at, until, ended_at, peak, level, score, detail, box, clip_from, clip_to, clip_ready,
        acknowledged_at, acknowledged_by, acknowledged_name, revision
        """;

    /// <summary>Other servers on the same database hear of written events through this channel.</summary>
    public const string Bell = "vigil_events";

    /// <summary>
    /// Files <paramref name="events"/> in one transaction. Filing the same state twice, or an older state after a newer one, changes
    /// nothing; what concerns a camera or household that is gone meanwhile is dropped.
    /// </summary>
    public async Task FileAsync(IReadOnlyCollection<CameraEvent> events, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        foreach (var e in events)
        {
            var written = await connection.ExecuteAsync(new CommandDefinition(
                $"""
                insert into event ({Columns})
                select @Id, @HouseholdId, @CameraId, @Kind, @StartedAt, @Until, @EndedAt, @Peak, @Level, @Score, @Detail, @Box, @ClipFrom, @ClipTo, @ClipReady,
                  null, null, null, @Revision
                where exists (select 1 from household where id = @HouseholdId)
                  and (@CameraId::integer is null or exists (select 1 from camera where id = @CameraId and household_id = @HouseholdId))
                on conflict (id) do update set until = excluded.until, ended_at = excluded.ended_at, peak = excluded.peak,
                  level = excluded.level, score = excluded.score, detail = excluded.detail, box = excluded.box, clip_from = excluded.clip_from, clip_to = excluded.clip_to,
                  clip_ready = excluded.clip_ready, revision = excluded.revision
                where event.revision < excluded.revision and event.household_id = excluded.household_id
                """,
                Row.Of(e),
                transaction,
                cancellationToken: cancel));
            if (written > 0)
            {
                await connection.ExecuteAsync(new CommandDefinition(
                    "select pg_notify(@Bell, @id)", new { Bell, id = e.Id.ToString() }, transaction, cancellationToken: cancel));
            }
        }

        await transaction.CommitAsync(cancel);
    }

    public async Task<CameraEvent?> FindAsync(long householdId, Guid id, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var row = await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(
            $"select {Columns} from event where household_id = @householdId and id = @id", new { householdId, id }, cancellationToken: cancel));
        return row?.ToEvent();
    }

    /// <summary>Without a household: for echoing what another server wrote to the pages of its own household.</summary>
    public async Task<CameraEvent?> FindForEchoAsync(Guid id, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var row = await connection.QuerySingleOrDefaultAsync<Row>(
            new CommandDefinition($"select {Columns} from event where id = @id", new { id }, cancellationToken: cancel));
        return row?.ToEvent();
    }

    /// <summary>Newest first. <paramref name="cameras"/> null: all of the household, and what concerns no camera; <see cref="CameraEvent.IsUnanswered"/> as SQL.</summary>
    public async Task<IReadOnlyList<CameraEvent>> ListAsync(
        long householdId, IReadOnlyCollection<int>? cameras, EventKind? kind, bool unanswered, Guid? before, int limit, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"""
            select {Columns} from event
            where household_id = @householdId
              and (@cameras::integer[] is null or camera_id = any(@cameras))
              and (@kind::text is null or kind = @kind)
              and (not @unanswered or (acknowledged_at is null and kind not in ('motion', 'camera_online') and level is distinct from 'yellow'))
              and (@before::uuid is null or id < @before)
            order by id desc
            limit @limit
            """,
            new { householdId, cameras = cameras?.ToArray(), kind = kind?.ToText(), unanswered, before, limit },
            cancellationToken: cancel));
        return [.. rows.Select(r => r.ToEvent())];
    }

    /// <summary>The first acknowledgement stands; null when the household has no such event.</summary>
    public async Task<CameraEvent?> AcknowledgeAsync(long householdId, Guid id, long account, string name, DateTimeOffset at, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var row = await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(
            $"""
            update event set acknowledged_at = coalesce(acknowledged_at, @at), acknowledged_by = coalesce(acknowledged_by, @account),
              acknowledged_name = coalesce(acknowledged_name, left(@name, 200))
            where household_id = @householdId and id = @id
            returning {Columns}
            """,
            new { householdId, id, account, name, at },
            cancellationToken: cancel));
        return row?.ToEvent();
    }

    /// <summary>Events that were still growing when the server died: they end where they were last seen.</summary>
    public async Task<int> CloseLeftOpenAsync(IReadOnlyCollection<Guid> known, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.ExecuteAsync(new CommandDefinition(
            """
            update event set ended_at = until, clip_to = case when clip_from is null then null else greatest(until, clip_from) end,
              revision = revision + 1
            where kind <> 'camera_offline' and ended_at is null and not (id = any(@known))
            """,
            new { known = known.ToArray() },
            cancellationToken: cancel));
    }

    /// <summary>What has begun and not ended, over all households: for the watchdog's memory across restarts.</summary>
    public async Task<IReadOnlyList<CameraEvent>> OpenAsync(EventKind kind, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"select {Columns} from event where kind = @kind and ended_at is null order by id", new { kind = kind.ToText() }, cancellationToken: cancel));
        return [.. rows.Select(r => r.ToEvent())];
    }

    /// <summary>The row as the micro-mapper wants it: enums are text in the table.</summary>
    internal sealed record Row
    {
        public Guid Id { get; init; }

        public long HouseholdId { get; init; }

        public int? CameraId { get; init; }

        public string Kind { get; init; } = "";

        public DateTimeOffset StartedAt { get; init; }

        public DateTimeOffset Until { get; init; }

        public DateTimeOffset? EndedAt { get; init; }

        public int? Peak { get; init; }

        public string? Level { get; init; }

        public float? Score { get; init; }

        public string? Detail { get; init; }

        /// <summary>Left, top, width, height.</summary>
        public float[]? Box { get; init; }

        public DateTimeOffset? ClipFrom { get; init; }

        public DateTimeOffset? ClipTo { get; init; }

        public bool ClipReady { get; init; }

        public DateTimeOffset? AcknowledgedAt { get; init; }

        public long? AcknowledgedBy { get; init; }

        public string? AcknowledgedName { get; init; }

        public int Revision { get; init; }

        public static Row Of(CameraEvent e) => new()
        {
            Id = e.Id,
            HouseholdId = e.HouseholdId,
            CameraId = e.CameraId,
            Kind = e.Kind.ToText(),
            StartedAt = e.StartedAt,
            Until = e.Until,
            EndedAt = e.EndedAt,
            Peak = e.Peak,
            Level = e.Level switch { EventLevel.Red => "red", EventLevel.Yellow => "yellow", _ => null },
            Score = e.Score,
            Detail = e.Detail,
            Box = e.Box is { } box ? [box.X, box.Y, box.Width, box.Height] : null,
            ClipFrom = e.ClipFrom,
            ClipTo = e.ClipTo,
            ClipReady = e.ClipReady,
            Revision = e.Revision,
        };

        public CameraEvent ToEvent() => new()
        {
            Id = Id,
            HouseholdId = HouseholdId,
            CameraId = CameraId,
            Kind = EventKinds.Parse(Kind) ?? EventKind.ServerTrouble,
            StartedAt = StartedAt,
            Until = Until,
            EndedAt = EndedAt,
            Peak = Peak,
            Level = Level switch { "red" => EventLevel.Red, "yellow" => EventLevel.Yellow, _ => null },
            Score = Score,
            Detail = Detail,
            Box = Box is [var x, var y, var width, var height] ? new EventBox(x, y, width, height) : null,
            ClipFrom = ClipFrom,
            ClipTo = ClipTo,
            ClipReady = ClipReady,
            AcknowledgedAt = AcknowledgedAt,
            AcknowledgedBy = AcknowledgedBy,
            AcknowledgedName = AcknowledgedName,
            Revision = Revision,
        };
    }
}
