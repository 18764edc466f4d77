using Microsoft.Extensions.Options;
using Npgsql;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Health;

/// <summary>
/// Once an hour: readings and their sound that are older than they may be go, and the oldest sound that is more than there may be. Whole hours go
/// together, so that the hours stay right. Every few minutes: rooms whose sensor is silent.
/// </summary>
internal sealed partial class HealthCleaning(
    ReadingTable table, UploadedClips clips, ReadingDesk desk, IOptions<HealthOptions> options, DatabaseState state, Pulses pulses, TimeProvider time, ILogger<HealthCleaning> log)
    : BackgroundService
{
    private const int MostAtOnce = 10_000;

    /// <summary>Everything that is too old now.</summary>
    public async Task CleanAsync(CancellationToken cancel)
    {
        var old = time.GetUtcNow() - TimeSpan.FromDays(options.Value.RetentionDays);
        var before = new DateTimeOffset(old.UtcTicks - (old.UtcTicks % TimeSpan.TicksPerHour), TimeSpan.Zero);
        await table.RemoveHoursBeforeAsync(before, cancel);
        while (await table.RemoveBeforeAsync(before, MostAtOnce, cancel) == MostAtOnce)
        {
        }

        clips.RemoveBefore(before);
        clips.RemoveBeyond(options.Value.MostSoundBytes);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var pulse = pulses.Register("cleaning up of readings", TimeSpan.FromHours(3));
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(5), time);
        var cleaned = time.GetUtcNow();
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                pulse.Beat();
                desk.CloseSilent();
                if (!state.IsAvailable || time.GetUtcNow() - cleaned < TimeSpan.FromHours(1))
                {
                    continue;
                }

                try
                {
                    await CleanAsync(stoppingToken);
                    cleaned = time.GetUtcNow();
                }
                catch (Exception problem) when (problem is NpgsqlException or TimeoutException or IOException or UnauthorizedAccessException)
                {
                    LogSkipped(problem.GetType().Name);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    [LoggerMessage(EventId = 1603, Level = LogLevel.Warning, Message = "Old readings stay for another hour ({Reason}).")]
    private partial void LogSkipped(string reason);
}
