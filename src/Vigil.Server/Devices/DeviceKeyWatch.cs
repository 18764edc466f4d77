using Npgsql;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Devices;

/// <summary>Keeps the keys in memory current, and writes down about once a minute when devices were last here.</summary>
public sealed partial class DeviceKeyWatch(
    DeviceKeys keys, DatabaseState state, NpgsqlDataSource database, Pulses pulses, TimeProvider time, ILogger<DeviceKeyWatch> log) : BackgroundService
{
    /// <summary>A missed bell is made good after this.</summary>
    private static readonly TimeSpan Reread = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan WriteEvery = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Loops.RunAsync(stoppingToken, RereadAsync, WriteSeenAsync);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }

        await TryWriteAsync(CancellationToken.None); // The next start shows when they were last here.
    }

    private async Task RereadAsync(CancellationToken cancel)
    {
        using var pulse = pulses.Register("keys of devices", TimeSpan.FromMinutes(2));
        while (true)
        {
            pulse.Rest(); // The database has its own watch.
            await state.WaitUntilAvailableAsync(cancel);
            pulse.Beat();
            try
            {
                await using var connection = await database.OpenConnectionAsync(cancel);
                await using (var listen = new NpgsqlCommand($"listen {DeviceKeys.Bell}", connection))
                {
                    await listen.ExecuteNonQueryAsync(cancel);
                }

                while (true)
                {
                    await keys.ReloadAsync(cancel);
                    pulse.Beat();
                    await connection.WaitAsync(Reread, cancel);
                }
            }
            catch (Exception failure) when (failure is NpgsqlException or IOException or InvalidOperationException)
            {
                LogUnread(failure.GetType().Name);
                await Task.Delay(TimeSpan.FromSeconds(1), time, cancel);
            }
        }
    }

    private async Task WriteSeenAsync(CancellationToken cancel)
    {
        using var pulse = pulses.Register("devices", TimeSpan.FromMinutes(5));
        using var timer = new PeriodicTimer(WriteEvery, time);
        while (await timer.WaitForNextTickAsync(cancel))
        {
            pulse.Beat();
            await TryWriteAsync(cancel);
        }
    }

    private async Task TryWriteAsync(CancellationToken cancel)
    {
        try
        {
            if (state.IsAvailable)
            {
                await keys.WriteSeenAsync(cancel);
            }
        }
        catch (Exception failure) when (failure is NpgsqlException or IOException or InvalidOperationException)
        {
            LogUnwritten(failure.GetType().Name);
        }
    }

    [LoggerMessage(EventId = 1501, Level = LogLevel.Warning, Message = "The list of devices cannot be read again ({Failure}).")]
    private partial void LogUnread(string failure);

    [LoggerMessage(EventId = 1502, Level = LogLevel.Warning, Message = "When devices were last here cannot be written down ({Failure}).")]
    private partial void LogUnwritten(string failure);
}
