using System.Collections;
using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Vigil.Server.Cameras;

/// <summary>The sockets this server listens on, read anew at each look because they are known only after the start.</summary>
internal sealed class OwnListeners(IServer server) : IReadOnlyCollection<IPEndPoint>
{
    public int Count => Current().Count();

    public IEnumerator<IPEndPoint> GetEnumerator() => Current().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private IEnumerable<IPEndPoint> Current()
    {
        foreach (var address in server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [])
        {
            var binding = BindingAddress.Parse(address);
            if (!binding.IsUnixPipe)
            {
                yield return new IPEndPoint(
                    IPAddress.TryParse(binding.Host.Trim('[', ']'), out var ip) ? ip
                    : binding.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? IPAddress.Loopback : IPAddress.Any,
                    binding.Port);
            }
        }
    }
}
