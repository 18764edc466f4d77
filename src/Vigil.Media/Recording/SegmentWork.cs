using Vigil.Protocols.Codecs;

namespace Vigil.Media.Recording;

/// <summary>
/// What the cameras' segments have in common: the disk, which files have bytes that are not synced yet, and the reserve that is given
/// back when the disk is full. Used by the recorder's loop only.
/// </summary>
internal sealed class SegmentWork(ISegmentDisk disk, Action<string> created)
{
    private readonly HashSet<SegmentWriter> dirty = [];
    private readonly HashSet<string> newDirectories = [];

    /// <summary>The disk was full since this was last cleared.</summary>
    public bool IsFull { get; set; }

    public SegmentWriter Open(int cameraId, TrackFormat? video, TrackFormat? audio) => new(cameraId, disk, video, audio);

    /// <summary>Lets <paramref name="segment"/> write. When the disk is full the reserve is given back and it may try once more.</summary>
    public void Write(SegmentWriter segment, Action<SegmentWriter> write)
    {
        var before = segment.File;
        try
        {
            write(segment);
        }
        catch (DiskFullException)
        {
            IsFull = true;
            disk.Reserve(0);
            write(segment);
        }
        finally
        {
            if (segment.File is { } file)
            {
                dirty.Add(segment);
                if (before is null)
                {
                    created(file.Path);
                    newDirectories.UnionWith(SegmentPath.Directories(file.Path));
                }
            }
        }
    }

    /// <summary>Nothing more will be written to <paramref name="segment"/>; it is closed after the next sync.</summary>
    public void Finished(SegmentWriter segment)
    {
        if (segment.File is not null)
        {
            dirty.Add(segment);
        }
    }

    /// <summary>Everything that the next sync makes durable.</summary>
    public SyncBatch TakeBatch()
    {
        var batch = new SyncBatch([.. dirty.Select(s => new SyncBatch.Entry(s, s.ToRecord()))], [.. newDirectories.OrderByDescending(d => d.Length)]);
        dirty.Clear();
        newDirectories.Clear();
        return batch;
    }
}

/// <summary>Files as they stood when the batch was taken; once synced, their records are true.</summary>
internal sealed record SyncBatch(IReadOnlyList<SyncBatch.Entry> Entries, IReadOnlyList<string> Directories)
{
    public readonly record struct Entry(SegmentWriter Segment, SegmentRecord Record);

    public bool IsEmpty => Entries.Count == 0 && Directories.Count == 0;
}
