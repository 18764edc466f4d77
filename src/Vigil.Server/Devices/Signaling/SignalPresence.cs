using System.Collections.Concurrent;
using Vigil.Server.Hosting;

namespace Vigil.Server.Devices.Signaling;

/// <summary>A device that is connected to another server.</summary>
internal sealed record Elsewhere(string Node, string DeviceId);

/// <summary>Which signalling devices are connected: to this server, or, as far as it can know, to another on the same database.</summary>
public sealed class SignalPresence(TimeProvider time)
{
    private readonly ConcurrentDictionary<long, int> here = new();
    private readonly ConcurrentDictionary<long, DateTimeOffset> seen = new();
    private readonly ConcurrentDictionary<long, Elsewhere> elsewhere = new();
    private volatile bool reachesOthers;

    /// <summary>Rings with the row's id when a device has come or gone.</summary>
    public Broadcast<long> Changed { get; } = new();

    public bool IsOnline(long id) => here.ContainsKey(id) || NodeOf(id) is not null;

    public DateTimeOffset? LastSeenOf(SignalDevice device) =>
        IsOnline(device.Id) ? time.GetUtcNow() : seen.TryGetValue(device.Id, out var at) && !(device.LastSeenAt > at) ? at : device.LastSeenAt;

    /// <summary>The other servers' devices, whether they can be reached or not.</summary>
    internal IReadOnlyDictionary<long, Elsewhere> AllElsewhere => elsewhere;

    /// <summary>Which other server has the device, while it can be reached.</summary>
    internal string? NodeOf(long id) => reachesOthers && elsewhere.TryGetValue(id, out var at) ? at.Node : null;

    /// <summary>Whether what other servers say comes through. While it does not, their devices are as good as away.</summary>
    internal void ReachOthers(bool can)
    {
        if (reachesOthers != can)
        {
            reachesOthers = can;
            foreach (var id in elsewhere.Keys)
            {
                Changed.Send(id);
            }
        }
    }

    internal void MeetElsewhere(long id, Elsewhere at)
    {
        var isNew = !elsewhere.ContainsKey(id);
        elsewhere[id] = at;
        if (isNew)
        {
            Changed.Send(id);
        }
    }

    /// <param name="id">The row.</param>
    /// <param name="node">Only if it was there; null for wherever it was.</param>
    internal void PartElsewhere(long id, string? node)
    {
        if (elsewhere.TryGetValue(id, out var at) && (node is null || at.Node == node) && elsewhere.TryRemove(KeyValuePair.Create(id, at)))
        {
            Changed.Send(id);
        }
    }

    internal void Enter(long id)
    {
        if (here.AddOrUpdate(id, 1, static (_, count) => count + 1) == 1)
        {
            Changed.Send(id);
        }
    }

    internal void Leave(long id)
    {
        seen[id] = time.GetUtcNow();
        // Of a socket and the one that replaced it, both are counted for a moment.
        while (here.TryGetValue(id, out var count))
        {
            if (count > 1 ? here.TryUpdate(id, count - 1, count) : here.TryRemove(KeyValuePair.Create(id, count)))
            {
                if (count == 1)
                {
                    Changed.Send(id);
                }

                return;
            }
        }
    }

    /// <summary>When devices were last here, to be written down; those that have gone are told once.</summary>
    internal IReadOnlyList<(long Id, DateTimeOffset At)> TakeSeen()
    {
        var now = time.GetUtcNow();
        var all = here.Keys.Select(id => (id, now)).ToList();
        foreach (var (id, at) in seen)
        {
            if (!here.ContainsKey(id) && seen.TryRemove(KeyValuePair.Create(id, at)))
            {
                all.Add((id, at));
            }
        }

        return all;
    }
}
