using Microsoft.Extensions.Logging;

namespace Vigil.Media.Recording;

/// <summary>Walks the store after a start: reads every segment's index, mends what was interrupted, deletes what holds nothing.</summary>
internal sealed partial class SegmentScan(
    ISegmentDisk disk, Func<string, bool> isOwn, IReadOnlyDictionary<string, SegmentRecord> known, ILogger logger)
{
    public IReadOnlyList<SegmentRecord> Run(CancellationToken cancel)
    {
        var found = new List<SegmentRecord>();
        var changed = new HashSet<string>();
        foreach (var path in disk.List())
        {
            cancel.ThrowIfCancellationRequested();
            if (!SegmentPath.TryParse(path, out var cameraId) || isOwn(path))
            {
                continue;
            }

            try
            {
                if (Read(path, cameraId, changed) is { } record)
                {
                    found.Add(record);
                }
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                LogUnreadable(path, failure);
            }
        }

        if (changed.Count > 0)
        {
            disk.Sync([], [.. changed]);
        }

        return found;
    }

    private SegmentRecord? Read(string path, int cameraId, HashSet<string> changed)
    {
        using var file = disk.Open(path);
        if (known.TryGetValue(path, out var told) && !told.Open && told.Bytes == file.Length)
        {
            return told; // Nothing is told before it is durable, and nothing is written to a closed segment.
        }

        var index = SegmentIndex.Read(file, verifyTail: true);
        if (index is null)
        {
            LogDeleted(path, file.Length);
            disk.Delete(path);
            changed.UnionWith(SegmentPath.Directories(path));
            return null;
        }

        if (index.Ended == SegmentEnd.Open)
        {
            index = Mend(file, index);
        }

        return index.ToRecord(cameraId, path);
    }

    /// <summary>Cuts the torn tail off and writes down that the segment was interrupted, so that the next scan is quick.</summary>
    private SegmentIndex Mend(ISegmentFile file, SegmentIndex index)
    {
        var torn = file.Length - index.Length;
        if (torn > 0)
        {
            LogTruncated(file.Path, torn);
            file.Truncate(index.Length);
        }

        var mended = index with { Ended = SegmentEnd.Interrupted };
        var trailer = mended.ToTrailer().ToBytes();
        try
        {
            file.Write(index.Length, [trailer]);
            mended = mended with { Length = index.Length + trailer.Length };
        }
        catch (DiskFullException)
        {
            file.Truncate(index.Length); // The record is true without it.
        }

        disk.Sync([file], []);
        return mended;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Segment {Path} was interrupted; {Bytes} bytes of a torn end were cut off.")]
    private partial void LogTruncated(string path, long bytes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Segment {Path} of {Bytes} bytes holds no whole fragment and was deleted.")]
    private partial void LogDeleted(string path, long bytes);

    [LoggerMessage(Level = LogLevel.Error, Message = "Segment {Path} cannot be read.")]
    private partial void LogUnreadable(string path, Exception failure);
}
