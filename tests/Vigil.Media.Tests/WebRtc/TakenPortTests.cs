using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Media.WebRtc;
using Vigil.Testing;

namespace Vigil.Media.Tests.WebRtc;

public sealed class TakenPortTests
{
    [Fact]
    public async Task A_port_that_is_taken_is_said_in_plain_words_and_used_once_it_is_free()
    {
        using var other = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp) { DualMode = true };
        other.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        var port = ((IPEndPoint)other.LocalEndPoint!).Port;
        var time = new ManualTime();
        await using var host = new WebRtcHost(new WebRtcOptions { Port = port, Tcp = false }, time, NullLogger.Instance);
        host.Port.ShouldBe(0);
        host.Trouble.ShouldBe($"UDP port {port} cannot be had: another program uses it");
        time.Advance(TimeSpan.FromSeconds(5));

        other.Dispose();
        while (host.Port == 0)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        host.Port.ShouldBe(port);
        host.Trouble.ShouldBeNull();
    }
}
