using System.Threading.Channels;

namespace Vigil.Media.Recording;

/// <summary>
/// Between the recorder and the index: a bounded channel, and behind it, while the reader is away, the newest change per segment.
/// Nothing is lost; what waits is merged.
/// </summary>
internal sealed class ChangeOutbox(int capacity)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, SegmentChange> waiting = [];
    private readonly Channel<SegmentChange> changes = Channel.CreateBounded<SegmentChange>(
        new BoundedChannelOptions(capacity) { SingleReader = false, FullMode = BoundedChannelFullMode.Wait });

    public ChannelReader<SegmentChange> Reader => changes.Reader;

    /// <summary>Changes that found the channel full.</summary>
    public int Waiting
    {
        get
        {
            lock (gate)
            {
                return waiting.Count;
            }
        }
    }

    public void Add(SegmentChange change)
    {
        lock (gate)
        {
            if (waiting.Count > 0 || !changes.Writer.TryWrite(change))
            {
                var opened = waiting.TryGetValue(change.Segment.Path, out var older) && older.Kind == SegmentChangeKind.Opened;
                waiting[change.Segment.Path] = opened && change.Kind == SegmentChangeKind.Extended
                    ? change with { Kind = SegmentChangeKind.Opened }
                    : change;
            }
        }
    }

    /// <summary>Moves what waits into the channel as far as there is room.</summary>
    public void Flush()
    {
        lock (gate)
        {
            while (waiting.Count > 0)
            {
                var (path, change) = waiting.First();
                if (!changes.Writer.TryWrite(change))
                {
                    return;
                }

                waiting.Remove(path);
            }
        }
    }

    public void Complete()
    {
        Flush();
        changes.Writer.TryComplete();
    }
}
