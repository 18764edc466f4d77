using Npgsql;

namespace Vigil.Server.Database;

/// <summary>The database for a command at the terminal: adopts a running embedded cluster, or starts it and stops it again afterwards.</summary>
internal sealed class OfflineDatabase : IAsyncDisposable
{
    private readonly EmbeddedPostgres? _started;

    private OfflineDatabase(NpgsqlDataSource source, string connectionString, EmbeddedPostgres? started)
    {
        Source = source;
        ConnectionString = connectionString;
        _started = started;
    }

    public NpgsqlDataSource Source { get; }

    /// <summary>With the password; for child processes' environment.</summary>
    public string ConnectionString { get; }

    public static async Task<OfflineDatabase> OpenAsync(IServiceProvider services, CancellationToken cancel)
    {
        var embedded = services.GetService<EmbeddedPostgres>();
        EmbeddedPostgres? started = null;
        if (embedded is not null)
        {
            started = embedded.IsAlive() ? null : embedded;
            await embedded.StartAsync(cancel);
            await embedded.EnsureDatabaseAsync(cancel);
        }

        var source = services.GetRequiredService<NpgsqlDataSource>();
        return new OfflineDatabase(source, DatabaseFeature.ConnectionStringOf(services.GetRequiredService<IConfiguration>(), embedded), started);
    }

    public async ValueTask DisposeAsync()
    {
        if (_started is not null)
        {
            await Source.DisposeAsync();
            await _started.StopAsync(CancellationToken.None);
        }
    }
}
