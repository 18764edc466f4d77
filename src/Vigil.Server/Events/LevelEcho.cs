using System.Text.Json;
using Npgsql;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Events;

/// <summary>How loud a camera was a moment ago.</summary>
public sealed record LevelMove(int CameraId, int Peak, EventLevel? Level, DateTimeOffset At);

/// <summary>
/// On the owner of the loops, while another server shows pages too: tells it how loud the cameras are, four times a second, the newest of
/// each camera in one notification. <see cref="EventEcho"/> hears it there. What is lost is replaced a moment later.
/// </summary>
public sealed partial class LevelEcho(
    LivePages pages, LoopOwner owner, DatabaseState state, NpgsqlDataSource database, Pulses pulses, TimeProvider time, ILogger<LevelEcho> logger)
    : BackgroundService
{
    public const string Bell = "vigil_levels";

    /// <summary>PostgreSQL takes 8000 bytes in a notification; a camera needs less than a hundred.</summary>
    private const int MostInOne = 64;

    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(250);

    public static IReadOnlyList<LevelMove> Read(string payload)
    {
        try
        {
            return JsonSerializer.Deserialize<List<LevelMove>>(payload) ?? [];
        }
        catch (JsonException)
        {
            return []; // Of another version of Vigil.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var moves = pages.Moved.Listen(capacity: 256);
        using var pulse = pulses.Register("levels for other servers", TimeSpan.FromMinutes(1));
        using var timer = new PeriodicTimer(Turn, time);
        var newest = new Dictionary<int, LevelMove>();
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                pulse.Beat();
                newest.Clear();
                while (moves.Items.TryRead(out var move))
                {
                    newest[move.CameraId] = move;
                }

                if (newest.Count > 0 && owner is { IsOwner: true, HasStandBy: true } && state.IsAvailable)
                {
                    await TellAsync(newest.Values, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task TellAsync(IEnumerable<LevelMove> moves, CancellationToken cancel)
    {
        try
        {
            foreach (var some in moves.Chunk(MostInOne))
            {
                await using var notify = database.CreateCommand("select pg_notify($1, $2)");
                notify.Parameters.AddWithValue(Bell);
                notify.Parameters.AddWithValue(JsonSerializer.Serialize(some));
                await notify.ExecuteNonQueryAsync(cancel);
            }
        }
        catch (NpgsqlException failure)
        {
            LogNotTold(logger, failure.GetType().Name);
        }
    }

    [LoggerMessage(EventId = 1111, Level = LogLevel.Debug, Message = "Levels could not be told to the other server ({Failure}).")]
    private static partial void LogNotTold(ILogger logger, string failure);
}
