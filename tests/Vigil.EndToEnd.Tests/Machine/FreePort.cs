using System.Net;
using System.Net.Sockets;

namespace Vigil.EndToEnd.Tests.Machine;

internal static class FreePort
{
    /// <summary>A port that nobody had a moment ago, for programs that must be told their address.</summary>
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
