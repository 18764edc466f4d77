using Dapper;
using Npgsql;

namespace Vigil.Server.Accounts;

/// <summary>Accounts and how they come to be. One account has one e-mail and one username, both unique without regard to case.</summary>
public sealed class AccountDirectory(NpgsqlDataSource database, Passwords passwords, TimeProvider time)
{
    private const string Columns =
        "id, uid, email, username, name, role, is_active, created_at, last_login_at, password_hash, first_name, last_name, phone_number, bio, updated_at";

    /// <summary>Held while an account is made, so that "the first account" is decided once.</summary>
    private const long RegistrationLock = 7823;

    public async Task<bool> AnyAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.ExecuteScalarAsync<bool>("select exists (select 1 from account)");
    }

    public async Task<Account?> FindAsync(long accountId, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.QuerySingleOrDefaultAsync<Account>($"select {Columns} from account where id = @accountId", new { accountId });
    }

    /// <summary>By e-mail or username, in whichever field the person typed it. An e-mail wins over a username that looks like one.</summary>
    public async Task<Account?> FindByLoginAsync(string login, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.QueryFirstOrDefaultAsync<Account>(
            $"""
            select {Columns} from account
            where lower(email) = lower(@login) or lower(username) = lower(@login)
            order by (lower(email) = lower(@login)) desc nulls last
            limit 1
            """,
            new { login = login.Trim() });
    }

    /// <summary>Makes an account and, unless it joins an existing household, a household of its own. The very first account becomes superadmin.</summary>
    public async Task<AccountMade> CreateAsync(NewAccount wanted, CancellationToken cancel)
    {
        var hash = await passwords.HashAsync(wanted.Password, cancel);
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await connection.ExecuteAsync("select pg_advisory_xact_lock(@RegistrationLock)", new { RegistrationLock }, transaction);
        var isFirst = !await connection.ExecuteScalarAsync<bool>("select exists (select 1 from account)", transaction: transaction);
        if (wanted.OnlyIfFirst && !isFirst)
        {
            return AccountMade.Refused(AccountRefusal.NotFirst);
        }

        if (wanted is { Email: not null, JoinHouseholdId: { } joined, JoinIfKnown: true } && await connection.QuerySingleOrDefaultAsync<Account>(
            $"select {Columns} from account where lower(email) = lower(@Email)", wanted, transaction) is { } known)
        {
            var isNewHere = await connection.ExecuteAsync(
                "insert into membership (account_id, household_id, place, joined_at) values (@Id, @joined, @place, @now) on conflict do nothing",
                new { known.Id, joined, place = Words.Of(wanted.Place), now = time.GetUtcNow() },
                transaction) > 0;
            await transaction.CommitAsync(cancel);
            return isNewHere ? new AccountMade { Account = known, HouseholdId = joined, WasKnown = true } : AccountMade.Refused(AccountRefusal.AlreadyMember);
        }

        if (wanted.Email is not null && await connection.ExecuteScalarAsync<bool>(
            "select exists (select 1 from account where lower(@Email) in (lower(email), lower(username)))", wanted, transaction))
        {
            return AccountMade.Refused(AccountRefusal.EmailTaken);
        }

        var username = wanted.Username;
        if (username is null)
        {
            username = await FreeUsernameAsync(connection, transaction, wanted.Email ?? "member");
        }
        else if (await connection.ExecuteScalarAsync<bool>(
            "select exists (select 1 from account where lower(@username) in (lower(username), lower(email)))", new { username }, transaction))
        {
            return AccountMade.Refused(AccountRefusal.UsernameTaken);
        }

        var now = time.GetUtcNow();
        var account = await connection.QuerySingleAsync<Account>(
            $"""
            insert into account (email, username, name, password_hash, role, created_at)
            values (@Email, @username, @Name, @hash, @role, @now)
            returning {Columns}
            """,
            new { wanted.Email, username, wanted.Name, hash, role = Words.Of(isFirst ? ServerRole.Superadmin : wanted.Role), now },
            transaction);

        var householdId = wanted.JoinHouseholdId ?? await connection.ExecuteScalarAsync<long>(
            "insert into household (name, time_zone, created_at) values (@name, @TimeZone, @now) returning id",
            new { name = wanted.HouseholdName ?? $"{wanted.Name ?? username}'s home", wanted.TimeZone, now },
            transaction);
        await connection.ExecuteAsync(
            "insert into membership (account_id, household_id, place, joined_at) values (@Id, @householdId, @place, @now)",
            new { account.Id, householdId, place = Words.Of(wanted.JoinHouseholdId is null ? Place.Owner : wanted.Place), now },
            transaction);
        await transaction.CommitAsync(cancel);
        return new AccountMade { Account = account, HouseholdId = householdId };
    }

    public async Task<IReadOnlyList<Account>> ListAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return [.. await connection.QueryAsync<Account>($"select {Columns} from account order by id")];
    }

    public async Task<Account?> FindByUidAsync(Guid uid, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.QuerySingleOrDefaultAsync<Account>($"select {Columns} from account where uid = @uid", new { uid });
    }

    /// <summary>What people tell of themselves: username, names, telephone, a few words. False when somebody else has the username.</summary>
    public async Task<bool> SetProfileAsync(Account account, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        try
        {
            return await connection.ExecuteAsync(
                """
                update account set username = @Username, name = @Name, first_name = @FirstName, last_name = @LastName,
                  phone_number = @PhoneNumber, bio = @Bio, updated_at = @now
                where id = @Id and not exists (
                  select 1 from account other where other.id <> @Id and lower(@Username) in (lower(other.username), lower(other.email)))
                """,
                new { account.Id, account.Username, account.Name, account.FirstName, account.LastName, account.PhoneNumber, account.Bio, now = time.GetUtcNow() }) > 0;
        }
        catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return false;
        }
    }

    /// <summary>Deletes an account for good. False when it is the only owner of a household: that would be nobody's then.</summary>
    public async Task<bool> RemoveAsync(long accountId, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await connection.ExecuteAsync(
            "select 1 from membership where household_id in (select household_id from membership where account_id = @accountId) for update",
            new { accountId }, transaction);
        var removed = await connection.ExecuteAsync(
            """
            delete from account where id = @accountId and not exists (
              select 1 from membership mine where mine.account_id = @accountId and mine.place = 'owner' and not exists (
                select 1 from membership other where other.household_id = mine.household_id and other.account_id <> @accountId and other.place = 'owner'))
            """,
            new { accountId }, transaction);
        await transaction.CommitAsync(cancel);
        return removed > 0;
    }

    public async Task<IReadOnlyList<Account>> ListAsync(IReadOnlyCollection<long> ids, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return [.. await connection.QueryAsync<Account>($"select {Columns} from account where id = any(@ids) and is_active", new { ids = ids.ToArray() })];
    }

    public async Task SetRoleAsync(long accountId, ServerRole role, bool isActive, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(
            "update account set role = @role, is_active = @isActive where id = @accountId", new { accountId, role = Words.Of(role), isActive });
    }

    public async Task SetPasswordAsync(long accountId, string password, CancellationToken cancel)
    {
        var hash = await passwords.HashAsync(password, cancel);
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync("update account set password_hash = @hash where id = @accountId", new { hash, accountId });
    }

    /// <summary>The local part of the e-mail, with a number behind it when somebody has it already.</summary>
    private static async Task<string> FreeUsernameAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, string email)
    {
        var local = email.Split('@')[0];
        var stem = local.Length is > 0 and <= 140 ? local : "member";
        var taken = (await connection.QueryAsync<string>(
            "select lower(username) from account where lower(username) like @pattern",
            new { pattern = stem.ToLowerInvariant().Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal) + "%" },
            transaction)).ToHashSet();
        return Enumerable.Range(1, taken.Count + 1)
            .Select(number => number == 1 ? stem : $"{stem}{number}")
            .First(candidate => !taken.Contains(candidate.ToLowerInvariant()));
    }
}

