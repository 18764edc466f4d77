using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Tests.Hosting;

/// <summary>The server as a process of its own: how it starts, refuses and ends.</summary>
public sealed class ServingTests : IDisposable
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;
    private readonly string _data = Directory.CreateTempSubdirectory("vigil-serve-").FullName;

    [Fact]
    public async Task A_port_that_is_taken_is_one_sentence_and_leaves_no_database_running()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();

        var (code, said, runtime) = await RunAsync($"http://127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}");

        code.ShouldBe(ExitCode.TryAgain, said);
        said.ShouldContain("address already in use. Stop the program that listens there, or choose another address with --urls.");
        said.ShouldNotContain("   at ");
        File.Exists(Path.Combine(_data, "database", "postmaster.pid")).ShouldBeFalse(said);
        Directory.Exists(runtime).ShouldBeFalse(said);
    }

    [Fact]
    public async Task An_address_that_the_machine_has_not_got_yet_is_waited_for()
    {
        var (code, said, _) = await RunAsync("http://192.0.2.1:8000");

        code.ShouldBe(ExitCode.TryAgain, said);
        said.ShouldContain("choose another address with --urls.");
        said.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task A_database_of_a_postgres_that_is_not_installed_is_refused_in_one_sentence()
    {
        Directory.CreateDirectory(Path.Combine(_data, "database"));
        await File.WriteAllTextAsync(Path.Combine(_data, "database", "PG_VERSION"), "9\n", Cancel);

        var (code, said, _) = await RunAsync("http://127.0.0.1:0");

        code.ShouldBe(ExitCode.Refused, said);
        said.ShouldContain("install postgresql-9");
        said.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task A_server_that_is_told_to_stop_while_it_starts_ends_quietly_and_stops_its_database()
    {
        var (code, said, runtime) = await RunAsync("http://127.0.0.1:0", stopAtFirstWord: true);

        code.ShouldBe(0, said);
        said.ShouldNotContain("   at ");
        File.Exists(Path.Combine(_data, "database", "postmaster.pid")).ShouldBeFalse(said);
        Directory.Exists(runtime).ShouldBeFalse(said);
    }

    [Fact]
    public async Task A_second_server_on_the_same_data_is_refused_and_leaves_the_first_ones_database_alone()
    {
        var paths = new VigilPaths(_data);
        File.SetUnixFileMode(_data, VigilPaths.Private | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        paths.Create();
        var postgres = new EmbeddedPostgres(paths.Database, paths.Runtime, Path.Combine(paths.Keys, "database-password"), NullLogger<EmbeddedPostgres>.Instance);
        await postgres.StartAsync(Cancel);
        try
        {
            using (DataDirectoryLock.TryTake(paths).ShouldNotBeNull())
            {
                var (code, said, _) = await RunAsync("http://127.0.0.1:0");

                code.ShouldBe(ExitCode.Refused, said);
                said.ShouldContain("Another Vigil is running");
                (await Commands.Find(["stop-database"])!(["--data", _data])).ShouldBe(0);
                postgres.IsAlive().ShouldBeTrue(said);
            }

            (await Commands.Find(["stop-database"])!(["--data", _data])).ShouldBe(0);
            postgres.IsAlive().ShouldBeFalse("a database that nobody owns is stopped");
        }
        finally
        {
            await postgres.StopAsync(CancellationToken.None);
        }
    }

    [Fact]
    public async Task A_data_directory_that_cannot_be_made_is_one_sentence_and_waited_for()
    {
        var (code, said, _) = await RunAsync("http://127.0.0.1:0", extra: ("VIGIL_DATA", "/proc/vigil"));

        code.ShouldBe(ExitCode.TryAgain, said);
        said.ShouldContain("Vigil cannot keep its data in /proc/vigil");
        said.ShouldNotContain("   at ");
    }

    [Theory]
    [InlineData("reset-password", "ana@example.org")]
    [InlineData("backup", "here.vigil")]
    public async Task A_command_for_a_directory_without_Vigil_makes_none(string verb, string argument)
    {
        var nowhere = Path.Combine(_data, "nowhere");

        (await Commands.Find([verb])!([argument, "--data", nowhere])).ShouldBe(1);

        Directory.Exists(nowhere).ShouldBeFalse();
    }

    [Fact]
    public async Task A_setting_that_cannot_be_is_one_sentence()
    {
        var (code, said, _) = await RunAsync("http://127.0.0.1:0", extra: ("JWT_ALGORITHM", "none"));

        code.ShouldBe(ExitCode.Refused, said);
        said.Trim().ShouldBe("JWT_ALGORITHM is none, but Vigil signs with HS256 only. Remove the setting.");
    }

    public void Dispose() => Directory.Delete(_data, recursive: true);

    private async Task<(int Code, string Said, string Runtime)> RunAsync(string urls, bool stopAtFirstWord = false, (string Name, string Value)? extra = null)
    {
        File.SetUnixFileMode(_data, VigilPaths.Private | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        var start = new ProcessStartInfo("dotnet", [typeof(VigilPaths).Assembly.Location, "--Urls", urls])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["VIGIL_DATA"] = _data, ["VIGIL_HTTPS_URLS"] = "https://127.0.0.1:0" },
        };
        if (extra is { } setting)
        {
            start.Environment[setting.Name] = setting.Value;
        }

        using var server = Process.Start(start)!;
        var errors = server.StandardError.ReadToEndAsync(Cancel);
        var first = await server.StandardOutput.ReadLineAsync(Cancel);
        if (stopAtFirstWord)
        {
            using var term = Process.Start("kill", ["-TERM", $"{server.Id}"]);
        }

        var rest = await server.StandardOutput.ReadToEndAsync(Cancel);
        await server.WaitForExitAsync(Cancel);
        return (server.ExitCode, $"{first}\n{rest}{await errors}", new VigilPaths(_data).Runtime);
    }
}
