using Vigil.Media.Recording;

namespace Vigil.Server.Recordings.Store;

/// <summary>What becomes of the rows whose files are not on the disk.</summary>
public sealed record StoreSteps
{
    /// <summary>A few: a kill between a file and its row, or somebody's hand. They go from the index.</summary>
    public required IReadOnlyList<SegmentRecord> Forget { get; init; }

    /// <summary>More than half of a camera's: perhaps the disk is not mounted. They are kept aside, and somebody is told.</summary>
    public required IReadOnlyList<SegmentRecord> KeepAside { get; init; }
}

/// <summary>Nobody loses more than half of a camera's footage without being told, not even from the list of what there is. Pure.</summary>
public static class StoreCheck
{
    /// <param name="known">What the index says there is.</param>
    /// <param name="isThere">Whether the file of that path is on the disk.</param>
    /// <param name="aside">By camera: bytes that were kept aside before and are still not there.</param>
    /// <param name="isOurs">The store is the one that the index is of.</param>
    public static StoreSteps Decide(
        IReadOnlyCollection<SegmentRecord> known, Func<string, bool> isThere, IReadOnlyDictionary<int, long> aside, bool isOurs)
    {
        var (forget, keepAside) = (new List<SegmentRecord>(), new List<SegmentRecord>());
        foreach (var camera in known.GroupBy(s => s.CameraId))
        {
            var gone = camera.Where(s => !isThere(s.Path)).ToList();
            var before = aside.GetValueOrDefault(camera.Key);
            var isFew = (gone.Sum(s => s.Bytes) + before) * 2 <= camera.Sum(s => s.Bytes) + before && gone.Count * 2 <= camera.Count();
            (isOurs && isFew ? forget : keepAside).AddRange(gone);
        }

        return new StoreSteps { Forget = forget, KeepAside = keepAside };
    }
}
