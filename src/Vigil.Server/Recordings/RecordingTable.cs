using Dapper;
using Npgsql;
using Vigil.Server.Hosting;

namespace Vigil.Server.Recordings;

/// <summary>The table of recordings. <see cref="RecordingBook"/> is what others ask.</summary>
public sealed class RecordingTable(NpgsqlDataSource database)
{
    /// <summary>Other servers on the same database hear of changes through this channel.</summary>
    public const string Bell = "vigil_recordings";

    private const string Columns = """
        id, household_id, camera_id, name, kind, schedule_id, started_by, started_by_name, from_at, planned_until, ended_at, status, error,
        protected, created_at, updated_at, revision
        """;

    /// <summary>A recording that reaches into one of the ranges that somebody may see; none given: they may see all.</summary>
    internal const string InSeen = """
        (@seenCameras::integer[] is null or exists (
          select 1 from unnest(@seenCameras, @seenFroms::timestamptz[], @seenTos::timestamptz[]) as w (camera_id, from_at, to_at)
          where w.camera_id = recording.camera_id and recording.from_at < w.to_at
            and greatest(coalesce(recording.ended_at, 'infinity'), recording.from_at + interval '1 microsecond') > w.from_at))
        """;

    /// <summary>
    /// Inserts, or replaces an older state. Recordings of cameras that are gone are left out. Returns those that the database will never take:
    /// one of them must not hold up the others.
    /// </summary>
    public async Task<IReadOnlyCollection<Guid>> FileAsync(IReadOnlyCollection<Recording> recordings, CancellationToken cancel)
    {
        try
        {
            await FileAllAsync(recordings, cancel);
            return [];
        }
        catch (Exception refusal) when (StoredText.IsRefusal(refusal))
        {
            var refused = new List<Guid>();
            foreach (var recording in recordings)
            {
                try
                {
                    await FileAllAsync([recording], cancel);
                }
                catch (Exception one) when (StoredText.IsRefusal(one))
                {
                    refused.Add(recording.Id);
                }
            }

            return refused;
        }
    }

    private async Task FileAllAsync(IReadOnlyCollection<Recording> recordings, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        foreach (var recording in recordings)
        {
            await connection.ExecuteAsync(new CommandDefinition(
                """
                insert into recording (id, household_id, camera_id, name, kind, schedule_id, started_by, started_by_name, from_at, planned_until,
                  ended_at, status, error, protected, created_at, updated_at, revision)
                select @Id, c.household_id, c.id, @Name, @Kind, @ScheduleId, a.id, @StartedByName, @FromAt, @PlannedUntil,
                  @EndedAt, @Status, @Error, @Protected, @CreatedAt, @UpdatedAt, @Revision
                from camera c left join account a on a.id = @StartedBy
                where c.household_id = @HouseholdId and c.id = @CameraId
                on conflict (id) do update set name = excluded.name, from_at = excluded.from_at, planned_until = excluded.planned_until,
                  ended_at = excluded.ended_at, status = excluded.status, error = excluded.error, protected = excluded.protected,
                  updated_at = excluded.updated_at, revision = excluded.revision
                where recording.household_id = excluded.household_id and recording.revision < excluded.revision
                """,
                Row.Of(recording),
                transaction,
                cancellationToken: cancel));
        }

        await connection.ExecuteAsync(new CommandDefinition($"notify {Bell}", transaction: transaction, cancellationToken: cancel));
        await transaction.CommitAsync(cancel);
    }

