using Npgsql;
using Vigil.Media;
using Vigil.Server.Cameras;
using Vigil.Server.Database;
using Vigil.Server.Events;
using Vigil.Server.Hosting;

namespace Vigil.Server.Watchdog;

/// <summary>Looks at every camera once a second and makes events of silence and return.</summary>
public sealed partial class CameraWatch(
    CameraDirectory directory, CameraFeeds feeds, EventLog log, EventTable table, LoopOwner owner, Pulses pulses, TimeProvider time,
    ILogger<CameraWatch> logger) : BackgroundService
{
    private readonly Dictionary<int, (OfflineRule Rule, CameraEvent? Open)> watched = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        try
        {
            await owner.WaitUntilOwnerAsync(stoppingToken);
            await directory.Loaded.WaitAsync(stoppingToken);
            await RememberAsync(stoppingToken);
            using var pulse = pulses.Register("watch over cameras", TimeSpan.FromSeconds(30));
            do
            {
                pulse.Beat();
                if (owner.IsOwner)
                {
                    LookAtAll();
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>What was open when the server stopped: noises have ended, cameras may still be away.</summary>
    private async Task RememberAsync(CancellationToken cancel)
    {
        await log.SpoolFiled.WaitAsync(cancel);
        while (true)
        {
            try
            {
                await table.CloseLeftOpenAsync(log.RecentIds, cancel); // By id: the clock may be behind that of the run before.
                foreach (var open in await table.OpenAsync(EventKind.CameraOffline, cancel))
                {
                    if (open.CameraId is { } camera)
                    {
                        watched[camera] = (new OfflineRule(openFromBefore: true), open);
                    }
                }

                return;
            }
            catch (NpgsqlException failure)
            {
                LogNotRead(logger, failure.GetType().Name);
                await Task.Delay(TimeSpan.FromSeconds(1), time, cancel);
            }
        }
    }

    private void LookAtAll()
    {
        var now = time.GetUtcNow();
        foreach (var camera in directory.All)
        {
            var (rule, open) = watched.TryGetValue(camera.Id, out var known) ? known : (new OfflineRule(openFromBefore: false), null);
            var status = feeds.Find(camera.Id)?.Status;
            var lastMedia = status is { State: FeedState.Live } ? now : status?.LastFrameAt;
            var next = rule.Look(now, expected: camera is { Paused: false, IsAwaited: false, IsPeer: false }, lastMedia) switch
            {
                OfflineStep.Lost => Lost(camera, status, now),
                OfflineStep.Back => Over(camera, open, now, back: true),
                OfflineStep.Excused => Over(camera, open, now, back: false),
                _ => open,
            };
            watched[camera.Id] = (rule, next);
        }

        foreach (var gone in watched.Keys.Where(id => directory.Find(id) is null).ToList())
        {
            Close(watched[gone].Open, now);
            watched.Remove(gone);
        }
    }

    private CameraEvent Lost(Camera camera, FeedStatus? status, DateTimeOffset now) => log.Observe(new Observation
    {
        HouseholdId = camera.HouseholdId,
        CameraId = camera.Id,
        Kind = EventKind.CameraOffline,
        From = status?.LastFrameAt is { } last && now - last < TimeSpan.FromHours(1) ? last : now,
        To = now,
        GoesOn = true,
        Detail = status?.Detail is { Length: > 0 } why ? Shorten(why) : "No picture and no sound.",
    });

    private CameraEvent? Over(Camera camera, CameraEvent? open, DateTimeOffset now, bool back)
    {
        Close(open, now);
        if (back)
        {
            log.Observe(new Observation
            {
                HouseholdId = camera.HouseholdId,
                CameraId = camera.Id,
                Kind = EventKind.CameraOnline,
                From = now,
                To = now,
                Detail = open is null ? null : $"Back after {Words(now - open.StartedAt)}.",
            });
        }

        return null;
    }

    private void Close(CameraEvent? open, DateTimeOffset now)
    {
        if (open is null)
        {
            return;
        }

        if (log.FindRecent(open.HouseholdId, open.Id) is null)
        {
            log.Recall(open);
        }

        var end = open.StartedAt < now ? now : open.StartedAt; // The clock may have been set back.
        log.Amend(open.Id, e => e with { Until = end, EndedAt = end });
    }

    internal static string Words(TimeSpan away) =>
        away < TimeSpan.FromMinutes(2) ? $"{(int)away.TotalSeconds} seconds"
        : away < TimeSpan.FromHours(2) ? $"{(int)away.TotalMinutes} minutes"
        : away < TimeSpan.FromDays(2) ? $"{(int)away.TotalHours} hours"
        : $"{(int)away.TotalDays} days";

    private static string Shorten(string text) => StoredText.Cut(text, 500);

    [LoggerMessage(EventId = 1401, Level = LogLevel.Warning, Message = "Open events could not be read ({Failure}).")]
    private static partial void LogNotRead(ILogger logger, string failure);
}