public sealed record Account
{
    public long Id { get; init; }
    public Guid Uid { get; init; }
    public string? Email { get; init; }
    public string Username { get; init; } = "";
    public string? Name { get; init; }
    public ServerRole Role { get; init; }
    public bool IsActive { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? LastLoginAt { get; init; }
    public string PasswordHash { get; init; } = "";
    public string? FirstName { get; init; }
    public string? LastName { get; init; }
    public string? PhoneNumber { get; init; }
    public string? Bio { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
}

public sealed record NewAccount
{
    public string? Email { get; init; }

    /// <summary>Null: derived from the e-mail's local part, made unique.</summary>
    public string? Username { get; init; }

    public required string Password { get; init; }
    public string? Name { get; init; }
    public ServerRole Role { get; init; } = ServerRole.Dev;

    /// <summary>Refuse when an account exists already.</summary>
    public bool OnlyIfFirst { get; init; }

    /// <summary>Join this household at <see cref="Place"/>; null: found one, as its owner.</summary>
    public long? JoinHouseholdId { get; init; }

    /// <summary>When the e-mail has an account already, that one joins as it is: its password, names and role are its owner's.</summary>
    public bool JoinIfKnown { get; init; }

    public Place Place { get; init; } = Place.Parent;
    public string? HouseholdName { get; init; }
    public string TimeZone { get; init; } = "UTC";
}

public enum AccountRefusal
{
    EmailTaken,
    UsernameTaken,
    NotFirst,
    AlreadyMember,
}

public sealed record AccountMade
{
    public Account? Account { get; init; }
    public long HouseholdId { get; init; }

    /// <summary>It was there before and has only joined.</summary>
    public bool WasKnown { get; init; }

    public AccountRefusal? Refusal { get; init; }

    public static AccountMade Refused(AccountRefusal reason) => new() { Refusal = reason };
}

/// <summary>Enum words as the database spells them.</summary>
internal static class Words
{
    public static string Of(ServerRole role) => role.ToString().ToLowerInvariant();

    public static string Of(Place place) => place.ToString().ToLowerInvariant();
}
