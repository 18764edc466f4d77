using System.Collections.Concurrent;
using Dapper;
using Npgsql;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Accounts;

/// <summary>
/// Tells open sockets and streams when their login session has ended (signed out, revoked, expired, account switched off, put out of the household),
/// or when the member's place there has changed, or a household is new to a page that is for all of them: what was asked at the door holds no longer, and whoever may still come in connects again.
/// An open socket lives as long as its session row; while the database is away nothing ends.
/// </summary>
public sealed partial class SessionLeases(NpgsqlDataSource database, DatabaseState state, Pulses pulses, TimeProvider time, ILogger<SessionLeases> log)
    : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<SessionLease, byte> _leases = new();

    /// <summary>Watch until the lease is disposed. <see cref="SessionLease.Ended"/> is cancelled when the session ends, at the latest five seconds after.</summary>
    /// <param name="member">Who, and where.</param>
    /// <param name="households">All that the socket is for: one more that the member joins is a change, too. None: only the member's own matters.</param>
    public SessionLease Watch(CurrentMember member, IReadOnlyList<long>? households = null)
    {
        var lease = new SessionLease(this, member.SessionId, member.HouseholdId, member.Place, member.IsOutsider) { Households = households };
        _leases[lease] = 0;
        return lease;
    }

    /// <summary>Ends the leases of a session at once; the row is gone already.</summary>
    internal void End(long sessionId, string reason)
    {
        foreach (var lease in _leases.Keys.Where(lease => lease.SessionId == sessionId))
        {
            lease.End(reason);
        }
    }

    /// <summary>Looks at all watched sessions now.</summary>
    public async Task CheckAsync(CancellationToken cancel)
    {
        var watched = _leases.Keys.ToList();
        if (watched.Count == 0 || !state.IsAvailable)
        {
            return;
        }

        await using var connection = await database.OpenConnectionAsync(cancel);
        var alive = (await connection.QueryAsync<Alive>(
            """
            select s.id as session_id, p.household_id, p.place, p.is_outsider
            from login_session s
            join account a on a.id = s.account_id and a.is_active
            join household_part p on p.account_id = s.account_id
            where s.id = any(@ids) and s.expires_at > @now
            """,
            new { ids = watched.Select(lease => lease.SessionId).Distinct().ToArray(), now = time.GetUtcNow() }))
            .ToDictionary(row => (row.SessionId, row.HouseholdId), row => (row.Place, row.IsOutsider));
        foreach (var lease in watched)
        {
            if (!alive.TryGetValue((lease.SessionId, lease.HouseholdId), out var part))
            {
                lease.End(alive.Keys.Any(key => key.SessionId == lease.SessionId) ? SessionLease.PutOut : "signedOut");
            }
            else if (part != (lease.Place, lease.IsOutsider)
                || (lease.Households is { } known && alive.Keys.Any(key => key.SessionId == lease.SessionId && !known.Contains(key.HouseholdId))))
            {
                lease.End(SessionLease.AccessChanged);
            }
        }
    }

    /// <summary>A socket that is open is a session in use: it slides with it, although no request is made.</summary>
    private async Task SlideAsync(CancellationToken cancel)
    {
        var ids = _leases.Keys.Select(lease => lease.SessionId).Distinct().ToArray();
        if (ids.Length == 0 || !state.IsAvailable)
        {
            return;
        }

        var now = time.GetUtcNow();
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(
            "update login_session set last_seen_at = @now, expires_at = @expires where id = any(@ids) and expires_at > @now",
            new { ids, now, expires = now + LoginSessions.Lifetime });
    }

    internal void Remove(SessionLease lease) => _leases.TryRemove(lease, out _);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var pulse = pulses.Register("sessions", TimeSpan.FromSeconds(60));
        using var timer = new PeriodicTimer(Every, time);
        var round = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await CheckAsync(stoppingToken);
                if (round++ % 60 == 0)
                {
                    await SlideAsync(stoppingToken);
                }
            }
            catch (Exception problem) when (problem is NpgsqlException or InvalidOperationException or TimeoutException)
            {
                LogSkipped(problem.Message);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            pulse.Beat();
            try
            {
                await timer.WaitForNextTickAsync(stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Sessions could not be checked: {Reason}")]
    private partial void LogSkipped(string reason);

    private sealed class Alive
    {
        public long SessionId { get; init; }
        public long HouseholdId { get; init; }
        public Place Place { get; init; }
        public bool IsOutsider { get; init; }
    }
}

/// <summary>One socket's interest in its session.</summary>
public sealed class SessionLease : IDisposable
{
    /// <summary>The reason when the login session lives on: connect again.</summary>
    public const string AccessChanged = "accessChanged";

    /// <summary>The reason when the login session lives on, but not in this household: connect again with another.</summary>
    public const string PutOut = "putOut";

    private readonly SessionLeases _watch;
    private readonly CancellationTokenSource _ended = new();

    internal SessionLease(SessionLeases watch, long sessionId, long householdId, Place place, bool isOutsider)
    {
        _watch = watch;
        SessionId = sessionId;
        HouseholdId = householdId;
        Place = place;
        IsOutsider = isOutsider;
        Ended = _ended.Token;
    }

    public long SessionId { get; }

    public long HouseholdId { get; }

    public Place Place { get; }

    public bool IsOutsider { get; }

    /// <summary>All households that the socket is for; null: only its own matters.</summary>
    internal IReadOnlyList<long>? Households { get; init; }

    /// <summary>Cancelled when the session has ended.</summary>
    public CancellationToken Ended { get; }

    /// <summary>Why, for the page: `signedOut`, `revoked`, `passwordChanged`, or one of the above.</summary>
    public string Reason { get; private set; } = "signedOut";

    internal void End(string reason)
    {
        Reason = reason;
        try
        {
            _ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The socket closed at the same moment.
        }
    }

    public void Dispose()
    {
        _watch.Remove(this);
        _ended.Dispose();
    }
}
