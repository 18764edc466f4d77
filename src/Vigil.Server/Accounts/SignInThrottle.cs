using System.Security.Cryptography;
using System.Text;
using Dapper;
using Npgsql;

namespace Vigil.Server.Accounts;

/// <summary>
/// Slows down guessing, per account and address, in the database so that a restart forgets nothing. An attempt counts as failed from the moment
/// it begins, and reserves the turn of the next one: a hundred at once are no faster than a hundred in a row, the first ones included.
/// </summary>
internal sealed class SignInThrottle(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>
    /// Begins an attempt, and waits for its turn. Returns the time to come back after when the queue is too long (then nothing was begun),
    /// otherwise null.
    /// </summary>
    public async Task<TimeSpan?> BeginAsync(byte[] key, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        DateTimeOffset turn;
        await using (var connection = await database.OpenConnectionAsync(cancel))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancel);
            await connection.ExecuteAsync(
                "insert into sign_in_throttle (key, failures, next_at, updated_at) values (@key, 0, @now, @now) on conflict do nothing",
                new { key, now }, transaction);
            // Gone again: a success in between has forgotten the failures.
            var row = await connection.QuerySingleOrDefaultAsync<ThrottleRow>(
                "select failures, next_at, updated_at from sign_in_throttle where key = @key for update", new { key }, transaction)
                ?? new ThrottleRow { NextAt = now, UpdatedAt = now };
            // No queue reaches further: the clock has been set back since, and nobody waits for the old time to come again.
            turn = row.NextAt > now && row.NextAt - now < ThrottlePolicy.LongestQueue ? row.NextAt : now;
            if (turn - now > ThrottlePolicy.LongestHold)
            {
                return turn - now;
            }

            var failures = now - row.UpdatedAt > ThrottlePolicy.Memory ? 1 : Math.Min(row.Failures + 1, 1000);
            await connection.ExecuteAsync(
                """
                insert into sign_in_throttle (key, failures, next_at, updated_at) values (@key, @failures, @next, @now)
                on conflict (key) do update set failures = @failures, next_at = @next, updated_at = @now
                """,
                new { key, failures, next = turn + ThrottlePolicy.Step(failures), now }, transaction);
            await transaction.CommitAsync(cancel);
        }

        if (turn > now)
        {
            await Task.Delay(turn - now, time, cancel);
        }

        return null;
    }

    /// <summary>It was no guess: what failed before is forgotten.</summary>
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
