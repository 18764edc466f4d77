using Dapper;
using Npgsql;

namespace Vigil.Server.Recordings.Schedules;

/// <summary>The table of schedules. <see cref="ScheduleDirectory"/> is what others ask.</summary>
public sealed class ScheduleTable(NpgsqlDataSource database)
{
    private const string Columns =
        "id, household_id, camera_id, name, type, start_time, end_time, start_date, end_date, days, is_active, created_by, created_at, updated_at";

    /// <summary>Of all households: for the loop that records, never for an answer to a person.</summary>
    public async Task<IReadOnlyList<RecordingSchedule>> AllAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"select {Columns} from recording_schedule order by created_at, id", cancellationToken: cancel));
        return [.. rows.Select(r => r.ToSchedule())];
    }

    /// <summary>False when the camera is gone or belongs to another household.</summary>
    public async Task<bool> AddAsync(RecordingSchedule schedule, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.ExecuteAsync(new CommandDefinition(
            $"""
            insert into recording_schedule ({Columns})
            select @Id, c.household_id, c.id, @Name, @Type, @StartTime, @EndTime, @StartDate, @EndDate, @Days, @IsActive, @CreatedBy, @CreatedAt, @UpdatedAt
            from camera c where c.id = @CameraId and c.household_id = @HouseholdId
            """,
            Row.From(schedule),
            cancellationToken: cancel)) > 0;
    }

    /// <summary>Reads the row under a lock and writes what <paramref name="change"/> makes of it. Null when the household has none such.</summary>
    public async Task<RecordingSchedule?> ChangeAsync(
        long householdId, Guid id, Func<RecordingSchedule, RecordingSchedule> change, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var old = await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(
            $"select {Columns} from recording_schedule where household_id = @householdId and id = @id for update",
            new { householdId, id }, transaction, cancellationToken: cancel));
        if (old is null)
        {
            return null;
        }

        var changed = change(old.ToSchedule()) with { Id = id, HouseholdId = householdId };
        await connection.ExecuteAsync(new CommandDefinition(
            """
            update recording_schedule s set camera_id = c.id, name = @Name, type = @Type, start_time = @StartTime, end_time = @EndTime,
              start_date = @StartDate, end_date = @EndDate, days = @Days, is_active = @IsActive, updated_at = @UpdatedAt
            from camera c where c.id = @CameraId and c.household_id = @HouseholdId and s.household_id = @HouseholdId and s.id = @Id
            """,
            Row.From(changed), transaction, cancellationToken: cancel));
        await transaction.CommitAsync(cancel);
        return changed;
    }

    public async Task<bool> RemoveAsync(long householdId, Guid id, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.ExecuteAsync(new CommandDefinition(
            "delete from recording_schedule where household_id = @householdId and id = @id", new { householdId, id }, cancellationToken: cancel)) > 0;
    }

    internal sealed record Row
    {
        public Guid Id { get; init; }

        public long HouseholdId { get; init; }

        public int CameraId { get; init; }

        public string Name { get; init; } = "";

        public string Type { get; init; } = "";

        public TimeOnly StartTime { get; init; }

        public TimeOnly EndTime { get; init; }

        public DateOnly? StartDate { get; init; }

        public DateOnly? EndDate { get; init; }

        public short Days { get; init; }

        public bool IsActive { get; init; }

        public long? CreatedBy { get; init; }

        public DateTimeOffset CreatedAt { get; init; }

        public DateTimeOffset UpdatedAt { get; init; }

        public static Row From(RecordingSchedule schedule) => new()
        {
            Id = schedule.Id,
            HouseholdId = schedule.HouseholdId,
            CameraId = schedule.CameraId,
            Name = schedule.Name,
            Type = Word(schedule.Type),
            StartTime = schedule.StartTime,
            EndTime = schedule.EndTime,
            StartDate = schedule.StartDate,
            EndDate = schedule.EndDate,
            Days = (short)schedule.Days,
            IsActive = schedule.IsActive,
            CreatedBy = schedule.CreatedBy,
            CreatedAt = schedule.CreatedAt,
            UpdatedAt = schedule.UpdatedAt,
        };

        public RecordingSchedule ToSchedule() => new()
        {
            Id = Id,
            HouseholdId = HouseholdId,
            CameraId = CameraId,
            Name = Name,
            Type = Enum.Parse<ScheduleType>(Type, ignoreCase: true),
            StartTime = StartTime,
            EndTime = EndTime,
            StartDate = StartDate,
            EndDate = EndDate,
            Days = (WeekDays)Days,
            IsActive = IsActive,
            CreatedBy = CreatedBy,
            CreatedAt = CreatedAt,
            UpdatedAt = UpdatedAt,
        };

        private static string Word(ScheduleType type) => type switch
        {
            ScheduleType.Once => "once",
            ScheduleType.Daily => "daily",
            ScheduleType.Weekly => "weekly",
            _ => "continuous",
        };
    }
}
