using System.Net;

namespace Vigil.Media.WebRtc;

/// <summary>How WebRTC meets the network.</summary>
public sealed record WebRtcOptions
{
    /// <summary>The one UDP port of all sessions, and the TCP port of the same number; 0 takes a free one (tests).</summary>
    public int Port { get; init; } = 8189;

    /// <summary>Whether to listen by TCP as well, for clients whose network blocks UDP.</summary>
    public bool Tcp { get; init; } = true;

    /// <summary>Local addresses to listen on; empty takes all, also those that come later.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    /// <summary>Told to clients besides the local ones: where a router forwards the port to us. Port 0 means the one we listen on.</summary>
    public IReadOnlyList<IPEndPoint> PublicAddresses { get; init; } = [];

    /// <summary>Sessions at one time; one more is refused. A browser costs about 100 kB.</summary>
    public int MaxSessions { get; init; } = 1000;

    /// <summary>Of these, sessions whose peer has not shown itself yet: each is an offer that somebody was allowed to make.</summary>
    public int MaxPending { get; init; } = 200;

    /// <summary>Called about ten times a second while the clock, the ports and what sends the cameras to their viewers all work.</summary>
    public Action? Beat { get; init; }
}
