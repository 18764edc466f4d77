namespace Vigil.Server.Events;

/// <summary>
/// What waits to be sent to one page. Alerts and notices wait in order and are never dropped; states, rooms and levels wait one per camera,
/// the newest, so a slow page gets fewer of them. A page that does not even take its alerts is hopeless and is closed.
/// </summary>
public sealed class PageQueue : IDisposable
{
    /// <summary>More alerts than this in one queue means that nobody reads: the page will fetch the list when it is back.</summary>
    public const int MostNotices = 256;

    private readonly Lock gate = new();
    private readonly Queue<ReadOnlyMemory<byte>> notices = new();
    private readonly Dictionary<int, ReadOnlyMemory<byte>> states = [];
    private readonly Dictionary<int, ReadOnlyMemory<byte>> rooms = [];
    private readonly Dictionary<int, ReadOnlyMemory<byte>> levels = [];
    private readonly SemaphoreSlim filled = new(0, 1);

    /// <summary>The page takes nothing any more: close it.</summary>
    public bool Hopeless { get; private set; }

    /// <summary>Why the page is closed when nothing waits any more; null: it goes on.</summary>
    public string? Finished { get; private set; }

    /// <summary>Nothing that waits is sent any more, and nothing is added, except <paramref name="farewell"/>.</summary>
    public void Finish(ReadOnlyMemory<byte> farewell, string reason) => Put(() =>
    {
        Finished = reason;
        notices.Clear();
        states.Clear();
        rooms.Clear();
        levels.Clear();
        notices.Enqueue(farewell);
    });

    public void Notice(ReadOnlyMemory<byte> message) => Put(() =>
    {
        Hopeless |= notices.Count >= MostNotices;
        if (!Hopeless)
        {
            notices.Enqueue(message);
        }
    });

    public void State(int cameraId, ReadOnlyMemory<byte> message) => Put(() => states[cameraId] = message);

    public void Room(int cameraId, ReadOnlyMemory<byte> message) => Put(() => rooms[cameraId] = message);

    public void Level(int cameraId, ReadOnlyMemory<byte> message) => Put(() => levels[cameraId] = message);

    /// <summary>Returns when there may be something to take, or the page is hopeless.</summary>
    public Task WaitAsync(CancellationToken cancel) => filled.WaitAsync(cancel);

    public bool TryTake(out ReadOnlyMemory<byte> message)
    {
        lock (gate)
        {
            return notices.TryDequeue(out message) || TakeAny(states, out message) || TakeAny(rooms, out message) || TakeAny(levels, out message);
        }
    }

    public void Dispose() => filled.Dispose();

    private void Put(Action change)
    {
        lock (gate)
        {
            if (Finished is not null)
            {
                return;
            }

            change();
            if (filled.CurrentCount == 0)
            {
                filled.Release();
            }
        }
    }

    private static bool TakeAny(Dictionary<int, ReadOnlyMemory<byte>> from, out ReadOnlyMemory<byte> message)
    {
        foreach (var (camera, waiting) in from)
        {
            from.Remove(camera);
            message = waiting;
            return true;
        }

        message = default;
        return false;
    }
}