    public async Task<Recording?> FindAsync(long householdId, Guid id, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var row = await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(
            $"select {Columns} from recording where household_id = @householdId and id = @id", new { householdId, id }, cancellationToken: cancel));
        return row?.ToRecording();
    }

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<Recording>> ListAsync(long householdId, RecordingFilter filter, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"""
            select {Columns} from recording
            where household_id = @householdId
              and (@cameras::integer[] is null or camera_id = any(@cameras))
              and (@kinds::text[] is null or kind = any(@kinds))
              and (@ScheduleId::uuid is null or schedule_id = @ScheduleId)
              and (@From::timestamptz is null or coalesce(ended_at, 'infinity') > @From)
              and (@To::timestamptz is null or from_at < @To)
              and (@Before::timestamptz is null or from_at < @Before)
              and {InSeen}
            order by from_at desc, id desc
            limit @Limit
            """,
            new
            {
                householdId,
                cameras = filter.Cameras?.ToArray(),
                kinds = filter.Kinds?.Select(Word).ToArray(),
                filter.ScheduleId,
                filter.From,
                filter.To,
                filter.Before,
                filter.Limit,
                seenCameras = filter.Seen?.Select(r => r.CameraId).ToArray(),
                seenFroms = filter.Seen?.Select(r => r.From.UtcDateTime).ToArray(),
                seenTos = filter.Seen?.Select(r => r.To.UtcDateTime).ToArray(),
            },
            cancellationToken: cancel));
        return [.. rows.Select(r => r.ToRecording())];
    }

    /// <summary>Over all households, for the loops: what has not come to its end.</summary>
    public async Task<IReadOnlyList<Recording>> UnfinishedAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"select {Columns} from recording where status = 'recording' order by from_at", cancellationToken: cancel));
        return [.. rows.Select(r => r.ToRecording())];
    }

    /// <summary>A name or the protection of one that nobody holds in memory. Null when the household has no such recording.</summary>
    public async Task<Recording?> ChangeAsync(long householdId, Guid id, string? name, bool? isProtected, DateTimeOffset now, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var row = await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(
            $"""
            update recording set name = coalesce(@name, name), protected = coalesce(@isProtected, protected), updated_at = @now, revision = revision + 1
            where household_id = @householdId and id = @id
            returning {Columns}
            """,
            new { householdId, id, name, isProtected, now },
            cancellationToken: cancel));
        return row?.ToRecording();
    }

    public async Task<bool> DeleteAsync(long householdId, Guid id, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.ExecuteAsync(new CommandDefinition(
            "delete from recording where household_id = @householdId and id = @id", new { householdId, id }, cancellationToken: cancel)) > 0;
    }

    internal static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>The row as the micro-mapper wants it: enums are text in the table.</summary>
    internal sealed record Row
    {
        public Guid Id { get; init; }

        public long HouseholdId { get; init; }

        public int CameraId { get; init; }

        public string Name { get; init; } = "";

        public string Kind { get; init; } = "";

        public Guid? ScheduleId { get; init; }

        public long? StartedBy { get; init; }

        public string? StartedByName { get; init; }

        public DateTimeOffset FromAt { get; init; }

        public DateTimeOffset? PlannedUntil { get; init; }

        public DateTimeOffset? EndedAt { get; init; }

        public string Status { get; init; } = "";

        public string? Error { get; init; }

        public bool Protected { get; init; }

        public DateTimeOffset CreatedAt { get; init; }

        public DateTimeOffset UpdatedAt { get; init; }

        public int Revision { get; init; }

        public static Row Of(Recording r) => new()
        {
            Id = r.Id,
            HouseholdId = r.HouseholdId,
            CameraId = r.CameraId,
            Name = StoredText.Cut(r.Name, Recording.LongestName),
            Kind = Word(r.Kind),
            ScheduleId = r.ScheduleId,
            StartedBy = r.StartedBy,
            StartedByName = r.StartedByName is { } name ? StoredText.Cut(name, 200) : null,
            FromAt = r.From,
            PlannedUntil = r.PlannedUntil,
            EndedAt = r.EndedAt,
            Status = Word(r.Status),
            Error = r.Error,
            Protected = r.Protected,
            CreatedAt = r.CreatedAt,
            UpdatedAt = r.UpdatedAt,
            Revision = r.Revision,
        };

        public Recording ToRecording() => new()
        {
            Id = Id,
            HouseholdId = HouseholdId,
            CameraId = CameraId,
            Name = Name,
            Kind = Enum.Parse<RecordingKind>(Kind, ignoreCase: true),
            ScheduleId = ScheduleId,
            StartedBy = StartedBy,
            StartedByName = StartedByName,
            From = FromAt,
            PlannedUntil = PlannedUntil,
            EndedAt = EndedAt,
            Status = Enum.Parse<RecordingStatus>(Status, ignoreCase: true),
            Error = Error,
            Protected = Protected,
            CreatedAt = CreatedAt,
            UpdatedAt = UpdatedAt,
            Revision = Revision,
        };
    }
}

/// <summary>Which recordings a list shows; null means any.</summary>
public sealed record RecordingFilter
{
    public IReadOnlyCollection<int>? Cameras { get; init; }

    public IReadOnlyCollection<RecordingKind>? Kinds { get; init; }

    public Guid? ScheduleId { get; init; }

    /// <summary>Those that reach beyond this.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Those that began before this.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>For the next page: those that began before the last one's begin.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>Those of which anything lies in one of these.</summary>
    public IReadOnlyCollection<SegmentRange>? Seen { get; init; }

    public int Limit { get; init; } = 50;

    public bool Takes(Recording r) =>
        (Cameras is null || Cameras.Contains(r.CameraId))
        && (Kinds is null || Kinds.Contains(r.Kind))
        && (ScheduleId is not { } schedule || r.ScheduleId == schedule)
        && (From is not { } from || r.EndedAt is null || r.EndedAt > from)
        && (To is not { } to || r.From < to)
        && (Before is not { } before || r.From < before)
        && (Seen is not { } seen || seen.Any(w => w.CameraId == r.CameraId && r.From < w.To && (r.EndedAt is not { } ended || ended > w.From || r.From >= w.From)));
}
