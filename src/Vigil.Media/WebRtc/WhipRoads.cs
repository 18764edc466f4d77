using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Vigil.Protocols.Ice;
using Vigil.Protocols.Stun;
using Vigil.Protocols.WebRtc;

namespace Vigil.Media.WebRtc;

/// <summary>
/// The controlling side of ICE against a lite server (RFC 8445): asks each of the server's addresses, takes the first that answers, and goes on asking that
/// one, which is the consent (RFC 7675). One UDP socket; sending never waits.
/// </summary>
internal sealed class WhipRoads : IDisposable
{
    private const int BufferBytes = 4 * 1024 * 1024;
    private static readonly TimeSpan SearchInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ConsentInterval = TimeSpan.FromSeconds(4);

    private readonly Socket socket;
    private readonly Road[] roads;
    private readonly string username;
    private readonly byte[] key;
    private readonly byte[] transaction = RandomNumberGenerator.GetBytes(StunMessage.TransactionIdLength);
    private readonly ulong tieBreaker = (ulong)RandomNumberGenerator.GetInt32(1, int.MaxValue);
    private TimeSpan nextCheck;

    public WhipRoads(PublishingAnswer answer, IceCredentials local)
    {
        username = $"{answer.Transport.UsernameFragment}:{local.UsernameFragment}";
        key = Encoding.UTF8.GetBytes(answer.Transport.Password);
        var six = Socket.OSSupportsIPv6;
        socket = new Socket(six ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        if (six)
        {
            socket.DualMode = true;
        }

        socket.SendBufferSize = BufferBytes; // A key frame goes at once.
        socket.Blocking = false;
        socket.Bind(new IPEndPoint(six ? IPAddress.IPv6Any : IPAddress.Any, 0));
        roads = [.. answer.Candidates
            .Where(end => six || end.AddressFamily == AddressFamily.InterNetwork)
            .Select(end => new Road(socket, six ? new IPEndPoint(end.Address.MapToIPv6(), end.Port) : end))];
    }

    /// <summary>The road that the server has answered on; null until then.</summary>
    public IRoad? Chosen { get; private set; }

    /// <summary>Asks when it is time. Call about every 100 ms.</summary>
    public void Tick(TimeSpan now)
    {
        if (now < nextCheck)
        {
            return;
        }

        nextCheck = now + (Chosen is null ? SearchInterval : ConsentInterval);
        for (var i = 0; i < roads.Length; i++)
        {
            if (Chosen is null || Chosen == roads[i])
            {
                Check(i);
            }
        }
    }

    /// <summary>The next datagram that is not a check's answer; the answers go to <paramref name="answered"/>. Throws when it is cancelled or closed.</summary>
    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer, Action<IRoad> answered, CancellationToken cancel)
    {
        var anywhere = new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
        while (true)
        {
            SocketReceiveFromResult received;
            try
            {
                received = await socket.ReceiveFromAsync(buffer, SocketFlags.None, anywhere, cancel);
            }
            catch (SocketException)
            {
                continue; // What an earlier datagram of ours met on its way.
            }

            if (StunMessage.LooksLikeStun(buffer.Span[..received.ReceivedBytes]))
            {
                if (FindRoad(buffer.Span[..received.ReceivedBytes]) is { } road)
                {
                    answered(road);
                }
            }
            else if (Chosen is { } chosen && chosen.Remote.Equals(received.RemoteEndPoint))
            {
                return received.ReceivedBytes;
            }
        }
    }

    public void Dispose() => socket.Dispose();

    private Road? FindRoad(ReadOnlySpan<byte> datagram)
    {
        if (StunMessage.TryParse(datagram, out var message) != StunParseError.None || message.Type != StunType.BindingSuccess
            || !message.TransactionId[..^1].SequenceEqual(transaction.AsSpan(..^1)) || message.TransactionId[^1] >= roads.Length
            || !message.IsSignedWith(key))
        {
            return null;
        }

        var road = roads[message.TransactionId[^1]];
        if (Chosen is null)
        {
            Chosen = road;
            Check(message.TransactionId[^1]); // Nominates it.
        }

        return Chosen == road ? road : null;
    }

    private void Check(int number)
    {
        Span<byte> buffer = stackalloc byte[512];
        Span<byte> id = stackalloc byte[StunMessage.TransactionIdLength];
        transaction.CopyTo(id);
        id[^1] = (byte)number;
        var writer = new StunWriter(buffer, StunType.BindingRequest, id);
        writer.Add(StunAttribute.Username, username);
        writer.Add(StunAttribute.Priority, (110u << 24) | (65_535u << 8) | 255u); // RFC 8445 §5.1.2.1: peer reflexive.
        writer.Add(StunAttribute.IceControlling, tieBreaker);
        if (Chosen == roads[number])
        {
            writer.Add(StunAttribute.UseCandidate, []);
        }

        writer.Sign(key);
        writer.AddFingerprint();
        roads[number].Send(writer.Written);
    }

    private sealed class Road(Socket socket, IPEndPoint remote) : IRoad
    {
        private readonly SocketAddress address = remote.Serialize();

        public IPEndPoint Remote => remote;

        public PeerTransport? Transport => null;

        public bool HasRoom => true;

        public void Send(ReadOnlySpan<byte> datagram)
        {
            try
            {
                socket.SendTo(datagram, SocketFlags.None, address);
            }
            catch (Exception lost) when (lost is SocketException or ObjectDisposedException)
            {
                // No room, no route, or over: lost, as on any network.
            }
        }

        public void SendSegments(ReadOnlySpan<byte> datagrams, int segment)
        {
            for (; !datagrams.IsEmpty; datagrams = datagrams[Math.Min(segment, datagrams.Length)..])
            {
                Send(datagrams[..Math.Min(segment, datagrams.Length)]);
            }
        }

        public void Close()
        {
            // The socket closes with the session.
        }
    }
}
