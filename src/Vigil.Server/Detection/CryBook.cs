using System.Collections.Concurrent;
using Dapper;
using Npgsql;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Detection;

/// <summary>
/// What was heard of crying, written when there is a database, kept for ninety days. While the database is away the newest hundred wait; the
/// events themselves are never lost.
/// </summary>
public sealed partial class CryBook(NpgsqlDataSource database, DatabaseState state, CryTuning tuning, Pulses pulses, TimeProvider time, ILogger<CryBook> logger)
    : BackgroundService
{
    private const int MostWaiting = 100;
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TuneEvery = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Kept = TimeSpan.FromDays(90);
    private readonly ConcurrentQueue<HeardCry> waiting = new();

    public void Add(HeardCry heard)
    {
        waiting.Enqueue(heard);
        while (waiting.Count > MostWaiting)
        {
            waiting.TryDequeue(out _);
        }
    }

    public async Task<HeardCry?> FindAsync(long householdId, Guid eventId, CancellationToken cancel)
    {
        if (waiting.FirstOrDefault(h => h.EventId == eventId && h.HouseholdId == householdId) is { } fresh)
        {
            return fresh;
        }

        await using var connection = await database.OpenConnectionAsync(cancel);
        var row = await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(
            """
            select event_id, household_id, camera_id, started_at, threshold, room_dbfs, levels, scores, model, features from cry_heard
            where household_id = @householdId and event_id = @eventId
            """,
            new { householdId, eventId },
            cancellationToken: cancel));
        return row?.ToHeard();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var pulse = pulses.Register("book of crying", TimeSpan.FromMinutes(2));
        using var timer = new PeriodicTimer(Turn, time);
        var (tuneAt, cleanAt) = (time.GetUtcNow(), time.GetUtcNow());
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
                    if (time.GetUtcNow() >= tuneAt)
                    {
                        await tuning.LoadAsync(stoppingToken);
                        tuneAt = time.GetUtcNow() + TuneEvery;
                    }

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
        while (waiting.TryPeek(out var heard))
        {
            await using var connection = await database.OpenConnectionAsync(cancel);
            // Crying that went on within the minute is the same event: the curves are joined, the surer features stay.
            await connection.ExecuteAsync(new CommandDefinition(
                """
                insert into cry_heard (event_id, household_id, camera_id, started_at, threshold, room_dbfs, levels, scores, model, features)
                select @EventId, @HouseholdId, id, @StartedAt, @Threshold, @RoomDbfs, @Levels, @Scores, @Model, @Features
                from camera where id = @CameraId and household_id = @HouseholdId
                on conflict (event_id) do update set levels = cry_heard.levels || excluded.levels, scores = cry_heard.scores || excluded.scores
                where cry_heard.household_id = excluded.household_id and cardinality(cry_heard.levels) < 20000
                """,
                heard,
                cancellationToken: cancel));
            waiting.TryDequeue(out _);
        }
    }

    private async Task CleanAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(new CommandDefinition(
            "delete from cry_heard where started_at < @before", new { before = time.GetUtcNow() - Kept }, cancellationToken: cancel));
    }

    private sealed record Row
    {
        public Guid EventId { get; init; }

        public long HouseholdId { get; init; }

        public int CameraId { get; init; }

        public DateTimeOffset StartedAt { get; init; }

        public float Threshold { get; init; }

        public float? RoomDbfs { get; init; }

        public short[] Levels { get; init; } = [];

        public short[] Scores { get; init; } = [];

        public string Model { get; init; } = "";

        public byte[] Features { get; init; } = [];

        public HeardCry ToHeard() => new(EventId, HouseholdId, CameraId, StartedAt, Threshold, RoomDbfs, Levels, Scores, Model, Features);
    }

    [LoggerMessage(EventId = 1220, Level = LogLevel.Warning, Message = "What was heard of crying could not be written ({Failure}); it is tried again.")]
    private static partial void LogNotWritten(ILogger logger, string failure);
}
