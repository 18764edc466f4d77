using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

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
    private const long Resting = long.MaxValue;

    /// <summary>How often a loop beats that has nothing to do; every limit is longer.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(10);

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

    public TimeSpan Silence => Volatile.Read(ref _last) is var last && last == Resting ? TimeSpan.Zero : _time.GetElapsedTime(last);

    public void Beat() => Volatile.Write(ref _last, _time.GetTimestamp());

    /// <summary>Until the next beat silence is no fault: the loop waits for something that has a watch of its own, such as the database.</summary>
    public void Rest() => Volatile.Write(ref _last, Resting);

    /// <summary>Waits for the next item; false when there will be none. Nothing to do is no silence.</summary>
    public async Task<bool> WaitAsync<T>(ChannelReader<T> items, CancellationToken cancel)
    {
        var more = items.WaitToReadAsync(cancel).AsTask();
        Task waiting = more;
        while (true)
        {
            Beat();
            await waiting.WaitAsync(Idle, _time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (more.IsCompleted)
            {
                Beat();
                return await more;
            }
        }
    }

    /// <summary>All items as they come; whoever takes them beats by asking for the next.</summary>
    public async IAsyncEnumerable<T> ReadAllAsync<T>(ChannelReader<T> items, [EnumeratorCancellation] CancellationToken cancel)
    {
        while (await WaitAsync(items, cancel))
        {
            while (items.TryRead(out var item))
            {
                Beat();
                yield return item;
            }
        }
    }

    public void Dispose() => _owner.Remove(this);
}
