using System.Net;

namespace Vigil.Media.WebRtc;

/// <summary>From one of our addresses to one address of a peer, by UDP.</summary>
internal sealed class UdpRoad : IRoad
{
    private readonly UdpPort port;
    private readonly WebRtcHost host;
    private bool offload = true;

    /// <param name="host">Finds us by <see cref="Address"/>.</param>
    /// <param name="port">The socket.</param>
    /// <param name="from">Copied.</param>
    /// <param name="local">The address of ours that was asked.</param>
    /// <param name="transport">Whose check came this way.</param>
    public UdpRoad(WebRtcHost host, UdpPort port, SocketAddress from, LocalAddress local, PeerTransport transport)
    {
        this.host = host;
        this.port = port;
        Local = local;
        Address = new SocketAddress(from.Family, from.Size);
        from.Buffer.Span[..from.Size].CopyTo(Address.Buffer.Span);
        Remote = (IPEndPoint)port.Local.Create(Address);
        Transport = transport;
    }

    public SocketAddress Address { get; }

    public LocalAddress Local { get; }

    public IPEndPoint Remote { get; }

    public PeerTransport Transport { get; }

    public bool HasRoom => true;

    public void Send(ReadOnlySpan<byte> datagram) => port.Send(datagram, Address, Local);

    public void SendSegments(ReadOnlySpan<byte> datagrams, int segment) =>
        offload = port.SendSegments(datagrams, segment, offload, Address, Local);

    public void Close() => host.Forget(this);
}
