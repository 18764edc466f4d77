using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Vigil.EndToEnd.Tests.Machine;

internal static class FreePort
{
    /// <summary>
    /// A port that nobody had a moment ago, for programs that must be told their address. Below those that the kernel gives to outgoing
    /// connections (32768 on, /proc/sys/net/ipv4/ip_local_port_range), so that none of them takes it before the program does.
    /// </summary>
    public static int Next()
    {
        while (true)
        {
            var port = RandomNumberGenerator.GetInt32(15_000, 32_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody's: try another.
            }
        }
    }
}
