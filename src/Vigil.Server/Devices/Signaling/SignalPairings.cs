using Dapper;
using Npgsql;

namespace Vigil.Server.Devices.Signaling;

/// <summary>Six-digit codes of signalling devices: five minutes, good once, the newest per device.</summary>
public sealed class SignalPairings(NpgsqlDataSource database, SignalSecrets secrets, TimeProvider time)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <summary>With a hundred thousand codes alive at once, one in ten would be taken: then there are other worries.</summary>
    private const int MostTries = 20;

    /// <summary>A new code; the device's older one is void. <paramref name="createdBy"/>: the owner who gives it away, null when the device asks.</summary>
    public async Task<NewPairing> CreateAsync(long id, long? createdBy, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        for (var tries = 0; ; tries++)
        {
            var code = SixDigitCode.Create();
            var now = time.GetUtcNow();
            try
            {
                await connection.ExecuteAsync(
                    """
                    delete from signal_pairing where expires_at <= @now;
                    insert into signal_pairing (signal_device_id, code_hash, created_by, created_at, expires_at)
                    values (@id, @hash, @createdBy, @now, @expires)
                    on conflict (signal_device_id) do update
                    set code_hash = excluded.code_hash, created_by = excluded.created_by, created_at = excluded.created_at, expires_at = excluded.expires_at
                    """,
                    new { id, hash = secrets.HashOfCode(code), createdBy, now, expires = now + Lifetime });
                return new NewPairing(code, now + Lifetime);
            }
            catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation && tries < MostTries)
            {
                // Another device shows the same six digits just now.
            }
        }
    }

    /// <summary>Uses a code up: the device it was for. Of many who try it at once, one gets it.</summary>
    public async Task<UsedCode?> UseAsync(string? typed, CancellationToken cancel)
    {
        if (SixDigitCode.Read(typed) is not { } code)
        {
            return null;
        }

        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.QuerySingleOrDefaultAsync<UsedCode>(
            """
            with used as (
                delete from signal_pairing where code_hash = @hash and expires_at > @now returning signal_device_id, created_by)
            select d.device_id, u.created_by from used u join signal_device d on d.id = u.signal_device_id
            """,
            new { hash = secrets.HashOfCode(code), now = time.GetUtcNow() });
    }
}

/// <summary>What a code stood for.</summary>
public sealed record UsedCode
{
    public string DeviceId { get; init; } = "";

    /// <summary>The owner who made it, to give the device away.</summary>
    public long? CreatedBy { get; init; }
}
