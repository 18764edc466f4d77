using System.Threading.Channels;

namespace Vigil.Server.Hosting;

/// <summary>
/// One sender, many listeners, nobody waits: every listener has its own bounded queue, and when that is full its oldest item goes
/// (and is counted). For what may be lost because the truth is elsewhere.
/// </summary>
public sealed class Broadcast<T>
{
    private readonly Lock gate = new();
    private Listener[] listeners = [];

    public void Send(T item)
    {
        foreach (var listener in Volatile.Read(ref listeners))
        {
            listener.Offer(item);
        }
    }

    public Listener Listen(int capacity)
    {
        var listener = new Listener(this, capacity);
        lock (gate)
        {
            listeners = [.. listeners, listener];
        }

        return listener;
    }

    private void Remove(Listener listener)
    {
        lock (gate)
        {
            listeners = [.. listeners.Where(l => l != listener)];
        }
    }

    public sealed class Listener : IDisposable
    {
        private readonly Broadcast<T> owner;
        private readonly Channel<T> items;
        private long lost;

        internal Listener(Broadcast<T> owner, int capacity)
        {
            this.owner = owner;
            items = Channel.CreateBounded<T>(
                new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
                _ =>
                {
                    Interlocked.Increment(ref lost);
                    ServerMeter.AnnouncementLost(typeof(T).Name);
                });
        }

        public ChannelReader<T> Items => items.Reader;

        public long Lost => Interlocked.Read(ref lost);

        public void Dispose()
        {
            owner.Remove(this);
            items.Writer.TryComplete();
        }

        internal void Offer(T item) => items.Writer.TryWrite(item);
    }
}
