using System.Globalization;
using Vigil.Server.Hosting;

namespace Vigil.Server.Database;

/// <summary>A dump of the database every night into the data directory; seven are kept.</summary>
internal sealed partial class NightlyDump(
    IConfiguration configuration, DatabaseState state, LoopOwner owner, VigilPaths paths, Pulses pulses, TimeProvider time, ILogger<NightlyDump> log,
    EmbeddedPostgres? embedded = null) : BackgroundService
{
    public const int Kept = 7;
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(15);

    /// <summary>A year of levels of eight cameras is dumped in minutes, also by a small computer.</summary>
    private static readonly TimeSpan LongestDump = TimeSpan.FromHours(2);

    /// <summary>Due when there is none yet, or the newest is of an earlier day and the night's hour (3, local) has come.</summary>
    internal static bool IsDue(DateTimeOffset? newest, DateTimeOffset now, TimeZoneInfo zone)
    {
        if (newest is null)
        {
            return true;
        }

        var local = TimeZoneInfo.ConvertTime(now, zone);
        return TimeZoneInfo.ConvertTime(newest.Value, zone).Date < local.Date && (local.Hour >= 3 || now - newest.Value > TimeSpan.FromHours(30));
    }

    /// <summary>What to delete so that only the newest seven stay.</summary>
    internal static IEnumerable<string> Surplus(IEnumerable<string> files) => files.OrderDescending(StringComparer.Ordinal).Skip(Kept);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var pulse = pulses.Register("nightly dump", LongestDump);
        using var timer = new PeriodicTimer(LookEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                pulse.Beat();
                if (!owner.IsOwner || !state.IsAvailable || !IsDue(Newest(), time.GetUtcNow(), time.LocalTimeZone))
                {
                    continue;
                }

                try
                {
                    await DumpAsync(stoppingToken);
                }
                catch (Exception problem) when (problem is InvalidOperationException or RefusedException or IOException)
                {
                    LogFailed(problem.Message);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    internal async Task DumpAsync(CancellationToken cancel)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"vigil-{time.GetUtcNow():yyyyMMdd-HHmmss}.dump");
        var file = Path.Combine(paths.Dumps, name);
        var unfinished = file + ".part";
        await PostgresTools.DumpAsync(DatabaseFeature.ConnectionStringOf(configuration, embedded), unfinished, cancel);
        File.Move(unfinished, file, overwrite: true);
        foreach (var old in Surplus(Directory.GetFiles(paths.Dumps, "vigil-*.dump")).Concat(Directory.GetFiles(paths.Dumps, "*.part")))
        {
            File.Delete(old);
        }

        LogDone(name);
    }

    private DateTimeOffset? Newest() => Directory.GetFiles(paths.Dumps, "vigil-*.dump").Order(StringComparer.Ordinal).LastOrDefault() is { } file
        ? File.GetLastWriteTimeUtc(file)
        : null;

    [LoggerMessage(Level = LogLevel.Information, Message = "Nightly dump written: {Name}.")]
    private partial void LogDone(string name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The nightly dump failed: {Reason}")]
    private partial void LogFailed(string reason);
}
