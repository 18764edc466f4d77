using Dapper;
using Npgsql;
using Vigil.Server.Hosting;

namespace Vigil.Server.Database;

/// <summary>
/// Which of several servers on one database runs the loops (ingest, recording, detection). Holds an advisory lock on a connection of its own and a row
/// with a heartbeat; the rules are in <see cref="LoopPolicy"/>.
/// </summary>
public sealed partial class LoopOwner(
    NpgsqlDataSource database, DatabaseState state, VigilPaths paths, IConfiguration configuration, Pulses pulses, TimeProvider time,
    ILogger<LoopOwner> log, EmbeddedPostgres? embedded = null) : BackgroundService
{
    private const long LockKey = 84446;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly bool _takeOver = configuration.GetValue("Database:TakeOver", false);
    private TaskCompletionSource<CancellationToken> _owned = NewSource();
    private CancellationTokenSource _lost = new();
    private NpgsqlConnection? _connection;
    private Guid _me;
    private bool _promised;
    private bool _saidWaiting;
    private long _contact;
    private ITimer? _yield;

    /// <summary>True while this server may run loops; stays true while the database is away and nobody else can have taken over.</summary>
    public bool IsOwner { get; private set; }

    /// <summary>Another server on this database has shown itself within the last minute, as far as the owner knows.</summary>
    public bool HasStandBy { get; private set; }

    /// <summary>Completes when this server owns the loops. The token it gives is cancelled when ownership is lost: stop at once, then wait again.</summary>
    public Task<CancellationToken> WaitUntilOwnerAsync(CancellationToken cancel)
    {
        lock (_lock)
        {
            return _owned.Task.WaitAsync(cancel);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var pulse = pulses.Register("loop ownership", TimeSpan.FromSeconds(60));
        try
        {
            await state.WaitUntilAvailableAsync(stoppingToken);
            _me = ServerId();
            while (true)
            {
                try
                {
                    await StepAsync(stoppingToken);
                }
                catch (Exception problem) when (problem is NpgsqlException or InvalidOperationException or TimeoutException or ObjectDisposedException)
                {
                    // Whether to stop is not decided here, where a hanging connection could delay it, but by the timer.
                    LogOutOfReach(problem.Message);
                    await DropConnectionAsync();
                }

                pulse.Beat();
                await Task.Delay(Every, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping; StopAsync hands over.
        }
    }

    /// <summary>The features' loops are stopped before this (hosted services stop in reverse order), so handing over is safe.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (IsOwner && _connection is not null)
        {
            try
            {
                await _connection.ExecuteAsync("update loop_ownership set owner_id = null, backend_pid = null where owner_id = @_me; delete from server_instance where id = @_me", new { _me });
            }
            catch (Exception broken) when (broken is NpgsqlException or InvalidOperationException or ObjectDisposedException)
            {
                // The next start of this server takes up where it was; another waits for the promise.
            }
        }

        Lose(quietly: true);
        await DropConnectionAsync();
    }

    public override void Dispose()
    {
        _yield?.Dispose();
        _lost.Dispose();
        base.Dispose();
    }

    private async Task StepAsync(CancellationToken cancel)
    {
        var before = time.GetTimestamp();
        if (_connection is null)
        {
            _connection = await database.OpenConnectionAsync(cancel);
            if (!await TryLockAsync(_connection))
            {
                return;
            }
        }

        await _connection.ExecuteAsync(
            """
            insert into server_instance (id, machine, started_at, heartbeat_at) values (@_me, @machine, now(), now())
            on conflict (id) do update set heartbeat_at = now()
            """,
            new { _me, machine = Environment.MachineName });
        var standBy = embedded is null && await _connection.ExecuteScalarAsync<bool>(
            "select exists (select 1 from server_instance where id <> @_me and heartbeat_at > now() - interval '1 minute')", new { _me });
        HasStandBy = standBy;
        // From here on the promise may stand in the database even if we never hear so.
        _promised |= standBy;
        ArmTimer();
        var mine = await _connection.ExecuteAsync(
            """
            update loop_ownership set heartbeat_at = now(), backend_pid = pg_backend_pid(), yields_after_seconds = @yields
            where owner_id = @_me
            """,
            new { _me, yields = standBy ? (int?)LoopPolicy.YieldAfter.TotalSeconds : null });
        if (mine == 0)
        {
            // Somebody took over by hand.
            Lose();
            await DropConnectionAsync();
            return;
        }

        _promised = standBy;
        _contact = before;
        ArmTimer();
        Win();
    }

    /// <summary>Takes the lock and the row together, if the policy allows. Leaves no connection behind when it does not.</summary>
    private async Task<bool> TryLockAsync(NpgsqlConnection connection)
    {
        const string Read = "select owner_id, backend_pid, yields_after_seconds, heartbeat_at, now() as now from loop_ownership";
        await connection.ExecuteAsync(
            """
            insert into server_instance (id, machine, started_at, heartbeat_at) values (@_me, @machine, now(), now())
            on conflict (id) do update set heartbeat_at = now()
            """,
            new { _me, machine = Environment.MachineName });
        var row = await connection.QuerySingleAsync<LoopOwnership>(Read);
        var may = LoopPolicy.MayTake(row, _me, embedded is not null, _takeOver);
        if (may && await connection.ExecuteScalarAsync<bool>("select pg_try_advisory_lock(@LockKey)", new { LockKey }))
        {
            await using var transaction = await connection.BeginTransactionAsync();
            row = await connection.QuerySingleAsync<LoopOwnership>(Read + " for update", transaction: transaction);
            if (LoopPolicy.MayTake(row, _me, embedded is not null, _takeOver))
            {
                await connection.ExecuteAsync(
                    "update loop_ownership set owner_id = @_me, backend_pid = pg_backend_pid(), yields_after_seconds = null, heartbeat_at = now()",
                    new { _me }, transaction);
                await transaction.CommitAsync();
                return true;
            }
        }
        else if (may && row.OwnerId == _me && row.BackendPid is { } pid)
        {
            // Our own connection of before the interruption still holds the lock at the server's end.
            await connection.ExecuteAsync(
                """
                select pg_terminate_backend(l.pid) from pg_locks l
                where l.locktype = 'advisory' and l.granted and l.pid = @pid and l.pid <> pg_backend_pid()
                  and (l.classid::bigint << 32) | l.objid::bigint = @LockKey
                """,
                new { pid, LockKey });
        }

        if (row.OwnerId is not null && row.OwnerId != _me)
        {
            Lose();
            if (!_saidWaiting)
            {
                _saidWaiting = true;
                LogWaiting();
            }
        }

        await DropConnectionAsync();
        return false;
    }

    private void ArmTimer() => (_yield ??= time.CreateTimer(_ => YieldNow(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan))
        .Change(LoopPolicy.MayRunFor(_promised, time.GetElapsedTime(_contact)) ?? Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    private void YieldNow()
    {
        if (IsOwner)
        {
            LogYielded();
            Lose();
        }
    }

    private void Win()
    {
        lock (_lock)
        {
            if (!IsOwner)
            {
                IsOwner = true;
                _saidWaiting = false;
                LogOwner();
                _owned.SetResult(_lost.Token);
            }
        }
    }

    private void Lose(bool quietly = false)
    {
        CancellationTokenSource lost;
        lock (_lock)
        {
            if (!IsOwner)
            {
                return;
            }

            IsOwner = false;
            lost = _lost;
            _lost = new CancellationTokenSource();
            _owned = NewSource();
        }

        if (!quietly)
        {
            LogLost();
        }

        lost.Cancel();
        lost.Dispose();
    }

    /// <summary>Closes for real: a connection that goes back to the pool would keep the lock.</summary>
    private async Task DropConnectionAsync()
    {
        if (_connection is not { } connection)
        {
            return;
        }

        _connection = null;
        try
        {
            await connection.ExecuteAsync("select pg_advisory_unlock_all()");
        }
        catch (Exception problem) when (problem is NpgsqlException or InvalidOperationException or ObjectDisposedException)
        {
            // It is broken, and the server lets go of its locks itself.
        }

        await connection.DisposeAsync();
    }

    /// <summary>Who this data directory is; a restart is the same server.</summary>
    private Guid ServerId()
    {
        var file = Path.Combine(paths.Data, "server-id");
        if (File.Exists(file) && Guid.TryParse(File.ReadAllText(file), out var id))
        {
            return id;
        }

        id = Guid.CreateVersion7(time.GetUtcNow());
        PrivateFile.Write(file, System.Text.Encoding.ASCII.GetBytes(id.ToString()));
        return id;
    }

    private static TaskCompletionSource<CancellationToken> NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(Level = LogLevel.Information, Message = "This server runs the cameras.")]
    private partial void LogOwner();

    [LoggerMessage(Level = LogLevel.Warning, Message = "This server no longer runs the cameras.")]
    private partial void LogLost();

    [LoggerMessage(Level = LogLevel.Debug, Message = "The ownership of the loops could not be confirmed: {Reason}")]
    private partial void LogOutOfReach(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database is out of reach and another server stands by: leaving the cameras to it.")]
    private partial void LogYielded();

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Another server on this database runs the cameras; this one serves pages only. If that server is gone for good, start once with Database__TakeOver=true.")]
    private partial void LogWaiting();
}
