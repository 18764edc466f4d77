using System.Net;
using System.Net.Sockets;

namespace Vigil.Server.Hosting;

/// <summary>Where a request comes from, as far as it can be trusted.</summary>
public static class ClientAddress
{
    /// <summary>The peer (or, through a configured proxy, the peer's peer), without the IPv4-in-IPv6 dress.</summary>
    public static IPAddress Of(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    /// <summary>Whom to slow down: the address, or the /64 of an IPv6 one, because one household owns all of that (RFC 6177 §2).</summary>
    public static string Neighbourhood(HttpContext context) => Neighbourhood(Of(context));

    internal static string Neighbourhood(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address.ToString();
        }

        var bytes = address.GetAddressBytes();
        Array.Clear(bytes, 8, 8);
        return new IPAddress(bytes) + "/64";
    }

    public static bool IsLoopback(HttpContext context) => IPAddress.IsLoopback(Of(context)) && !CameThroughUnknownProxy(context);

    /// <summary>Loopback, RFC 1918, link-local, unique local: the same house.</summary>
    public static bool IsPrivate(HttpContext context) => IsPrivate(Of(context)) && !CameThroughUnknownProxy(context);

    public static bool IsPrivate(IPAddress address)
    {
        if (IPAddress.IsLoopback(address))
        {
            return true;
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return address.AddressFamily == AddressFamily.InterNetwork
            ? bytes is [10, ..] or [192, 168, ..] or [169, 254, ..] or [172, >= 16 and <= 31, ..]
            : address.IsIPv6LinkLocal || address.IsIPv6UniqueLocal;
    }

    /// <summary>
    /// A proxy nobody told us about makes the whole internet look like the machine it runs on. Its headers betray it; the request then counts as public.
    /// </summary>
    private static bool CameThroughUnknownProxy(HttpContext context) =>
        context.Request.Headers.ContainsKey("X-Forwarded-For") || context.Request.Headers.ContainsKey("Forwarded") || context.Request.Headers.ContainsKey("X-Real-IP");
}
