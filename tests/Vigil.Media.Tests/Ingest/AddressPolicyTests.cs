using System.Net;
using Vigil.Media.Ingest;

namespace Vigil.Media.Tests.Ingest;

public sealed class AddressPolicyTests
{
    private static readonly IPEndPoint[] Own = [new(IPAddress.Any, 8000), IPEndPoint.Parse("[::]:8443"), IPEndPoint.Parse("192.168.1.5:9000")];
    private readonly AddressPolicy policy = new(allowLoopback: false, Own, a => a.Equals(IPAddress.Parse("192.168.1.5")));

    [Theory]
    [InlineData("192.168.1.20", AddressVerdict.Allowed)]
    [InlineData("10.0.0.1", AddressVerdict.Allowed)]
    [InlineData("100.64.0.1", AddressVerdict.Allowed)]
    [InlineData("fd12::1", AddressVerdict.Allowed)]
    [InlineData("2001:db8::1", AddressVerdict.Allowed)]
    [InlineData("127.0.0.1", AddressVerdict.Loopback)]
    [InlineData("127.8.9.10", AddressVerdict.Loopback)]
    [InlineData("::1", AddressVerdict.Loopback)]
    [InlineData("::ffff:127.0.0.1", AddressVerdict.Loopback)]
    [InlineData("169.254.169.254", AddressVerdict.Metadata)]
    [InlineData("::ffff:169.254.169.254", AddressVerdict.Metadata)]
    [InlineData("64:ff9b::a9fe:a9fe", AddressVerdict.Metadata)]
    [InlineData("2002:a9fe:a9fe::1", AddressVerdict.Metadata)]
    [InlineData("::a9fe:a9fe", AddressVerdict.Metadata)]
    [InlineData("fd00:ec2::254", AddressVerdict.Metadata)]
    [InlineData("169.254.7.7", AddressVerdict.LinkLocal)]
    [InlineData("fe80::1", AddressVerdict.LinkLocal)]
    [InlineData("fe80::1%2", AddressVerdict.LinkLocal)]
    [InlineData("224.0.0.1", AddressVerdict.Multicast)]
    [InlineData("ff02::1", AddressVerdict.Multicast)]
    [InlineData("0.0.0.0", AddressVerdict.Unspecified)]
    [InlineData("0.1.2.3", AddressVerdict.Unspecified)]
    [InlineData("::", AddressVerdict.Unspecified)]
    [InlineData("255.255.255.255", AddressVerdict.Reserved)]
    [InlineData("240.0.0.1", AddressVerdict.Reserved)]
    public void Addresses_are_judged_whatever_they_are_wrapped_in(string address, AddressVerdict verdict) =>
        policy.Check(IPAddress.Parse(address), 554).ShouldBe(verdict);

    [Theory]
    [InlineData("192.168.1.5", 8000, AddressVerdict.OwnListener)]
    [InlineData("::ffff:192.168.1.5", 8443, AddressVerdict.OwnListener)]
    [InlineData("192.168.1.5", 9000, AddressVerdict.OwnListener)]
    [InlineData("192.168.1.5", 554, AddressVerdict.Allowed)]
    [InlineData("192.168.1.6", 8000, AddressVerdict.Allowed)]
    public void Nobody_is_sent_back_to_Vigil_itself(string address, int port, AddressVerdict verdict) =>
        policy.Check(IPAddress.Parse(address), port).ShouldBe(verdict);

    [Fact]
    public void Loopback_can_be_allowed_but_never_our_own_sockets()
    {
        var open = new AddressPolicy(allowLoopback: true, Own, _ => false);

        open.Check(IPAddress.Loopback, 8554).ShouldBe(AddressVerdict.Allowed);
        open.Check(IPAddress.Loopback, 8000).ShouldBe(AddressVerdict.OwnListener);
        open.Check(IPAddress.IPv6Loopback, 8443).ShouldBe(AddressVerdict.OwnListener);
        open.Check(IPAddress.Parse("169.254.169.254"), 80).ShouldBe(AddressVerdict.Metadata);
    }

    [Theory]
    [InlineData("rtsp://camera.local/live", AddressVerdict.Allowed)]
    [InlineData("rtsps://192.168.1.20/", AddressVerdict.Allowed)]
    [InlineData("https://192.168.1.20/video", AddressVerdict.Allowed)]
    [InlineData("test:crib", AddressVerdict.Allowed)]
    [InlineData("file:///etc/passwd", AddressVerdict.SchemeNotAllowed)]
    [InlineData("exec:ls", AddressVerdict.SchemeNotAllowed)]
    [InlineData("ftp://camera/", AddressVerdict.SchemeNotAllowed)]
    [InlineData("rtsp://user:pw@camera/", AddressVerdict.UserInfoInAddress)]
    [InlineData("http://[::ffff:169.254.169.254]/", AddressVerdict.Metadata)]
    [InlineData("http://127.0.0.1/", AddressVerdict.Loopback)]
    [InlineData("http://2130706433/", AddressVerdict.Loopback)]
    [InlineData("http://0x7f.1/", AddressVerdict.Loopback)]
    public void Addresses_are_judged_as_they_are_typed(string address, AddressVerdict verdict)
    {
        policy.Check(new Uri(address)).ShouldBe(verdict);
        (AddressPolicy.Explain(verdict).Length > 0).ShouldBe(verdict != AddressVerdict.Allowed);
    }
}
