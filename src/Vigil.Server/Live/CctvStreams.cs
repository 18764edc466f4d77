using System.Collections.Concurrent;
using Vigil.Media.Live;

namespace Vigil.Server.Live;

/// <summary>
/// What the camera contract's pages call an active stream: somebody pressed "activate". In Vigil a stream needs no such thing; what is
/// remembered here is only what those pages show, and the way to end the pictures they opened. Also their newest snapshots, in memory.
/// </summary>
internal sealed class CctvStreams(TimeProvider time)
{
    private const int MostSnapshots = 64;
    private readonly ConcurrentDictionary<(int CameraId, LiveQuality Quality), Activation> active = new();
    private readonly ConcurrentDictionary<int, CancellationTokenSource> ends = new();
    private readonly Lock gate = new();
    private readonly LinkedList<(int CameraId, string Name, DateTimeOffset TakenAt, byte[] Picture)> snapshots = [];

    /// <summary>Null when it is active already.</summary>
    public Activation? Activate(int cameraId, LiveQuality quality)
    {
        var fresh = new Activation(Guid.NewGuid(), quality, time.GetUtcNow());
        return active.TryAdd((cameraId, quality), fresh) ? fresh : null;
    }

    public Activation? Find(int cameraId) =>
        active.GetValueOrDefault((cameraId, LiveQuality.Main)) ?? active.GetValueOrDefault((cameraId, LiveQuality.Sub));

    /// <summary>Ends the pictures that the contract's pages have open of this camera. False when there was nothing to end.</summary>
    public bool Deactivate(int cameraId)
    {
        var had = active.TryRemove((cameraId, LiveQuality.Main), out _) | active.TryRemove((cameraId, LiveQuality.Sub), out _);
        if (ends.TryRemove(cameraId, out var end))
        {
            end.Cancel();
            return true;
        }

        return had;
    }

    /// <summary>Cancelled when somebody deactivates the camera's stream.</summary>
    public CancellationToken EndOf(int cameraId) => ends.GetOrAdd(cameraId, _ => new CancellationTokenSource()).Token;

    public void Keep(int cameraId, string name, DateTimeOffset takenAt, byte[] picture)
    {
        lock (gate)
        {
            snapshots.AddLast((cameraId, name, takenAt, picture));
            if (snapshots.Count > MostSnapshots)
            {
                snapshots.RemoveFirst();
            }
        }
    }

    public (DateTimeOffset TakenAt, byte[] Picture)? FindSnapshot(int cameraId, string name)
    {
        lock (gate)
        {
            return snapshots.LastOrDefault(s => s.CameraId == cameraId && s.Name == name) is { Picture: not null } found ? (found.TakenAt, found.Picture) : null;
        }
    }

    internal sealed record Activation(Guid Id, LiveQuality Quality, DateTimeOffset StartedAt);
}
