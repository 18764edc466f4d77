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

    /// <summary>The accounts of a household, also those that are switched off.</summary>
    public async Task<IReadOnlyList<long>> AccountsAsync(long householdId, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return [.. await connection.QueryAsync<long>("select account_id from membership where household_id = @householdId", new { householdId })];
    }

    /// <summary>True of somebody who is in another household too, or sees cameras of one.</summary>
    public async Task<bool> IsElsewhereAsync(long householdId, long accountId, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            """
            select exists (select 1 from membership where account_id = @accountId and household_id <> @householdId)
              or exists (select 1 from camera_access where account_id = @accountId and household_id <> @householdId)
            """,
            new { householdId, accountId },
            cancellationToken: cancel));
    }

    /// <summary>The household's zone and name, or null when there is no such household.</summary>
    public async Task<Household?> FindHouseholdAsync(long householdId, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.QuerySingleOrDefaultAsync<Household>(
            "select id, uid, name, time_zone, created_at from household where id = @householdId", new { householdId });
    }

    public async Task UpdateHouseholdAsync(long householdId, string name, string timeZone, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(
            "update household set name = @name, time_zone = @timeZone where id = @householdId", new { householdId, name, timeZone });
    }

    /// <summary>Changes a member's place. A household keeps at least one owner.</summary>
    public Task<MemberChange> SetPlaceAsync(long householdId, long accountId, Place place, CancellationToken cancel) =>
        ChangeAsync(householdId, accountId, place == Place.Owner, (connection, transaction) => connection.ExecuteAsync(
            "update membership set place = @place where household_id = @householdId and account_id = @accountId",
            new { place = Words.Of(place), householdId, accountId }, transaction), cancel);

    /// <summary>Puts a member out. Somebody left without any household gets an empty one, so that the account still works.</summary>
    public Task<MemberChange> RemoveAsync(long householdId, long accountId, CancellationToken cancel) =>
        ChangeAsync(householdId, accountId, remainsOwner: false, (connection, transaction) => connection.ExecuteAsync(
            """
            delete from membership where household_id = @householdId and account_id = @accountId;
            -- Otherwise they would go on as an outsider with the cameras they were granted as a guest.
            delete from camera_access where household_id = @householdId and account_id = @accountId;
            notify vigil_cameras;

            with homeless as (
                select a.id, coalesce(a.name, a.username) as name from account a
                where a.id = @accountId and not exists (select 1 from membership m where m.account_id = a.id)),
            home as (
                insert into household (name, time_zone)
                select left(homeless.name || @suffix, 200), old.time_zone from homeless, household old where old.id = @householdId
                returning id)
            insert into membership (account_id, household_id, place) select homeless.id, home.id, 'owner' from homeless, home;
            """,
            new { householdId, accountId, suffix = "'s home" }, transaction), cancel);

    private async Task<MemberChange> ChangeAsync(
        long householdId, long accountId, bool remainsOwner, Func<NpgsqlConnection, NpgsqlTransaction, Task> change, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var members = (await connection.QueryAsync<HouseholdMember>(
            "select account_id, place from membership where household_id = @householdId for update", new { householdId }, transaction)).ToList();
        if (members.Find(member => member.AccountId == accountId) is not { } member)
        {
            return MemberChange.NotFound;
        }

        if (!remainsOwner && member.Place == Place.Owner && members.Count(other => other.Place == Place.Owner) == 1)
        {
            return MemberChange.LastOwner;
        }

        await change(connection, transaction);
        await transaction.CommitAsync(cancel);
        return MemberChange.Done;
    }

    /// <summary>Every household of this server; for loops that work through all of them.</summary>
    public async Task<IReadOnlyList<Household>> AllHouseholdsAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return [.. await connection.QueryAsync<Household>("select id, uid, name, time_zone, created_at from household order by id")];
    }
}

public enum MemberChange
{
    Done,
    NotFound,
    LastOwner,
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
