using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace Vigil.Server.Hosting.Https;

/// <summary>The names and addresses under which this machine is found in the house, read anew at each look.</summary>
// Tests bring the addresses of the network cards.
internal sealed partial class OwnNames(IOptions<HostingOptions> options, Func<IEnumerable<IPAddress>>? lan = null)
{
    /// <summary>Null when it could not stand in a certificate.</summary>
    public static string? MachineName { get; } = Label().IsMatch(Environment.MachineName) ? Environment.MachineName.ToLowerInvariant() : null;

    /// <summary>The name that stays when addresses change comes first.</summary>
    public IReadOnlyList<string> Names() =>
    [
        .. (MachineName is null ? Array.Empty<string>() : [$"{MachineName}.local", MachineName])
            .Append("localhost")
            .Concat(options.Value.Hosts.Where(host => !IPAddress.TryParse(host, out _) && host.Split('.').All(Label().IsMatch)).Select(host => host.ToLowerInvariant()))
            .Distinct(),
    ];

    public IReadOnlyList<IPAddress> Addresses() =>
    [
        .. (lan ?? Lan)()
            .Concat(options.Value.Hosts.Select(host => IPAddress.TryParse(host, out var address) ? address : null).OfType<IPAddress>())
            .Append(IPAddress.Loopback).Append(IPAddress.IPv6Loopback).Distinct(),
    ];

    /// <summary>This machine's addresses in the house: IPv4 first, containers' and virtual bridges left out.</summary>
    public static IEnumerable<IPAddress> Lan() =>
        NetworkInterface.GetAllNetworkInterfaces()
            // Tunnels (WireGuard) never say that they are up; the kernel calls their state unknown.
            .Where(card => card.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown && card.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .Where(card => !card.Name.StartsWith("docker", StringComparison.Ordinal) && !card.Name.StartsWith("br-", StringComparison.Ordinal)
                && !card.Name.StartsWith("veth", StringComparison.Ordinal) && !card.Name.StartsWith("virbr", StringComparison.Ordinal))
            .SelectMany(card => card.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(ip => ip.AddressFamily == AddressFamily.InterNetwork || (ip.AddressFamily == AddressFamily.InterNetworkV6 && !ip.IsIPv6LinkLocal))
            .OrderBy(ip => ip.AddressFamily == AddressFamily.InterNetwork ? 0 : 1);

    [GeneratedRegex("^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$")]
    private static partial Regex Label();
}
