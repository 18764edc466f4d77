using System.Collections.Immutable;
using Dapper;
using Npgsql;
using Vigil.Server.Accounts;

namespace Vigil.Server.Cameras;

/// <summary>
/// The access rows, in memory, so that they hold while the database is away. Only <see cref="CameraAccess"/> and the pages that manage rows ask here.
/// </summary>
public sealed class CameraGrants(NpgsqlDataSource database, HouseholdMembers households, CameraDirectory directory, TimeProvider time) : IDisposable
{
    private const string Columns = """
        id, household_id, camera_id, account_id, level, can_record, can_schedule, can_download, window_start, window_end, first_day, last_day,
        granted_by, granted_at, is_active
        """;

    private readonly SemaphoreSlim reading = new(1);
    private ImmutableDictionary<(long Account, int Camera), CameraGrant> rows = ImmutableDictionary<(long, int), CameraGrant>.Empty;
    private ImmutableDictionary<long, TimeZoneInfo> zones = ImmutableDictionary<long, TimeZoneInfo>.Empty;

    /// <summary>Of all households: for the loop that watches windows, never for an answer to a person.</summary>
    public IEnumerable<CameraGrant> All => Volatile.Read(ref rows).Values;

    public CameraGrant? Find(long accountId, int cameraId) => Volatile.Read(ref rows).GetValueOrDefault((accountId, cameraId));

    public CameraGrant? Find(long householdId, long id) => All.FirstOrDefault(row => row.HouseholdId == householdId && row.Id == id);

    public IEnumerable<CameraGrant> Of(long householdId) => All.Where(row => row.HouseholdId == householdId);

    /// <summary>In which windows are meant.</summary>
    public TimeZoneInfo ZoneOf(long householdId) => Volatile.Read(ref zones).GetValueOrDefault(householdId, TimeZoneInfo.Utc);

    /// <summary>Adds a row, or puts it in the place of the one that this account has of this camera. Null when the camera is not the household's.</summary>
    public async Task<CameraGrant?> PutAsync(CameraGrant grant, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var id = await connection.ExecuteScalarAsync<long?>(new CommandDefinition(
            """
            insert into camera_access (household_id, camera_id, account_id, level, can_record, can_schedule, can_download, window_start, window_end,
              first_day, last_day, granted_by, granted_at, is_active)
            select @HouseholdId, @CameraId, @AccountId, @Level, @CanRecord, @CanSchedule, @CanDownload, @WindowStart, @WindowEnd,
              @FirstDay, @LastDay, @GrantedBy, @GrantedAt, @IsActive
            where exists (select 1 from camera where id = @CameraId and household_id = @HouseholdId)
            on conflict (account_id, camera_id) do update set level = excluded.level, can_record = excluded.can_record,
              can_schedule = excluded.can_schedule, can_download = excluded.can_download, window_start = excluded.window_start,
              window_end = excluded.window_end, first_day = excluded.first_day, last_day = excluded.last_day, granted_by = excluded.granted_by,
              granted_at = excluded.granted_at, is_active = excluded.is_active
            where camera_access.household_id = excluded.household_id
            returning id
            """,
            Row.Of(grant with { GrantedAt = time.GetUtcNow() }),
            cancellationToken: cancel));
        if (id is null)
        {
            return null;
        }

        await connection.CloseAsync(); // Nobody asks for a second one while holding one: all who do could wait for each other.
        await AnnounceAsync(cancel);
        return Find(grant.HouseholdId, id.Value);
    }

    /// <summary>False when the household has no such row.</summary>
    public async Task<bool> RemoveAsync(long householdId, long id, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var removed = await connection.ExecuteAsync(new CommandDefinition(
            "delete from camera_access where household_id = @householdId and id = @id", new { householdId, id }, cancellationToken: cancel));
        await connection.CloseAsync(); // Nobody asks for a second one while holding one: all who do could wait for each other.
        await AnnounceAsync(cancel);
        return removed > 0;
    }

    /// <summary>Reads all rows and zones anew; rings <see cref="CameraDirectory.Changed"/> for the households where something is different.</summary>
    internal async Task ReloadAsync(CancellationToken cancel)
    {
        await reading.WaitAsync(cancel);
        try
        {
            await using var connection = await database.OpenConnectionAsync(cancel);
            var read = await connection.QueryAsync<Row>(new CommandDefinition($"select {Columns} from camera_access", cancellationToken: cancel));
            await connection.CloseAsync(); // Nobody asks for a second one while holding one: all who do could wait for each other.
            var fresh = read.Select(row => row.ToGrant()).ToImmutableDictionary(row => (row.AccountId, row.CameraId));
            var zonesNow = (await households.AllHouseholdsAsync(cancel)).ToImmutableDictionary(h => h.Id, h => TimeZones.Find(h.TimeZone));
            var before = rows;
            Volatile.Write(ref zones, zonesNow);
            Volatile.Write(ref rows, fresh);
            foreach (var household in before.Values.Except(fresh.Values).Concat(fresh.Values.Except(before.Values)).Select(row => row.HouseholdId).Distinct())
            {
                directory.Changed.Send(household);
            }
        }
        finally
        {
            reading.Release();
        }
    }

    public void Dispose() => reading.Dispose();

    private async Task AnnounceAsync(CancellationToken cancel)
    {
        await ReloadAsync(cancel);
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(new CommandDefinition($"notify {CameraRegistry.Bell}", cancellationToken: cancel));
    }

    /// <summary>The row as the micro-mapper wants it.</summary>
    private sealed record Row
    {
        public long Id { get; init; }

        public long HouseholdId { get; init; }

        public int CameraId { get; init; }

        public long AccountId { get; init; }

        public string Level { get; init; } = "";

        public bool CanRecord { get; init; }

        public bool CanSchedule { get; init; }

        public bool CanDownload { get; init; }

        public TimeOnly? WindowStart { get; init; }

        public TimeOnly? WindowEnd { get; init; }

        public DateOnly? FirstDay { get; init; }

        public DateOnly? LastDay { get; init; }

        public long? GrantedBy { get; init; }

        public DateTimeOffset GrantedAt { get; init; }

        public bool IsActive { get; init; }

        public static Row Of(CameraGrant grant) => new()
        {
            Id = grant.Id,
            HouseholdId = grant.HouseholdId,
            CameraId = grant.CameraId,
            AccountId = grant.AccountId,
            Level = grant.Rights.Level.ToString().ToLowerInvariant(),
            CanRecord = grant.Rights.CanRecord,
            CanSchedule = grant.Rights.CanSchedule,
            CanDownload = grant.Rights.CanDownload,
            WindowStart = grant.Rule.Start,
            WindowEnd = grant.Rule.End,
            FirstDay = grant.Rule.FirstDay,
            LastDay = grant.Rule.LastDay,
            GrantedBy = grant.GrantedBy,
            GrantedAt = grant.GrantedAt,
            IsActive = grant.IsActive,
        };

        public CameraGrant ToGrant() => new()
        {
            Id = Id,
            HouseholdId = HouseholdId,
            CameraId = CameraId,
            AccountId = AccountId,
            Rights = new CameraRights(Enum.Parse<CameraLevel>(Level, ignoreCase: true), CanRecord, CanSchedule, CanDownload),
            Rule = new AccessRule { Start = WindowStart, End = WindowEnd, FirstDay = FirstDay, LastDay = LastDay },
            GrantedBy = GrantedBy,
            GrantedAt = GrantedAt,
            IsActive = IsActive,
        };
    }
}
