namespace Vigil.Testing.Weather;

/// <summary>How bad a network is, in one direction.</summary>
public sealed record Forecast
{
    /// <summary>Share of datagrams that vanish, 0 to 1.</summary>
    public double Loss { get; init; }

    /// <summary>One way.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Up to so much is added to the delay, evenly; what follows waits behind, so it changes no order.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>Share of datagrams that overtake those before them, by up to the jitter.</summary>
    public double Reorder { get; init; }

    /// <summary>Share of datagrams that come twice.</summary>
    public double Duplicate { get; init; }

    /// <summary>Bit/s that fit through; 0 for any. What comes faster waits in a queue of <see cref="QueueBytes"/> and is then dropped.</summary>
    public long RateBps { get; init; }

    public int QueueBytes { get; init; } = 64 * 1024;
}

/// <summary>
/// Decides the fate of datagrams in one direction: seeded, so that the same storm comes again. Pure: knows no sockets and no clock.
/// </summary>
public sealed class NetWeather(int seed, Forecast forecast)
{
    private readonly Random random = new(seed);
    private TimeSpan lastArrival;
    private TimeSpan lineFree;

    /// <summary>Weather changes.</summary>
    public Forecast Forecast { get; set; } = forecast;

    public long Passed { get; private set; }

    public long Lost { get; private set; }

    /// <summary>When the datagram sent at <paramref name="now"/> arrives: never (0), once, or twice. Returns how often.</summary>
    public int Send(int bytes, TimeSpan now, out TimeSpan first, out TimeSpan second)
    {
        first = second = now + Forecast.Delay;
        if (Happens(Forecast.Loss))
        {
            Lost++;
            return 0;
        }

        if (Forecast.RateBps > 0)
        {
            var start = lineFree > now ? lineFree : now;
            if ((start - now).TotalSeconds * Forecast.RateBps / 8 > Forecast.QueueBytes)
            {
                Lost++;
                return 0;
            }

            lineFree = start + TimeSpan.FromSeconds(bytes * 8.0 / Forecast.RateBps);
            first += lineFree - now;
        }

        Passed++;
        first += Forecast.Jitter * random.NextDouble();
        if (!Happens(Forecast.Reorder))
        {
            first = first > lastArrival ? first : lastArrival;
            lastArrival = first;
        }

        second = first + (Forecast.Jitter * random.NextDouble());
        return Happens(Forecast.Duplicate) ? 2 : 1;
    }

    private bool Happens(double share) => share > 0 && random.NextDouble() < share;
}
