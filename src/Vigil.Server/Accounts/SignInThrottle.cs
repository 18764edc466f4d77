using System.Security.Cryptography;
using System.Text;
using Dapper;
using Npgsql;

namespace Vigil.Server.Accounts;

/// <summary>
/// Slows down guessing, per account and address, in the database so that a restart forgets nothing. Attempts of one key take turns: each reserves the
/// next slot, so a hundred at once are no faster than a hundred in a row.
/// </summary>
internal sealed class SignInThrottle(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>Waits for this attempt's turn. Returns the time to come back after when the queue is too long, otherwise null.</summary>
    public async Task<TimeSpan?> WaitForTurnAsync(byte[] key, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        DateTimeOffset turn;
        await using (var connection = await database.OpenConnectionAsync(cancel))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancel);
            var row = await connection.QuerySingleOrDefaultAsync<ThrottleRow>(
                "select failures, next_at, updated_at from sign_in_throttle where key = @key for update", new { key }, transaction);
            if (row is null || now - row.UpdatedAt > ThrottlePolicy.Memory)
            {
                return null;
            }

            turn = row.NextAt > now ? row.NextAt : now;
            if (turn - now > ThrottlePolicy.LongestHold)
            {
                return turn - now;
            }

            await connection.ExecuteAsync(
                "update sign_in_throttle set next_at = @next where key = @key", new { key, next = turn + ThrottlePolicy.Step(row.Failures) }, transaction);
            await transaction.CommitAsync(cancel);
        }

        if (turn > now)
        {
            await Task.Delay(turn - now, time, cancel);
        }

        return null;
    }

    public async Task FailedAsync(byte[] key, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        await using var connection = await database.OpenConnectionAsync(cancel);
        var failures = await connection.ExecuteScalarAsync<int>(
            """
            insert into sign_in_throttle as t (key, failures, next_at, updated_at) values (@key, 1, @now, @now)
            on conflict (key) do update set
                failures = case when t.updated_at < @forgotten then 1 else least(t.failures + 1, 1000) end,
                updated_at = @now
            returning failures
            """,
            new { key, now, forgotten = now - ThrottlePolicy.Memory });
        await connection.ExecuteAsync(
            "update sign_in_throttle set next_at = greatest(next_at, @next) where key = @key", new { key, next = now + ThrottlePolicy.Step(failures) });
    }

    public async Task SucceededAsync(byte[] key, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync("delete from sign_in_throttle where key = @key", new { key });
    }

    /// <summary>Rows nobody needs any more; called nightly.</summary>
    public async Task ForgetOldAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync("delete from sign_in_throttle where updated_at < @old", new { old = time.GetUtcNow() - ThrottlePolicy.Memory });
    }

    /// <summary>What was typed may be a password in the wrong field, so only a hash is kept.</summary>
    public static byte[] Key(string purpose, string account, string address) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"{purpose}\n{account.Trim().ToLowerInvariant()}\n{address}"));

    private sealed class ThrottleRow
    {
        public int Failures { get; init; }
        public DateTimeOffset NextAt { get; init; }
        public DateTimeOffset UpdatedAt { get; init; }
    }
}
