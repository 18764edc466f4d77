using System.Collections.Concurrent;

namespace Vigil.Server.Recordings.Retention;

/// <summary>What waits for somebody's word, what was agreed, and how much went out of turn within the last hour. In memory: after a restart it is asked again.</summary>
public sealed class RetentionHold(TimeProvider time)
{
    /// <summary>Long enough to delete a terabyte, short enough to mean what was asked.</summary>
    private static readonly TimeSpan AgreementHolds = TimeSpan.FromMinutes(30);

    private static readonly TimeSpan Lately = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<int, long> agreed = new();
    private readonly Lock gate = new();
    private readonly List<(long At, int Camera, long Bytes)> deleted = [];
    private IReadOnlyDictionary<int, long> held = new Dictionary<int, long>();

    /// <summary>How much of a camera's footage waits; null: nothing.</summary>
    public long? Of(int cameraId) => Volatile.Read(ref held).TryGetValue(cameraId, out var bytes) ? bytes : null;

    public void Agree(int cameraId) => agreed[cameraId] = time.GetTimestamp();

    public bool IsAgreed(int cameraId) => agreed.TryGetValue(cameraId, out var at) && time.GetElapsedTime(at) < AgreementHolds;

    public long DeletedLately(int cameraId)
    {
        lock (gate)
        {
            deleted.RemoveAll(d => time.GetElapsedTime(d.At) > Lately);
            return deleted.Where(d => d.Camera == cameraId).Sum(d => d.Bytes);
        }
    }

    internal void NoteDeleted(IReadOnlyDictionary<int, long> outOfTurn)
    {
        lock (gate)
        {
            deleted.AddRange(outOfTurn.Select(o => (time.GetTimestamp(), o.Key, o.Value)));
        }
    }

    /// <summary>What a sweep held back. Returns what is news.</summary>
    internal IReadOnlyDictionary<int, long> Put(IReadOnlyDictionary<int, long> now)
    {
        var before = Interlocked.Exchange(ref held, now);
        return now.Where(h => !before.ContainsKey(h.Key)).ToDictionary();
    }
}
