using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Vigil.Server.Tests.Devices.Redis;

/// <summary>Debian's redis-server on a port and a directory of its own, which forgets everything when it ends.</summary>
internal sealed class RedisProgram : IAsyncDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("vigil-redis-").FullName;
    private readonly string[] settings;
    private Process? process;

    private RedisProgram(string[] settings) => this.settings = settings;

    public int Port { get; } = FreePort();

    public string Url => $"redis://127.0.0.1:{Port}";

    /// <param name="settings">As in redis.conf, word by word: <c>--requirepass north</c>. PORT and DIR stand for its own.</param>
    public static async Task<RedisProgram> StartAsync(params string[] settings)
    {
        var redis = new RedisProgram(settings);
        await redis.StartAgainAsync();
        return redis;
    }

    public string PathOf(string name) => Path.Combine(directory, name);

    public async Task StartAgainAsync()
    {
        var port = Port.ToString(CultureInfo.InvariantCulture);
        string[] usual = ["--bind", "127.0.0.1", "--save", "", "--dir", directory];
        string[] own = settings.Contains("--tls-port") ? settings : ["--port", port, .. settings];
        process = Process.Start(new ProcessStartInfo("redis-server", [.. usual, .. own.Select(word => word == "PORT" ? port : word)]) { RedirectStandardOutput = true })!;
        var said = "";
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            said += line + "\n";
            if (line.Contains("Ready to accept connections", StringComparison.Ordinal))
            {
                _ = process.StandardOutput.ReadToEndAsync();
                return;
            }
        }

        throw new InvalidOperationException(said);
    }

    /// <summary>As <c>kill -9</c>.</summary>
    public async Task KillAsync()
    {
        process!.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        process = null;
    }

    /// <summary>STOP: it still accepts, and says nothing any more. CONT: it goes on.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process!.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            await KillAsync();
        }

        Directory.Delete(directory, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
