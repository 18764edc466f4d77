using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Vigil.EndToEnd.Tests.Machine;

/// <summary>
/// The product as a newcomer starts it: './vigil up' with its supervisor, its own PostgreSQL and a fresh data directory.
/// </summary>
internal sealed class VigilServer : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);

    private readonly RunningProgram program;
    private readonly string data;

    private VigilServer(RunningProgram program, string data, int port)
    {
        this.program = program;
        this.data = data;
        Port = port;
    }

    public int Port { get; }

    public Uri Address => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}/"));

    public string DataDirectory => data;

    public string Log => program.All();

    /// <param name="relay">With coturn beside it.</param>
    public static async Task<VigilServer> Start(bool relay = false)
    {
        // Short: PostgreSQL's socket lives somewhere below a path of at most 107 bytes.
        var data = Directory.CreateTempSubdirectory("vigil-e2e-").FullName;
        File.SetUnixFileMode(data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        var port = FreePort.Next();
        var program = RunningProgram.Start(
            "vigil up",
            Path.Combine(Repository.Root, "vigil"),
            [
                "up", "--no-build", "--data", data, "--urls", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"),
                "--https-urls", "https://127.0.0.1:0", .. relay ? ["--turn"] : Array.Empty<string>(),
            ],
            new Dictionary<string, string?>
            {
                // The cameras of these tests live on this machine.
                ["Cameras__AllowLoopback"] = "true",
                // Another server may run on this machine.
                ["WebRtc__Port"] = "0",
                ["TURN_PORT"] = FreePort.Next().ToString(CultureInfo.InvariantCulture),
            });
        var server = new VigilServer(program, data, port);
        try
        {
            await server.WaitUntilItAnswers(StartLimit);
            if (relay)
            {
                await program.WaitForLine(line => line.Contains("The TURN server answers", StringComparison.Ordinal), StartLimit);
            }

            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async Task WaitUntilItAnswers(TimeSpan within)
    {
        using var http = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(5) };
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri("api/v1/setup", UriKind.Relative));
                if (answer.StatusCode == HttpStatusCode.OK)
                {
                    return;
                }
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                // Not listening yet.
            }

            if (program.HasEnded || clock.Elapsed > within)
            {
                throw new TimeoutException($"Vigil did not answer within {within}:\n{program.Tail(100)}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    /// <summary>kill -9 of the server process alone; its supervisor and its database live on.</summary>
    public void KillServerProcess() => Signals.Send(ServerProcess(), Signals.Kill);

    /// <summary>The process that serves requests, below the supervisor.</summary>
    public int ServerProcess()
    {
        var below = ProcessTree.Below(program.Id);
        var found = below.Where(p => p.Command.Contains("Vigil.Server", StringComparison.Ordinal)
            && !p.Command.Contains("bash", StringComparison.Ordinal)
            && !p.Command.Contains("setsid", StringComparison.Ordinal)).ToList();
        return found.Count == 1
            ? found[0].Id
            : throw new InvalidOperationException($"Expected one server below {program.Id}, found: {string.Join("; ", below)}");
    }

    /// <summary>Every PostgreSQL process of this server's own cluster (the postmaster is the one that runs on the data directory).</summary>
    public int Postmaster()
    {
        var file = Directory.EnumerateFiles(data, "postmaster.pid", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3 })
            .First();
        return int.Parse(File.ReadLines(file).First(), CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await program.Interrupt(TimeSpan.FromSeconds(30));
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"Vigil did not end within 30 s of ctrl-C:\n{program.Tail(40)}", e);
        }
        finally
        {
            await program.DisposeAsync();
            Directory.Delete(data, recursive: true);
        }
    }

    /// <summary>Ends as ctrl-C ends it, and says how long that took.</summary>
    public async Task<TimeSpan> Stop(TimeSpan within)
    {
        var clock = Stopwatch.StartNew();
        await program.Interrupt(within);
        return clock.Elapsed;
    }
}
