using Microsoft.Extensions.Options;
using Vigil.Media.Recording;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Recordings.OffSite;

/// <summary>How the copying goes.</summary>
public enum OffSiteState
{
    /// <summary>No directory is set.</summary>
    Off,

    /// <summary>All is well, whether or not something waits.</summary>
    Ready,

    Copying,

    /// <summary>The directory has no marker: a disk or share that is not mounted.</summary>
    Away,

    Full,

    /// <summary>Reading or writing failed; it is tried again.</summary>
    Failing,
}

/// <summary>
/// Copies protected recordings, and alert clips where that is set, to the second directory: one at a time, oldest first, on the server that owns the loops.
/// While that directory is away, full or slow everything else goes on; it is looked at again after one, two … thirty minutes.
/// </summary>
public sealed partial class OffSiteCopier(
    IOptions<OffSiteOptions> options, OffSiteTable table, SegmentTable segments, SegmentIndex index, VigilPaths paths, DatabaseState database, LoopOwner owner, Pulses pulses,
    TimeProvider time, ILogger<OffSiteCopier> logger) : BackgroundService
{
    private const int AtOnce = 20;
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(30);

    private readonly OffSiteDisk? disk = options.Value.Directory is { Length: > 0 } directory ? new OffSiteDisk(Path.GetFullPath(directory)) : null;
    private readonly SemaphoreSlim one = new(1);
    private bool isSwept;
    private volatile OffSiteState state = string.IsNullOrEmpty(options.Value.Directory) ? OffSiteState.Off : OffSiteState.Ready;

    public OffSiteState State => state;

    public override void Dispose()
    {
        base.Dispose();
        one.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (disk is null)
        {
            return;
        }

        // A share that hangs holds a megabyte up for longer than that, and then somebody should hear of it.
        using var pulse = pulses.Register("off-site copy", TimeSpan.FromMinutes(5));
        using var timer = new PeriodicTimer(LookEvery, time);
        var (wait, since) = (TimeSpan.Zero, time.GetTimestamp());
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                pulse.Beat();
                if (!owner.IsOwner || !database.IsAvailable || !index.Compared.IsCompleted || time.GetElapsedTime(since) < wait)
                {
                    continue;
                }

                await RoundAsync(pulse.Beat, stoppingToken);
                wait = State == OffSiteState.Ready ? TimeSpan.Zero : wait == TimeSpan.Zero ? LookEvery : wait * 2 < LongestWait ? wait * 2 : LongestWait;
                since = time.GetTimestamp();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>Copies what waits, until there is nothing more or something is in the way.</summary>
    internal async Task RoundAsync(Action beat, CancellationToken cancel)
    {
        await one.WaitAsync(cancel);
        try
        {
            var passedOver = new HashSet<(Guid, int)>();
            var growing = new HashSet<(Guid, int)>();
            var copied = !isSwept;
            while (!disk!.IsThere ? Is(OffSiteState.Away) : true)
            {
                var waiting = (await table.WaitingAsync(options.Value.AlertClips, AtOnce + passedOver.Count + growing.Count, cancel))
                    .Where(p => !passedOver.Contains((p.RecordingId, p.Number)) && !growing.Contains((p.RecordingId, p.Number))).ToList();
                if (waiting.Count == 0)
                {
                    if (copied && passedOver.Count + growing.Count == 0)
                    {
                        disk.DeleteParts(); // Of recordings that were deleted meanwhile.
                        isSwept = true;
                    }

                    Is(passedOver.Count == 0 ? OffSiteState.Ready : OffSiteState.Failing);
                    return;
                }

                foreach (var piece in waiting)
                {
                    beat();
                    if (!index.IsSettled(piece.CameraId, piece.From, piece.To))
                    {
                        growing.Add((piece.RecordingId, piece.Number)); // Its last segment goes on for others, up to a minute: nothing is wrong.
                        continue;
                    }

                    if (!await CopyAsync(piece, beat, cancel))
                    {
                        if (State != OffSiteState.Copying)
                        {
                            return;
                        }

                        passedOver.Add((piece.RecordingId, piece.Number));
                    }

                    copied = true;
                }
            }
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            LogFailed(logger, failure.Message);
            Is(disk!.IsThere ? OffSiteState.Failing : OffSiteState.Away);
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>False when it was not copied: something is in the way of all, or the state stays as it is and only this one has to wait.</summary>
    private async Task<bool> CopyAsync(OffSitePiece piece, Action beat, CancellationToken cancel)
    {
        Is(OffSiteState.Copying);
        using var clip = await OpenAsync(piece, cancel);
        if (clip is null)
        {
            LogPassedOver(logger, piece.RecordingId);
            return false;
        }

        if (!disk!.HasRoomFor(piece.Path, clip.Length))
        {
            Is(OffSiteState.Full);
            return false;
        }

        try
        {
            var sum = await disk.CopyAsync(piece.Path, clip.Length, Source(clip), beat, cancel);
            await table.PutAsync(piece, clip.Length, sum, time.GetUtcNow(), cancel);
            LogCopied(logger, piece.RecordingId, clip.Length);
            return true;
        }
        catch (InvalidDataException)
        {
            LogPassedOver(logger, piece.RecordingId);
            return false;
        }
    }

    /// <summary>
    /// Null when not all of its footage can be read now. A clip leaves out what is gone, which is right for a player: a copy waits for a disk that is
    /// not connected, and asks the table itself, because the index answers from memory while the database is away.
    /// </summary>
    private async Task<ClipFile?> OpenAsync(OffSitePiece piece, CancellationToken cancel)
    {
        var found = await segments.FindAsync(piece.HouseholdId, piece.CameraId, piece.From, piece.To, cancel);
        if (found.Count == 0 || found.Any(s => s.Open || !File.Exists(Path.Combine(paths.Segments, s.Path))) || await table.IsPartMissingAsync(piece, cancel))
        {
            return null;
        }

        try
        {
            return await Task.Run(() => ClipFile.Open(found, paths.Segments, piece.From, piece.To), cancel);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>What cannot be read of one recording is not the second disk's fault, and holds up no other.</summary>
    private static OffSiteSource Source(ClipFile clip) => async (offset, into, cancel) =>
    {
        try
        {
            return await clip.ReadAsync(offset, into, cancel);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException("The footage cannot be read.", unreadable);
        }
    };

    private bool Is(OffSiteState now)
    {
        if (State != now && now == OffSiteState.Away)
        {
            LogAway(logger, OffSiteDisk.Marker);
        }

        state = now;
        return false;
    }

    [LoggerMessage(EventId = 1330, Level = LogLevel.Information, Message = "Recording {Id} was copied to the second directory, {Bytes} bytes.")]
    private static partial void LogCopied(ILogger logger, Guid id, long bytes);

    [LoggerMessage(EventId = 1331, Level = LogLevel.Warning, Message = "The second directory is not there: it holds no file named {Marker}. Copies wait.")]
    private static partial void LogAway(ILogger logger, string marker);

    [LoggerMessage(EventId = 1332, Level = LogLevel.Warning, Message = "Copying to the second directory failed, and is tried again: {Failure}")]
    private static partial void LogFailed(ILogger logger, string failure);

    [LoggerMessage(EventId = 1333, Level = LogLevel.Warning, Message = "The footage of recording {Id} cannot be read now; its copy waits.")]
    private static partial void LogPassedOver(ILogger logger, Guid id);
}
