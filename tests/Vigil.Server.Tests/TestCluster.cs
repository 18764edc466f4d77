using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Vigil.Server.Database;
using Vigil.Server.Tests;

[assembly: AssemblyFixture(typeof(TestCluster))]

namespace Vigil.Server.Tests;

/// <summary>One private PostgreSQL for the whole test run, and a fresh database for whoever asks (copied from a migrated template).</summary>
public sealed class TestCluster : IAsyncDisposable
{
    private static readonly SemaphoreSlim Gate = new(1, 1);
    private static TestCluster? s_started;
    private static int s_databases;

    private string _directory = "";
    private EmbeddedPostgres? _postgres;

    /// <summary>Starts the cluster on first use; a test that needs no database pays nothing.</summary>
    public static async Task<TestCluster> GetAsync()
    {
        await Gate.WaitAsync();
        try
        {
            if (s_started is null)
            {
                var cluster = new TestCluster();
                await cluster.StartAsync();
                s_started = cluster;
            }

            return s_started;
        }
        finally
        {
            Gate.Release();
        }
    }

    /// <summary>The connection string of a new, migrated, empty database.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"test_{Interlocked.Increment(ref s_databases)}");
        await ExecuteAsync($"create database {name} template vigil");
        return Address(name);
    }

    /// <summary>As <see cref="CreateDatabaseAsync"/>, without anything in it.</summary>
    public async Task<string> CreateEmptyDatabaseAsync()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"empty_{Interlocked.Increment(ref s_databases)}");
        await ExecuteAsync($"create database {name} template template0");
        return Address(name);
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Address("postgres") + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        // The assembly fixture is another instance than the one that was started on demand.
        if (Interlocked.Exchange(ref s_started, null) is { } started)
        {
            await started._postgres!.StopAsync(CancellationToken.None);
            Directory.Delete(started._directory, recursive: true);
        }
    }

    private async Task StartAsync()
    {
        _directory = Directory.CreateTempSubdirectory("vigil-test-").FullName;
        File.SetUnixFileMode(_directory, (UnixFileMode)0b111_001_001);
        var sockets = Path.Combine(_directory, "s");
        _postgres = new EmbeddedPostgres(
            Path.Combine(_directory, "database"), sockets, Path.Combine(_directory, "password"), NullLogger<EmbeddedPostgres>.Instance,
            ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300"]);
        await _postgres.StartAsync(CancellationToken.None);
        await _postgres.EnsureDatabaseAsync(CancellationToken.None);
        await using (var template = NpgsqlDataSource.Create(Address("vigil") + ";Pooling=false"))
        {
            DapperSetup.Configure();
            await new Migrator(NullLogger<Migrator>.Instance).RunAsync(template, CancellationToken.None);
        }
    }

    private string Address(string database) => new NpgsqlConnectionStringBuilder(_postgres!.ConnectionString)
    {
        Database = database,
        Password = _postgres.ReadPassword(),
        MaxPoolSize = 20,
        // A server whose clock stands still does not try again when the first connection takes too long on a busy machine.
        Timeout = 60,
    }.ConnectionString;
}
