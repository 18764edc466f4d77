using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.DataProtection;

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
            services.AddDataProtection().SetApplicationName("Vigil").PersistKeysToFileSystem(new DirectoryInfo(paths.Keys));
            services.ConfigureHttpJsonOptions(options => JsonShape.Apply(options.SerializerOptions));
            services.AddProblemDetails();
            services.AddValidation();
            services.AddOpenApi();
        }
    }

    extension(WebApplication app)
    {
        /// <summary>The pipeline, outermost first.</summary>
        public void UseHosting()
        {
            app.UseExceptionHandler();
            app.UseStatusCodePages();
            app.UseWebSockets();
            app.UseRouting();
            app.UseAuthentication();
            app.UseAuthorization();
        }

        public void MapHosting()
        {
            app.MapOpenApi().AllowAnonymous();
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
