using System.Threading.Channels;

namespace Vigil.Media.Live;

/// <summary>What a viewer gets next: exactly one of the three.</summary>
public readonly record struct LiveItem
{
    public LiveInit? Init { get; init; }

    public LiveFragment? Fragment { get; init; }

    /// <summary>A message of the server's own (<see cref="LiveViewer.Say"/>), in its place among the fragments.</summary>
    public string? Text { get; init; }
}

/// <summary>
/// One viewer's bounded queue. One reader: <see cref="WaitAsync"/>, then <see cref="TryRead"/> until false. A viewer that is too slow loses what
/// waits and goes on at the next key frame; nobody else notices. Dispose to leave.
/// </summary>
public sealed class LiveViewer : IDisposable
{
    /// <summary>Beyond the group it begins with: two seconds of picture and sound, or of a big picture.</summary>
    private const int Capacity = 150;
    private const int CapacityBytes = 8 * 1024 * 1024;

    private readonly LiveStream stream;
    private readonly Lock gate = new();
    private readonly Queue<LiveItem> queue = new();
    private readonly Channel<bool> doorbell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private int fragments;
    private long bytes;
    private int allowedFragments = Capacity;
    private long allowedBytes = CapacityBytes;
    private bool needsGroup = true;
    private long skipped;

    internal LiveViewer(LiveStream stream) => this.stream = stream;

    /// <summary>Fragments this viewer was too slow for.</summary>
    public long Skipped => Interlocked.Read(ref skipped);

    /// <summary>Something waits; false when the stream is over and all is read.</summary>
    public async ValueTask<bool> WaitAsync(CancellationToken cancel)
    {
        while (true)
        {
            lock (gate)
            {
                if (queue.Count > 0)
                {
                    return true;
                }
            }

            if (await doorbell.Reader.WaitToReadAsync(cancel))
            {
                doorbell.Reader.TryRead(out _);
                continue;
            }

            lock (gate)
            {
                return queue.Count > 0; // What was said before the end is still read.
            }
        }
    }

    public bool TryRead(out LiveItem item)
    {
        lock (gate)
        {
            if (!queue.TryDequeue(out item))
            {
                return false;
            }

            if (item.Fragment is { } fragment)
            {
                fragments--;
                bytes -= fragment.Length;
                allowedFragments = Math.Max(Capacity, allowedFragments - 1);
                allowedBytes = Math.Max(CapacityBytes, allowedBytes - fragment.Length);
            }

            return true;
        }
    }

    /// <summary>Puts a text message into the queue; it is never dropped, so say little.</summary>
    public void Say(string text)
    {
        lock (gate)
        {
            queue.Enqueue(new LiveItem { Text = text });
        }

        doorbell.Writer.TryWrite(true);
    }

    /// <summary>
    /// Ends it from the reader's side: what waits is dropped, <paramref name="farewell"/> is read last, then <see cref="WaitAsync"/> says false.
    /// </summary>
    public void Close(string? farewell)
    {
        stream.Leave(this);
        lock (gate)
        {
            queue.Clear();
            if (farewell is not null)
            {
                queue.Enqueue(new LiveItem { Text = farewell });
            }
        }

        End();
    }

    public void Dispose()
    {
        stream.Leave(this);
        End();
    }

    internal void End() => doorbell.Writer.TryComplete();

    /// <summary>The cached group does not count against the bound: it is what a new viewer asked for.</summary>
    internal void OfferGroup(LiveInit init, IReadOnlyList<LiveFragment> group)
    {
        Offer(init);
        lock (gate)
        {
            allowedFragments = Capacity + group.Count;
            allowedBytes = CapacityBytes + group.Sum(fragment => (long)fragment.Length);
        }

        foreach (var fragment in group)
        {
            Offer(fragment);
        }
    }

    internal void Offer(LiveInit init)
    {
        lock (gate)
        {
            needsGroup = true;
            queue.Enqueue(new LiveItem { Init = init });
        }

        doorbell.Writer.TryWrite(true);
    }

    internal void Offer(LiveFragment fragment)
    {
        lock (gate)
        {
            if (fragments >= allowedFragments || bytes + fragment.Length > allowedBytes)
            {
                Overflow();
            }

            if (needsGroup && !fragment.StartsGroup)
            {
                skipped++;
                return;
            }

            needsGroup = false;
            queue.Enqueue(new LiveItem { Fragment = fragment });
            fragments++;
            bytes += fragment.Length;
        }

        doorbell.Writer.TryWrite(true);
    }

    /// <summary>Init segments and texts stay, in order; of several inits only the last still means anything.</summary>
    private void Overflow()
    {
        skipped += fragments;
        LiveItem[] kept = [.. queue.Where(item => item.Fragment is null)];
        var lastInit = Array.FindLastIndex(kept, item => item.Init is not null);
        queue.Clear();
        for (var i = 0; i < kept.Length; i++)
        {
            if (kept[i].Init is null || i == lastInit)
            {
                queue.Enqueue(kept[i]);
            }
        }

        fragments = 0;
        bytes = 0;
        needsGroup = true;
    }
}
