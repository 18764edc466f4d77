using System.Collections.Concurrent;
using Dapper;
using Npgsql;
using Vigil.Perception.Hearing;
using Vigil.Server.Cameras;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Detection;

/// <summary>One point of a camera's level history.</summary>
public sealed record LevelRow(DateTimeOffset At, int Max, int Mean);

/// <summary>
/// The level history: written in batches, kept for 31 days. While the database is away an hour of points waits in memory, then the oldest go:
/// a history with a hole is worth less than memory for the cameras.
/// </summary>
public sealed partial class LevelTable(NpgsqlDataSource database, DatabaseState state, Pulses pulses, TimeProvider time, ILogger<LevelTable> logger)
    : BackgroundService
{
    /// <summary>Twenty cameras for an hour.</summary>
    private const int MostWaiting = 20 * 720;

    private static readonly TimeSpan WriteEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Kept = TimeSpan.FromDays(31);
    private readonly ConcurrentQueue<(long Household, int Camera, LevelPoint Point)> waiting = new();

    public void Add(Camera camera, LevelPoint point)
    {
        waiting.Enqueue((camera.HouseholdId, camera.Id, point));
        while (waiting.Count > MostWaiting)
        {
            waiting.TryDequeue(out _);
        }
    }

    /// <summary>Points in the order of time. Each stands for `step`: its beginning, the loudest and the mean of all that was kept of it.</summary>
    public async Task<IReadOnlyList<LevelRow>> ReadAsync(
        long householdId, int cameraId, DateTimeOffset from, DateTimeOffset to, TimeSpan step, int most, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<(DateTime At, int Max, int Mean)>(new CommandDefinition(
            step <= LevelHistory.Step
                ? """
                  select at, peak, mean from sound_level
                  where household_id = @householdId and camera_id = @cameraId and at >= @from and at < @to
                  order by at limit @most
                  """
                : """
                  select date_bin(@step, at, 'epoch') as bin, max(peak)::integer, avg(mean)::integer from sound_level
                  where household_id = @householdId and camera_id = @cameraId and at >= @from and at < @to
                  group by bin order by bin limit @most
                  """,
            new { householdId, cameraId, from, to, step, most },
            cancellationToken: cancel));
        return [.. rows.Select(r => new LevelRow(new DateTimeOffset(r.At, TimeSpan.Zero), r.Max, r.Mean))];
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var pulse = pulses.Register("level history", TimeSpan.FromMinutes(2));
        using var timer = new PeriodicTimer(WriteEvery, time);
        var cleanAt = time.GetUtcNow();
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
                    await WriteAsync(stoppingToken);
                    if (time.GetUtcNow() >= cleanAt)
                    {
                        await CleanAsync(stoppingToken);
                        cleanAt = time.GetUtcNow() + TimeSpan.FromHours(1);
                    }
                }
                catch (NpgsqlException failure)
                {
                    LogNotWritten(logger, failure.GetType().Name);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task WriteAsync(CancellationToken cancel)
    {
        var batch = waiting.ToArray();
        if (batch.Length == 0)
        {
            return;
        }

        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            insert into sound_level (camera_id, at, household_id, peak, mean)
            select n.camera_id, n.at, c.household_id, n.peak, n.mean
            from unnest(@cameras::integer[], @times::timestamptz[], @peaks::integer[], @means::integer[]) as n (camera_id, at, peak, mean)
            join camera c on c.id = n.camera_id
            on conflict (camera_id, at) do update set peak = greatest(sound_level.peak, excluded.peak)
            """,
            new
            {
                cameras = batch.Select(b => b.Camera).ToArray(),
                times = batch.Select(b => b.Point.At.UtcDateTime).ToArray(),
                peaks = batch.Select(b => b.Point.Max).ToArray(),
                means = batch.Select(b => b.Point.Mean).ToArray(),
            },
            cancellationToken: cancel));
        for (var i = 0; i < batch.Length; i++)
        {
            waiting.TryDequeue(out _);
        }
    }

    private async Task CleanAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(new CommandDefinition(
            "delete from sound_level where at < @before", new { before = time.GetUtcNow() - Kept }, cancellationToken: cancel));
    }

    [LoggerMessage(EventId = 1201, Level = LogLevel.Warning, Message = "The level history could not be written ({Failure}); it waits in memory.")]
    private static partial void LogNotWritten(ILogger logger, string failure);
}
