using Dapper;
using Npgsql;

namespace Vigil.Server.Health;

/// <summary>What a page of readings is to hold.</summary>
public sealed record ReadingFilter
{
    /// <summary>Only of this person; null: of the whole household.</summary>
    public long? AccountId { get; init; }

    public bool? Cry { get; init; }

    public bool? Sick { get; init; }

    public DateTimeOffset? From { get; init; }

    /// <summary>Included.</summary>
    public DateTimeOffset? To { get; init; }

    public int Limit { get; init; } = 100;

    public int Offset { get; init; }

    /// <summary>Only what stands behind this one in the list: pages that do not shift when readings come, and cost no more the further one goes.</summary>
    public Reading? Behind { get; init; }
}

/// <summary>All readings of somebody in a few numbers.</summary>
public sealed record ReadingTotals
{
    public long Readings { get; init; }

    public long Cries { get; init; }

    public long Sicks { get; init; }

    public double? Temperature { get; init; }

    public double? Humidity { get; init; }
}

/// <summary>The tables of readings. Whatever is written by the reading is written by the hour in the same statement.</summary>
public sealed class ReadingTable(NpgsqlDataSource database)
{
    /// <summary>From here on, counting hours is cheaper than counting readings.</summary>
    private const int Far = 1000;

    private const string Columns = "id, created_at, household_id, account_id, camera_id, temperature, humidity, notes, audio_file, cry_score, cry, fever, sick";

    /// <summary>Stores them; ids are given in their order.</summary>
    public async Task<IReadOnlyList<Reading>> AddAsync(IReadOnlyList<Reading> readings, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var next = new NpgsqlCommand("select array_agg(nextval('health_reading_id_seq')) from generate_series(1, $1)", connection);
        next.Parameters.Add(new NpgsqlParameter<int> { TypedValue = readings.Count });
        await next.PrepareAsync(cancel);
        var ids = (long[])(await next.ExecuteScalarAsync(cancel))!;
        await using var command = new NpgsqlCommand(
            $"""
            with written as (
                insert into health_reading ({Columns})
                select * from unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::integer[], $6::double precision[], $7::double precision[],
                  $8::text[], $9::text[], $10::real[], $11::boolean[], $12::boolean[], $13::boolean[])
                returning household_id, account_id, created_at, temperature, humidity, cry, fever, sick)
            insert into health_hour as h (household_id, account_id, hour, readings, cries, sicks, fevers, both_count, temperature_sum, humidity_sum)
            select household_id, account_id, date_trunc('hour', created_at, 'UTC'), count(*), count(*) filter (where cry), count(*) filter (where sick),
              count(*) filter (where fever), count(*) filter (where fever and cry), sum(temperature), sum(humidity)
            from written group by 1, 2, 3 order by 1, 2, 3
            on conflict (household_id, account_id, hour) do update set readings = h.readings + excluded.readings, cries = h.cries + excluded.cries,
              sicks = h.sicks + excluded.sicks, fevers = h.fevers + excluded.fevers, both_count = h.both_count + excluded.both_count,
              temperature_sum = h.temperature_sum + excluded.temperature_sum, humidity_sum = h.humidity_sum + excluded.humidity_sum
            """,
            connection);
        var p = command.Parameters;
        p.Add(new NpgsqlParameter<long[]> { TypedValue = ids });
        p.Add(new NpgsqlParameter<DateTime[]> { TypedValue = [.. readings.Select(r => r.CreatedAt.UtcDateTime)] });
        p.Add(new NpgsqlParameter<long[]> { TypedValue = [.. readings.Select(r => r.HouseholdId)] });
        p.Add(new NpgsqlParameter<long[]> { TypedValue = [.. readings.Select(r => r.AccountId)] });
        p.Add(new NpgsqlParameter<int?[]> { TypedValue = [.. readings.Select(r => r.CameraId)] });
        p.Add(new NpgsqlParameter<double[]> { TypedValue = [.. readings.Select(r => r.Temperature)] });
        p.Add(new NpgsqlParameter<double[]> { TypedValue = [.. readings.Select(r => r.Humidity)] });
        p.Add(new NpgsqlParameter<string?[]> { TypedValue = [.. readings.Select(r => r.Notes)] });
        p.Add(new NpgsqlParameter<string?[]> { TypedValue = [.. readings.Select(r => r.AudioFile)] });
        p.Add(new NpgsqlParameter<float?[]> { TypedValue = [.. readings.Select(r => r.CryScore)] });
        p.Add(new NpgsqlParameter<bool[]> { TypedValue = [.. readings.Select(r => r.Cry)] });
        p.Add(new NpgsqlParameter<bool[]> { TypedValue = [.. readings.Select(r => r.Fever)] });
        p.Add(new NpgsqlParameter<bool[]> { TypedValue = [.. readings.Select(r => r.Sick)] });
        await command.PrepareAsync(cancel);
        await command.ExecuteNonQueryAsync(cancel);
        return [.. readings.Zip(ids, (reading, id) => reading with { Id = id })];
    }

