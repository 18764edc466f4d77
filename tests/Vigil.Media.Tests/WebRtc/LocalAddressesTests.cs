using System.Net;
using Vigil.Media.WebRtc;

namespace Vigil.Media.Tests.WebRtc;

public sealed class LocalAddressesTests
{
    [Fact]
    public void Clients_are_told_of_real_cards_first_and_never_of_container_bridges_or_link_local_addresses()
    {
        (string, IPAddress)[] found =
        [
            ("lo", IPAddress.Loopback), ("lo", IPAddress.IPv6Loopback),
            ("docker0", IPAddress.Parse("172.17.0.1")), ("br-5f00", IPAddress.Parse("172.18.0.1")), ("veth12", IPAddress.Parse("169.254.9.9")),
            ("usb0", IPAddress.Parse("169.254.3.4")),
            ("wlan0", IPAddress.Parse("fe80::1")), ("wlan0", IPAddress.Parse("fd00::5")), ("wlan0", IPAddress.Parse("2001:db8::5")),
            ("wlan0", IPAddress.Parse("192.168.1.5")), ("eth0", IPAddress.Parse("192.168.1.6")), ("bridge0", IPAddress.Parse("10.0.0.1")),
        ];

        LocalAddresses.Choose(found).Select(address => address.ToString()).ShouldBe(
            ["192.168.1.5", "192.168.1.6", "10.0.0.1", "fd00::5", "2001:db8::5", "169.254.3.4", "127.0.0.1", "::1"]);
    }

    [Fact]
    public void This_machine_has_at_least_itself() => LocalAddresses.Now().ShouldContain(IPAddress.Loopback);
}
