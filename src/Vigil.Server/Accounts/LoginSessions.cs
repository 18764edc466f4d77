using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Dapper;
using Npgsql;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Accounts;

/// <summary>
/// Login sessions: one row each, revocable, ninety days sliding. Every request asks the row; while the database is away, sessions seen in the last
/// day stay valid from a bounded memory, so that the live view goes on.
/// </summary>
public sealed class LoginSessions(NpgsqlDataSource database, DatabaseState state, SessionLeases watch, TimeProvider time)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(90);
    private static readonly TimeSpan TrustedWithoutDatabase = TimeSpan.FromDays(1);
    private static readonly TimeSpan SlideEvery = TimeSpan.FromMinutes(1);
    private const int MostRemembered = 10_000;
    private const int MostPerAccount = 500;

    private readonly ConcurrentDictionary<Guid, Remembered> _byUid = new();
    private readonly ConcurrentDictionary<string, Guid> _bySecret = new();

    /// <summary>Opens a session and gives the secret that goes into the cookie; only its hash is stored.</summary>
    public async Task<NewSession> OpenAsync(long accountId, string? userAgent, string? address, CancellationToken cancel)
    {
        var secret = RandomNumberGenerator.GetBytes(32);
        var now = time.GetUtcNow();
        await using var connection = await database.OpenConnectionAsync(cancel);
        var uid = Guid.CreateVersion7(now);
        var id = await connection.ExecuteScalarAsync<long>(
            """
            with seen as (update account set last_login_at = @now where id = @accountId),
            -- A script that signs in every minute must not fill the table; what goes first is what nobody has used for longest.
            crowded as (
                delete from login_session where id in (
                    select id from login_session where account_id = @accountId order by last_seen_at desc offset @most))
            insert into login_session (uid, account_id, secret_hash, user_agent, address, created_at, last_seen_at, expires_at)
            values (@uid, @accountId, @hash, @userAgent, left(@address, 64), @now, @now, @expires)
            returning id
            """,
            new { most = MostPerAccount - 1, uid, accountId, hash = SHA256.HashData(secret), userAgent = userAgent is null ? null : StoredText.Cut(userAgent, 400), address, now, expires = now + Lifetime });
        return new NewSession { Id = id, Uid = uid, Secret = Base64Url.EncodeToString(secret), ExpiresAt = now + Lifetime };
    }

    public async Task<SessionRow?> FindBySecretAsync(string secret, CancellationToken cancel)
    {
        if (!StrictBase64Url.TryDecode(secret, out var bytes) || bytes.Length != 32)
        {
            return null;
        }

        var hash = SHA256.HashData(bytes);
        var key = Convert.ToHexStringLower(hash);
        if (state.IsAvailable)
        {
            try
            {
                var row = await ReadAsync("s.secret_hash = $1", hash, cancel);
                if (row is not null)
                {
                    _bySecret[key] = row.Uid;
                }

                return row;
            }
            catch (NpgsqlException problem) when (IsAbsence(problem))
            {
                // Fall through to memory.
            }
        }

        return _bySecret.TryGetValue(key, out var uid) ? Recall(uid) : throw new DatabaseAwayException();
    }

    public async Task<SessionRow?> FindByUidAsync(Guid uid, CancellationToken cancel)
    {
        if (state.IsAvailable)
        {
            try
            {
                return await ReadAsync("s.uid = $1", uid, cancel);
            }
            catch (NpgsqlException problem) when (IsAbsence(problem))
            {
                // Fall through to memory.
            }
        }

        return Recall(uid);
    }

    /// <summary>Ends one session of one account; false when there is none. Open sockets hear of it at once.</summary>
    public async Task<bool> CloseAsync(long accountId, long sessionId, string reason, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var closed = (await connection.QueryAsync<Guid>(
            "delete from login_session where id = @sessionId and account_id = @accountId returning uid", new { sessionId, accountId })).ToList();
        Forget(closed, closed.Count > 0 ? [sessionId] : [], reason);
        return closed.Count > 0;
    }

    /// <summary>Ends every session of an account, except perhaps the one that asks.</summary>
    public async Task CloseAllAsync(long accountId, long? except, string reason, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var closed = (await connection.QueryAsync<SessionSummary>(
            "delete from login_session where account_id = @accountId and id is distinct from @except returning id, uid", new { accountId, except })).ToList();
        Forget(closed.Select(session => session.Uid), closed.Select(session => session.Id), reason);
    }

    public async Task<IReadOnlyList<SessionSummary>> ListAsync(long accountId, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return [.. await connection.QueryAsync<SessionSummary>(
            """
            select id, uid, account_id, user_agent, address, created_at, last_seen_at, expires_at
            from login_session where account_id = @accountId and expires_at > @now
            order by last_seen_at desc
            """,
            new { accountId, now = time.GetUtcNow() })];
    }

    /// <summary>Every session of the server, for administrators.</summary>
    public async Task<IReadOnlyList<SessionSummary>> ListAllAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return [.. await connection.QueryAsync<SessionSummary>(
            """
            select id, uid, account_id, user_agent, address, created_at, last_seen_at, expires_at
            from login_session where expires_at > @now
            order by last_seen_at desc
            limit 1000
            """,
            new { now = time.GetUtcNow() })];
    }

    public async Task DeleteExpiredAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync("delete from login_session where expires_at <= @now", new { now = time.GetUtcNow() });
    }

    private void Forget(IEnumerable<Guid> uids, IEnumerable<long> ids, string reason)
    {
        foreach (var uid in uids)
        {
            _byUid.TryRemove(uid, out _);
        }

        foreach (var id in ids)
        {
            watch.End(id, reason);
        }
    }

    /// <summary>Asked by every request, and nearly all of what it costs is planning: prepared, once per connection.</summary>
    private async Task<SessionRow?> ReadAsync<T>(string where, T key, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var batch = new NpgsqlBatch(connection);
        var session = new NpgsqlBatchCommand(
            $"""
            select s.id, s.uid, s.account_id, s.created_at, s.last_seen_at, s.expires_at,
                   a.uid as account_uid, a.email, a.username, a.name, a.role, a.created_at as account_created_at
            from login_session s join account a on a.id = s.account_id
            where {where} and s.expires_at > $2 and a.is_active
            """);
        session.Parameters.Add(new NpgsqlParameter<T> { TypedValue = key });
        session.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = time.GetUtcNow().UtcDateTime });
        var homes = new NpgsqlBatchCommand(
            $"""
            select h.id as household_id, h.name, h.time_zone, p.place, p.is_outsider
            from login_session s
            join household_part p on p.account_id = s.account_id
            join household h on h.id = p.household_id
            where {where}
            order by p.is_outsider, p.joined_at, h.id
            """);
        homes.Parameters.Add(new NpgsqlParameter<T> { TypedValue = key });
        batch.BatchCommands.Add(session);
        batch.BatchCommands.Add(homes);
        await batch.PrepareAsync(CancellationToken.None);
        SessionRow? row;
        await using (var reader = await batch.ExecuteReaderAsync(CancellationToken.None))
        {
            row = reader.Parse<SessionRow>().SingleOrDefault();
            if (row is null)
            {
                return null;
            }

            await reader.NextResultAsync(CancellationToken.None);
            row = row with { Households = [.. reader.Parse<SessionHousehold>()] };
        }

        var now = time.GetUtcNow();
        if (now - row.LastSeenAt > SlideEvery)
        {
            await connection.ExecuteAsync(
                "update login_session set last_seen_at = @now, expires_at = @expires where id = @Id", new { now, expires = now + Lifetime, row.Id });
            row = row with { LastSeenAt = now, ExpiresAt = now + Lifetime };
        }

        Remember(row);
        return row;
    }

    private void Remember(SessionRow row)
    {
        if (_byUid.Count >= MostRemembered)
        {
            _byUid.Clear();
            _bySecret.Clear();
        }

        _byUid[row.Uid] = new Remembered(row, time.GetUtcNow());
    }

    /// <exception cref="DatabaseAwayException">Nobody can say now whether this session is good.</exception>
    private SessionRow Recall(Guid uid) =>
        _byUid.TryGetValue(uid, out var remembered) && time.GetUtcNow() - remembered.At < TrustedWithoutDatabase && remembered.Row.ExpiresAt > time.GetUtcNow()
            ? remembered.Row
            : throw new DatabaseAwayException();

    private static bool IsAbsence(NpgsqlException problem) => problem is not PostgresException || problem.IsTransient;

    private sealed record Remembered(SessionRow Row, DateTimeOffset At);
}

