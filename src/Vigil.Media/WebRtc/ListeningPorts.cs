using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Vigil.Media.WebRtc;

/// <summary>The sockets of <see cref="WebRtcHost"/>, and the addresses that clients are told of them. A port that is taken is tried again, ever more rarely.</summary>
internal sealed partial class ListeningPorts : IAsyncDisposable
{
    private static readonly TimeSpan AddressesLifetime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);
    private const int PortAttempts = 8;

    private readonly WebRtcOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly DatagramTaker takeDatagram;
    private readonly FrameTaker takeFrame;
    private readonly CancellationToken stopped;
    private readonly long startedAt;
    private readonly List<Task> loops = [];
    private readonly Lock addressesGate = new();

    // Replaced, never changed: a port that was taken at the start may be opened later, while others read.
    private volatile IReadOnlyList<UdpPort> udp = [];
    private volatile IReadOnlyList<TcpPort> tcp = [];
    private IReadOnlyList<IPAddress> addresses = [];
    private TimeSpan addressesReadAt = TimeSpan.MinValue;
    private TimeSpan reopenAt;
    private TimeSpan reopenAfter = TimeSpan.FromSeconds(1);
    private SocketError refusal;

    /// <param name="options">Which addresses and port.</param>
    /// <param name="time">For waiting.</param>
    /// <param name="logger">For addresses that can't be had.</param>
    /// <param name="takeDatagram">Is given each datagram.</param>
    /// <param name="takeFrame">Is given each frame of a TCP connection.</param>
    /// <param name="stopped">Ends the loops; then dispose.</param>
    public ListeningPorts(
        WebRtcOptions options, TimeProvider time, ILogger logger, DatagramTaker takeDatagram, FrameTaker takeFrame, CancellationToken stopped)
    {
        this.options = options;
        this.time = time;
        this.logger = logger;
        this.takeDatagram = takeDatagram;
        this.takeFrame = takeFrame;
        this.stopped = stopped;
        startedAt = time.GetTimestamp();
        Open();
    }

    /// <summary>Why we can't listen at all; null while we can.</summary>
    public string? Trouble { get; private set; }

    /// <summary>The number that both ports have; 0 when we can't listen.</summary>
    public int Port => udp.Count > 0 ? udp[0].Local.Port : 0;

    public IReadOnlyList<TcpPort> Tcp => tcp;

    private TimeSpan Now => time.GetElapsedTime(startedAt);

    /// <summary>Where a client may send to, best first: the address it asked, the others, then those of a router before us.</summary>
    /// <param name="clientIsLocal">On this machine: loopback as well, and first.</param>
    /// <param name="asked">The address of ours that the request came to; null when a proxy was in between.</param>
    public IReadOnlyList<IPEndPoint> Candidates(bool clientIsLocal, IPAddress? asked = null)
    {
        if (udp.Count == 0)
        {
            return [];
        }

        asked = asked is { IsIPv4MappedToIPv6: true } ? asked.MapToIPv4() : asked;
        var local = (udp[0].IsWildcard ? AddressesNow() : [.. udp.Select(port => port.Local.Address)])
            .Where(address => clientIsLocal || !IPAddress.IsLoopback(address))
            .OrderByDescending(address => address.Equals(asked))
            .Take(LocalAddresses.Most)
            .Select(address => new IPEndPoint(address, Port));
        return [.. local, .. options.PublicAddresses.Select(end => new IPEndPoint(end.Address, end.Port == 0 ? Port : end.Port))];
    }

    /// <summary>Timers. Call about every 100 ms.</summary>
    public void Tick()
    {
        foreach (var port in tcp)
        {
            port.Tick(Now);
        }

        if (udp.Count == 0 && Now >= reopenAt)
        {
            Open();
        }
    }

    /// <summary>A loop has ended, or stays at one datagram.</summary>
    public bool IsStuck() => udp.Any(port => port.Turn.IsStuck()) || loops.Exists(loop => loop.IsCompleted);

    public async ValueTask DisposeAsync()
    {
        foreach (var port in udp)
        {
            port.Dispose();
        }

        foreach (var port in tcp)
        {
            port.Dispose();
        }

        await Task.WhenAll(loops);
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
            refused.RemoveAll(_ => udp.Count == 0);
            refused.ForEach(one => NotListening(logger, "UDP", one.Address.ToString(), port, one.Error));
        }
        else if (TryOpen(IPAddress.IPv6Any, options.Port) == 0)
        {
            TryOpen(IPAddress.Any, options.Port); // A kernel without IPv6.
        }

        Trouble = udp.Count > 0 ? null : $"UDP port {options.Port} cannot be had: {refusal switch
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
            UdpPort opened;
            try
            {
                opened = new UdpPort(new IPEndPoint(address, port));
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
                    var beside = new TcpPort(opened.Local, options.MaxSessions + TcpPort.MaxStrangers);
                    tcp = [.. tcp, beside];
                    loops.Add(Task.Run(() => beside.RunAsync(takeFrame, () => Now, time, stopped)));
                }
            }
            catch (SocketException taken) when (port == 0 && attempt < PortAttempts && taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                opened.Dispose(); // Any port will do, but the same for both.
                continue;
            }
            catch (SocketException refused)
            {
                NotListening(logger, "TCP", address.ToString(), opened.Local.Port, refused.SocketErrorCode);
            }

            udp = [.. udp, opened];
            loops.Add(Task.Run(() => opened.RunAsync(takeDatagram, stopped)));
            return opened.Local.Port;
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "WebRTC can't listen by {Protocol} on {Address} port {Port}: {Error}")]
    private static partial void NotListening(ILogger logger, string protocol, string address, int port, SocketError error);
}
