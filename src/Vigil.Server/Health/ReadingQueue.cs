using System.Collections.Concurrent;
using Npgsql;
using Vigil.Server.Database;

namespace Vigil.Server.Health;

/// <summary>
/// Stores readings that arrive at the same time in one statement. Everybody waits at the gate; whoever gets in writes for all who wait, and the
/// others find their work done. No loop: who has nobody beside them is written at once.
/// </summary>
public sealed class ReadingQueue(ReadingTable table, DatabaseState state) : IDisposable
{
    private const int MostAtOnce = 500;

    /// <summary>Those who come after so many are told to come again.</summary>
    private const int MostWaiting = 20_000;

    private readonly ConcurrentQueue<Waiting> queue = new();
    private readonly SemaphoreSlim gate = new(1);

    /// <summary>Returns when the reading stands in the table.</summary>
    /// <exception cref="DatabaseAwayException">There is no database now, or too many wait for it.</exception>
    public async Task<Reading> AddAsync(Reading reading)
    {
        if (!state.IsAvailable || queue.Count >= MostWaiting)
        {
            throw new DatabaseAwayException();
        }

        var mine = new Waiting(reading);
        queue.Enqueue(mine);
        // Not cancelled with its request: it is in the queue, and somebody must write it.
        await gate.WaitAsync(CancellationToken.None);
        try
        {
            while (!mine.Done.Task.IsCompleted)
            {
                await WriteAsync();
            }
        }
        finally
        {
            gate.Release();
        }

        return await mine.Done.Task;
    }

    public void Dispose() => gate.Dispose();

    private async Task WriteAsync()
    {
        var batch = new List<Waiting>();
        while (batch.Count < MostAtOnce && queue.TryDequeue(out var waiting))
        {
            batch.Add(waiting);
        }

        if (await TryAsync(batch) is not { } failure)
        {
            return;
        }

        if (batch.Count == 1 || failure is not PostgresException)
        {
            batch.ForEach(waiting => waiting.Done.TrySetException(failure));
            return;
        }

        // One of them is refused (its account was removed a moment ago): that is no fault of the others.
        foreach (var waiting in batch)
        {
            if (await TryAsync([waiting]) is { } own)
            {
                waiting.Done.TrySetException(own);
            }
        }
    }

    private async Task<Exception?> TryAsync(IReadOnlyList<Waiting> batch)
    {
        try
        {
            var stored = await table.AddAsync([.. batch.Select(waiting => waiting.Reading)], CancellationToken.None);
            for (var i = 0; i < batch.Count; i++)
            {
                batch[i].Done.SetResult(stored[i]);
            }

            return null;
        }
        catch (Exception failure)
        {
            // Whatever it was: those who wait must hear of it, or they would wait for ever.
            return failure;
        }
    }

    private sealed class Waiting(Reading reading)
    {
        public Reading Reading => reading;

        public TaskCompletionSource<Reading> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
