using System.Collections.Concurrent;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Vigil.Media.Crypto;
using Vigil.Protocols.Ice;
using Vigil.Protocols.Stun;

namespace Vigil.Media.WebRtc;

/// <summary>
/// All WebRTC transports behind one UDP port. A datagram finds its session by the address it comes from, and a first STUN check by
/// the username fragment in it; whatever fits neither is thrown away unanswered.
/// </summary>
internal sealed partial class WebRtcHost : IAsyncDisposable
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(100);
    private const int DatagramBytes = 2048;

    private readonly WebRtcOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly long startedAt;
    private readonly DtlsContext? context;
    private readonly CancellationTokenSource stopped = new();
    private readonly ConcurrentDictionary<string, PeerTransport> byFragment = new();
    private readonly ConcurrentDictionary<SocketAddress, PeerTransport> byAddress = new();
    private readonly List<UdpPort> ports = [];
    private readonly List<Task> loops = [];
    private long strangers;

    public WebRtcHost(WebRtcOptions options, TimeProvider time, ILogger logger)
    {
        this.options = options;
        this.time = time;
        this.logger = logger;
        startedAt = time.GetTimestamp();
        Certificate = DtlsCertificate.Create(time.GetUtcNow());
        if (!OpenSsl.IsAvailable)
        {
            NoOpenSsl(logger);
            return;
        }

        context = new DtlsContext(Certificate, DtlsRole.Server);
        Open();
        loops.Add(TickAsync());
    }

    public DtlsCertificate Certificate { get; }

    public int SessionCount => byFragment.Count;

    /// <summary>Datagrams that belonged to nobody.</summary>
    public long Strangers => Interlocked.Read(ref strangers);

    public TimeSpan Now => time.GetElapsedTime(startedAt);

    /// <summary>Where a client may send to, best first; loopback only for a client on this machine.</summary>
    public IReadOnlyList<IPEndPoint> Candidates(bool clientIsLocal) =>
    [
        .. ports.Select(port => port.Local).Where(local => clientIsLocal || !IPAddress.IsLoopback(local.Address))
            .Concat(options.PublicAddresses.Select(address => new IPEndPoint(address, ports.Count > 0 ? ports[0].Local.Port : options.Port))),
    ];

    /// <summary>Makes room for a session; null when there are too many, or when we cannot listen at all.</summary>
    public PeerTransport? Create(string remoteUsernameFragment, string fingerprint)
    {
        if (context is null || ports.Count == 0 || byFragment.Count >= options.MaxSessions)
        {
            return null;
        }

        var transport = new PeerTransport(context, IceCredentials.Create(), remoteUsernameFragment, fingerprint, Now);
        byFragment[transport.UsernameFragment] = transport;
        return transport;
    }

    public void Remove(PeerTransport transport)
    {
        byFragment.TryRemove(transport.UsernameFragment, out _);
        foreach (var (address, owner) in byAddress)
        {
            if (owner == transport)
            {
                byAddress.TryRemove(address, out _);
            }
        }

        transport.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await stopped.CancelAsync();
        foreach (var transport in byFragment.Values)
        {
            Remove(transport);
        }

        foreach (var port in ports)
        {
            port.Dispose();
        }

        await Task.WhenAll(loops);
        context?.Dispose();
        stopped.Dispose();
    }

    private void Open()
    {
        var addresses = options.Addresses.Count > 0 ? options.Addresses : LocalAddresses();
        var port = options.Port;
        foreach (var address in addresses)
        {
            try
            {
                var opened = new UdpPort(new IPEndPoint(address, port));
                ports.Add(opened);
                loops.Add(Task.Run(() => ReceiveAsync(opened)));
                port = opened.Local.Port;
            }
            catch (SocketException refused)
            {
                NotListening(logger, address.ToString(), port, refused.SocketErrorCode);
            }
        }
    }

    private async Task ReceiveAsync(UdpPort port)
    {
        var buffer = new byte[DatagramBytes];
        var from = port.NewAddress();
        while (!stopped.IsCancellationRequested)
        {
            try
            {
                var length = await port.ReceiveAsync(buffer, from, stopped.Token);
                Dispatch(port, buffer.AsSpan(0, length), from);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                // An ICMP "port unreachable" for something sent earlier: that peer's consent will run out by itself.
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (Exception bug)
            {
                Broken(logger, bug);
            }
        }
    }

    private void Dispatch(UdpPort port, Span<byte> datagram, SocketAddress from)
    {
        if (!byAddress.TryGetValue(from, out var transport) || StunMessage.LooksLikeStun(datagram))
        {
            transport = FindByFragment(datagram) ?? transport;
        }

        if (transport is null)
        {
            Interlocked.Increment(ref strangers);
            return;
        }

        if (transport.Receive(port, datagram, from, Now) && transport.Remote is { } remote)
        {
            byAddress[remote] = transport;
        }

        if (transport.IsClosed)
        {
            Remove(transport);
        }
    }

    private PeerTransport? FindByFragment(ReadOnlySpan<byte> datagram)
    {
        if (StunMessage.TryParse(datagram, out var message) != StunParseError.None)
        {
            return null;
        }

        // Only the exact length of our own fragments is looked up, so a flood allocates little.
        var fragment = IceLiteAgent.AddressedTo(message);
        Span<char> text = stackalloc char[IceCredentials.FragmentLength];
        return fragment.Length == text.Length
            && System.Text.Encoding.ASCII.TryGetChars(fragment, text, out _)
            && byFragment.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out var transport)
            ? transport
            : null;
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
                    transport.Tick(Now);
                    if (transport.IsClosed)
                    {
                        Remove(transport);
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped, as asked.
        }
    }

    private static List<IPAddress> LocalAddresses() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces()
            .Where(card => card.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown)
            .SelectMany(card => card.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(address => !address.IsIPv6LinkLocal)
            .OrderBy(address => IPAddress.IsLoopback(address))
            .ThenBy(address => address.AddressFamily == AddressFamily.InterNetworkV6),
    ];

    [LoggerMessage(Level = LogLevel.Warning, Message = "WebRTC can't listen on {Address} port {Port}: {Error}")]
    private static partial void NotListening(ILogger logger, string address, int port, SocketError error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "OpenSSL 3 (libssl3) is not installed: there is no WebRTC")]
    private static partial void NoOpenSsl(ILogger logger);

    [LoggerMessage(Level = LogLevel.Error, Message = "A datagram broke a WebRTC session")]
    private static partial void Broken(ILogger logger, Exception bug);
}