/// <summary>A login session that is good now, with its account and the account's households (the first is the default one).</summary>
public sealed record SessionRow
{
    public long Id { get; init; }
    public Guid Uid { get; init; }
    public long AccountId { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset LastSeenAt { get; init; }
    public DateTimeOffset ExpiresAt { get; init; }
    public Guid AccountUid { get; init; }
    public string? Email { get; init; }
    public string Username { get; init; } = "";
    public string? Name { get; init; }
    public ServerRole Role { get; init; }
    public DateTimeOffset AccountCreatedAt { get; init; }
    public IReadOnlyList<SessionHousehold> Households { get; init; } = [];
}

/// <summary>A session as its owner, or an administrator, may see it.</summary>
public sealed record SessionSummary
{
    public long Id { get; init; }
    public Guid Uid { get; init; }
    public long AccountId { get; init; }
    public string? UserAgent { get; init; }
    public string? Address { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset LastSeenAt { get; init; }
    public DateTimeOffset ExpiresAt { get; init; }
}

public sealed record SessionHousehold
{
    public long HouseholdId { get; init; }
    public string Name { get; init; } = "";
    public string TimeZone { get; init; } = "UTC";
    public Place Place { get; init; }

    /// <summary>Not a member: only cameras that were granted.</summary>
    public bool IsOutsider { get; init; }
}

/// <summary>A session just opened; the secret is shown only here.</summary>
public sealed record NewSession
{
    public required long Id { get; init; }
    public required Guid Uid { get; init; }
    public required string Secret { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
}
