using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Vigil.Media.WebRtc;

/// <summary>Addresses of this machine that clients may reach it by, as it is now: they change while we run.</summary>
internal static class LocalAddresses
{
    /// <summary>Each costs a client a few checks; nobody needs more.</summary>
    public const int Most = 8;

    /// <summary>Flags of linux/if_addr.h: temporary (privacy), failed duplicate detection, deprecated, tentative.</summary>
    private const int Unsteady = 0x01 | 0x08 | 0x20 | 0x40;

    /// <summary>
    /// Bridges and virtual cards of container and virtual machine programs: what lives behind them reaches our real addresses as well,
    /// and nobody else reaches these.
    /// </summary>
    private static readonly string[] VirtualCards = ["docker", "br-", "veth", "virbr", "vnet", "vboxnet", "vmnet", "lxc", "lxd", "cni", "flannel", "cali", "podman", "kube"];

    public static IReadOnlyList<IPAddress> Now()
    {
        var unsteady = UnsteadyAddresses();
        return Choose(NetworkInterface.GetAllNetworkInterfaces()
            .Where(card => card.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown)
            .SelectMany(card => card.GetIPProperties().UnicastAddresses, (card, unicast) => (card.Name, unicast.Address))
            .Where(found => !unsteady.Contains(found.Address)));
    }

    /// <summary>
    /// IPv4 first, because every client has it; loopback last. No link-local IPv6: a candidate has no place for the interface that such
    /// an address needs.
    /// </summary>
    public static IReadOnlyList<IPAddress> Choose(IEnumerable<(string Card, IPAddress Address)> found) =>
    [
        .. found
            .Where(one => !one.Address.IsIPv6LinkLocal && !one.Address.IsIPv6Multicast && !VirtualCards.Any(name => one.Card.StartsWith(name, StringComparison.Ordinal)))
            .Select(one => one.Address)
            .Distinct()
            .OrderBy(IPAddress.IsLoopback)
            .ThenBy(IsAutomatic)
            .ThenBy(address => address.AddressFamily == AddressFamily.InterNetworkV6),
    ];

    /// <summary>169.254/16: two machines on one cable, without a router.</summary>
    private static bool IsAutomatic(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return address.TryWriteBytes(bytes, out var length) && length == 4 && bytes[0] == 169 && bytes[1] == 254;
    }

    private static HashSet<IPAddress> UnsteadyAddresses()
    {
        // Each line of if_inet6: address, interface, prefix length, scope, flags, name.
        var unsteady = new HashSet<IPAddress>();
        try
        {
            foreach (var line in File.ReadLines("/proc/net/if_inet6"))
            {
                var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (words.Length >= 5 && words[0].Length == 32
                    && (int.Parse(words[4], NumberStyles.HexNumber, CultureInfo.InvariantCulture) & Unsteady) != 0)
                {
                    unsteady.Add(new IPAddress(Convert.FromHexString(words[0])));
                }
            }
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or FormatException)
        {
            // No IPv6, or no such file: then all are as good.
        }

        return unsteady;
    }
}
