using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Vigil.Server.Hosting;

namespace Vigil.Server.Accounts;

/// <summary>The keys that sign tokens: two live ones, the older only to verify. Kept in the data directory, or given by the JWT_SECRET setting.</summary>
internal sealed class TokenKeys(VigilPaths paths, IOptions<AccountOptions> options, TimeProvider time)
{
    // A refresh token lives 30 days; the key that signed it must be known as long.
    private static readonly TimeSpan RotateAfter = TimeSpan.FromDays(31);
    private readonly Lock _lock = new();
    private List<TokenKey>? _keys;

    /// <summary>The key to sign with now. Makes a new one when the newest has served its time.</summary>
    public TokenKey Current()
    {
        lock (_lock)
        {
            var keys = Load();
            if (options.Value.JwtSecret is null && (keys.Count == 0 || time.GetUtcNow() - keys[0].CreatedAt > RotateAfter))
            {
                keys = Rotate();
            }

            return keys[0];
        }
    }

    public TokenKey? Find(string kid)
    {
        lock (_lock)
        {
            return Load().Find(key => key.Kid == kid);
        }
    }

    /// <summary>A new signing key; the one before it still verifies, the one before that is gone.</summary>
    public List<TokenKey> Rotate()
    {
        lock (_lock)
        {
            var fresh = new TokenKey
            {
                Kid = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6)),
                Secret = RandomNumberGenerator.GetBytes(32),
                CreatedAt = time.GetUtcNow(),
            };
            _keys = [fresh, .. Load().Take(1)];
            paths.Create();
            PrivateFile.Write(FileName, JsonSerializer.SerializeToUtf8Bytes(_keys));
            return _keys;
        }
    }

    private string FileName => Path.Combine(paths.Keys, "token-keys.json");

    private List<TokenKey> Load()
    {
        if (_keys is not null)
        {
            return _keys;
        }

        if (options.Value.JwtSecret is { } secret)
        {
            return _keys = [.. new[] { secret, options.Value.JwtPreviousSecret }.OfType<string>().Select(FromSetting)];
        }

        return _keys = File.Exists(FileName) ? JsonSerializer.Deserialize<List<TokenKey>>(File.ReadAllBytes(FileName)) ?? [] : [];
    }

    // The name says nothing about the secret but differs when it does.
    private static TokenKey FromSetting(string secret) => new()
    {
        Kid = Convert.ToHexStringLower(HMACSHA256.HashData("vigil token key name"u8, Encoding.UTF8.GetBytes(secret)))[..12],
        Secret = Encoding.UTF8.GetBytes(secret),
    };
}

internal sealed record TokenKey
{
    public required string Kid { get; init; }
    public required byte[] Secret { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}
