using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Vigil.Media.Crypto;
using Vigil.Protocols.Ice;
using Vigil.Protocols.Stun;
using Vigil.Protocols.WebRtc;

namespace Vigil.Media.WebRtc;

/// <summary>
/// All WebRTC transports behind one UDP port and one TCP port of the same number. A STUN check finds its session by the username
/// fragment in it; everything else by the road it comes along, which a signed check must have opened. What fits neither is thrown away
/// unanswered and costs no memory.
/// </summary>
internal sealed partial class WebRtcHost : IAsyncDisposable
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan AddressesLifetime = TimeSpan.FromSeconds(10);
    private const int PortAttempts = 8;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly WebRtcOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly long startedAt;
    private readonly DtlsContext? context;
    private readonly CancellationTokenSource stopped = new();
    private readonly ConcurrentDictionary<string, PeerTransport> byFragment = new();
    private readonly ConcurrentDictionary<SocketAddress, UdpRoad> byAddress = new();
    // Replaced, never changed: a port that was taken at the start may be opened later, while others read.
    private volatile IReadOnlyList<UdpPort> udpPorts = [];
    private volatile IReadOnlyList<TcpPort> tcpPorts = [];
    private TimeSpan reopenAt;
    private TimeSpan reopenAfter = TimeSpan.FromSeconds(1);
    private readonly Lock addressesGate = new();
    private IReadOnlyList<IPAddress> addresses = [];
    private TimeSpan addressesReadAt = TimeSpan.MinValue;
    private readonly List<Task> loops = [];
    private readonly Task ticking = Task.CompletedTask;
    private long strangers;
    private SocketError refusal;

    public WebRtcHost(WebRtcOptions options, TimeProvider time, ILogger logger)
    {
        this.options = options;
        this.time = time;
        this.logger = logger;
        startedAt = time.GetTimestamp();
        Certificate = DtlsCertificate.Create(time.GetUtcNow());
        if (!OpenSsl.IsAvailable)
        {
            Trouble = "OpenSSL 3 (package libssl3) is not installed";
            return;
        }

        context = new DtlsContext(Certificate, DtlsRole.Server);
        Open();
        ticking = TickAsync();
    }

    /// <summary>Why there is no WebRTC at all, in words for the house; null while there is.</summary>
    public string? Trouble { get; private set; }

    public DtlsCertificate Certificate { get; }

    /// <summary>Somebody else's loops that must work for a beat.</summary>
    public Func<bool> OthersStuck { get; set; } = () => false;

    public int SessionCount => byFragment.Count;

    /// <summary>Datagrams that belonged to nobody.</summary>
    public long Strangers => Interlocked.Read(ref strangers);

    public TimeSpan Now => time.GetElapsedTime(startedAt);

    /// <summary>The number that both ports have; 0 when we can't listen.</summary>
    public int Port => udpPorts.Count > 0 ? udpPorts[0].Local.Port : 0;

    public bool ListensByTcp => tcpPorts.Count > 0;

    /// <summary>Roads by UDP that are known by their address.</summary>
    public int RoadCount => byAddress.Count;

    public int ConnectionCount => tcpPorts.Sum(port => port.Count);

    /// <summary>Where a client may send to, best first: the address it asked, the others, then those of a router before us.</summary>
    /// <param name="clientIsLocal">On this machine: loopback as well, and first.</param>
    /// <param name="asked">The address of ours that the request came to; null when a proxy was in between.</param>
    public IReadOnlyList<IPEndPoint> Candidates(bool clientIsLocal, IPAddress? asked = null)
    {
        if (udpPorts.Count == 0)
        {
            return [];
        }

        asked = asked is { IsIPv4MappedToIPv6: true } ? asked.MapToIPv4() : asked;
        var local = (udpPorts[0].IsWildcard ? AddressesNow() : [.. udpPorts.Select(port => port.Local.Address)])
            .Where(address => clientIsLocal || !IPAddress.IsLoopback(address))
            .OrderByDescending(address => address.Equals(asked))
            .Take(LocalAddresses.Most)
            .Select(address => new IPEndPoint(address, Port));
        return [.. local, .. options.PublicAddresses.Select(end => new IPEndPoint(end.Address, end.Port == 0 ? Port : end.Port))];
    }

    /// <summary>Makes room for a session; null when there are too many, or when we cannot listen at all.</summary>
    public PeerTransport? Create(OfferedTransport peer)
    {
        if (context is null || udpPorts.Count == 0 || byFragment.Count >= options.MaxSessions
            || byFragment.Values.Count(transport => !transport.IsConnected) >= options.MaxPending)
        {
            return null;
        }

        var transport = new PeerTransport(context, IceCredentials.Create(), peer, Now);
        byFragment[transport.UsernameFragment] = transport;
        return transport;
    }

    public void Remove(PeerTransport transport)
    {
        byFragment.TryRemove(transport.UsernameFragment, out _);
        transport.Dispose();
    }

    /// <summary>A road that is no longer used.</summary>
    public void Forget(UdpRoad road) => byAddress.TryRemove(new KeyValuePair<SocketAddress, UdpRoad>(road.Address, road));

    public async ValueTask DisposeAsync()
    {
        await stopped.CancelAsync();
        await ticking; // Which opens ports, too.
        foreach (var transport in byFragment.Values)
        {
            Remove(transport);
        }

        foreach (var port in udpPorts)
        {
            port.Dispose();
        }

        foreach (var port in tcpPorts)
        {
            port.Dispose();
        }

        await Task.WhenAll(loops);
        context?.Dispose();
        stopped.Dispose();
    }

    /// <summary>One datagram of the UDP port.</summary>
    internal void Take(UdpPort port, Span<byte> datagram, SocketAddress from, LocalAddress to)
    {
        byAddress.TryGetValue(from, out var road);
        if (!StunMessage.LooksLikeStun(datagram))
        {
            if (road is null)
            {
                Interlocked.Increment(ref strangers);
                return;
            }

            Deliver(road.Transport, road, datagram);
            return;
        }

        if (FindSigner(datagram, out var message) is not { } transport)
        {
            Interlocked.Increment(ref strangers);
            return;
        }

        if (road is null || road.Transport != transport || road.Local != to)
        {
            road = new UdpRoad(this, port, from, to, transport);
            byAddress[road.Address] = road;
        }

        Answer(transport, road, message);
    }

    /// <summary>One frame of a TCP connection. False when nobody signed it.</summary>
    internal bool Take(TcpRoad road, Span<byte> frame)
    {
        if (!StunMessage.LooksLikeStun(frame))
        {
            if (road.Transport is null)
            {
                Interlocked.Increment(ref strangers);
                return false;
            }

            Deliver(road.Transport, road, frame);
            return true;
        }

        // A connection is one peer's for good.
        if (FindSigner(frame, out var message) is not { } transport || (road.Transport is { } owner && owner != transport))
        {
            Interlocked.Increment(ref strangers);
            return false;
        }

        road.BelongTo(transport);
        Answer(transport, road, message);
        return true;
    }

    private void Deliver(PeerTransport transport, IRoad road, Span<byte> datagram)
    {
        try
        {
            transport.Receive(road, datagram, Now);
        }
        catch (Exception bug)
        {
            Broken(logger, bug);
            transport.Close(); // It, and no other, ends; and the log has one line of it.
        }

        if (transport.IsClosed)
        {
            Remove(transport);
        }
    }

    private void Answer(PeerTransport transport, IRoad road, StunMessage message)
    {
        Span<byte> reply = stackalloc byte[512];
        var length = transport.Check(message, road, reply, Now);
        if (length > 0)
        {
            road.Send(reply[..length]);
        }
        else
        {
            road.Close(); // The session ended in between.
        }
    }

    /// <summary>The session that a check is for, when it is signed with that session's password.</summary>
    private PeerTransport? FindSigner(ReadOnlySpan<byte> datagram, out StunMessage message)
    {
        if (StunMessage.TryParse(datagram, out message) != StunParseError.None)
        {
            return null;
        }

        // Only the exact length of our own fragments is looked up, and nothing is allocated: this is where floods end.
        var fragment = IceLiteAgent.AddressedTo(message);
        Span<char> text = stackalloc char[IceCredentials.FragmentLength];
        return fragment.Length == text.Length
            && System.Text.Encoding.ASCII.TryGetChars(fragment, text, out _)
            && byFragment.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out var transport)
            && transport.IsFromPeer(message)
            ? transport
            : null;
    }

    private void Open()
    {
        if (options.Addresses.Count > 0)
        {
            var port = options.Port;
            var refused = new List<(IPAddress Address, SocketError Error)>();
            foreach (var address in options.Addresses)
            {
                var opened = TryOpen(address, port);
                port = opened > 0 ? opened : port;
                if (opened == 0)
                {
                    refused.Add((address, refusal));
                }
            }

            // When it is all of them, that is said by whoever asks for the trouble, and not at each attempt.
            refused.RemoveAll(_ => udpPorts.Count == 0);
            refused.ForEach(one => NotListening(logger, "UDP", one.Address.ToString(), port, one.Error));
        }
        else if (TryOpen(IPAddress.IPv6Any, options.Port) == 0)
        {
            TryOpen(IPAddress.Any, options.Port); // A kernel without IPv6.
        }

        Trouble = udpPorts.Count > 0 ? null : $"UDP port {options.Port} cannot be had: {refusal switch
        {
            SocketError.AddressAlreadyInUse => "another program uses it",
            SocketError.AccessDenied => "the system forbids it",
            SocketError.AddressNotAvailable => "this machine has no such address",
            var other => other.ToString(),
        }}";
        reopenAt = Now + reopenAfter;
        reopenAfter = reopenAfter * 2 > LongestWait ? LongestWait : reopenAfter * 2;
    }

    /// <summary>Listens on one address by UDP, and by TCP where wanted. Returns the port; 0 when UDP is not to be had.</summary>
    private int TryOpen(IPAddress address, int port)
    {
        for (var attempt = 1; ; attempt++)
        {
            UdpPort udp;
            try
            {
                udp = new UdpPort(new IPEndPoint(address, port));
            }
            catch (SocketException refused)
            {
                refusal = refused.SocketErrorCode;
                return 0;
            }

            try
            {
                if (options.Tcp)
                {
                    var tcp = new TcpPort(udp.Local, options.MaxSessions + TcpPort.MaxStrangers);
                    tcpPorts = [.. tcpPorts, tcp];
                    loops.Add(Task.Run(() => tcp.RunAsync(Take, () => Now, time, stopped.Token)));
                }
            }
            catch (SocketException taken) when (port == 0 && attempt < PortAttempts && taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                udp.Dispose(); // Any port will do, but the same for both.
                continue;
            }
            catch (SocketException refused)
            {
                NotListening(logger, "TCP", address.ToString(), udp.Local.Port, refused.SocketErrorCode);
            }

            udpPorts = [.. udpPorts, udp];
            loops.Add(Task.Run(() => udp.RunAsync(Take, stopped.Token)));
            return udp.Local.Port;
        }
    }

    private IReadOnlyList<IPAddress> AddressesNow()
    {
        lock (addressesGate)
        {
            if (addressesReadAt + AddressesLifetime <= Now || addressesReadAt == TimeSpan.MinValue)
            {
                addresses = LocalAddresses.Now();
                addressesReadAt = Now;
            }

            return addresses;
        }
    }

    private async Task TickAsync()
    {
        using var timer = new PeriodicTimer(TickInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopped.Token))
            {
                foreach (var transport in byFragment.Values)
                {
                    Tick(transport);
                }

                foreach (var port in tcpPorts)
                {
                    port.Tick(Now);
                }

                if (udpPorts.Count == 0 && Now >= reopenAt)
                {
                    Open();
                }

                Beat();
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped, as asked.
        }
    }

    /// <summary>A port whose loop has ended, or stays at one datagram, takes the beat away.</summary>
    private void Beat()
    {
        if (!udpPorts.Any(port => port.Turn.IsStuck()) && !loops.Exists(loop => loop.IsCompleted) && !OthersStuck())
        {
            options.Beat?.Invoke();
        }
    }

    private void Tick(PeerTransport transport)
    {
        try
        {
            transport.Tick(Now);
        }
        catch (Exception bug)
        {
            Broken(logger, bug);
            transport.Close();
        }

        if (transport.IsClosed)
        {
            Remove(transport);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "WebRTC can't listen by {Protocol} on {Address} port {Port}: {Error}")]
    private static partial void NotListening(ILogger logger, string protocol, string address, int port, SocketError error);

    [LoggerMessage(Level = LogLevel.Error, Message = "A datagram broke a WebRTC session")]
    private static partial void Broken(ILogger logger, Exception bug);
}
