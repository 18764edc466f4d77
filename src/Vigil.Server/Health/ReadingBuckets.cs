using Dapper;
using Npgsql;

namespace Vigil.Server.Health;

/// <summary>The readings of one stretch of time together.</summary>
public sealed record ReadingBucket
{
    /// <summary>Its beginning.</summary>
    public DateTimeOffset At { get; init; }

    public long Readings { get; init; }

    public long Cries { get; init; }

    public long Sicks { get; init; }

    public long Fevers { get; init; }

    /// <summary>Fever and crying.</summary>
    public long Both { get; init; }

    public double Temperature { get; init; }

    public double Humidity { get; init; }
}

/// <summary>Which readings, cut how.</summary>
public sealed record BucketQuery
{
    public required long HouseholdId { get; init; }

    /// <summary>Null: of the whole household.</summary>
    public long? AccountId { get; init; }

    public required TimeSpan Step { get; init; }

    public required DateTimeOffset From { get; init; }

    /// <summary>Included.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>IANA name: whose midnights and Mondays.</summary>
    public string Zone { get; init; } = "UTC";
}

/// <summary>Averages and counts over time. Whole hours come from the hours; only what sticks out at both ends is counted by the reading.</summary>
public sealed class ReadingBuckets(NpgsqlDataSource database)
{
    /// <summary>More than any screen has.</summary>
    private const int MostBuckets = 20_000;

    private static readonly long Hour = TimeSpan.TicksPerHour;

    /// <summary>Newest first, without empty ones. Weeks begin on Mondays.</summary>
    public async Task<IReadOnlyList<ReadingBucket>> ReadAsync(BucketQuery query, CancellationToken cancel)
    {
        var (first, last) = WholeHours(query);
        await using var connection = await database.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<ReadingBucket>(new CommandDefinition(
            """
            with part as (
                select hour as moment, readings, cries, sicks, fevers, both_count, temperature_sum, humidity_sum from health_hour
                where household_id = @HouseholdId and (@AccountId::bigint is null or account_id = @AccountId) and hour >= @first and hour < @last
                union all
                select created_at, 1, cry::int, sick::int, fever::int, (fever and cry)::int, temperature, humidity from health_reading
                where household_id = @HouseholdId and (@AccountId::bigint is null or account_id = @AccountId)
                  and created_at >= @From and created_at < @first and created_at <= @To
                union all
                select created_at, 1, cry::int, sick::int, fever::int, (fever and cry)::int, temperature, humidity from health_reading
                where household_id = @HouseholdId and (@AccountId::bigint is null or account_id = @AccountId)
                  and created_at >= @last and created_at <= @To)
            select date_bin(@Step, moment at time zone @Zone, timestamp '2000-01-03') at time zone @Zone as at, sum(readings) as readings, sum(cries) as cries,
              sum(sicks) as sicks, sum(fevers) as fevers, sum(both_count) as both, sum(temperature_sum) / sum(readings) as temperature,
              sum(humidity_sum) / sum(readings) as humidity
            from part group by 1 order by 1 desc limit @MostBuckets
            """,
            new { query.HouseholdId, query.AccountId, query.Step, query.From, query.To, query.Zone, first, last, MostBuckets },
            cancellationToken: cancel));
        return rows.AsList();
    }

    /// <summary>The whole hours within; none when the step is finer than they are. <c>last</c> is never before <c>From</c>.</summary>
    private static (DateTimeOffset First, DateTimeOffset Last) WholeHours(BucketQuery query)
    {
        if (query.Step.Ticks % Hour != 0 || query.To <= query.From)
        {
            return (query.From, query.From);
        }

        var first = new DateTimeOffset((query.From.UtcTicks + Hour - 1) / Hour * Hour, TimeSpan.Zero);
        var last = new DateTimeOffset(query.To.UtcTicks / Hour * Hour, TimeSpan.Zero);
        return last > first ? (first, last) : (query.From, query.From);
    }
}
