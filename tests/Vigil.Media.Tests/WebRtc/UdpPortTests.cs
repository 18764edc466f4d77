using System.Net;
using System.Net.Sockets;
using Vigil.Media.WebRtc;

namespace Vigil.Media.Tests.WebRtc;

public sealed class UdpPortTests
{
    [Theory]
    [InlineData(true, "127.0.0.1")]
    [InlineData(false, "127.0.0.1")]
    [InlineData(true, "::1")]
    [InlineData(false, "::1")]
    public async Task A_burst_arrives_as_the_same_datagrams_with_and_without_the_kernels_help(bool offload, string address)
    {
        const int Segment = 1190;
        using var port = new UdpPort(new IPEndPoint(IPAddress.IPv6Any, 0));
        using var receiver = new Socket(IPAddress.Parse(address).AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 1 << 20 };
        receiver.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
        var end = (IPEndPoint)receiver.LocalEndPoint!;
        var to = (address.Contains('.', StringComparison.Ordinal) ? new IPEndPoint(end.Address.MapToIPv6(), end.Port) : end).Serialize();

        // More than one send can carry (65,507 bytes), and a shorter one at the end.
        var datagrams = new byte[(70 * Segment) + 11];
        for (var i = 0; i < datagrams.Length; i++)
        {
            datagrams[i] = (byte)(i / Segment);
        }

        port.SendSegments(datagrams, Segment, offload, to, default).ShouldBe(offload);

        var buffer = new byte[2048];
        for (var i = 0; i <= 70; i++)
        {
            var length = await receiver.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
            length.ShouldBe(i < 70 ? Segment : 11);
            buffer[..length].ShouldAllBe(value => value == i);
        }

        port.Dropped.ShouldBe(0);
    }
}
