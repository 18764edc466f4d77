using System.Collections.Concurrent;
using Vigil.Server.Hosting;

namespace Vigil.Server.Devices.Signaling;

/// <summary>Which signalling devices are connected to this server.</summary>
public sealed class SignalPresence(TimeProvider time)
{
    private readonly ConcurrentDictionary<long, int> here = new();
    private readonly ConcurrentDictionary<long, DateTimeOffset> seen = new();

    /// <summary>Rings with the row's id when a device has come or gone.</summary>
    public Broadcast<long> Changed { get; } = new();

    public bool IsOnline(long id) => here.ContainsKey(id);

    public DateTimeOffset? LastSeenOf(SignalDevice device) =>
        here.ContainsKey(device.Id) ? time.GetUtcNow() : seen.TryGetValue(device.Id, out var at) && !(device.LastSeenAt > at) ? at : device.LastSeenAt;

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
