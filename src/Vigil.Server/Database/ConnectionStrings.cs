using Npgsql;

namespace Vigil.Server.Database;

/// <summary>Accepts both spellings of a database address: Npgsql's own and the URL form other programs use.</summary>
public static class ConnectionStrings
{
    /// <summary>`postgresql://user:password@host:5432/name?sslmode=require`, also with a driver suffix such as `+asyncpg`.</summary>
    public static string Normalize(string text)
    {
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0 || !(text.StartsWith("postgres", StringComparison.OrdinalIgnoreCase)))
        {
            return new NpgsqlConnectionStringBuilder(text).ConnectionString;
        }

        if (!Uri.TryCreate("postgresql" + text[scheme..], UriKind.Absolute, out var url))
        {
            throw new Hosting.RefusedException("DATABASE_URL is not an address like postgresql://user:password@host:5432/name.");
        }

        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = url.Host.Length == 0 ? "localhost" : url.IdnHost.Trim('[', ']'),
            Port = url.Port > 0 ? url.Port : 5432,
            Database = Uri.UnescapeDataString(url.AbsolutePath.TrimStart('/')),
        };
        var user = url.UserInfo.Split(':', 2);
        if (user[0].Length > 0)
        {
            builder.Username = Uri.UnescapeDataString(user[0]);
        }

        if (user.Length > 1)
        {
            builder.Password = Uri.UnescapeDataString(user[1]);
        }

        foreach (var pair in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = pair.Split('=', 2) is [var k, var v] ? (k, Uri.UnescapeDataString(v)) : (pair, "");
            switch (key)
            {
                case "sslmode" or "ssl":
                    builder.SslMode = Enum.TryParse<SslMode>(value.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var mode) ? mode
                        : value is "true" ? SslMode.Require : SslMode.Prefer;
                    break;
                case "host":
                    builder.Host = value;
                    break;
                case "connect_timeout" when int.TryParse(value, out var seconds) && seconds is >= 0 and <= 1024:
                    builder.Timeout = seconds;
                    break;
                case "application_name":
                    builder.ApplicationName = value;
                    break;
            }
        }

        return builder.ConnectionString;
    }

    /// <summary>The same database, with our patience where the address states none.</summary>
    internal static string WithLimits(string text)
    {
        var settings = new NpgsqlConnectionStringBuilder(text)
        {
            ApplicationName = "vigil",
            CommandTimeout = 15,
        };
        if (!settings.ShouldSerialize("Timeout"))
        {
            // A request must not hang for Npgsql's default of 15 s when the database machine is gone.
            settings.Timeout = 4;
        }

        if (settings.Host?.StartsWith('/') is not true)
        {
            // Half-open connections are noticed by the kernel. (A Unix socket knows no such option and refuses it.)
            settings.TcpKeepAlive = true;
            settings.TcpKeepAliveTime = 10;
            settings.TcpKeepAliveInterval = 5;
        }

        return settings.ConnectionString;
    }
}
