using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Vigil.Server.Hosting.Https;

/// <summary>The https address of this server as the asker would write it.</summary>
public sealed class SecureOrigin(IServer server)
{
    /// <summary>Where https is listened to, or null. Known after the start.</summary>
    public int? Port => server.Features.Get<IServerAddressesFeature>()?.Addresses
        .Where(address => address.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        .Select(address => (int?)BindingAddress.Parse(address).Port).FirstOrDefault();

    /// <summary>`https://host:8443` with the host of the request; its own origin when it came over https (also through a proxy); null without https.</summary>
    public string? Of(HttpRequest request) =>
        request.IsHttps ? $"https://{request.Host.ToUriComponent()}"
        : Port is { } port && request.Host.HasValue ? $"https://{new HostString(request.Host.Host, port).ToUriComponent()}"
        : null;
}
