using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Vigil.Testing.Weather;

/// <summary>
/// A piece of bad network between a WebRTC client and the server, in user space: the client is told the relay's port instead of the
/// server's (<see cref="Rewrite"/>), and each client address has a socket of its own towards the server.
/// </summary>
public sealed partial class WeatherRelay : IAsyncDisposable
{
    private readonly TimeProvider time;
    private readonly long startedAt;
    private readonly NetWeather toServer;
    private readonly NetWeather toClient;
    private readonly CancellationTokenSource stopped = new();
    private readonly ConcurrentDictionary<IPEndPoint, UdpClient> backs = new();
    private readonly PriorityQueue<Flight, (TimeSpan At, long Number)> flights = new();
    private readonly SemaphoreSlim doorbell = new(0);
    private readonly ConcurrentBag<Task> loops = [];
    private UdpClient? front;
    private IPEndPoint? target;
    private long number;

    public WeatherRelay(int seed, Forecast forecast, TimeProvider time)
    {
        this.time = time;
        startedAt = time.GetTimestamp();
        toServer = new NetWeather(seed, forecast);
        toClient = new NetWeather(seed + 1, forecast);
        loops.Add(DeliverAsync());
    }

    /// <summary>Datagrams lost on the way to the client and to the server.</summary>
    public (long ToClient, long ToServer) Lost => (toClient.Lost, toServer.Lost);

    public (long ToClient, long ToServer) Passed => (toClient.Passed, toServer.Passed);

    /// <summary>From now on the way to the client is like this.</summary>
    public void ChangeToClient(Forecast forecast)
    {
        lock (flights)
        {
            toClient.Forecast = forecast;
        }
    }

    /// <summary>An SDP answer whose first UDP candidate is replaced by the relay and whose others are gone.</summary>
    public string Rewrite(string answer)
    {
        var candidate = CandidateLine().Match(answer);
        target = new IPEndPoint(IPAddress.Parse(candidate.Groups[1].Value), int.Parse(candidate.Groups[2].Value, CultureInfo.InvariantCulture));
        front = new UdpClient(new IPEndPoint(target.Address, 0));
        Enlarge(front);
        loops.Add(ReceiveAsync(front, toServer, from => Back(from)));
        var port = ((IPEndPoint)front.Client.LocalEndPoint!).Port;
        return AnyCandidateLine().Replace(answer, line => line.Value.Trim() == candidate.Value.Trim()
            ? string.Create(CultureInfo.InvariantCulture, $"a=candidate:1 1 udp 2130706431 {target.Address} {port} typ host\r\n")
            : "");
    }

    public async ValueTask DisposeAsync()
    {
        await stopped.CancelAsync();
        await Task.WhenAll(loops);
        front?.Dispose();
        foreach (var back in backs.Values)
        {
            back.Dispose();
        }

        stopped.Dispose();
        doorbell.Dispose();
    }

    private (UdpClient Through, IPEndPoint To) Back(IPEndPoint client) => (backs.GetOrAdd(client, from =>
    {
        var back = new UdpClient(new IPEndPoint(target!.Address, 0));
        Enlarge(back);
        loops.Add(ReceiveAsync(back, toClient, _ => (front!, from)));
        return back;
    }), target!);

    private async Task ReceiveAsync(UdpClient socket, NetWeather weather, Func<IPEndPoint, (UdpClient Through, IPEndPoint To)> route)
    {
        while (!stopped.IsCancellationRequested)
        {
            try
            {
                var datagram = await socket.ReceiveAsync(stopped.Token);
                var (through, to) = route(datagram.RemoteEndPoint);
                lock (flights)
                {
                    var copies = weather.Send(datagram.Buffer.Length, time.GetElapsedTime(startedAt), out var first, out var second);
                    for (var copy = 0; copy < copies; copy++)
                    {
                        flights.Enqueue(new Flight(through, to, datagram.Buffer), (copy == 0 ? first : second, number++));
                    }
                }

                doorbell.Release();
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                // An ICMP answer for something that went to nobody.
            }
        }
    }

    private async Task DeliverAsync()
    {
        try
        {
            while (true)
            {
                var wait = Deliver();
                await doorbell.WaitAsync(wait, stopped.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The weather is over.
        }
    }

    /// <summary>Sends what is due; returns how long nothing will be.</summary>
    private TimeSpan Deliver()
    {
        while (true)
        {
            Flight flight;
            lock (flights)
            {
                if (!flights.TryPeek(out flight!, out var due))
                {
                    return Timeout.InfiniteTimeSpan;
                }

                var left = due.At - time.GetElapsedTime(startedAt);
                if (left > TimeSpan.Zero)
                {
                    return TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds));
                }

                flights.Dequeue();
            }

            try
            {
                flight.Through.Send(flight.Datagram, flight.To);
            }
            catch (SocketException)
            {
                // Nobody there any more.
            }
        }
    }

    private static void Enlarge(UdpClient socket) => socket.Client.ReceiveBufferSize = socket.Client.SendBufferSize = 4 * 1024 * 1024;

    private sealed record Flight(UdpClient Through, IPEndPoint To, byte[] Datagram);

    [GeneratedRegex(@"a=candidate:\S+ 1 udp \d+ ([0-9.]+) (\d+) typ host[^\r\n]*\r?\n")]
    private static partial Regex CandidateLine();

    [GeneratedRegex(@"a=candidate:[^\r\n]*\r?\n")]
    private static partial Regex AnyCandidateLine();
}
