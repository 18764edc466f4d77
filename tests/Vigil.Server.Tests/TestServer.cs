using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Npgsql;
using Vigil.Server.Database;

namespace Vigil.Server.Tests;

/// <summary>The whole server on a real port with a real database of its own. Dispose it, and nothing is left.</summary>
public sealed class TestServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _directory;

    private TestServer(WebApplication app, string directory, string database)
    {
        _app = app;
        _directory = directory;
        ConnectionString = database;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Client = NewClient();
    }

    /// <summary>http://127.0.0.1:port/</summary>
    public Uri Address { get; }

    /// <summary>A stranger's client: no cookies, no redirects.</summary>
    public HttpClient Client { get; }

    public string ConnectionString { get; }

    public string DataDirectory => Path.Combine(_directory, "data");

    public IServiceProvider Services => _app.Services;

    public NpgsqlDataSource Database => Services.GetRequiredService<NpgsqlDataSource>();

    /// <param name="time">A clock for the server; the system's when absent.</param>
    /// <param name="settings">Extra configuration, for example ("Accounts:AccessTokenMinutes", "5").</param>
    /// <param name="adjust">Last word on services.</param>
    /// <param name="database">An existing test database, to run a second server on it or to restart on the same data.</param>
    public static async Task<TestServer> StartAsync(
        TimeProvider? time = null,
        IReadOnlyDictionary<string, string>? settings = null,
        Action<IServiceCollection>? adjust = null,
        string? database = null)
    {
        database ??= await (await TestCluster.GetAsync()).CreateDatabaseAsync();
        var directory = Directory.CreateTempSubdirectory("vigil-server-").FullName;
        // Decoders run as somebody else and must get through to the files they are given.
        File.SetUnixFileMode(directory, (UnixFileMode)0b111_001_001);
        List<string> args =
        [
            "--data", Path.Combine(directory, "data"),
            "--urls", "http://127.0.0.1:0",
            "--https-urls", "none",
            "--ConnectionStrings:Vigil", database,
            "--environment", "Testing",
            "--WebRtc:Port", "0",
        ];
        foreach (var (name, value) in settings ?? new Dictionary<string, string>())
        {
            args.Add("--" + name);
            args.Add(value);
        }

        var app = VigilServer.Build([.. args], builder =>
        {
            builder.Logging.ClearProviders();
            if (time is not null)
            {
                builder.Services.Replace(ServiceDescriptor.Singleton(time));
            }

            adjust?.Invoke(builder.Services);
        });
        await app.StartAsync();
        var server = new TestServer(app, directory, database);
        await app.Services.GetRequiredService<DatabaseState>().WaitUntilAvailableAsync(new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token);
        return server;
    }

    public HttpClient NewClient(CookieContainer? cookies = null) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = cookies is not null,
        CookieContainer = cookies ?? new CookieContainer(),
    })
    {
        BaseAddress = Address,
        Timeout = TimeSpan.FromMinutes(2), // Only so that a failure ends: a busy machine needs its time.
    };

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
