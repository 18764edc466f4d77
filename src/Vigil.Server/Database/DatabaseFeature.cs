using Npgsql;

namespace Vigil.Server.Database;

public static class DatabaseFeature
{
    extension(WebApplicationBuilder builder)
    {
        public void AddDatabase()
        {
            DapperSetup.Configure();
            var services = builder.Services;
            services.AddSingleton<DatabaseState>();
            services.AddSingleton<Migrator>();
            var configured = builder.Configuration.GetConnectionString("Vigil");
            if (string.IsNullOrEmpty(configured))
            {
                services.AddSingleton(EmbeddedPostgres.For);
            }

            services.AddSingleton(provider => DataSource(provider, configured));
            services.AddHostedService<DatabaseHost>();
            services.AddSingleton<LoopOwner>();
            services.AddHostedService(provider => provider.GetRequiredService<LoopOwner>());
            services.AddHostedService<NightlyDump>();
        }
    }

    /// <summary>For programs that connect by themselves (pg_dump): a data source does not show its password.</summary>
    internal static string ConnectionStringOf(IConfiguration configuration, EmbeddedPostgres? embedded) =>
        embedded is null
            ? configuration.GetConnectionString("Vigil")!
            : new NpgsqlConnectionStringBuilder(embedded.ConnectionString) { Password = embedded.ReadPassword() }.ConnectionString;

    /// <summary>Builds the pool; connects to nothing. While the database is away, calls throw <see cref="NpgsqlException"/> and callers handle it.</summary>
    private static NpgsqlDataSource DataSource(IServiceProvider services, string? configured)
    {
        var embedded = string.IsNullOrEmpty(configured) ? services.GetRequiredService<EmbeddedPostgres>() : null;
        var source = new NpgsqlDataSourceBuilder(ConnectionStrings.WithLimits(embedded?.ConnectionString ?? configured!));
        source.UseLoggerFactory(services.GetRequiredService<ILoggerFactory>());
        if (embedded is not null)
        {
            source.UsePasswordProvider(_ => embedded.ReadPassword(), (_, _) => ValueTask.FromResult(embedded.ReadPassword()));
        }

        return source.Build();
    }
}
