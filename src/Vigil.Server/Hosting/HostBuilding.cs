using System.Net;
using Vigil.Server.Database;
using Vigil.Server.Hosting.Https;

namespace Vigil.Server.Hosting;

/// <summary>Turns command line, environment and the documented aliases into one configuration.</summary>
public static class HostBuilding
{
    /// <summary>Every IPv4 and IPv6 address. Kestrel opens one dual-mode socket for `*`; asking for both forms would collide with itself.</summary>
    public const string DefaultUrls = "http://*:8000";

    /// <summary>
    /// True while the build writes the OpenAPI document: its tool starts the whole host inside itself, hosted services too (seen with
    /// Microsoft.Extensions.ApiDescription.Server 10.0.14), and a description must neither make a data directory nor start a database.
    /// </summary>
    public static bool IsOnlyDescribed { get; } = System.Reflection.Assembly.GetEntryAssembly()?.GetName().Name == "GetDocument.Insider";

    /// <summary>Takes all hosted services out but the one that builds the routes. (Data Protection's, too, would write its first key.)</summary>
    public static void RemoveWork(this WebApplicationBuilder builder)
    {
        foreach (var service in builder.Services.Where(service => service.ServiceType == typeof(IHostedService)
            && service.ImplementationType?.Name != "GenericWebHostService").ToList())
        {
            builder.Services.Remove(service);
        }
    }

    public static WebApplicationBuilder Create(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddInMemoryCollection(Aliases(builder.Configuration));
        // The data directory may hold settings; environment and command line still win.
        var file = new VigilPaths(builder.Configuration["Data"] is { Length: > 0 } data ? data : VigilPaths.DefaultData()).SettingsFile;
        if (File.Exists(file))
        {
            var source = new Microsoft.Extensions.Configuration.Json.JsonConfigurationSource { Path = file };
            source.ResolveFileProvider();
            builder.Configuration.Sources.Insert(0, source);
        }

        RefuseWhatIsNoAddress(builder.Configuration["Urls"], "--urls");
        RefuseWhatIsNoAddress(builder.Configuration[HttpsUrls.Setting], "--https-urls");
        var (urls, taken) = HttpsUrls.Join(
            MergeAnyAddresses(builder.Configuration["Urls"] ?? DefaultUrls), builder.Configuration[HttpsUrls.Setting], HttpsUrls.IsFree);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Urls"] = urls, [HttpsUrls.TakenSetting] = taken });
        return builder;
    }

    /// <summary>Settings under the names that the documented systems used, and the short names of `./vigil`. Our own names win.</summary>
    internal static Dictionary<string, string?> Aliases(IConfiguration configuration)
    {
        var settings = new Dictionary<string, string?>();
        Alias("Data", "VIGIL_DATA");
        Alias("Urls", "VIGIL_URLS");
        Alias(HttpsUrls.Setting, "https-urls");
        Alias(HttpsUrls.Setting, "VIGIL_HTTPS_URLS");
        Alias("Web", "VIGIL_WEB");
        Alias("Demo", "VIGIL_DEMO");
        Alias("Banner", "VIGIL_BANNER");
        Alias("Accounts:JwtSecret", "JWT_SECRET");
        Alias("Accounts:JwtPreviousSecret", "JWT_PREVIOUS_SECRET");
        Alias("Accounts:AccessTokenMinutes", "ACCESS_TOKEN_EXPIRE_MINUTES");

        Alias("Signaling:HeartbeatInterval", "WS_HEARTBEAT_INTERVAL");
        Alias("Signaling:HeartbeatTimeout", "WS_HEARTBEAT_TIMEOUT");
        Alias("Signaling:Turn:Host", "TURN_HOST");
        Alias("Signaling:Turn:PublicHost", "TURN_PUBLIC_HOST");
        Alias("Signaling:Turn:Port", "TURN_PORT");
        Alias("Signaling:Turn:Secret", "TURN_SECRET");
        Alias("Signaling:Turn:Ttl", "TURN_TTL");
        if (!string.Equals(configuration["REDIS_ENABLED"], "false", StringComparison.OrdinalIgnoreCase))
        {
            Alias("Redis:Url", "REDIS_URL");
        }

        if (configuration["JWT_ALGORITHM"] is { Length: > 0 } algorithm && algorithm != "HS256")
        {
            throw new RefusedException($"JWT_ALGORITHM is {algorithm}, but Vigil signs with HS256 only. Remove the setting.");
        }

        var connection = configuration.GetConnectionString("Vigil") is { Length: > 0 } own ? own : configuration["DATABASE_URL"];
        if (!string.IsNullOrEmpty(connection))
        {
            settings["ConnectionStrings:Vigil"] = ConnectionStrings.Normalize(connection);
        }

        return settings;

        void Alias(string name, string alias)
        {
            if (string.IsNullOrEmpty(configuration[name]) && !settings.ContainsKey(name) && configuration[alias] is { Length: > 0 } value)
            {
                settings[name] = value;
            }
        }
    }

    /// <summary>A slip of the finger in an address to listen on is one sentence, and not a server that is started again and again.</summary>
    private static void RefuseWhatIsNoAddress(string? urls, string option)
    {
        foreach (var url in (urls ?? "").Split([';', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!url.Equals("none", StringComparison.OrdinalIgnoreCase) && !IsAddress(url))
            {
                throw new RefusedException($"{url} is no address to listen on; write for example {option} {(option == "--urls" ? "http://127.0.0.1:8000" : "https://*:8443")}.");
            }
        }

        static bool IsAddress(string url)
        {
            try
            {
                var address = BindingAddress.Parse(url);
                // A port that is no number is taken for a part of the name, and an unknown name for every interface.
                var isHost = !address.Host.Contains(':', StringComparison.Ordinal) || address.Host is ['[', .., ']'];
                return address.Scheme is "http" or "https" && address.Host.Length > 0 && (isHost || address.IsUnixPipe) && address.PathBase.Length == 0
                    && (address.IsUnixPipe || address.Port is >= 0 and <= IPEndPoint.MaxPort);
            }
            catch (FormatException)
            {
                return false;
            }
        }
    }

    /// <summary>`http://0.0.0.0:8000;http://[::]:8000` is one dual-mode socket.</summary>
    internal static string MergeAnyAddresses(string urls)
    {
        var parts = urls.Split([';', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var merged = parts.Select(url => parts.Contains(url.Replace("0.0.0.0", "[::]", StringComparison.Ordinal)) && url.Contains("0.0.0.0", StringComparison.Ordinal)
            ? url.Replace("0.0.0.0", "*", StringComparison.Ordinal)
            : url).ToList();
        return string.Join(';', merged.Where(url => !url.Contains("[::]", StringComparison.Ordinal)
            || !merged.Contains(url.Replace("[::]", "*", StringComparison.Ordinal))));
    }
}

/// <summary>Vigil cannot start this way, and starting again will not help. The message is one sentence for the person at the terminal.</summary>
public sealed class RefusedException(string message) : Exception(message);
