using Npgsql;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Recordings.Schedules;

/// <summary>Keeps the schedules in memory current: what another server changed, and a household's zone, is known within seconds.</summary>
public sealed partial class ScheduleReader(
    ScheduleDirectory directory, DatabaseState state, Pulses pulses, TimeProvider time, ILogger<ScheduleReader> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await state.WaitUntilAvailableAsync(stoppingToken);
            using var pulse = pulses.Register("reading of schedules", TimeSpan.FromMinutes(1));
            using var timer = new PeriodicTimer(Every, time);
            do
            {
                pulse.Beat();
                try
                {
                    if (state.IsAvailable)
                    {
                        await directory.ReloadAsync(stoppingToken);
                    }
                }
                catch (Exception failure) when (failure is NpgsqlException or IOException)
                {
                    LogUnread(logger, failure.GetType().Name);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    [LoggerMessage(EventId = 1340, Level = LogLevel.Debug, Message = "The schedules cannot be read again ({Failure}); those in memory go on.")]
    private static partial void LogUnread(ILogger logger, string failure);
}
