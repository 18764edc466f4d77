using Microsoft.Extensions.Options;
using Npgsql;
using Vigil.Media.Recording;
using Vigil.Server.Database;
using Vigil.Server.Events;
using Vigil.Server.Hosting;

namespace Vigil.Server.Recordings;

/// <summary>Section <c>Recordings</c>.</summary>
public sealed class RecordingOptions
{
    public const string Section = "Recordings";

    /// <summary>Free space that recordings leave on their disk, in bytes. Default 2 GB; below it the oldest footage goes.</summary>
    // Room for the database to go on, and for twenty cameras to record for some minutes while old footage is deleted.
    public long FreeBytes { get; set; } = 2L * 1024 * 1024 * 1024;

    /// <summary>Set aside, to be given back when the disk is full all the same, so that open files can be finished. Default 64 MB; 0 for none.</summary>
    public long ReserveBytes { get; set; } = 64 * 1024 * 1024;
}

/// <summary>How much has to go. Pure.</summary>
public static class RoomPlan
{
    /// <summary>The first of <paramref name="candidates"/> (worst loss last) that together bring <paramref name="free"/> up to <paramref name="wanted"/>.</summary>
    public static IReadOnlyList<SegmentRecord> Choose(long free, long wanted, IReadOnlyList<SegmentRecord> candidates)
    {
        var chosen = new List<SegmentRecord>();
        foreach (var segment in candidates)
        {
            if (free >= wanted)
            {
                break;
            }

            chosen.Add(segment);
            free += segment.Bytes;
        }

        return chosen;
    }
}

/// <summary>
/// Keeps the disk from filling up: deletes footage, what belongs to no event first, oldest first. Never what is being written. While the
/// database is away the names of the files say what is old and memory says what an event needs; the index hears of it when it is back.
/// </summary>
public sealed partial class DiskRoom(
    Recorder recorder, ISegmentDisk disk, SegmentTable table, SegmentIndex index, EventLog log, IOptions<RecordingOptions> options, DatabaseState state,
    LoopOwner owner, Pulses pulses, TimeProvider time, ILogger<DiskRoom> logger) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Youngest = TimeSpan.FromMinutes(5);
    private const int AtOnce = 200;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var pulse = pulses.Register("room on the disk", TimeSpan.FromMinutes(2));
        using var timer = new PeriodicTimer(LookEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                pulse.Beat();
                try
                {
                    if (owner.IsOwner && disk.FreeBytes is var free && free < options.Value.FreeBytes)
                    {
                        var oldest = await OldestAsync(time.GetUtcNow() - Youngest, stoppingToken);
                        var chosen = RoomPlan.Choose(free, options.Value.FreeBytes, oldest);
                        await recorder.DeleteAsync(chosen, stoppingToken);
                        LogDeleted(logger, chosen.Count);
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

    private async Task<IReadOnlyList<SegmentRecord>> OldestAsync(DateTimeOffset before, CancellationToken cancel)
    {
        if (state.IsAvailable)
        {
            try
            {
                return await table.OldestAsync(AtOnce, before, cancel);
            }
            catch (NpgsqlException failure)
            {
                LogNoIndex(logger, failure.GetType().Name); // Gone a moment ago: the disk does not wait for it.
            }
        }

        var clips = log.RecentClips;
        return await Task.Run(
            () => SegmentNames.Oldest(
                disk, AtOnce, before, index.IsOpen,
                s => clips.Any(e => e.CameraId == s.CameraId && e.ClipFrom < s.End && (e.ClipTo ?? e.Until) > s.Start)),
            cancel);
    }

    [LoggerMessage(EventId = 1322, Level = LogLevel.Debug, Message = "Making room without the index ({Failure}).")]
    private static partial void LogNoIndex(ILogger logger, string failure);

    [LoggerMessage(EventId = 1320, Level = LogLevel.Warning, Message = "The disk is nearly full: {Count} of the oldest recordings are deleted.")]
    private static partial void LogDeleted(ILogger logger, int count);

    [LoggerMessage(EventId = 1321, Level = LogLevel.Error, Message = "No room could be made on the disk ({Failure}).")]
    private static partial void LogFailed(ILogger logger, string failure);
}
