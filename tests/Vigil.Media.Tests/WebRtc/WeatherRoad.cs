using System.Net;
using Vigil.Media.WebRtc;
using Vigil.Testing.Weather;

namespace Vigil.Media.Tests.WebRtc;

/// <summary>One direction of a simulated network between two transports: what is sent arrives when <see cref="Deliver"/> is called after its time.</summary>
internal sealed class WeatherRoad(int seed, Forecast forecast, PeerTransport owner) : IRoad
{
    private readonly NetWeather weather = new(seed, forecast);
    private readonly PriorityQueue<byte[], (TimeSpan At, long Number)> flights = new();
    private long number;

    public TimeSpan Now { get; set; }

    /// <summary>Throws when it is given media.</summary>
    public bool IsBroken { get; set; }

    public IPEndPoint Remote { get; } = new(IPAddress.Parse("192.0.2.1"), 1000 + seed);

    public PeerTransport? Transport => owner;

    public bool HasRoom => true;

    public Forecast Forecast
    {
        set => weather.Forecast = value;
    }

    public long Lost => weather.Lost;

    public int InFlight => flights.Count;

    public void Send(ReadOnlySpan<byte> datagram)
    {
        var copies = weather.Send(datagram.Length, Now, out var first, out var second);
        if (copies > 0)
        {
            flights.Enqueue(datagram.ToArray(), (first, number++));
        }

        if (copies > 1)
        {
            flights.Enqueue(datagram.ToArray(), (second, number++));
        }
    }

    public void SendSegments(ReadOnlySpan<byte> datagrams, int segment)
    {
        if (IsBroken)
        {
            throw new InvalidOperationException("A bug.");
        }

        for (; !datagrams.IsEmpty; datagrams = datagrams[Math.Min(segment, datagrams.Length)..])
        {
            Send(datagrams[..Math.Min(segment, datagrams.Length)]);
        }
    }

    public void Close()
    {
    }

    /// <summary>Hands what has arrived by now to the other end, as coming along its own road.</summary>
    public void Deliver(PeerTransport to, IRoad along)
    {
        while (flights.TryPeek(out var datagram, out var due) && due.At <= Now)
        {
            flights.Dequeue();
            to.Receive(along, datagram, Now);
        }
    }
}
