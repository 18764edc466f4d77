namespace Vigil.Media.Recording;

/// <summary>The segment store as its names alone tell it: for making room when there is no index to ask. Opens only what it returns.</summary>
public static class SegmentNames
{
    /// <summary>No segment is longer: its length, and a group of pictures that ends late.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    /// <summary>
    /// At most <paramref name="limit"/> segments that began before <paramref name="before"/> and are not <paramref name="open"/>, oldest
    /// first; those that <paramref name="needed"/> names last. Camera, path, begin and size are true, the end is an upper bound.
    /// </summary>
    public static IReadOnlyList<SegmentRecord> Oldest(
        ISegmentDisk disk, int limit, DateTimeOffset before, Func<SegmentRecord, bool> open, Func<SegmentRecord, bool> needed)
    {
        var found = new List<SegmentRecord>();
        foreach (var path in disk.List())
        {
            if (SegmentPath.TryParse(path, out var cameraId, out var start) && start + Longest < before
                && Named(cameraId, path, start) is var named && !open(named))
            {
                found.Add(named);
            }
        }

        return [.. found.OrderBy(needed).ThenBy(s => s.Start).Take(limit).Select(s => s with { Bytes = SizeOf(disk, s.Path) })];
    }

    private static SegmentRecord Named(int cameraId, string path, DateTimeOffset start) => new()
    {
        CameraId = cameraId,
        Path = path,
        Start = start,
        End = start + Longest,
        Bytes = 0,
        Ended = SegmentEnd.Interrupted,
    };

    private static long SizeOf(ISegmentDisk disk, string path)
    {
        try
        {
            using var file = disk.Open(path);
            return file.Length;
        }
        catch (IOException)
        {
            return 0; // Gone meanwhile.
        }
    }
}