    /// <summary>The rest of a long clip changed the verdict. False: the reading is gone, or cries already.</summary>
    public async Task<bool> NowCriesAsync(Reading reading, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.ExecuteAsync(new CommandDefinition(
            """
            with changed as (
                update health_reading set cry = true, sick = @Sick, cry_score = @CryScore
                where household_id = @HouseholdId and id = @Id and created_at = @CreatedAt and not cry
                returning household_id, account_id, date_trunc('hour', created_at, 'UTC') as hour, fever)
            update health_hour h set cries = cries + 1, sicks = sicks + @Sick::int, both_count = both_count + c.fever::int
            from changed c where h.household_id = c.household_id and h.account_id = c.account_id and h.hour = c.hour
            """,
            reading,
            cancellationToken: cancel)) > 0;
    }

    public async Task<Reading?> FindAsync(long householdId, long accountId, long id, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.QuerySingleOrDefaultAsync<Reading>(new CommandDefinition(
            $"select {Columns} from health_reading where household_id = @householdId and account_id = @accountId and id = @id",
            new { householdId, accountId, id },
            cancellationToken: cancel));
    }

    /// <summary>Is this file the sound of a reading of that person?</summary>
    public async Task<bool> OwnsAudioAsync(long householdId, long accountId, string file, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select exists (select 1 from health_reading where household_id = @householdId and account_id = @accountId and audio_file = @file)",
            new { householdId, accountId, file },
            cancellationToken: cancel));
    }

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<Reading>> ListAsync(long householdId, ReadingFilter filter, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        // A page far behind fetches nothing of what it skips: whole hours are counted off by the hour, the rest in an index alone.
        var (skipped, before, offset) = filter.Offset >= Far && Counter(filter) is { } counter
            ? ($"""
                skipped as materialized (
                    select hour, total from (
                        select hour, sum({counter}) over (order by hour desc) as total from health_hour
                        where household_id = @householdId and account_id = @AccountId) h
                    where total <= @Offset order by hour limit 1),
                """,
                "and created_at < coalesce((select hour from skipped), 'infinity')",
                "@Offset - coalesce((select total from skipped), 0)")
            : ("", "", "@Offset");
        var rows = await connection.QueryAsync<Reading>(new CommandDefinition(
            $"""
            with {skipped} page as materialized (
                select created_at, id from health_reading
                where household_id = @householdId
                  and (@AccountId::bigint is null or account_id = @AccountId)
                  and (@Cry::boolean is null or cry = @Cry)
                  and (@Sick::boolean is null or sick = @Sick)
                  and (@From::timestamptz is null or created_at >= @From)
                  and (@To::timestamptz is null or created_at <= @To)
                  and (@BehindAt::timestamptz is null or (created_at, id) < (@BehindAt, @BehindId))
                  {before}
                order by created_at desc, id desc
                limit @Limit offset {offset})
            select {Columns} from page join health_reading using (id, created_at)
            where household_id = @householdId
            order by created_at desc, id desc
            """,
            new
            {
                householdId,
                filter.AccountId,
                filter.Cry,
                filter.Sick,
                filter.From,
                filter.To,
                filter.Limit,
                filter.Offset,
                BehindAt = filter.Behind?.CreatedAt,
                BehindId = filter.Behind?.Id ?? 0,
            },
            cancellationToken: cancel));
        return rows.AsList();
    }

    /// <summary>What of an hour counts towards a page; null: that is not counted by the hour.</summary>
    private static string? Counter(ReadingFilter filter) => filter switch
    {
        { AccountId: null } or { From: not null } or { To: not null } or { Behind: not null } or { Cry: not null, Sick: not null } => null,
        { Cry: { } cry } => cry ? "cries" : "readings - cries",
        { Sick: { } sick } => sick ? "sicks" : "readings - sicks",
        _ => "readings",
    };

    /// <summary>From the hours: as fast with a million readings as with none.</summary>
    public async Task<ReadingTotals> TotalsAsync(long householdId, long accountId, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.QuerySingleAsync<ReadingTotals>(new CommandDefinition(
            """
            select coalesce(sum(readings), 0) as readings, coalesce(sum(cries), 0) as cries, coalesce(sum(sicks), 0) as sicks,
              sum(temperature_sum) / nullif(sum(readings), 0) as temperature, sum(humidity_sum) / nullif(sum(readings), 0) as humidity
            from health_hour where household_id = @householdId and account_id = @accountId
            """,
            new { householdId, accountId },
            cancellationToken: cancel));
    }

    /// <summary>Removes what is older than <paramref name="before"/>, which is a whole hour, of all households; so many at a time.</summary>
    public async Task<int> RemoveBeforeAsync(DateTimeOffset before, int most, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.ExecuteAsync(new CommandDefinition(
            """
            delete from health_reading r using (
                select household_id, created_at, id from health_reading where created_at < @before limit @most) old
            where r.household_id = old.household_id and r.created_at = old.created_at and r.id = old.id
            """,
            new { before, most },
            commandTimeout: 120,
            cancellationToken: cancel));
    }

    public async Task RemoveHoursBeforeAsync(DateTimeOffset before, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(new CommandDefinition("delete from health_hour where hour < @before", new { before }, cancellationToken: cancel));
    }
}
