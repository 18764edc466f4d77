using System.Net;

namespace Vigil.Media.WebRtc;

/// <summary>How WebRTC meets the network.</summary>
public sealed record WebRtcOptions
{
    /// <summary>The one UDP port of all sessions, on each of <see cref="Addresses"/>; 0 takes a free one (tests).</summary>
    public int Port { get; init; } = 8189;

    /// <summary>Local addresses to listen on; empty takes all of this machine's unicast addresses, loopback included.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    /// <summary>Addresses told to clients besides the local ones: where a router forwards the port to us.</summary>
    public IReadOnlyList<IPAddress> PublicAddresses { get; init; } = [];

    /// <summary>Sessions at one time; one more is refused. A browser costs about 100 kB.</summary>
    public int MaxSessions { get; init; } = 1000;
}
