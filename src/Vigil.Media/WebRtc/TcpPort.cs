using System.Net;
using System.Net.Sockets;
using Vigil.Protocols.Ice;

namespace Vigil.Media.WebRtc;

/// <summary>Takes one frame of a connection, decrypted in place. False ends the connection.</summary>
internal delegate bool FrameTaker(TcpRoad road, Span<byte> frame);

/// <summary>
/// Listens for peers whose network lets no UDP through (ICE-TCP passive, RFC 6544). A connection that has shown no signed check is a
/// stranger: few are let in, for a short time, and they get no answer.
/// </summary>
internal sealed class TcpPort : IDisposable
{
    /// <summary>A browser's first check comes with the first round trip; ten seconds are many retransmissions.</summary>
    public static readonly TimeSpan StrangerLifetime = TimeSpan.FromSeconds(10);

    /// <summary>Behind a closed session, for its goodbye.</summary>
    private static readonly TimeSpan GoodbyeLifetime = TimeSpan.FromSeconds(2);

    /// <summary>All strangers at one time; one more ends the oldest, which had the longest to show itself.</summary>
    public const int MaxStrangers = 128;

    /// <summary>A family behind one router opens a handful at once.</summary>
    public const int MaxStrangersOfOneAddress = 16;

    /// <summary>Strangers and friends: eight phones that watch eight cameras.</summary>
    public const int MaxOfOneAddress = 64;

    /// <summary>Frames that nobody signed: a browser's check may meet a session that has just ended.</summary>
    private const int MaxJunk = 8;

    private readonly Socket listener;
    private readonly int maxConnections;
    private readonly Lock gate = new();
    private readonly HashSet<TcpRoad> roads = [];
    private long refused;

    public TcpPort(IPEndPoint local, int maxConnections)
    {
        this.maxConnections = maxConnections;
        listener = new Socket(local.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (local.AddressFamily == AddressFamily.InterNetworkV6)
            {
                listener.DualMode = local.Address.Equals(IPAddress.IPv6Any);
            }

            // A restart must not wait for connections of the run before (TIME_WAIT).
            listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            listener.Bind(local);
            listener.Listen(MaxStrangers);
            Local = (IPEndPoint)listener.LocalEndPoint!;
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    public IPEndPoint Local { get; }

    public int Count
    {
        get
        {
            lock (gate)
            {
                return roads.Count;
            }
        }
    }

    /// <summary>Connections turned away because there were too many.</summary>
    public long Refused => Interlocked.Read(ref refused);

    /// <summary>Accepts and serves until cancelled.</summary>
    public async Task RunAsync(FrameTaker taker, Func<TimeSpan> clock, TimeProvider time, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                var socket = await listener.AcceptAsync(cancel);
                if (Admit(socket, clock()) is { } road)
                {
                    _ = ServeAsync(road, taker, cancel);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // Out of descriptors, or the caller has gone already: breathe, then go on.
                await Task.Delay(TimeSpan.FromMilliseconds(100), time, CancellationToken.None);
            }
        }
    }

    /// <summary>Ends strangers that had their time, and connections of ended sessions.</summary>
    public void Tick(TimeSpan now)
    {
        TcpRoad[] all;
        lock (gate)
        {
            all = [.. roads];
        }

        foreach (var road in all)
        {
            if (road.Transport is null ? now - road.OpenedAt >= StrangerLifetime : road.ClosedAt is { } closed && now - closed >= GoodbyeLifetime)
            {
                road.Abort();
            }
            else if ((road.IsClosed || road.Transport is { IsClosed: true }) && road.ClosedAt is null)
            {
                road.ClosedAt = now;
                road.Close();
            }
        }
    }

    public void Dispose()
    {
        listener.Dispose();
        lock (gate)
        {
            foreach (var road in roads)
            {
                road.Abort();
            }
        }
    }

    private TcpRoad? Admit(Socket socket, TimeSpan now)
    {
        TcpRoad road;
        try
        {
            road = new TcpRoad(socket, now);
        }
        catch (SocketException)
        {
            socket.Dispose(); // Gone before we looked.
            return null;
        }

        TcpRoad? oldest = null;
        lock (gate)
        {
            int strangers = 0, neighbours = 0, strangersThere = 0;
            foreach (var other in roads)
            {
                var stranger = other.Transport is null;
                var neighbour = other.Network == road.Network;
                strangers += stranger ? 1 : 0;
                neighbours += neighbour ? 1 : 0;
                strangersThere += stranger && neighbour ? 1 : 0;
                oldest = stranger && (oldest is null || other.OpenedAt < oldest.OpenedAt) ? other : oldest;
            }

            if (roads.Count >= maxConnections || neighbours >= MaxOfOneAddress || strangersThere >= MaxStrangersOfOneAddress)
            {
                refused++;
                road.Abort();
                return null;
            }

            oldest = strangers >= MaxStrangers ? oldest : null;
            roads.Add(road);
        }

        oldest?.Abort();
        return road;
    }

    private async Task ServeAsync(TcpRoad road, FrameTaker taker, CancellationToken cancel)
    {
        var buffer = new byte[2 * (StreamFraming.HeadLength + StreamFraming.MaxFrame)];
        var filled = 0;
        var junk = 0;
        try
        {
            while (await road.ReceiveAsync(buffer.AsMemory(filled), cancel) is > 0 and var count)
            {
                filled += count;
                if (!Cut(road, taker, buffer, ref filled, ref junk))
                {
                    break;
                }
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException or OperationCanceledException)
        {
        }
        finally
        {
            road.Abort();
            lock (gate)
            {
                roads.Remove(road);
            }

            road.Transport?.Lost(road);
        }
    }

    private static bool Cut(TcpRoad road, FrameTaker taker, byte[] buffer, ref int filled, ref int junk)
    {
        var rest = buffer.AsSpan(0, filled);
        FrameRead read;
        while ((read = StreamFraming.TryRead(ref rest, out var frame)) == FrameRead.Frame)
        {
            if (!taker(road, frame) && ++junk > MaxJunk)
            {
                return false;
            }
        }

        rest.CopyTo(buffer);
        filled = rest.Length;
        return read != FrameRead.TooLong;
    }
}
