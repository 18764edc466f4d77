using System.Collections.Concurrent;
using System.Globalization;
using Vigil.Server.Events;
using Vigil.Server.Hosting;

namespace Vigil.Server.Health;

/// <summary>The way of a reading: judged, stored, told to whoever listens, and on the timeline when it is a reason to look.</summary>
public sealed class ReadingDesk(ReadingQueue queue, ReadingTable table, HealthSettings settings, EventLog events, TimeProvider time)
{
    private readonly ConcurrentDictionary<(long Household, int Camera), RoomLimits> rooms = new();

    /// <summary>Rings with every reading that was stored, or whose verdict changed. The truth is in the table.</summary>
    public Broadcast<Reading> Stored { get; } = new();

    /// <summary>Now, as readings have it: whole milliseconds.</summary>
    public DateTimeOffset Now()
    {
        var now = time.GetUtcNow();
        return now.AddTicks(-(now.UtcTicks % TimeSpan.TicksPerMillisecond));
    }

    public async Task<Reading> AddAsync(Reading reading, CancellationToken cancel)
    {
        var rules = await settings.RulesAsync(reading.HouseholdId, cancel);
        var limit = reading.CameraId is { } camera ? await settings.LimitAsync(reading.HouseholdId, camera, cancel) : null;
        var stored = await queue.AddAsync(rules.Judge(reading));
        Announce(stored, rules);
        if (limit is not null)
        {
            Compare(stored, limit);
        }

        return stored;
    }

    /// <summary>The rest of its clip has been heard, and somebody cries there.</summary>
    public async Task NowCriesAsync(Reading reading, float score, CancellationToken cancel)
    {
        var rules = await settings.RulesAsync(reading.HouseholdId, cancel);
        var changed = rules.Judge(reading with { Cry = true, CryScore = score });
        if (await table.NowCriesAsync(changed, cancel))
        {
            Announce(changed, rules);
        }
    }

    /// <summary>Rooms whose sensor has fallen silent while something was wrong: that trouble does not stay open for ever.</summary>
    public void CloseSilent()
    {
        foreach (var ((household, camera), room) in rooms)
        {
            IReadOnlyList<RoomTrouble> silent;
            lock (room)
            {
                silent = room.Silent(Now());
            }

            Tell(household, camera, silent, Now());
        }
    }

    private void Announce(Reading reading, HealthRules rules)
    {
        Stored.Send(reading);
        if (reading.Sick)
        {
            events.Observe(new Observation
            {
                HouseholdId = reading.HouseholdId,
                CameraId = reading.CameraId,
                Kind = EventKind.MayBeIll,
                From = reading.CreatedAt,
                To = reading.CreatedAt,
                Detail = string.Create(CultureInfo.InvariantCulture, $"{reading.Temperature:0.#}°C{(reading.Cry ? " and crying" : "")}: may be ill. {AgeHint.Advice(rules, reading)}"),
            });
        }
    }

    private void Compare(Reading reading, RoomLimit limit)
    {
        var room = rooms.GetOrAdd((reading.HouseholdId, limit.CameraId), _ => new RoomLimits());
        IReadOnlyList<RoomTrouble> troubles;
        lock (room)
        {
            troubles = room.Take(limit, reading.Temperature, reading.Humidity, reading.CreatedAt);
        }

        Tell(reading.HouseholdId, limit.CameraId, troubles, reading.CreatedAt);
    }

    private void Tell(long householdId, int cameraId, IReadOnlyList<RoomTrouble> troubles, DateTimeOffset at)
    {
        foreach (var trouble in troubles)
        {
            events.Observe(new Observation
            {
                HouseholdId = householdId,
                CameraId = cameraId,
                Kind = trouble.Kind,
                From = trouble.From,
                To = at,
                GoesOn = trouble.GoesOn,
                Detail = trouble.Detail,
            });
        }
    }
}
