using Npgsql;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live;

/// <summary>Writes down who watches. Watching never waits for it: what the table cannot take now stands in a bounded queue.</summary>
internal sealed partial class StreamLog(Watchers watchers, StreamTable table, DatabaseState database, Pulses pulses, TimeProvider time, ILogger<StreamLog> logger)
    : BackgroundService
{
    private const int MostAtOnce = 200;

    /// <summary>Enough to see a month of a family with many phones; a page that reconnects all night must not fill the table.</summary>
    public const int MostPerCamera = 2_000;

    public static readonly TimeSpan Kept = TimeSpan.FromDays(90);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LostAfter = TimeSpan.FromMinutes(2);

    private long? told;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var pulse = pulses.Register("stream sessions", TimeSpan.FromSeconds(60));
        try
        {
            while (true)
            {
                pulse.Beat();
                watchers.Sweep();
                // A new one is written at once, so that whoever asks sees it; otherwise the next look is soon enough.
                var mayHurry = await TryWriteAsync(stoppingToken);
                using var turn = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                var pause = Task.Delay(LookEvery, time, turn.Token);
                await Task.WhenAny(pause, mayHurry ? watchers.News.WaitToReadAsync(turn.Token).AsTask() : pause);
                await turn.CancelAsync();
                stoppingToken.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException)
        {
            await LastAsync();
        }
    }

    private async Task<bool> TryWriteAsync(CancellationToken cancel)
    {
        if (!database.IsAvailable)
        {
            return false;
        }

        try
        {
            await WriteAsync(cancel);
            if (told is not { } last || time.GetElapsedTime(last) >= TellEvery)
            {
                told = time.GetTimestamp();
                var now = time.GetUtcNow();
                await table.SeenAsync([.. watchers.Open.Select(s => s.Id)], now, cancel);
                await table.TidyAsync(now - LostAfter, now - Kept, MostPerCamera, cancel);
            }

            return true;
        }
        catch (Exception problem) when (problem is NpgsqlException or InvalidOperationException or TimeoutException or ArgumentException)
        {
            LogLater(problem.GetType().Name);
            return false;
        }
    }

    private async Task WriteAsync(CancellationToken cancel)
    {
        var batch = new List<StreamSession>();
        while (batch.Count < MostAtOnce && watchers.News.TryRead(out var session))
        {
            batch.Add(session);
        }

        if (batch.Count == 0)
        {
            return;
        }

        try
        {
            await table.WriteAsync(batch, cancel);
        }
        catch (Exception refused) when (StoredText.IsRefusal(refused))
        {
            await WriteOneByOneAsync(batch, cancel);
        }
        catch (NpgsqlException)
        {
            batch.ForEach(watchers.Tell);
            throw;
        }
    }

    /// <summary>One that the database refuses holds up no other.</summary>
    private async Task WriteOneByOneAsync(List<StreamSession> batch, CancellationToken cancel)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            try
            {
                await table.WriteAsync([batch[i]], cancel);
            }
            catch (Exception refused) when (StoredText.IsRefusal(refused))
            {
                LogRefused(batch[i].Id, refused.GetType().Name);
            }
            catch (NpgsqlException)
            {
                batch[i..].ForEach(watchers.Tell);
                throw;
            }
        }
    }

    /// <summary>The server stops: everybody has been sent away, and that is the end of their sessions.</summary>
    private async Task LastAsync()
    {
        watchers.EndAll();
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2), time);
            await WriteAsync(patience.Token);
        }
        catch (Exception problem) when (problem is NpgsqlException or OperationCanceledException or InvalidOperationException or ArgumentException)
        {
            // The next server closes them.
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The stream session {Id} is refused by the database ({Reason}) and dropped.")]
    private partial void LogRefused(Guid id, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Who watches is written down later ({Reason})")]
    private partial void LogLater(string reason);
}
