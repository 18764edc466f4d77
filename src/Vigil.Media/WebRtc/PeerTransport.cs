using Vigil.Media.Crypto;
using Vigil.Protocols.Ice;
using Vigil.Protocols.Srtp;
using Vigil.Protocols.Stun;
using Vigil.Protocols.WebRtc;

namespace Vigil.Media.WebRtc;

/// <summary>
/// ICE, DTLS and SRTP of one peer. Signed checks come in through <see cref="Check"/>, everything else through <see cref="Receive"/>, and
/// only along roads that such a check has opened; what goes out takes the road that was nominated last. Everything happens under
/// <see cref="Gate"/>, which the source of a viewer takes as well.
/// </summary>
internal sealed class PeerTransport : IDisposable
{
    /// <summary>A peer that is not through by then never will be (a flight may be lost five times).</summary>
    public static readonly TimeSpan HandshakeLimit = TimeSpan.FromSeconds(15);

    /// <summary>A browser tries its addresses against ours, by UDP and TCP; a phone that walks about leaves old ones behind.</summary>
    public const int MaxRoads = 8;

    private readonly IceLiteAgent ice;
    private readonly DtlsSession dtls;
    private readonly TimeSpan startedAt;
    private readonly byte[] rtcpBuffer = new byte[1500];
    private readonly List<IRoad> roads = [];
    private IPeer? peer;
    private IRoad? current;
    private SrtpSender? sender;
    private SrtpReceiver? receiver;

    public PeerTransport(DtlsContext context, IceCredentials local, OfferedTransport remote, TimeSpan now)
    {
        ice = new IceLiteAgent(local, remote.UsernameFragment, now);
        dtls = new DtlsSession(context, remote.Fingerprint, now);
        RemoteUsernameFragment = remote.UsernameFragment;
        BeginsHandshake = context.Role == DtlsRole.Client;
        startedAt = now;
    }

    public Lock Gate { get; } = new();

    public IceCredentials Credentials => ice.Local;

    public string UsernameFragment => ice.Local.UsernameFragment;

    public string RemoteUsernameFragment { get; }

    /// <summary>We are the handshake's client; it begins when a check has opened a road.</summary>
    public bool BeginsHandshake { get; }

    public bool IsConnected => sender is not null && !IsClosed;

    public bool IsClosed { get; private set; }

    /// <summary>Packets thrown away because they were forged, replayed or broken.</summary>
    public long Refused { get; private set; }

    /// <summary>Where media goes; null before a check came.</summary>
    public IRoad? Road => current;

    /// <summary>False while the road is jammed: then media is held back, and goes on with a key frame.</summary>
    public bool HasRoom => current is { HasRoom: true };

    public int RoadCount => roads.Count;

    public void Attach(IPeer attached) => peer = attached;

    /// <summary>Would <see cref="Check"/> answer this? Costs one hash and no memory.</summary>
    public bool IsFromPeer(StunMessage message) => !IsClosed && ice.IsFromPeer(message);

    /// <summary>Answers a check that came along <paramref name="road"/>; when it was nominated, media goes there from now on.</summary>
    /// <returns>Length of the reply in <paramref name="reply"/>; 0 for none.</returns>
    public int Check(StunMessage message, IRoad road, Span<byte> reply, TimeSpan now)
    {
        IRoad? oldest = null;
        int length;
        lock (Gate)
        {
            if (IsClosed || ice.Receive(message, road.Remote, now, reply, out length) == IceVerdict.Ignored)
            {
                Refused++;
                return 0;
            }

            // Some agents nominate only after DTLS answered; the first road that was checked serves until then.
            if (current is null || road.Remote.Equals(ice.Remote))
            {
                current = road;
            }

            if (!roads.Contains(road))
            {
                roads.Add(road);
                oldest = roads.Count > MaxRoads ? roads.First(other => other != current) : null;
                roads.Remove(oldest!);
            }
        }

        oldest?.Close();
        return length;
    }

    /// <summary>The other way round: we have checked this road ourselves, and the peer has answered. What goes out takes it from now on.</summary>
    public void Open(IRoad road, TimeSpan now)
    {
        lock (Gate)
        {
            ice.Heard(now);
            current = road;
            if (!roads.Contains(road))
            {
                roads.Add(road);
            }
        }
    }

    /// <summary>One datagram that is no check, decrypted in place.</summary>
    public void Receive(IRoad road, Span<byte> datagram, TimeSpan now)
    {
        lock (Gate)
        {
            if (IsClosed)
            {
                return;
            }

            if (DtlsSession.LooksLikeDtls(datagram))
            {
                dtls.Receive(datagram, now);
                Flush(road);
                FollowHandshake(now);
            }
            else if (receiver is not null && datagram.Length > 1)
            {
                ReceiveMedia(datagram, now);
            }
        }
    }

    /// <summary>A connection has ended; the peer may still come back by another one.</summary>
    public void Lost(IRoad road)
    {
        lock (Gate)
        {
            roads.Remove(road);
            current = current == road ? null : current;
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
                if (current is not null) // Else a first flight of ours would be lost, and repeated by the dozen.
                {
                    dtls.Tick(now);
                    Flush(current);
                }
            }
            else
            {
                peer!.Tick(now);
            }
        }
    }

    /// <summary>Encrypts and sends one packet that lies in <paramref name="buffer"/>. Under <see cref="Gate"/>, when connected.</summary>
    public void SendRtp(Span<byte> buffer, int headerLength, int length, ulong index) =>
        current?.Send(buffer[..ProtectRtp(buffer, headerLength, length, index)]);

    /// <summary>Encrypts in place without sending; returns the protected length.</summary>
    public int ProtectRtp(Span<byte> buffer, int headerLength, int length, ulong index) =>
        sender!.ProtectRtp(buffer, headerLength, length, index);

    public void SendProtected(ReadOnlySpan<byte> datagrams, int segment) => current?.SendSegments(datagrams, segment);

    /// <summary>Encrypts and sends a compound RTCP packet.</summary>
    public void SendRtcp(ReadOnlySpan<byte> compound)
    {
        compound.CopyTo(rtcpBuffer);
        var length = sender!.ProtectRtcp(rtcpBuffer, compound.Length);
        current?.Send(rtcpBuffer.AsSpan(0, length));
    }

    public void Close()
    {
        lock (Gate)
        {
            if (IsClosed)
            {
                return;
            }

            IsClosed = true; // First of all: whatever fails below, this session is over.
            try
            {
                dtls.Close();
                Flush(current);
            }
            finally
            {
                peer?.Closed();
            }
        }
    }

    public void Dispose()
    {
        Close();
        IRoad[] open;
        lock (Gate)
        {
            open = [.. roads];
            roads.Clear();
            sender?.Dispose();
            receiver?.Dispose();
            dtls.Dispose();
        }

        foreach (var road in open)
        {
            road.Close();
        }
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
                ice.Heard(now);
                peer!.ReceiveRtcp(datagram[..length], now);
            }
            else
            {
                Refused++;
            }
        }
        else if (receiver!.UnprotectRtp(datagram, out var length, out var index) == SrtpError.None)
        {
            ice.Heard(now);
            peer!.ReceiveRtp(datagram[..length], index, now);
        }
        else
        {
            Refused++;
        }
    }

    private void Flush(IRoad? road)
    {
        while (dtls.TryTake(out var datagram))
        {
            road?.Send(datagram);
        }
    }
}
