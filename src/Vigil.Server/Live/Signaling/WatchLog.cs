using System.Collections.Concurrent;
using System.Threading.Channels;
using Dapper;
using Npgsql;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live.Signaling;

/// <summary>One row of <c>watch_sessions</c>, as it is to be written.</summary>
internal sealed record WatchRow
{
    public required Guid Id { get; init; }
    public required long HouseholdId { get; init; }
    public required long DeviceId { get; init; }
    public required long AccountId { get; init; }
    public required WatchState State { get; init; }
    public required WatchEnd? Reason { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required DateTimeOffset? ActiveAt { get; init; }
    public required DateTimeOffset? EndedAt { get; init; }
}

/// <summary>
/// Writes watch sessions down behind those who watch: nobody waits for the database, and while it is away sessions go on. Of several changes of one session
/// only the last is written.
/// </summary>
internal sealed partial class WatchLog(NpgsqlDataSource database, DatabaseState state, Pulses pulses, TimeProvider time, ILogger<WatchLog> log)
    : BackgroundService
{
    /// <summary>Sessions that wait for the database; further ones are not written down, and counted.</summary>
    private const int MostWaiting = 20_000;

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    /// <summary>Between two writes: most sessions change three times within it, and what a stream of them costs does not grow with their number.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<Guid, WatchRow> waiting = new();
    private readonly Channel<bool> doorbell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly SemaphoreSlim writing = new(1);
    private long lost;

    /// <summary>Sessions that could not be written down because too many waited.</summary>
    public long Lost => Volatile.Read(ref lost);

    public void Write(WatchRow row)
    {
        if (waiting.Count >= MostWaiting && !waiting.ContainsKey(row.Id))
        {
            Interlocked.Increment(ref lost);
            return;
        }

        waiting[row.Id] = row;
        doorbell.Writer.TryWrite(true);
    }

    /// <summary>Writes what waits now; completes when everything said so far stands in the table.</summary>
    public async Task WrittenAsync(CancellationToken cancel)
    {
        while (!await TryFlushAsync(cancel))
        {
            await Task.Delay(Retry, time, cancel);
        }
    }

    public override void Dispose()
    {
        writing.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var pulse = pulses.Register("watch sessions", TimeSpan.FromMinutes(2));
        try
        {
            await foreach (var _ in pulse.ReadAllAsync(doorbell.Reader, stoppingToken))
            {
                while (!waiting.IsEmpty && !await TryFlushAsync(stoppingToken))
                {
                    pulse.Beat();
                    await Task.Delay(Retry, time, stoppingToken);
                }

                await Task.Delay(Pause, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }

        await TryFlushAsync(CancellationToken.None);
    }

    private async Task<bool> TryFlushAsync(CancellationToken cancel)
    {
        await writing.WaitAsync(cancel); // Of two writes of one session the later must be the last.
        try
        {
            var rows = waiting.Values.ToArray();
            if (!state.IsAvailable)
            {
                return false;
            }

            if (rows.Length > 0)
            {
                await UpsertAsync(rows, cancel);
            }

            foreach (var row in rows)
            {
                waiting.TryRemove(KeyValuePair.Create(row.Id, row)); // Unless it has changed meanwhile.
            }

            return true;
        }
        catch (Exception failure) when (failure is NpgsqlException or IOException or InvalidOperationException or TimeoutException)
        {
            LogUnwritten(failure.GetType().Name);
            return false;
        }
        finally
        {
            writing.Release();
        }
    }

    private async Task UpsertAsync(WatchRow[] rows, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        // Joined, because a device, a household or an account may have gone since.
        await connection.ExecuteAsync(
            """
            insert into watch_sessions (id, household_id, signal_device_id, account_id, status, reason, started_at, active_at, ended_at, seen_at)
            select s.id, h.id, d.id, a.id, s.status, s.reason, s.started, s.active, s.ended, @now
            from unnest(@ids, @households, @devices, @accounts, @states, @reasons, @starteds, @actives, @endeds)
              as s (id, household_id, device_id, account_id, status, reason, started, active, ended)
            join household h on h.id = s.household_id
            join signal_device d on d.id = s.device_id
            left join account a on a.id = s.account_id
            on conflict (id) do update
            set status = excluded.status, reason = excluded.reason, active_at = excluded.active_at, ended_at = excluded.ended_at, seen_at = excluded.seen_at
            """,
            new
            {
                now = time.GetUtcNow(),
                ids = rows.Select(r => r.Id).ToArray(),
                households = rows.Select(r => r.HouseholdId).ToArray(),
                devices = rows.Select(r => r.DeviceId).ToArray(),
                accounts = rows.Select(r => r.AccountId).ToArray(),
                states = rows.Select(r => WatchWords.Of(r.State)).ToArray(),
                reasons = rows.Select(r => r.Reason is { } reason ? WatchWords.Of(reason) : null).ToArray(),
                // With an offset: an array of DateTime? that begins with null has no kind, and Npgsql refuses what follows.
                starteds = rows.Select(r => r.StartedAt.ToUniversalTime()).ToArray(),
                actives = rows.Select(r => r.ActiveAt?.ToUniversalTime()).ToArray(),
                endeds = rows.Select(r => r.EndedAt?.ToUniversalTime()).ToArray(),
            });
    }

    /// <summary>These go on; those of a server that has not said so for a while are over.</summary>
    public async Task RenewAsync(IReadOnlyCollection<Guid> open, TimeSpan patience, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(
            """
            update watch_sessions set seen_at = @now where id = any(@ids) and status <> 'ended';
            update watch_sessions set status = 'ended', reason = 'error', ended_at = seen_at where status <> 'ended' and seen_at < @before;
            """,
            new { now, ids = open.ToArray(), before = now - patience });
    }

    /// <summary>Forgets sessions that are over and old, or more than that many of one device.</summary>
    public async Task TidyAsync(DateTimeOffset oldBefore, int mostPerDevice, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(
            """
            delete from watch_sessions where id in (
              select id from (
                select id, started_at, row_number() over (partition by signal_device_id order by started_at desc, id desc) as place
                from watch_sessions where status = 'ended') ranked
              where place > @mostPerDevice or started_at < @oldBefore)
            """,
            new { oldBefore, mostPerDevice });
    }

    [LoggerMessage(EventId = 1702, Level = LogLevel.Warning, Message = "Watch sessions cannot be written down ({Failure}).")]
    private partial void LogUnwritten(string failure);
}
