using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading.Channels;
using Vigil.Bench.Harness;

namespace Vigil.Bench.Live;

/// <summary>The real server as a process of its own, with its embedded database and the built web app, and an owner who is signed in.</summary>
internal sealed class ServerUnderTest : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly ProcessStartInfo start;
    private readonly string data;
    private readonly CookieContainer cookies = new();
    private readonly HttpClient http;
    private readonly Channel<string> log = Channel.CreateBounded<string>(new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropOldest });
    private Process process;

    private ServerUnderTest(ProcessStartInfo start, string data, Uri address)
    {
        this.start = start;
        this.data = data;
        process = Launch(start);
        Address = address;
        http = new HttpClient(new SocketsHttpHandler { CookieContainer = cookies }) { BaseAddress = address };
        http.DefaultRequestHeaders.Add("Origin", address.GetLeftPart(UriPartial.Authority));
    }

    public Uri Address { get; }

    public int Id => process.Id;

    /// <summary>The embedded database's first process; its sessions are that one's children.</summary>
    public int DatabaseId => int.Parse(File.ReadLines(Path.Combine(data, "database", "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    /// <summary>Where it records.</summary>
    public string Segments => Path.Combine(data, "segments");

    public string SessionCookie => cookies.GetAllCookies().Single(cookie => cookie.Name == "vigil").Value;

    public static async Task<ServerUnderTest> StartAsync(BenchRun run)
    {
        var configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Vigil.Server", configuration, "Vigil.Server"));
        var repository = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", ".."));
        var data = Directory.CreateDirectory(Path.Combine(run.Scratch, $"server-{Guid.NewGuid():N}"[..12])).FullName;
        foreach (var directory in new[] { run.Scratch, data })
        {
            // As root the database runs as another account.
            File.SetUnixFileMode(directory, File.GetUnixFileMode(directory) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }

        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}");
        free.Stop();
        var start = new ProcessStartInfo(program, ["--data", data, "--urls", address, "--https-urls", "none"]) { RedirectStandardOutput = true };
        start.Environment["Cameras__AllowLoopback"] = "true";
        start.Environment["VIGIL_WEB"] = Environment.GetEnvironmentVariable("VIGIL_WEB") ?? Path.Combine(repository, "web", "dist");
        var server = new ServerUnderTest(start, data, new Uri(address));
        try
        {
            await server.WaitUntilUpAsync();
            await server.PostAsync("api/v1/setup", new
            {
                email = "owner@example.org",
                username = "owner",
                password = "correct horse battery",
                householdName = "Bench",
                timeZone = "UTC",
            });
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Adds a camera and waits until it is live.</summary>
    public async Task<int> AddCameraAsync(string name, string cameraAddress)
    {
        var id = (await PostAsync("api/v1/cameras", new { name, address = cameraAddress })).GetProperty("id").GetInt32();
        await WaitAsync(async () =>
        {
            var camera = await http.GetFromJsonAsync<JsonElement>(new Uri($"api/v1/cameras/{id}", UriKind.Relative));
            return camera.GetProperty("status").GetProperty("state").GetString() == "live";
        });
        return id;
    }

    /// <summary>The owner's token, as clients of the signalling contract send it.</summary>
    public async Task<string> TokenAsync() =>
        (await PostAsync("api/auth/login", new { username = "owner", password = "correct horse battery" })).GetProperty("access_token").GetString()!;

    /// <summary>Adds one that is paused: only its footage matters.</summary>
    public async Task<int> AddPausedCameraAsync(string name) =>
        (await PostAsync("api/v1/cameras", new { name, address = "test:", paused = true })).GetProperty("id").GetInt32();

    public async Task PutAsync(string path, object body)
    {
        using var answer = await http.PutAsJsonAsync(new Uri(path, UriKind.Relative), body);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Its body is still to be read.</summary>
    public async Task<HttpResponseMessage> GetAsync(string path, CancellationToken cancel)
    {
        var answer = await http.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancel);
        return answer.IsSuccessStatusCode ? answer : throw new InvalidOperationException($"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancel)}");
    }

    /// <summary>The next line of the server's log with these words.</summary>
    public async Task<string> LogAsync(string words, CancellationToken cancel)
    {
        await foreach (var line in log.Reader.ReadAllAsync(cancel))
        {
            if (line.Contains(words, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException("The server's log ended.");
    }

    public async Task PatchAsync(string path, object body)
    {
        using var answer = await http.PatchAsJsonAsync(new Uri(path, UriKind.Relative), body);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>SIGKILL for the server alone: its database lives on.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    /// <summary>On the same data, after <see cref="KillAsync"/>; returns when it says that it is well and has its database.</summary>
    public async Task StartAgainAsync()
    {
        process = Launch(start);
        await WaitUntilUpAsync();
    }

    /// <summary>Asks the embedded database itself, whether or not the server runs.</summary>
    public async Task<string> QueryAsync(string sql)
    {
        var socket = (await File.ReadAllLinesAsync(Path.Combine(data, "database", "postmaster.pid")))[4];
        var ask = new ProcessStartInfo("psql", ["-h", socket, "-U", "vigil", "-d", "vigil", "-Atqc", sql]) { RedirectStandardOutput = true };
        ask.Environment["PGPASSWORD"] = (await File.ReadAllTextAsync(Path.Combine(data, "keys", "database-password"))).Trim();
        using var psql = Process.Start(ask) ?? throw new InvalidOperationException("psql did not start.");
        var rows = await psql.StandardOutput.ReadToEndAsync();
        await psql.WaitForExitAsync();
        return psql.ExitCode == 0 ? rows.Trim() : throw new InvalidOperationException($"psql ended with {psql.ExitCode}.");
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        if (!process.HasExited)
        {
            using var term = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
            try
            {
                await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
            }
            catch (TimeoutException)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        process.Dispose();
    }

    private Process Launch(ProcessStartInfo start)
    {
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        process.OutputDataReceived += (_, said) => log.Writer.TryWrite(said.Data ?? "");
        process.BeginOutputReadLine();
        return process;
    }

    private Task WaitUntilUpAsync() => WaitAsync(async () =>
    {
        using var setup = await http.GetAsync(new Uri("api/v1/setup", UriKind.Relative));
        var health = await http.GetFromJsonAsync<JsonElement>(new Uri("health", UriKind.Relative));
        return setup.IsSuccessStatusCode && health.GetProperty("status").GetString() == "healthy" && health.GetProperty("database").GetString() == "connected";
    });

    private async Task<JsonElement> PostAsync(string path, object body)
    {
        using var answer = await http.PostAsJsonAsync(new Uri(path, UriKind.Relative), body);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode
            ? JsonDocument.Parse(text).RootElement
            : throw new InvalidOperationException($"{path}: {(int)answer.StatusCode} {text}");
    }

    private async Task WaitAsync(Func<Task<bool>> done)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < StartLimit && !process.HasExited)
        {
            try
            {
                if (await done())
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        throw new InvalidOperationException("The server or its camera did not come up.");
    }
}
