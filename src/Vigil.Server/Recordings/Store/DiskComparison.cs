using System.Globalization;
using Vigil.Media.Recording;
using Vigil.Server.Cameras;
using Vigil.Server.Events;

namespace Vigil.Server.Recordings.Store;

/// <summary>
/// Compares the index with the disk. After a crash the disk knows best: what it holds is indexed, what it lacks is forgotten, but never more
/// than half of a camera's footage without a word. What belongs to no camera stays where it is, unseen: perhaps the database is the wrong
/// one, and a camera that happens to have the same number must not inherit it.
/// </summary>
public sealed partial class DiskComparison(
    Recorder recorder, SegmentTable table, MissingFootage missing, StoreMarker marker, CameraDirectory directory, FootageTrouble trouble, TimeProvider time,
    ILogger<DiskComparison> logger)
{
    /// <summary>What is on the disk and in the index now.</summary>
    /// <param name="removed">Cameras whose files go with them.</param>
    /// <param name="written">The paths that this server has written itself.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<IReadOnlyList<SegmentRecord>> RunAsync(IReadOnlyCollection<int> removed, Func<string, bool> written, CancellationToken cancel)
    {
        var (store, found) = (await missing.StoreAsync(cancel), marker.Read());
        var known = (await table.AllAsync(cancel)).ToDictionary(s => s.Path);
        var aside = (await missing.AllAsync(cancel)).ToDictionary(s => s.Path);
        // A marker may be lost; then the files themselves say whose store it is. Asked before the scan, which mends and deletes.
        var isOurs = store is null || store == found || (found is null && known.Count + aside.Count == 0)
            || known.Keys.Concat(aside.Keys).Any(path => !written(path) && marker.Holds(path));
        IReadOnlyList<SegmentRecord> onDisk = isOurs ? await recorder.ScanAsync(known, aside.Keys.ToHashSet(), cancel) : [];
        if (!isOurs)
        {
            LogForeign(logger);
        }

        await recorder.DeleteAsync([.. onDisk.Where(s => removed.Contains(s.CameraId))], cancel);
        var own = onDisk.Where(s => directory.Find(s.CameraId) is { } camera && s.End > camera.CreatedAt).ToList();
        var paths = own.Select(s => s.Path).ToHashSet();
        await table.PutAsync([.. own.Where(s => !known.TryGetValue(s.Path, out var before) || before != s)], cancel);
        var back = aside.Keys.Where(paths.Contains).ToList();
        await missing.FoundAsync(back, cancel);
        back.ForEach(path => aside.Remove(path));
        var steps = StoreCheck.Decide(
            [.. known.Values.Where(s => directory.Find(s.CameraId) is not null)], path => paths.Contains(path) || written(path) || (isOurs && marker.Holds(path)),
            aside.Values.GroupBy(s => s.CameraId).ToDictionary(c => c.Key, c => c.Sum(s => s.Bytes)), isOurs);
        await table.RemoveAsync([.. steps.Forget.Select(s => s.Path)], cancel);
        if (steps.KeepAside.Count > 0)
        {
            await missing.KeepAsideAsync(steps.KeepAside, cancel);
            foreach (var camera in steps.KeepAside.GroupBy(s => s.CameraId))
            {
                Tell(camera.Key, camera.Sum(s => s.Bytes), isOurs);
            }
        }
        else if (isOurs && aside.Count == 0 && (store is null || store != found))
        {
            await AdoptAsync(found ?? store ?? Guid.CreateVersion7(time.GetUtcNow()), cancel);
        }

        LogCompared(
            logger, own.Count, steps.Forget.Count, steps.KeepAside.Count, back.Count, onDisk.Count - own.Count - onDisk.Count(s => removed.Contains(s.CameraId)));
        return own;
    }

    /// <summary>Not before all is well: the directory that a disk is mounted on must not look like the store.</summary>
    private async Task AdoptAsync(Guid id, CancellationToken cancel)
    {
        try
        {
            marker.Write(id);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            LogUnmarked(logger, failure.GetType().Name);
            return; // At the next start. Until then the files say whose they are.
        }

        await missing.PutStoreAsync(id, cancel);
    }

    private void Tell(int cameraId, long bytes, bool isOurs)
    {
        var why = isOurs ? "" : " The disk with the recordings seems not to be connected.";
        trouble.Tell(cameraId, EventKind.ServerTrouble, time.GetUtcNow(), camera => string.Create(
            CultureInfo.InvariantCulture,
            $"Most of the footage of {camera} is not on the disk ({bytes / 1e9:0.0} GB).{why} Nothing is forgotten until somebody says so, on the page of recording times."));
    }

    [LoggerMessage(EventId = 1302, Level = LogLevel.Information, Message = "{Count} recordings are on the disk; {Missing} were only in the index, {Aside} more are kept aside; {Back} are there again; {Strange} belong to no camera of this database.")]
    private static partial void LogCompared(ILogger logger, int count, int missing, int aside, int back, int strange);

    [LoggerMessage(EventId = 1303, Level = LogLevel.Error, Message = "The directory of the recordings is empty or another server's: what is in it is left alone.")]
    private static partial void LogForeign(ILogger logger);

    [LoggerMessage(EventId = 1304, Level = LogLevel.Warning, Message = "The store of recordings could not be marked ({Failure}).")]
    private static partial void LogUnmarked(ILogger logger, string failure);
}
