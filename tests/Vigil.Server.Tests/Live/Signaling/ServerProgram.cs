using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Vigil.Server.Hosting;

namespace Vigil.Server.Tests.Live.Signaling;

/// <summary>A whole server as a program of its own, which can be killed.</summary>
internal sealed class ServerProgram : IAsyncDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("vigil-node-").FullName;
    private readonly Process process;

    private ServerProgram(int port, string database, string redis)
    {
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/"));
        process = Process.Start(new ProcessStartInfo(
            "dotnet",
            [
                typeof(VigilPaths).Assembly.Location, "--data", directory, "--urls", Address.ToString(), "--https-urls", "none", "--ConnectionStrings:Vigil", database,
                "--WebRtc:Port", "0", "--Banner", "1",
            ])
        {
            Environment = { ["REDIS_URL"] = redis },
            RedirectStandardOutput = true,
        })!;
    }

    public Uri Address { get; }

    /// <summary>One that serves.</summary>
    public static async Task<ServerProgram> StartAsync(string database, string redis)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var server = new ServerProgram(port, database, redis);
        var said = "";
        while (await server.process.StandardOutput.ReadLineAsync() is { } line)
        {
            said += line + "\n";
            if (line.Contains("Vigil is running", StringComparison.Ordinal))
            {
                _ = server.process.StandardOutput.ReadToEndAsync();
                return server;
            }
        }

        await server.DisposeAsync();
        throw new InvalidOperationException(said);
    }

    /// <summary>As <c>kill -9</c>.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        process.Dispose();
        Directory.Delete(directory, recursive: true);
    }
}
