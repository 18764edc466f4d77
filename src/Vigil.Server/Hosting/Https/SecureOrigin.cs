using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Vigil.Server.Hosting.Https;

/// <summary>The https address of this server as the asker would write it.</summary>
public sealed class SecureOrigin(IServer server)
{
    /// <summary>Where https is listened to, or null. Known after the start.</summary>
    public int? Port => PortOf("https");

    /// <summary>`https://host:8443` with the host of the request; its own origin when it came over https (also through a proxy); null without https.</summary>
    public string? Of(HttpRequest request) =>
        request.IsHttps ? $"https://{request.Host.ToUriComponent()}"
        : Port is { } port && request.Host.HasValue ? $"https://{new HostString(request.Host.Host, port).ToUriComponent()}"
        : null;

    /// <summary>The same server without https: where a device can go that does not trust it yet. Its own origin through a proxy, which has a certificate of its own.</summary>
    internal string BeforeTrust(HttpContext context)
    {
        var request = context.Request;
        var isOurHttps = request.IsHttps && context.Connection.LocalPort == Port;
        var host = request.Host;
        if (isOurHttps && PortOf("http") is { } port)
        {
            host = new HostString(host.Host, port);
        }

        // A picture of "localhost" would lead a phone to itself.
        if ((host.Host == "localhost" || (IPAddress.TryParse(host.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip)))
            && OwnNames.Lan().FirstOrDefault() is { } lan && host.Port is { } lanPort)
        {
            host = new HostString(lan.ToString(), lanPort);
        }

        return $"{(isOurHttps ? "http" : request.Scheme)}://{host.ToUriComponent()}";
    }

    private int? PortOf(string scheme) => server.Features.Get<IServerAddressesFeature>()?.Addresses
        .Where(address => address.StartsWith($"{scheme}://", StringComparison.OrdinalIgnoreCase))
        .Select(BindingAddress.Parse).Where(address => !address.IsUnixPipe)
        .Select(address => (int?)address.Port).FirstOrDefault();
}
