using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Live.Signaling;
using Vigil.Server.Tests.Architecture;

namespace Vigil.Server.Tests.Live.Signaling;

/// <summary>A live coturn, as <c>./vigil up --turn</c> starts it.</summary>
public sealed class TurnTests
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_peers_that_may_only_use_the_relay_see_and_hear_each_other_through_it()
    {
        var directory = Directory.CreateTempSubdirectory("vigil-turn-").FullName;
        var port = FreePort();
        using var relay = Process.Start(new ProcessStartInfo("bash", [Path.Combine(Repository.Root, "scripts/turn.sh"), directory, port.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            var (host, secret) = await StartedAsync(relay, directory);
            (File.GetUnixFileMode(Path.Combine(directory, "turn-secret")) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)).ShouldBe(UnixFileMode.None);
            (File.GetUnixFileMode(Path.Combine(directory, "turnserver.conf")) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)).ShouldBe(UnixFileMode.None);
            (await File.ReadAllTextAsync($"/proc/{relay.Id}/cmdline", Cancel)).ShouldNotContain(secret);

            await using var server = await TestServer.StartAsync(settings: new Dictionary<string, string>
            {
                ["Signaling:Turn:Host"] = host,
                ["Signaling:Turn:Port"] = port.ToString(CultureInfo.InvariantCulture),
                ["Signaling:Turn:Secret"] = secret,
            });
            await server.Services.GetRequiredService<TurnProbe>().Asked.WaitAsync(Cancel);
            server.Services.GetRequiredService<TurnProbe>().Answers.ShouldBeTrue();
            await TestHousehold.CreateAsync(server, "ana");
            var token = await SignalDesk.TokenAsync(server, "ana");
            await SignalDesk.PairAsync(server, token, "crib");
            var address = server.Address.GetLeftPart(UriPartial.Authority);
            await using var device = Script.Start("aiortc_signalling.py", "device", address, "crib", "relay");
            await device.UntilAsync("ready");
            await using var viewer = Script.Start("aiortc_signalling.py", "viewer", address, "crib", token, "relay");

            var seen = JsonDocument.Parse(await viewer.LineAsync()).RootElement;
            seen.GetProperty("candidates").EnumerateArray().Select(type => type.GetString()).ShouldBe(["relay"]);
            seen.GetProperty("width").GetInt32().ShouldBe(320);
            seen.GetProperty("loud").GetInt32().ShouldBeGreaterThan(3000);
        }
        finally
        {
            relay.Kill(entireProcessTree: true);
            await relay.WaitForExitAsync(CancellationToken.None);
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task A_relay_that_does_not_answer_is_not_offered()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, string>
        {
            ["Signaling:Turn:Host"] = "127.0.0.1",
            ["Signaling:Turn:Port"] = FreePort().ToString(CultureInfo.InvariantCulture),
            ["Signaling:Turn:Secret"] = "north",
        });
        await TestHousehold.CreateAsync(server, "ana");
        var token = await SignalDesk.TokenAsync(server, "ana");
        await SignalDesk.PairAsync(server, token, "crib");
        await using var device = await SignalPeer.DeviceAsync(server, "crib");
        await using var viewer = await SignalPeer.ViewerAsync(server, token);

        await viewer.SayAsync("watch_request", new { device_id = "crib" });
        (await device.PayloadAsync("watch_request")).GetProperty("ice_servers").GetArrayLength().ShouldBe(0);
        (await viewer.PayloadAsync("watch_ready")).GetProperty("ice_servers").GetArrayLength().ShouldBe(0);
    }

    /// <summary>Where it listens and its secret, once its configuration is complete and it has opened its port.</summary>
    private static async Task<(string Host, string Secret)> StartedAsync(Process relay, string directory)
    {
        using var log = new FileSystemWatcher(directory, "turn*.log*");
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        log.Created += (_, _) => written.TrySetResult();
        log.EnableRaisingEvents = true;
        if (Directory.GetFiles(directory, "turn*.log*").Length == 0)
        {
            var ended = relay.WaitForExitAsync(Cancel);
            (await Task.WhenAny(written.Task, ended)).ShouldBe(written.Task, "turnserver ended at once");
        }

        var settings = await File.ReadAllLinesAsync(Path.Combine(directory, "turnserver.conf"), Cancel);
        return (settings.Single(line => line.StartsWith("relay-ip=", StringComparison.Ordinal))["relay-ip=".Length..],
            await File.ReadAllTextAsync(Path.Combine(directory, "turn-secret"), Cancel));
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Any, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
