using System.Collections.Concurrent;
using System.Net;
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

    private readonly WebRtcOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly long startedAt;
    private readonly DtlsContext? context;
    private readonly DtlsContext? activeContext;
    private readonly CancellationTokenSource stopped = new();
    private readonly ConcurrentDictionary<string, PeerTransport> byFragment = new();
    private readonly ConcurrentDictionary<SocketAddress, UdpRoad> byAddress = new();
    private readonly ListeningPorts? ports;
    private readonly Task ticking = Task.CompletedTask;
    private readonly NativeHeap heap = new();
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
            return;
        }

        context = new DtlsContext(Certificate, DtlsRole.Server);
        activeContext = new DtlsContext(Certificate, DtlsRole.Client);
        ports = new ListeningPorts(options, time, logger, Take, Take, stopped.Token);
        ticking = TickAsync();
    }

    /// <summary>Why there is no WebRTC at all, in words for the house; null while there is.</summary>
    public string? Trouble => ports is null ? "OpenSSL 3 (package libssl3) is not installed" : ports.Trouble;

    public DtlsCertificate Certificate { get; }

    /// <summary>Somebody else's loops that must work for a beat.</summary>
    public Func<bool> OthersStuck { get; set; } = () => false;

    public int SessionCount => byFragment.Count;

    /// <summary>Datagrams that belonged to nobody.</summary>
    public long Strangers => Interlocked.Read(ref strangers);

    public TimeSpan Now => time.GetElapsedTime(startedAt);

    /// <summary>The number that both ports have; 0 when we can't listen.</summary>
    public int Port => ports?.Port ?? 0;

    public bool ListensByTcp => ports is { Tcp.Count: > 0 };

    /// <summary>Roads by UDP that are known by their address.</summary>
    public int RoadCount => byAddress.Count;

    public int ConnectionCount => ports?.Tcp.Sum(port => port.Count) ?? 0;

    /// <inheritdoc cref="ListeningPorts.Candidates"/>
    public IReadOnlyList<IPEndPoint> Candidates(bool clientIsLocal, IPAddress? asked = null) => ports?.Candidates(clientIsLocal, asked) ?? [];

    /// <summary>Makes room for a session; null when there are too many, or when we cannot listen at all.</summary>
    public PeerTransport? Create(OfferedTransport peer)
    {
        if ((peer.WaitsForHandshake ? activeContext : context) is not { } role || Port == 0 || byFragment.Count >= options.MaxSessions
            || byFragment.Values.Count(transport => !transport.IsConnected) >= options.MaxPending)
        {
            return null;
        }

        var transport = new PeerTransport(role, IceCredentials.Create(), peer, Now);
        byFragment[transport.UsernameFragment] = transport;
        return transport;
    }

    public void Remove(PeerTransport transport)
    {
        byFragment.TryRemove(transport.UsernameFragment, out _);
        transport.Dispose();
        heap.Freed();
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

        await (ports?.DisposeAsync() ?? ValueTask.CompletedTask);
        context?.Dispose();
        activeContext?.Dispose();
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

                ports!.Tick();
                heap.Tick(Now);
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
        if (!ports!.IsStuck() && !OthersStuck())
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

    [LoggerMessage(Level = LogLevel.Error, Message = "A datagram broke a WebRTC session")]
    private static partial void Broken(ILogger logger, Exception bug);
}
