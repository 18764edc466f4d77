using System.Globalization;
using Vigil.Server.Events;

namespace Vigil.Server.Health;

/// <summary>Beyond these a room raises an event. Null: no such limit.</summary>
public sealed record RoomLimit
{
    public int CameraId { get; init; }

    public double? TooCold { get; init; }

    public double? TooHot { get; init; }

    public double? TooHumid { get; init; }
}

/// <summary>A room that is beyond a limit, or was until now.</summary>
/// <param name="Kind">Which one.</param>
/// <param name="From">Since when.</param>
/// <param name="GoesOn">Still.</param>
/// <param name="Detail">In words.</param>
public readonly record struct RoomTrouble(EventKind Kind, DateTimeOffset From, bool GoesOn, string Detail);

/// <summary>
/// Readings of one room against its limits; pure. Back within means back by a margin, so that a value that plays about a limit is one event and
/// not a hundred.
/// </summary>
public sealed class RoomLimits
{
    private const double DegreesBack = 0.5;
    private const double PercentBack = 3;

    /// <summary>A sensor that has been silent for so long tells of something new.</summary>
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(30);

    private readonly Dictionary<EventKind, (DateTimeOffset From, DateTimeOffset Last)> beyond = [];

    /// <summary>What was beyond a limit, and nothing has been heard of since: the sensor is silent, and nobody knows.</summary>
    public IReadOnlyList<RoomTrouble> Silent(DateTimeOffset at)
    {
        var silent = beyond.Where(b => at - b.Value.Last > Stale).ToList();
        silent.ForEach(b => beyond.Remove(b.Key));
        return [.. silent.Select(b => new RoomTrouble(b.Key, b.Value.From, GoesOn: false, "the sensor is silent"))];
    }

    /// <summary>What this reading means; empty when all is well and was before.</summary>
    public IReadOnlyList<RoomTrouble> Take(RoomLimit limit, double temperature, double humidity, DateTimeOffset at)
    {
        var troubles = new List<RoomTrouble>();
        Look(EventKind.RoomTooHot, limit.TooHot, temperature, 1, DegreesBack, "°C");
        Look(EventKind.RoomTooCold, limit.TooCold, temperature, -1, DegreesBack, "°C");
        Look(EventKind.RoomTooHumid, limit.TooHumid, humidity, 1, PercentBack, " %");
        return troubles;

        void Look(EventKind kind, double? at_, double value, int sign, double margin, string unit)
        {
            var was = beyond.TryGetValue(kind, out var known) && at - known.Last <= Stale;
            if (at_ is { } border && (value - border) * sign > (was ? -margin : 0))
            {
                var from = was ? known.From : at;
                beyond[kind] = (from, at);
                troubles.Add(new RoomTrouble(kind, from, GoesOn: true, string.Create(CultureInfo.InvariantCulture, $"{value:0.#}{unit} (limit {border:0.#}{unit})")));
            }
            else if (beyond.Remove(kind) && was)
            {
                troubles.Add(new RoomTrouble(kind, known.From, GoesOn: false, string.Create(CultureInfo.InvariantCulture, $"back to {value:0.#}{unit}")));
            }
        }
    }
}
