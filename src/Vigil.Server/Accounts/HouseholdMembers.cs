using Dapper;
using Npgsql;

namespace Vigil.Server.Accounts;

/// <summary>The front door to who belongs to which household. Other features ask here and never join the tables.</summary>
public sealed class HouseholdMembers(NpgsqlDataSource database)
{
    public async Task<IReadOnlyList<HouseholdMember>> ListAsync(long householdId, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<HouseholdMember>(
            """
            select a.id as account_id, a.uid as account_uid, a.email, a.username, a.name, m.place
            from membership m join account a on a.id = m.account_id
            where m.household_id = @householdId and a.is_active
            order by m.joined_at, a.id
            """,
            new { householdId });
        return [.. rows];
    }

    /// <summary>The household's zone and name, or null when there is no such household.</summary>
    public async Task<Household?> FindHouseholdAsync(long householdId, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.QuerySingleOrDefaultAsync<Household>(
            "select id, uid, name, time_zone, created_at from household where id = @householdId", new { householdId });
    }

    /// <summary>Every household of this server; for loops that work through all of them.</summary>
    public async Task<IReadOnlyList<Household>> AllHouseholdsAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return [.. await connection.QueryAsync<Household>("select id, uid, name, time_zone, created_at from household order by id")];
    }
}

/// <summary>One person's place in a household.</summary>
public sealed record HouseholdMember
{
    public long AccountId { get; init; }
    public Guid AccountUid { get; init; }
    public string? Email { get; init; }
    public string Username { get; init; } = "";
    public string? Name { get; init; }
    public Place Place { get; init; }
}

/// <summary>People and cameras under one roof. Everything a household owns carries its id.</summary>
public sealed record Household
{
    public long Id { get; init; }
    public Guid Uid { get; init; }
    public string Name { get; init; } = "";
    public string TimeZone { get; init; } = "UTC";
    public DateTimeOffset CreatedAt { get; init; }
}
