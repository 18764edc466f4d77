using Npgsql;
using Vigil.Server.Cameras;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Events;

/// <summary>On a server that does not own the loops: what the owner files and hears is told to the pages open here.</summary>
public sealed partial class EventEcho(
    EventLog log, EventTable table, LivePages pages, CameraDirectory directory, LoopOwner owner, DatabaseState state, NpgsqlDataSource database,
    Pulses pulses, TimeProvider time, ILogger<EventEcho> logger) : BackgroundService
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    /// <summary>Nothing rings all day where one server is alone.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var pulse = pulses.Register("events of other servers", TimeSpan.FromMinutes(2));
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                pulse.Rest(); // The database has its own watch.
                await state.WaitUntilAvailableAsync(stoppingToken);
                await ListenAsync(pulse, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (failure is NpgsqlException or IOException or InvalidOperationException)
            {
                LogBroken(logger, failure.GetType().Name);
                await Task.Delay(Again, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ListenAsync(Pulse pulse, CancellationToken cancel)
    {
        pulse.Beat();
        var rung = new Queue<Guid>();
        var moves = new Queue<LevelMove>();
        await using var connection = await database.OpenConnectionAsync(cancel);
        connection.Notification += (_, bell) =>
        {
            if (bell.Channel == LevelEcho.Bell)
            {
                foreach (var move in LevelEcho.Read(bell.Payload))
                {
                    moves.Enqueue(move);
                }
            }
            else if (Guid.TryParse(bell.Payload, out var id))
            {
                rung.Enqueue(id);
            }
        };
        await using (var listen = new NpgsqlCommand($"listen {EventTable.Bell}; listen {LevelEcho.Bell}", connection))
        {
            await listen.ExecuteNonQueryAsync(cancel);
        }

        while (true)
        {
            await connection.WaitAsync(Turn, cancel);
            pulse.Beat();
            while (moves.TryDequeue(out var move))
            {
                if (!owner.IsOwner && directory.Find(move.CameraId) is { } camera)
                {
                    pages.Level(camera, move.Peak, move.Level, move.At);
                }
            }

            while (rung.TryDequeue(out var id))
            {
                if (!owner.IsOwner && await table.FindForEchoAsync(id, cancel) is { } e)
                {
                    log.Changed.Send(e);
                }
            }
        }
    }

    [LoggerMessage(EventId = 1110, Level = LogLevel.Debug, Message = "Listening for events of the other server broke off ({Failure}).")]
    private static partial void LogBroken(ILogger logger, string failure);
}
