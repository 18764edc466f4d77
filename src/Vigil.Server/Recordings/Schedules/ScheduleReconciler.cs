using System.Globalization;
using Npgsql;
using Vigil.Server.Cameras;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Recordings.Schedules;

/// <summary>
/// Makes what is recorded what schedules want, once a second, on the server that owns the loops. Keeps no plan: after a restart, a set clock
/// or an edit the next second puts it right. Somebody who ends a scheduled recording by hand has ended it until its next start.
/// </summary>
public sealed partial class ScheduleReconciler(
    ScheduleDirectory schedules, RecordingBook book, CameraDirectory cameras, LoopOwner owner, DatabaseState state, Pulses pulses, TimeProvider time,
    ILogger<ScheduleReconciler> logger) : BackgroundService
{
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);

    /// <summary>What begins this soon after its start begins with it: the pre-roll bridges the second until we look.</summary>
    private static readonly TimeSpan Punctual = TimeSpan.FromSeconds(5);

    /// <summary>A recording that ended this much before its plan was ended by somebody.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(1);

    private HashSet<(Guid Schedule, DateTimeOffset Edited, DateTimeOffset Start)> declined = [];
    private DateTimeOffset tidiedAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await owner.WaitUntilOwnerAsync(stoppingToken);
            await cameras.Loaded.WaitAsync(stoppingToken);
            await schedules.Loaded.WaitAsync(stoppingToken);
            using var pulse = pulses.Register("schedules", TimeSpan.FromSeconds(30));
            using var timer = new PeriodicTimer(Turn, time);
            do
            {
                pulse.Beat();
                if (owner.IsOwner)
                {
                    await ReconcileAsync(time.GetUtcNow(), stoppingToken);
                    await TidyAsync(time.GetUtcNow(), stoppingToken);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task ReconcileAsync(DateTimeOffset now, CancellationToken cancel)
    {
        var running = book.Unfinished.Where(r => r is { IsRunning: true, Kind: RecordingKind.Scheduled, ScheduleId: not null })
            .Select(r => new RunningScheduled(r.Id, r.ScheduleId!.Value, r.CameraId, r.From, r.PlannedUntil)).ToList();
        var steps = ReconcilePlan.Make(schedules.All, schedules.ZoneOf, id => cameras.Find(id) is not null, running, now);
        foreach (var id in steps.End)
        {
            if (running.Exists(r => r.Id == id && (r.PlannedUntil is null || r.PlannedUntil > now)))
            {
                book.Plan(id, now); // An end by plan, not by hand: the book does the rest.
            }
        }

        foreach (var (id, until) in steps.Move)
        {
            book.Plan(id, until);
        }

        var still = new HashSet<(Guid, DateTimeOffset, DateTimeOffset)>();
        foreach (var (schedule, range) in steps.Begin)
        {
            var key = (schedule.Id, schedule.UpdatedAt, range.Start);
            if (declined.Contains(key) || await WasEndedByHandAsync(schedule, range, cancel))
            {
                still.Add(key);
            }
            else
            {
                Begin(schedule, range, now);
            }
        }

        declined = still;
    }

    private void Begin(RecordingSchedule schedule, ScheduledRange range, DateTimeOffset now)
    {
        var started = book.Start(
            new RecordingStart
            {
                CameraId = schedule.CameraId,
                Kind = RecordingKind.Scheduled,
                Name = NameOf(schedule, range, schedules.ZoneOf(schedule.HouseholdId)),
                ScheduleId = schedule.Id,
                From = now - range.Start < Punctual ? range.Start : now,
                PlannedUntil = range.End,
            });
        if (started is not null)
        {
            LogBegun(logger, schedule.CameraId, range.End);
        }
    }

    /// <summary>One of this range, after the last edit of the schedule. While the database is away: as far as memory knows.</summary>
    private async Task<bool> WasEndedByHandAsync(RecordingSchedule schedule, ScheduledRange range, CancellationToken cancel)
    {
        var before = await book.ListAsync(
            schedule.HouseholdId,
            new RecordingFilter { Cameras = [schedule.CameraId], Kinds = [RecordingKind.Scheduled], From = range.Start, To = range.End, Limit = 200 },
            cancel);
        return before.Any(r => r.ScheduleId == schedule.Id && r.EndedAt is { } ended && ended > schedule.UpdatedAt && ended < r.PlannedUntil - Early);
    }

    /// <summary>A schedule for once that is over is switched off.</summary>
    private async Task TidyAsync(DateTimeOffset now, CancellationToken cancel)
    {
        if ((now - tidiedAt).Duration() < TimeSpan.FromMinutes(1) || !state.IsAvailable)
        {
            return;
        }

        tidiedAt = now;
        try
        {
            foreach (var over in schedules.All.Where(s => s is { IsActive: true, Type: ScheduleType.Once }
                && ScheduleRule.Over(s, schedules.ZoneOf(s.HouseholdId)) < now).ToList())
            {
                await schedules.ChangeAsync(over.HouseholdId, over.Id, s => s with { IsActive = false }, cancel);
            }
        }
        catch (NpgsqlException failure)
        {
            LogNotTidied(logger, failure.GetType().Name);
        }
    }

    internal static string NameOf(RecordingSchedule schedule, ScheduledRange range, TimeZoneInfo zone)
    {
        var name = StoredText.Cut(schedule.Name, 200);
        var at = LocalClock.At(zone, range.Start).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        return $"SCHEDULED - {name} - {at}{(schedule.Type == ScheduleType.Continuous ? " - Continuous" : "")}";
    }

    [LoggerMessage(EventId = 1341, Level = LogLevel.Information, Message = "Camera {CameraId} is recorded by schedule until {Until:u}.")]
    private static partial void LogBegun(ILogger logger, int cameraId, DateTimeOffset until);

    [LoggerMessage(EventId = 1342, Level = LogLevel.Debug, Message = "A schedule that is over could not be switched off ({Failure}).")]
    private static partial void LogNotTidied(ILogger logger, string failure);
}
