using System.Globalization;
using Vigil.Server.Hosting;

namespace Vigil.Server.Devices.Redis;

/// <summary>Where Redis is: <c>redis://[[user]:password@]host[:port][/database]</c>, <c>rediss://…</c> for TLS. Settings `Redis:Url` (REDIS_URL) and `Redis:Authority`.</summary>
internal sealed record RedisAddress
{
    public const string UrlSetting = "Redis:Url";
    public const string AuthoritySetting = "Redis:Authority";
    private const int UsualPort = 6379;

    public required string Host { get; init; }

    public required int Port { get; init; }

    public required bool IsTls { get; init; }

    /// <summary>Null: Redis' own default user.</summary>
    public string? User { get; init; }

    public string? Password { get; init; }

    public int Database { get; init; }

    /// <summary>A PEM file with the only authority whose certificates are believed; null: those of the system.</summary>
    public string? Authority { get; init; }

    /// <summary>Null when there is no Redis.</summary>
    /// <exception cref="RefusedException">The setting cannot be understood.</exception>
    public static RedisAddress? Of(IConfiguration configuration)
    {
        if (configuration[UrlSetting] is not { Length: > 0 } url)
        {
            return null;
        }

        var database = 0;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("redis" or "rediss") || uri.Host.Length == 0 || uri.Query.Length > 0
            || (uri.AbsolutePath.Trim('/') is { Length: > 0 } path && !int.TryParse(path, NumberStyles.None, CultureInfo.InvariantCulture, out database)))
        {
            // Not the address itself, which may hold a password.
            throw new RefusedException($"{UrlSetting} (REDIS_URL) is no address like redis://:password@host:6379/0 or rediss://host.");
        }

        var colon = uri.UserInfo.IndexOf(':', StringComparison.Ordinal);
        var user = colon < 0 ? "" : Uri.UnescapeDataString(uri.UserInfo[..colon]);
        var password = Uri.UnescapeDataString(uri.UserInfo[(colon + 1)..]);
        return new RedisAddress
        {
            Host = uri.IdnHost.Trim('[', ']'),
            Port = uri.Port > 0 ? uri.Port : UsualPort,
            IsTls = uri.Scheme == "rediss",
            User = user.Length > 0 ? user : null,
            Password = password.Length > 0 ? password : null,
            Database = database,
            Authority = configuration[AuthoritySetting] is { Length: > 0 } file ? file : null,
        };
    }

    /// <summary>Never the password.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
