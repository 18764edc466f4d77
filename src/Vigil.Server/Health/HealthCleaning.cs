using Microsoft.Extensions.Options;
using Npgsql;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Health;

/// <summary>Once an hour: readings and their sound that are older than they may be go. Whole hours go together, so that the hours stay right.</summary>
internal sealed partial class HealthCleaning(
    ReadingTable table, UploadedClips clips, IOptions<HealthOptions> options, DatabaseState state, Pulses pulses, TimeProvider time, ILogger<HealthCleaning> log)
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
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var pulse = pulses.Register("cleaning up of readings", TimeSpan.FromHours(3));
        using var timer = new PeriodicTimer(TimeSpan.FromHours(1), time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                pulse.Beat();
                if (!state.IsAvailable)
                {
                    continue;
                }

                try
                {
                    await CleanAsync(stoppingToken);
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
