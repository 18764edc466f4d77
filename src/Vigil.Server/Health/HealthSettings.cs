using System.Collections.Concurrent;
using Dapper;
using Npgsql;
using Vigil.Server.Accounts;

namespace Vigil.Server.Health;

/// <summary>What parents have set about readings, read again every minute at most: another server may have written it.</summary>
public sealed class HealthSettings(NpgsqlDataSource database, HouseholdMembers members, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<long, (Known Known, long Since)> households = new();

    public async Task<HealthRules> RulesAsync(long householdId, CancellationToken cancel) => (await KnownAsync(householdId, cancel)).Rules;

    /// <summary>Whose readings a device's are: those of the first owner. Null: the household has none left.</summary>
    public async Task<long?> OwnerAsync(long householdId, CancellationToken cancel) => (await KnownAsync(householdId, cancel)).Owner;

    /// <summary>Of one room; null: nobody has set any.</summary>
    public async Task<RoomLimit?> LimitAsync(long householdId, int cameraId, CancellationToken cancel) =>
        (await KnownAsync(householdId, cancel)).Limits.GetValueOrDefault(cameraId);

    public async Task<IReadOnlyCollection<RoomLimit>> LimitsAsync(long householdId, CancellationToken cancel) => (await KnownAsync(householdId, cancel)).Limits.Values;

    public async Task SaveRulesAsync(long householdId, HealthRules rules, CancellationToken cancel)
    {
        await using (var connection = await database.OpenConnectionAsync(cancel))
        {
            await connection.ExecuteAsync(
                """
                insert into health_setting (household_id, sick_rule, fever_at, born_on, age_hints) values (@householdId, @rule, @FeverAt, @BornOn, @AgeHints)
                on conflict (household_id) do update set sick_rule = excluded.sick_rule, fever_at = excluded.fever_at, born_on = excluded.born_on,
                  age_hints = excluded.age_hints
                """,
                new { householdId, rule = System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(rules.SickRule.ToString()), rules.FeverAt, rules.BornOn, rules.AgeHints });
        }

        households.TryRemove(householdId, out _);
    }

    public async Task SaveLimitAsync(long householdId, RoomLimit limit, CancellationToken cancel)
    {
        await using (var connection = await database.OpenConnectionAsync(cancel))
        {
            await connection.ExecuteAsync(
                """
                insert into room_limit (camera_id, household_id, too_cold, too_hot, too_humid)
                select id, household_id, @TooCold, @TooHot, @TooHumid from camera where id = @CameraId and household_id = @householdId
                on conflict (camera_id) do update set too_cold = excluded.too_cold, too_hot = excluded.too_hot, too_humid = excluded.too_humid
                """,
                new { householdId, limit.CameraId, limit.TooCold, limit.TooHot, limit.TooHumid });
        }

        households.TryRemove(householdId, out _);
    }

    private async Task<Known> KnownAsync(long householdId, CancellationToken cancel)
    {
        if (households.TryGetValue(householdId, out var entry) && time.GetElapsedTime(entry.Since) < Fresh)
        {
            return entry.Known;
        }

        var since = time.GetTimestamp();
        // Before a connection is taken: who holds one and asks for a second may wait for all others who do the same.
        var people = await members.ListAsync(householdId, cancel);
        await using var connection = await database.OpenConnectionAsync(cancel);
        var rules = await connection.QuerySingleOrDefaultAsync<Row>(
            "select sick_rule, fever_at, born_on, age_hints from health_setting where household_id = @householdId", new { householdId });
        var limits = await connection.QueryAsync<RoomLimit>(
            "select camera_id, too_cold, too_hot, too_humid from room_limit where household_id = @householdId order by camera_id", new { householdId });
        var known = new Known(
            rules is null
                ? HealthRules.Usual
                : new HealthRules
                {
                    SickRule = Enum.Parse<SickRule>(rules.SickRule, ignoreCase: true),
                    FeverAt = rules.FeverAt,
                    BornOn = rules.BornOn,
                    AgeHints = rules.AgeHints,
                },
            limits.ToDictionary(limit => limit.CameraId),
            people.FirstOrDefault(person => person.Place == Place.Owner)?.AccountId);
        households[householdId] = (known, since);
        return known;
    }

    private sealed record Known(HealthRules Rules, Dictionary<int, RoomLimit> Limits, long? Owner);

    private sealed record Row
    {
        public string SickRule { get; init; } = "";

        public double FeverAt { get; init; }

        public DateOnly? BornOn { get; init; }

        public bool AgeHints { get; init; }
    }
}
