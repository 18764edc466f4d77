using System.Globalization;
using System.Text;
using Microsoft.Extensions.Options;
using Npgsql;
using Vigil.Media.Recording;
using Vigil.Server.Cameras;
using Vigil.Server.Database;
using Vigil.Server.Events;
using Vigil.Server.Hosting;

namespace Vigil.Server.Recordings.Retention;

/// <summary>
/// Deletes footage whose time is over, and as much of the oldest as limits and the disk ask for; never what is being written. Files go
/// first, their entries in the index after the directory is synced. While the database is away only the disk counts: the names of the files
/// say what is old, and memory says what is protected and what an event needs.
/// </summary>
public sealed partial class RetentionSweep(
    Recorder recorder, ISegmentDisk disk, PlayableClips clips, RetentionTable table, RetentionHold hold, SegmentIndex index, EventLog log, FootageTrouble trouble, CameraDirectory cameras,
    IOptions<RecordingOptions> options, VigilPaths paths, DatabaseState state, LoopOwner owner, Pulses pulses, TimeProvider time,
    ILogger<RetentionSweep> logger) : BackgroundService
{
    internal const int AtOnce = 500;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Jump = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongPause = TimeSpan.FromDays(1);
    private static readonly TimeSpan Youngest = TimeSpan.FromMinutes(5);

    private IReadOnlyList<SegmentRange>? protectedRanges;
    private IReadOnlyList<CameraTotal> totals = [];
    private DateTimeOffset? sweptUntil;
    private (DateTimeOffset Wall, long Monotonic)? last;

    /// <summary>What clips take while they are read comes back by itself: no footage goes for it, as long as the recorder keeps half of its floor.</summary>
    private long FreeBytes => disk.FreeBytes + Math.Min(clips.ScratchBytes, options.Value.FreeBytes / 2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var pulse = pulses.Register("room on the disk", TimeSpan.FromMinutes(2));
        using var timer = new PeriodicTimer(LookEvery, time);
        sweptUntil = ReadMark();
        long? sweptAt = null;
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                pulse.Beat();
                try
                {
                    var cramped = FreeBytes < options.Value.FreeBytes;
                    if (!owner.IsOwner || !(cramped || sweptAt is null || time.GetElapsedTime(sweptAt.Value) >= SweepEvery))
                    {
                        continue;
                    }

                    if (state.IsAvailable && index.Compared.IsCompleted)
                    {
                        sweptAt = time.GetTimestamp();
                        await SweepAsync(stoppingToken);
                    }
                    else if (cramped)
                    {
                        await MakeRoomByNamesAsync(stoppingToken);
                    }
                }
                catch (Exception failure) when (failure is NpgsqlException or IOException or UnauthorizedAccessException)
                {
                    LogFailed(logger, failure.GetType().Name);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task SweepAsync(CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        NoticeJumps(now);
        protectedRanges = await table.ProtectedAsync(now, cancel);
        totals = await table.TotalsAsync(null, now, cancel);
        var limits = await table.CamerasAsync(null, cancel);
        var footage = new List<CameraFootage>();
        foreach (var total in totals)
        {
            footage.Add(Footage(
                total, await table.OldestAsync(total.HouseholdId, total.CameraId, AtOnce, cancel), limits.TryGetValue(total.CameraId, out var most) ? most : null));
        }

        var steps = RetentionPlan.Make(State(now, footage) with
        {
            HouseholdBytes = await table.HouseholdsAsync(cancel),
            ServerBytes = options.Value.MaxBytes > 0 ? options.Value.MaxBytes : null,
        });
        await DeleteAsync(steps, cancel);
        await table.ForgetAsync(options.Value.KeepHours, now, cancel);
        var deleted = steps.Delete.Select(s => s.Path).ToHashSet();
        if (!footage.Exists(f => HasMore(f, deleted)))
        {
            sweptUntil = now; // Else there is more that is due, and the next sweep goes on where this one began.
            WriteMark(now);
        }
    }

    /// <summary>The last that was looked at, of clips or of all else, went: those behind it may be due as well.</summary>
    private static bool HasMore(CameraFootage camera, HashSet<string> deleted) =>
        camera.Oldest.GroupBy(p => p.Claim == FootageClaim.Clip).Any(kind => kind.Count() >= AtOnce && deleted.Contains(kind.Last().Segment.Path));

    /// <summary>Only for room on the disk: what is due can wait for the database.</summary>
    private async Task MakeRoomByNamesAsync(CancellationToken cancel)
    {
        if (protectedRanges is not { } kept)
        {
            return; // Nobody knows what is protected. What fits is recorded; nothing goes by guess.
        }

        var clips = log.RecentClips;
        var now = time.GetUtcNow();
        var oldest = await Task.Run(
            () => SegmentNames.Oldest(
                disk, AtOnce, now - Youngest, s => index.IsOpen(s) || kept.Any(r => r.CameraId == s.CameraId && r.From < s.End && r.To > s.Start),
                s => IsClip(s, clips)),
            cancel);
        var footage = totals.Select(t => Footage(
            t,
            [.. oldest.Where(s => s.CameraId == t.CameraId).Select(s => new FootagePiece(s, IsClip(s, clips) ? FootageClaim.Clip : FootageClaim.None, null))],
            null)).ToList();
        await DeleteAsync(RetentionPlan.Make(State(now, footage)), cancel);
    }

    private static bool IsClip(SegmentRecord s, IReadOnlyCollection<CameraEvent> clips) =>
        clips.Any(e => e.CameraId == s.CameraId && e.ClipFrom < s.End && (e.ClipTo ?? e.Until) > s.Start);

    private async Task DeleteAsync(RetentionSteps steps, CancellationToken cancel)
    {
        if (steps.Delete.Count > 0)
        {
            await recorder.DeleteAsync(steps.Delete, cancel);
            hold.NoteDeleted(steps.OutOfTurn);
            LogDeleted(logger, steps.Delete.Count);
        }

        foreach (var (cameraId, bytes) in hold.Put(steps.Held))
        {
            trouble.Tell(cameraId, EventKind.ServerTrouble, time.GetUtcNow(), camera => string.Create(
                CultureInfo.InvariantCulture,
                $"More than half of the footage of {camera} would be deleted at once ({bytes / 1e9:0.0} GB). It waits until somebody agrees, on the page of recording times."));
        }

        if (steps.Lacking > 0)
        {
            LogNoRoom(logger, steps.Lacking);
        }
    }

    private CameraFootage Footage(CameraTotal total, IReadOnlyList<FootagePiece> oldest, long? maxBytes) => new()
    {
        CameraId = total.CameraId,
        HouseholdId = total.HouseholdId,
        Bytes = total.Bytes,
        KeptFor = Hours(cameras.Find(total.CameraId)?.RetentionHours ?? options.Value.KeepHours),
        ClipsKeptFor = Hours(cameras.Find(total.CameraId)?.RetentionHours ?? 0),
        MaxBytes = maxBytes,
        Oldest = oldest,
        DeletedLately = hold.DeletedLately(total.CameraId),
        Agreed = hold.IsAgreed(total.CameraId),
    };

    private static TimeSpan? Hours(int hours) => hours == 0 ? null : TimeSpan.FromHours(hours);

    private RetentionState State(DateTimeOffset now, IReadOnlyList<CameraFootage> footage) => new()
    {
        Now = now,
        SweptUntil = sweptUntil,
        Cameras = footage,
        HouseholdBytes = new Dictionary<long, long>(),
        ServerBytes = null,
        FreeBytes = FreeBytes,
        FloorBytes = options.Value.FreeBytes,
    };

    /// <summary>A clock that was set, or a server that was off for long, makes much due at once: that is not the ordinary course of things.</summary>
    private void NoticeJumps(DateTimeOffset now)
    {
        var jumped = last is { } before
            ? (now - before.Wall - time.GetElapsedTime(before.Monotonic)).Duration() > Jump
            : sweptUntil is not { } swept || (now - swept).Duration() > LongPause;
        last = (now, time.GetTimestamp());
        sweptUntil = jumped ? null : sweptUntil;
    }

    private string Mark => Path.Combine(paths.Data, "retention-swept");

    private DateTimeOffset? ReadMark()
    {
        try
        {
            return DateTimeOffset.TryParse(File.ReadAllText(Mark), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var at) ? at : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void WriteMark(DateTimeOffset at)
    {
        try
        {
            PrivateFile.Write(Mark, Encoding.ASCII.GetBytes(at.ToString("O", CultureInfo.InvariantCulture)));
        }
        catch (IOException)
        {
            // On a full disk. Without the mark the next start asks before it deletes much.
        }
    }

    [LoggerMessage(EventId = 1320, Level = LogLevel.Information, Message = "{Count} pieces of footage were deleted: past their time, or to make room.")]
    private static partial void LogDeleted(ILogger logger, int count);

    [LoggerMessage(EventId = 1321, Level = LogLevel.Error, Message = "No room could be made on the disk ({Failure}).")]
    private static partial void LogFailed(ILogger logger, string failure);

    [LoggerMessage(EventId = 1322, Level = LogLevel.Warning, Message = "The disk lacks {Bytes} bytes of room, and no footage is left that may go.")]
    private static partial void LogNoRoom(ILogger logger, long bytes);
}
