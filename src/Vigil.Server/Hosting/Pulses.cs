using System.Collections.Concurrent;

namespace Vigil.Server.Hosting;

/// <summary>Every loop has a pulse; whoever watches (the watchdog) turns a silence into an event. Beating is lock-free and never fails.</summary>
public sealed class Pulses(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Pulse> _pulses = new();

    /// <summary>Registers a loop by name. Asking twice for one name returns the same pulse with the new limit.</summary>
    public Pulse Register(string name, TimeSpan longestSilence)
    {
        var pulse = _pulses.GetOrAdd(name, n => new Pulse(n, time, this));
        pulse.LongestSilence = longestSilence;
        pulse.Beat();
        return pulse;
    }

    public IReadOnlyList<Pulse> All => [.. _pulses.Values];

    /// <summary>The loops that have been silent for longer than they may.</summary>
    public IReadOnlyList<Pulse> Silent() => [.. _pulses.Values.Where(pulse => pulse.Silence > pulse.LongestSilence)];

    internal void Remove(Pulse pulse) => _pulses.TryRemove(KeyValuePair.Create(pulse.Name, pulse));
}

/// <summary>One loop's sign of life. Dispose it when the loop ends on purpose.</summary>
public sealed class Pulse : IDisposable
{
    private readonly TimeProvider _time;
    private readonly Pulses _owner;
    private long _last;

    internal Pulse(string name, TimeProvider time, Pulses owner)
    {
        Name = name;
        _time = time;
        _owner = owner;
        Beat();
    }

    public string Name { get; }

    public TimeSpan LongestSilence { get; internal set; }

    public TimeSpan Silence => _time.GetElapsedTime(Volatile.Read(ref _last));

    public void Beat() => Volatile.Write(ref _last, _time.GetTimestamp());

    public void Dispose() => _owner.Remove(this);
}
