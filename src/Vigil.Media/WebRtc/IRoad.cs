using System.Net;

namespace Vigil.Media.WebRtc;

/// <summary>
/// A way to one peer that a signed check has come along: from then on, and only then, it belongs to that peer's
/// <see cref="PeerTransport"/>. Sending never waits.
/// </summary>
internal interface IRoad
{
    /// <summary>Where it leads.</summary>
    IPEndPoint Remote { get; }

    /// <summary>Whose it is.</summary>
    PeerTransport? Transport { get; }

    /// <summary>False while so much waits here that more would only be late: hold media back, and go on with a key frame.</summary>
    bool HasRoom { get; }

    void Send(ReadOnlySpan<byte> datagram);

    /// <summary>Sends datagrams that lie one behind the other: all of <paramref name="segment"/> bytes but the last, which may be shorter.</summary>
    void SendSegments(ReadOnlySpan<byte> datagrams, int segment);

    /// <summary>The peer is gone, or goes another way.</summary>
    void Close();
}
