using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Media.WebRtc;
using Vigil.Protocols.Stun;
using Vigil.Protocols.WebRtc;
using Vigil.Testing;

namespace Vigil.Media.Tests.WebRtc;

/// <summary>What people cost who have no session.</summary>
public sealed class StrangerTests : IAsyncDisposable
{
    private readonly ManualTime time = new();
    private readonly WebRtcHost host;
    private readonly List<TestRoad> roads = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private IPEndPoint Server => new(IPAddress.Loopback, host.Port);

    public StrangerTests() => host = new WebRtcHost(new WebRtcOptions { Port = 0 }, time, NullLogger.Instance);

    public async ValueTask DisposeAsync()
    {
        roads.ForEach(road => road.Dispose());
        await host.DisposeAsync();
    }

    [Fact]
    public void A_flood_of_checks_gets_no_answer_and_takes_no_memory()
    {
        var transport = host.Create(new OfferedTransport { UsernameFragment = "peer", Fingerprint = "AB" }).ShouldNotBeNull();
        using var port = new UdpPort(new IPEndPoint(IPAddress.Loopback, 0));
        var from = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 7).Serialize();
        byte[][] flood =
        [
            Check("nobody12:peer", "guess"), // A session that never was.
            Check($"{transport.UsernameFragment}:peer", "guess"), // One that is: fragments can be overheard.
            Check($"{transport.UsernameFragment}:peer", "guess")[..60],
            new byte[1200],
            [22, 254, 253, .. new byte[100]],
            [0x80, 96, .. new byte[100]],
        ];
        for (var warm = 0; warm < 3; warm++)
        {
            Flood();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 10_000; round++)
        {
            Flood();
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1000);
        host.Strangers.ShouldBe(10_003 * flood.Length);
        host.RoadCount.ShouldBe(0);
        transport.Road.ShouldBeNull();

        void Flood()
        {
            foreach (var datagram in flood)
            {
                host.Take(port, datagram, from, default);
            }
        }
    }

    [Fact]
    public async Task A_connection_that_shows_no_signed_check_is_ended_after_ten_seconds()
    {
        var slow = await ConnectAsync();
        await slow.SendBytesAsync(new byte[] { 0 }, Cancel);
        await UntilAsync(() => host.ConnectionCount == 1);
        time.Advance(TimeSpan.FromSeconds(9));
        await slow.SendBytesAsync(new byte[] { 100 }, Cancel);
        host.ConnectionCount.ShouldBe(1);
        time.Advance(TimeSpan.FromSeconds(1.1));

        (await slow.ReceiveAsync(Cancel)).ShouldBeEmpty();
        await UntilAsync(() => host.ConnectionCount == 0);
    }

    [Theory]
    [InlineData("FFFF")] // Longer than any datagram.
    [InlineData("474554202F20485454502F312E310D0A")] // "GET / HTTP/1.1": a length of 18,245.
    [InlineData("000100000100000100000100000100000100000100000100000100")] // Nine frames that nobody signed.
    public async Task A_connection_that_speaks_something_else_is_ended_at_once(string bytes)
    {
        var road = await ConnectAsync();
        await road.SendBytesAsync(Convert.FromHexString(bytes), Cancel);

        (await road.ReceiveAsync(Cancel)).ShouldBeEmpty();
        await UntilAsync(() => host.ConnectionCount == 0);
    }

    [Fact]
    public async Task One_address_gets_so_many_unsigned_connections_and_no_more()
    {
        for (var i = 0; i < TcpPort.MaxStrangersOfOneAddress; i++)
        {
            await ConnectAsync();
        }

        await UntilAsync(() => host.ConnectionCount == TcpPort.MaxStrangersOfOneAddress);
        (await (await ConnectAsync()).ReceiveAsync(Cancel)).ShouldBeEmpty();
        host.ConnectionCount.ShouldBe(TcpPort.MaxStrangersOfOneAddress);

        // Another one is not concerned.
        roads.Add(await TestRoad.OpenAsync(new IPEndPoint(IPAddress.IPv6Loopback, host.Port), byTcp: true, Cancel));
        await UntilAsync(() => host.ConnectionCount == TcpPort.MaxStrangersOfOneAddress + 1);
    }

    [Fact]
    public async Task Without_TCP_nobody_listens_by_it_and_no_answer_says_so()
    {
        await using var quiet = new WebRtcHost(new WebRtcOptions { Port = 0, Tcp = false }, time, NullLogger.Instance);
        quiet.ListensByTcp.ShouldBeFalse();
        await Should.ThrowAsync<SocketException>(() => TestRoad.OpenAsync(new IPEndPoint(IPAddress.Loopback, quiet.Port), byTcp: true, Cancel));
    }

    private async Task<TestRoad> ConnectAsync()
    {
        var road = await TestRoad.OpenAsync(Server, byTcp: true, Cancel);
        roads.Add(road);
        return road;
    }

    private static byte[] Check(string username, string password)
    {
        var writer = new StunWriter(new byte[512], StunType.BindingRequest, new byte[12]);
        writer.Add(StunAttribute.Username, username);
        writer.Add(StunAttribute.IceControlling, 1ul);
        writer.Sign(Encoding.UTF8.GetBytes(password));
        writer.AddFingerprint();
        return writer.Written.ToArray();
    }

    /// <summary>The engine does it a moment later, on a thread of its own.</summary>
    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
