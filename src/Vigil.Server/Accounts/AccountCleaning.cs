using Npgsql;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Accounts;

/// <summary>Once an hour: expired sessions and forgotten failures go.</summary>
internal sealed partial class AccountCleaning(
    LoginSessions sessions, SignInThrottle throttle, DatabaseState state, Pulses pulses, TimeProvider time, ILogger<AccountCleaning> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var pulse = pulses.Register("cleaning up of sessions", TimeSpan.FromHours(3));
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
                    await sessions.DeleteExpiredAsync(stoppingToken);
                    await throttle.ForgetOldAsync(stoppingToken);
                }
                catch (Exception problem) when (problem is NpgsqlException or TimeoutException)
                {
                    LogSkipped(problem.Message);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Old sessions stay for another hour: {Reason}")]
    private partial void LogSkipped(string reason);
}
