using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Vigil.Server.Hosting.Https;

namespace Vigil.Server.Hosting;

public static class HostingFeature
{
    extension(WebApplicationBuilder builder)
    {
        public void AddHosting()
        {
            var services = builder.Services;
            var paths = new VigilPaths(builder.Configuration["Data"] is { Length: > 0 } data ? data : VigilPaths.DefaultData());
            services.AddSingleton(paths);
            services.AddSingleton(TimeProvider.System);
            services.AddSingleton<ExitCode>();
            services.AddSingleton<Pulses>();
            services.AddSingleton<RateLimits>();
            services.AddSingleton<MediaSignature>();
            services.AddOptions<HostingOptions>().BindConfiguration("Hosting");
            services.AddRequestRules();
            services.AddHttps();
            services.AddDataProtection().SetApplicationName("Vigil");
            services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(provider => new ConfigureOptions<KeyManagementOptions>(
                options => options.XmlRepository = new KeyFiles(provider.GetRequiredService<VigilPaths>())));
            services.ConfigureHttpJsonOptions(options => JsonShape.Apply(options.SerializerOptions));
            services.AddValidation();
            services.AddProblemDetails(options => options.CustomizeProblemDetails = static context => Problems.Complete(context.ProblemDetails));
            services.AddApiDocs();
            builder.Logging.AddConsoleFormatter<PlainConsole, ConsoleFormatterOptions>();
            // Logging:Console:FormatterName=json is still there for whoever collects logs.
            builder.Logging.AddConsole(console => console.FormatterName ??= PlainConsole.FormatterName);
            // Its request line would log queries, and queries carry signatures and tokens; ours is RequestLog.
            builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
            builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
            builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
            // Why a start failed is said by Serving, in one sentence; a worker that dies is critical and still told.
            builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
            builder.Logging.AddFilter("Npgsql", LogLevel.Critical);
            builder.Logging.AddFilter("Vigil.Server.Accounts.MemberAuthentication", LogLevel.Warning);
            if (builder.Environment.IsEnvironment(Commands.Environment))
            {
                // A command at the terminal says what matters itself.
                builder.Logging.SetMinimumLevel(LogLevel.Warning);
            }

            builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        }
    }

    extension(WebApplication app)
    {
        /// <summary>The pipeline, outermost first.</summary>
        public void UseHosting()
        {
            app.UseSecurityHeaders();
            app.UseMiddleware<RequestLog>();
            app.UseForwarding();
            app.UseMiddleware<ErrorAnswers>();
            app.UseMiddleware<RequestGate>();
            app.UseApiDocs();
            app.UseWebApp();
            app.UseWebSockets();
            app.UseRouting();
            app.UseAuthentication();
            app.UseMiddleware<CookieOriginRule>();
            app.UseAuthorization();
        }

        public void MapHosting()
        {
            app.MapApiDocs();
            ProbeEndpoints.Map(app);
            TrustEndpoints.Map(app);
        }

        private void UseForwarding()
        {
            var proxies = app.Services.GetRequiredService<IOptions<HostingOptions>>().Value.Proxies;
            if (proxies.Count == 0)
            {
                return;
            }

            var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto };
            options.KnownProxies.Clear();
            options.KnownIPNetworks.Clear();
            foreach (var proxy in proxies)
            {
                if (System.Net.IPNetwork.TryParse(proxy, out var network))
                {
                    options.KnownIPNetworks.Add(network);
                }
                else if (IPAddress.TryParse(proxy, out var address))
                {
                    options.KnownProxies.Add(address);
                }
                else
                {
                    throw new RefusedException($"Hosting:Proxies has {proxy}, which is neither an address nor a network like 10.0.0.0/8.");
                }
            }

            app.UseForwardedHeaders(options);
        }
    }
}

/// <summary>How our own API spells JSON: camel case, enums as camel-case words, instants in UTC with Z.</summary>
public static class JsonShape
{
    public static void Apply(JsonSerializerOptions options)
    {
        options.NumberHandling = JsonNumberHandling.Strict;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
        options.Converters.Add(new UtcInstantConverter());
    }

    private sealed class UtcInstantConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture));
    }
}
