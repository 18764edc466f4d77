using Npgsql;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Events;

/// <summary>
/// Writes events into the table. What the database does not take within a second goes to the spool, synced; when the database is
/// back the spool is filed first. Every event has its own id and every state its revision, so filing twice is filing once.
/// </summary>
public sealed partial class EventFiler(
    EventLog log, EventTable table, DatabaseState state, VigilPaths paths, Pulses pulses, TimeProvider time, ILogger<EventFiler> logger)
    : BackgroundService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var spool = new EventSpool(Path.Combine(paths.Spool, "events.log"));
        using var pulse = pulses.Register("filing of events", TimeSpan.FromSeconds(30));
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var waiting = await log.TakeUnfiledAsync(Turn, stoppingToken);
                await FileAsync(spool, waiting, stoppingToken);
                if (state.IsAvailable && spool.IsEmpty)
                {
                    log.CaughtUp();
                }

                pulse.Beat();
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // Neither database nor disk: the events stay in memory and the pulse stops.
                LogSpoolFailed(logger, failure.Message);
                await Task.Delay(Turn, time, stoppingToken);
            }
        }

        Rescue(spool);
    }

    private async Task FileAsync(EventSpool spool, IReadOnlyList<CameraEvent> waiting, CancellationToken cancel)
    {
        var spooled = spool.IsEmpty ? [] : state.IsAvailable ? spool.Read() : [];
        if (waiting.Count == 0 && spooled.Count == 0)
        {
            if (!spool.IsEmpty && state.IsAvailable)
            {
                spool.Clear(); // Only damaged lines are left.
            }

            return;
        }

        if (state.IsAvailable && await TryFileAsync([.. spooled, .. waiting], cancel))
        {
            log.Filed([.. spooled, .. waiting]);
            if (spooled.Count > 0)
            {
                spool.Clear();
                LogCaughtUp(logger, spooled.Count);
            }

            return;
        }

        if (waiting.Count > 0)
        {
            spool.Append(waiting);
            log.Spooled(waiting);
            LogSpooled(logger, waiting.Count);
        }
    }

    private async Task<bool> TryFileAsync(IReadOnlyCollection<CameraEvent> events, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(Patience + TimeSpan.FromMilliseconds(5 * events.Count), time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            await table.FileAsync(events, both.Token);
            return true;
        }
        catch (Exception refused) when (StoredText.IsRefusal(refused))
        {
            // The data itself is refused: trying again would hold up everything behind it.
            return await FileOneByOneAsync(events, cancel);
        }
        catch (Exception failure) when (failure is NpgsqlException or OperationCanceledException && !cancel.IsCancellationRequested)
        {
            LogNotFiled(logger, failure.GetType().Name);
            return false;
        }
    }

    private async Task<bool> FileOneByOneAsync(IReadOnlyCollection<CameraEvent> events, CancellationToken cancel)
    {
        foreach (var e in events)
        {
            try
            {
                await table.FileAsync([e], cancel);
            }
            catch (Exception refused) when (StoredText.IsRefusal(refused))
            {
                LogRefused(logger, e.Id, (refused as PostgresException)?.SqlState ?? refused.GetType().Name, (refused as PostgresException)?.ConstraintName);
            }
            catch (NpgsqlException)
            {
                return false; // What was filed before is filed again later, which changes nothing.
            }
        }

        return true;
    }

    /// <summary>On the way out nothing is left in memory only.</summary>
    private void Rescue(EventSpool spool)
    {
        var left = log.TakeUnfiled();
        if (left.Count > 0)
        {
            spool.Append(left);
            log.Spooled(left);
        }
    }

    [LoggerMessage(EventId = 1101, Level = LogLevel.Information, Message = "The database is back: {Count} events that waited on disk are filed.")]
    private static partial void LogCaughtUp(ILogger logger, int count);

    [LoggerMessage(EventId = 1102, Level = LogLevel.Warning, Message = "{Count} events wait on disk for the database.")]
    private static partial void LogSpooled(ILogger logger, int count);

    [LoggerMessage(EventId = 1103, Level = LogLevel.Warning, Message = "Events could not be filed ({Failure}).")]
    private static partial void LogNotFiled(ILogger logger, string failure);

    [LoggerMessage(EventId = 1105, Level = LogLevel.Error, Message = "Event {Id} is refused by the database ({SqlState} {Constraint}) and dropped.")]
    private static partial void LogRefused(ILogger logger, Guid id, string sqlState, string? constraint);

    [LoggerMessage(EventId = 1104, Level = LogLevel.Error, Message = "Events can neither be filed nor put on disk: {Reason}")]
    private static partial void LogSpoolFailed(ILogger logger, string reason);
}
