using Npgsql;
using Vigil.Server.Hosting;

namespace Vigil.Server.Database;

/// <summary>
/// Starts the embedded cluster, migrates, and then keeps asking whether the database still answers; brings a dead embedded one back.
/// The web server does not wait for it: live view and the pages work while the database is away.
/// </summary>
internal sealed partial class DatabaseHost(
    NpgsqlDataSource database,
    Migrator migrator,
    DatabaseState state,
    VigilPaths paths,
    Pulses pulses,
    ExitCode exitCode,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<DatabaseHost> log,
    EmbeddedPostgres? embedded = null) : BackgroundService
{
    private static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(2);
    private bool _migrated;
    private DataDirectoryLock? _lock;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var pulse = pulses.Register("database", TimeSpan.FromSeconds(90));
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await CheckAsync(stoppingToken);
                failures = 0;
                if (state.Set(true))
                {
                    LogAvailable();
                }
            }
            catch (RefusedException refused)
            {
                LogRefused(refused.Message);
                exitCode.Value = ExitCode.Refused;
                lifetime.StopApplication();
                return;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception problem) when (problem is NpgsqlException or InvalidOperationException or IOException or TimeoutException or OperationCanceledException)
            {
                failures++;
                if (state.Set(false) || failures == 1)
                {
                    LogAway(problem.InnerException?.Message ?? problem.Message);
                }
            }

            pulse.Beat();
            // 2 s while all is well; 0.5, 1, 2 … 10 s while it is away.
            var wait = failures == 0 ? CheckEvery : TimeSpan.FromSeconds(Math.Min(10, 0.25 * Math.Pow(2, failures)));
            await Task.Delay(wait, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        state.Set(false);
        // A lock that cannot be had is another Vigil's, and so is the database.
        _lock ??= DataDirectoryLock.TryTake(paths);
        if (embedded is not null && _lock is not null)
        {
            await database.DisposeAsync();
            await embedded.StopAsync(CancellationToken.None);
        }

        _lock?.Dispose();
    }

    private async Task CheckAsync(CancellationToken cancel)
    {
        if (!_migrated)
        {
            paths.Create();
            _lock ??= DataDirectoryLock.TryTake(paths)
                ?? throw new RefusedException($"Another Vigil is running on the data directory {paths.Data}; stop it, or choose another with --data.");
        }

        if (embedded is not null && !(_migrated && embedded.IsAlive()))
        {
            await embedded.StartAsync(cancel);
            await embedded.EnsureDatabaseAsync(cancel);
        }

        if (!_migrated)
        {
            await migrator.RunAsync(database, cancel);
            _migrated = true;
        }

        await using var ping = database.CreateCommand("select 1");
        await ping.ExecuteScalarAsync(cancel);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The database is ready.")]
    private partial void LogAvailable();

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database is away: {Reason} Live view goes on; trying again.")]
    private partial void LogAway(string reason);

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Reason}")]
    private partial void LogRefused(string reason);
}
