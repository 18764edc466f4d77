using System.Net;
using Vigil.Media.Crypto;
using Vigil.Protocols.Ice;
using Vigil.Protocols.Srtp;
using Vigil.Protocols.Stun;

namespace Vigil.Media.WebRtc;

/// <summary>
/// ICE, DTLS and SRTP of one peer. Datagrams come in through <see cref="Receive"/>; what goes out goes straight to the path that
/// ICE selected. Everything happens under <see cref="Gate"/>, which the source of a viewer takes as well.
/// </summary>
internal sealed class PeerTransport : IDisposable
{
    /// <summary>A peer that is not through by then never will be (a first flight may be lost four times).</summary>
    private static readonly TimeSpan HandshakeLimit = TimeSpan.FromSeconds(15);

    private readonly IceLiteAgent ice;
    private readonly DtlsSession dtls;
    private readonly TimeSpan startedAt;
    private readonly byte[] scratch = new byte[512];
    private readonly byte[] rtcpBuffer = new byte[1500];
    private IPeer? peer;
    private UdpPort? port;
    private SocketAddress? remote;
    private SrtpSender? sender;
    private SrtpReceiver? receiver;

    public PeerTransport(DtlsContext context, IceCredentials local, string remoteUsernameFragment, string fingerprint, TimeSpan now)
    {
        ice = new IceLiteAgent(local, remoteUsernameFragment, now);
        dtls = new DtlsSession(context, fingerprint);
        startedAt = now;
    }

    public Lock Gate { get; } = new();

    public IceCredentials Credentials => ice.Local;

    public string UsernameFragment => ice.Local.UsernameFragment;

    public bool IsConnected => sender is not null && !IsClosed;

    public bool IsClosed { get; private set; }

    /// <summary>Packets thrown away because they were forged, replayed or broken.</summary>
    public long Refused { get; private set; }

    /// <summary>The address in use, to be found by; null before ICE selected one.</summary>
    public SocketAddress? Remote => remote;

    public IPEndPoint? RemoteEndPoint => ice.Remote;

    public void Attach(IPeer attached) => peer = attached;

    /// <summary>One datagram, decrypted in place. True when the remote address was set or has moved.</summary>
    public bool Receive(UdpPort via, Span<byte> datagram, SocketAddress from, TimeSpan now)
    {
        lock (Gate)
        {
            if (IsClosed)
            {
                return false;
            }

            if (StunMessage.LooksLikeStun(datagram))
            {
                return ReceiveStun(via, datagram, from, now);
            }

            if (DtlsSession.LooksLikeDtls(datagram))
            {
                dtls.Receive(datagram);
                Flush(via, from);
                FollowHandshake(now);
            }
            else if (receiver is not null && datagram.Length > 1)
            {
                ReceiveMedia(datagram, now);
            }

            return false;
        }
    }

    /// <summary>Timers. Call about every 100 ms.</summary>
    public void Tick(TimeSpan now)
    {
        lock (Gate)
        {
            if (IsClosed)
            {
                return;
            }

            if (ice.IsDead(now) || (sender is null && now - startedAt > HandshakeLimit))
            {
                Close();
                return;
            }

            if (sender is null)
            {
                dtls.Tick();
                if (port is not null && remote is not null)
                {
                    Flush(port, remote);
                }
            }
            else
            {
                peer!.Tick(now);
            }
        }
    }

    /// <summary>Encrypts and sends one packet that lies in <paramref name="buffer"/>. Under <see cref="Gate"/>, when connected.</summary>
    public void SendRtp(Span<byte> buffer, int length, ulong index)
    {
        var total = sender!.ProtectRtp(buffer, Protocols.Rtp.RtpPacket.FixedHeaderLength, length, index);
        port!.Send(buffer[..total], remote!);
    }

    /// <summary>Encrypts in place without sending; returns the protected length.</summary>
    public int ProtectRtp(Span<byte> buffer, int length, ulong index) =>
        sender!.ProtectRtp(buffer, Protocols.Rtp.RtpPacket.FixedHeaderLength, length, index);

    public void SendProtected(ReadOnlySpan<byte> datagrams, int segment) => port!.SendSegments(datagrams, segment, remote!);

    /// <summary>Encrypts and sends a compound RTCP packet.</summary>
    public void SendRtcp(ReadOnlySpan<byte> compound)
    {
        compound.CopyTo(rtcpBuffer);
        var length = sender!.ProtectRtcp(rtcpBuffer, compound.Length);
        port!.Send(rtcpBuffer.AsSpan(0, length), remote!);
    }

    public void Close()
    {
        lock (Gate)
        {
            if (IsClosed)
            {
                return;
            }

            dtls.Close();
            if (port is not null && remote is not null)
            {
                Flush(port, remote);
            }

            IsClosed = true;
            peer?.Closed();
        }
    }

    public void Dispose()
    {
        Close();
        lock (Gate)
        {
            sender?.Dispose();
            receiver?.Dispose();
            dtls.Dispose();
        }
    }

    private bool ReceiveStun(UdpPort via, Span<byte> datagram, SocketAddress from, TimeSpan now)
    {
        if (StunMessage.TryParse(datagram, out var message) != StunParseError.None)
        {
            Refused++;
            return false;
        }

        var endPoint = (IPEndPoint)via.Local.Create(from);
        var verdict = ice.Receive(message, endPoint, now, scratch, out var replyLength);
        if (replyLength > 0)
        {
            via.Send(scratch.AsSpan(0, replyLength), from);
        }

        if (verdict != IceVerdict.Selected && !(verdict == IceVerdict.Answered && port is null))
        {
            return false;
        }

        // Some agents nominate only after DTLS answered; the first path that was checked serves until then.
        port = via;
        remote = Copy(from);
        return true;
    }

    private void FollowHandshake(TimeSpan now)
    {
        switch (dtls.State)
        {
            case DtlsState.Connected when sender is null:
                (sender, receiver) = dtls.CreateSrtp();
                peer!.Connected(now);
                break;
            case DtlsState.Failed or DtlsState.Closed:
                Close();
                break;
            default:
                break;
        }
    }

    private void ReceiveMedia(Span<byte> datagram, TimeSpan now)
    {
        // RFC 5761 §4: payload types 64 to 95 are RTCP's.
        if ((datagram[1] & 0x7F) is >= 64 and <= 95)
        {
            if (receiver!.UnprotectRtcp(datagram, out var length) == SrtpError.None)
            {
                peer!.ReceiveRtcp(datagram[..length], now);
            }
            else
            {
                Refused++;
            }
        }
        else if (receiver!.UnprotectRtp(datagram, out var length, out var index) == SrtpError.None)
        {
            peer!.ReceiveRtp(datagram[..length], index, now);
        }
        else
        {
            Refused++;
        }
    }

    private void Flush(UdpPort via, SocketAddress to)
    {
        while (dtls.TryTake(out var datagram))
        {
            via.Send(datagram, to);
        }
    }

    private static SocketAddress Copy(SocketAddress address)
    {
        var copy = new SocketAddress(address.Family, address.Size);
        address.Buffer.CopyTo(copy.Buffer);
        return copy;
    }
}
