using System.Globalization;
using Vigil.Media.Live;
using Vigil.Media.Recording;
using Vigil.Server.Hosting;

namespace Vigil.Server.Recordings;

/// <summary>
/// Small pictures of the footage: the key frame at or before a moment, decoded once and kept on the disk under a cap. One at a time is
/// decoded for all of scrubbing; who asks for more than the machine has room for is told to wait.
/// </summary>
public sealed class FootageThumbnails(SegmentIndex index, VigilPaths paths, TranscodeBudget budget, LiveOptions options, TimeProvider time) : IDisposable
{
    /// <summary>About ten thousand pictures.</summary>
    private const long MostBytes = 128L * 1024 * 1024;

    /// <summary>A picture of a moment may be this much older: cameras send key frames every 1 to 20 s.</summary>
    private static readonly TimeSpan Oldest = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim one = new(2);
    private int sinceSweep;

    private string Folder => Path.Combine(paths.Data, "thumbnails");

    /// <summary>The picture; or none, and whether that is only because the machine is busy.</summary>
    /// <param name="householdId">Whose footage.</param>
    /// <param name="cameraId">Of which camera.</param>
    /// <param name="at">The moment that is asked for.</param>
    /// <param name="maySee">Whether the picture found, of this moment at the latest, exists for who asks.</param>
    /// <param name="cancel">Nobody waits any more.</param>
    public async Task<(bool Busy, byte[]? Picture)> TakeAsync(
        long householdId, int cameraId, DateTimeOffset at, Func<DateTimeOffset, bool> maySee, CancellationToken cancel)
    {
        var segments = await index.FindAsync(householdId, cameraId, at - Oldest, at + TimeSpan.FromSeconds(1), cancel);
        foreach (var segment in segments.Where(s => s.Start <= at + TimeSpan.FromSeconds(1)).Reverse())
        {
            if (await Task.Run(() => SegmentPictures.Find(paths.Segments, segment, at), cancel) is not { } picture)
            {
                continue;
            }

            if (!maySee(picture.TakenAt))
            {
                return (false, null);
            }

            var file = Path.Combine(
                Folder,
                cameraId.ToString(CultureInfo.InvariantCulture),
                picture.TakenAt.UtcDateTime.ToString("yyyyMMdd_HHmmssfff", CultureInfo.InvariantCulture) + ".jpg");
            if (File.Exists(file))
            {
                return (false, await File.ReadAllBytesAsync(file, cancel));
            }

            await one.WaitAsync(cancel);
            try
            {
                using var share = budget.TryTake(TranscodeKind.Snapshot);
                if (share is null)
                {
                    return (true, null);
                }

                var jpeg = await picture.ToJpegAsync(320, options, time, cancel);
                if (jpeg.Length == 0)
                {
                    return (false, null);
                }

                await KeepAsync(file, jpeg, cancel);
                return (false, jpeg);
            }
            catch (IOException)
            {
                return (false, null);
            }
            finally
            {
                one.Release();
            }
        }

        return (false, null);
    }

    public void Dispose() => one.Dispose();

    private async Task KeepAsync(string file, byte[] jpeg, CancellationToken cancel)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!, VigilPaths.Private);
            var fresh = file + "." + Guid.NewGuid().ToString("N")[..8];
            await File.WriteAllBytesAsync(fresh, jpeg, cancel);
            File.Move(fresh, file, overwrite: true);
            if (Interlocked.Increment(ref sinceSweep) % 256 == 1)
            {
                Sweep();
            }
        }
        catch (Exception full) when (full is IOException or UnauthorizedAccessException)
        {
            // Then it is made again.
        }
    }

    /// <summary>The oldest go first; those of footage that is gone are never asked for and go with them.</summary>
    private void Sweep()
    {
        var files = new DirectoryInfo(Folder).EnumerateFiles("*", SearchOption.AllDirectories).OrderByDescending(f => f.LastWriteTimeUtc).ToList();
        var kept = 0L;
        foreach (var file in files)
        {
            kept += file.Length;
            if (kept > MostBytes)
            {
                file.Delete();
            }
        }
    }
}
