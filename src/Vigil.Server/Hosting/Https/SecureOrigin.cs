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

    /// <summary>The same for a device that is not this one: "localhost" would lead it to itself. Without https it is the plain origin.</summary>
    public string ForAnotherDevice(HttpRequest request)
    {
        var isSecure = request.IsHttps || Port is not null;
        return Url(isSecure ? "https" : "http", request.IsHttps ? request.Host : new HostString(request.Host.Host, Port ?? request.Host.Port ?? 80));
    }

    /// <summary>
    /// Without https, where a device can go that does not trust it yet. Through a proxy it is the request's own origin: that has a certificate of its own.
    /// </summary>
    internal string BeforeTrust(HttpContext context)
    {
        var request = context.Request;
        var isOurHttps = request.IsHttps && context.Connection.LocalPort == Port;
        return isOurHttps && PortOf("http") is { } port
            ? Url("http", new HostString(request.Host.Host, port))
            : Url(request.Scheme, request.Host);
    }

    private string Url(string scheme, HostString host)
    {
        var isHere = host.Host == "localhost" || (IPAddress.TryParse(host.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
        if (isHere && Listening(scheme).Any(address => address.Host is "*" or "+" or "0.0.0.0" or "[::]")
            && OwnNames.Lan().OrderBy(card => ClientAddress.IsPrivate(card) ? 0 : 1).FirstOrDefault() is { } lan)
        {
            host = host.Port is { } port ? new HostString(lan.ToString(), port) : new HostString(lan.ToString());
        }

        return $"{scheme}://{host.ToUriComponent()}";
    }

    private int? PortOf(string scheme) => Listening(scheme).Select(address => (int?)address.Port).FirstOrDefault();

    private IEnumerable<BindingAddress> Listening(string scheme) => (server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [])
        .Select(BindingAddress.Parse).Where(address => address.Scheme.Equals(scheme, StringComparison.OrdinalIgnoreCase) && !address.IsUnixPipe);
}
