using Npgsql;
using Vigil.Server.Accounts;
using Vigil.Server.Database;

namespace Vigil.Server.Cameras;

/// <summary>With <c>--demo</c>: two made-up cameras in the first household, as soon as there is one, so that everything can be seen without hardware.</summary>
public sealed partial class DemoCameras(
    CameraDirectory directory, HouseholdMembers households, DatabaseState database, IConfiguration configuration, TimeProvider time,
    ILogger<DemoCameras> logger) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    internal static bool IsWanted(IConfiguration configuration) =>
        configuration["Demo"] is { } demo && (demo == "1" || demo.Equals("true", StringComparison.OrdinalIgnoreCase));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!IsWanted(configuration))
        {
            return;
        }

        try
        {
            await directory.Loaded.WaitAsync(stoppingToken);
            while (!await MakeAsync(stoppingToken))
            {
                await Task.Delay(LookEvery, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task<bool> MakeAsync(CancellationToken cancel)
    {
        await database.WaitUntilAvailableAsync(cancel);
        try
        {
            if (await households.AllHouseholdsAsync(cancel) is not [{ } home, ..])
            {
                return false;
            }

            if (!directory.Of(home.Id).Any(c => c.Demo))
            {
                await directory.AddAsync(Made(home.Id, "Nursery (demo)", "Upstairs", "test:nursery"), cancel);
                await directory.AddAsync(Made(home.Id, "Living room (demo)", "Downstairs", "test:livingroom"), cancel);
                LogMade(logger);
            }

            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static Camera Made(long household, string name, string location, string address) => new()
    {
        Uid = Guid.NewGuid(),
        HouseholdId = household,
        Name = name,
        Location = location,
        Address = address,
        Demo = true,
    };

    [LoggerMessage(EventId = 1030, Level = LogLevel.Information, Message = "Two made-up cameras were added for the demonstration.")]
    private static partial void LogMade(ILogger logger);
}
