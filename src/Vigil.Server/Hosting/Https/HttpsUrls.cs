using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Vigil.Server.Hosting.Https;

/// <summary>Which https addresses stand beside the http ones.</summary>
internal static class HttpsUrls
{
    public const string Setting = "Https:Urls";

    /// <summary>Set by us: the default that could not be had.</summary>
    public const string TakenSetting = "Https:Taken";

    public static bool AreWanted(IConfiguration configuration) =>
        configuration["Urls"]?.Contains("https://", StringComparison.OrdinalIgnoreCase) ?? false;

    /// <summary>The value of `Urls` with https, and the address that somebody else has (a default only; what was asked for is tried, and fails loudly).</summary>
    public static (string Urls, string? Taken) Join(string urls, string? wanted, Func<BindingAddress, bool> isFree)
    {
        if (urls.Contains("https://", StringComparison.OrdinalIgnoreCase) || string.Equals(wanted, "none", StringComparison.OrdinalIgnoreCase))
        {
            return (urls, null);
        }

        if (!string.IsNullOrEmpty(wanted))
        {
            return ($"{urls};{HostBuilding.MergeAnyAddresses(wanted)}", null);
        }

        var own = urls.Split(';').Select(BindingAddress.Parse).Where(address => !address.IsUnixPipe && !address.IsNamedPipe && PortFor(address.Port) <= IPEndPoint.MaxPort)
            .Select(address => string.Create(CultureInfo.InvariantCulture, $"https://{address.Host}:{PortFor(address.Port)}")).Distinct().ToList();
        return own.Find(url => !isFree(BindingAddress.Parse(url))) is { } taken ? (urls, taken)
            : (string.Join(';', own.Prepend(urls)), null);
    }

    private static int PortFor(int port) => port switch
    {
        0 => 0,
        80 => 443,
        _ => port + 443,
    };

    public static bool IsFree(BindingAddress address)
    {
        try
        {
            var isAddress = IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip);
            ip ??= address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? IPAddress.Loopback : Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;
            using var socket = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (!isAddress && ip.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(new IPEndPoint(ip, address.Port));
            socket.Listen();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
