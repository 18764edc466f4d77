using Npgsql;
using Vigil.Server.Cameras;
using Vigil.Server.Database;
using Vigil.Server.Events;
using Vigil.Server.Hosting;

namespace Vigil.Server.Recordings;

/// <summary>
/// Keeps the book of recordings: begins and ends what the clock and the cameras' settings say, looks afterwards whether anything came, and
/// tells the table. What is held, <see cref="CameraRecording"/> does from the book.
/// </summary>
public sealed partial class RecordingKeeper(
    RecordingBook book, SegmentIndex segments, EventLog events, CameraDirectory directory, DatabaseState state, NpgsqlDataSource source, LoopOwner owner,
    Pulses pulses, TimeProvider time, ILogger<RecordingKeeper> logger) : BackgroundService
{
    /// <summary>Fewer of either is no recording.</summary>
    private const int LeastBytes = 1024;
    private const int LeastFrames = 11;

    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Reread = TimeSpan.FromSeconds(30);

    /// <summary>After its end: pictures come late, wait for the sync, and reach the index.</summary>
    private static readonly TimeSpan Settled = ClipHold.Lateness + TimeSpan.FromSeconds(3);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        book.Recall();
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Loops.RunAsync(stoppingToken, RereadAsync, KeepAsync, FileAsync);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task RereadAsync(CancellationToken cancel)
    {
        using var pulse = pulses.Register("list of recordings", TimeSpan.FromMinutes(2));
        while (true)
        {
            pulse.Rest(); // The database has its own watch.
            await state.WaitUntilAvailableAsync(cancel);
            pulse.Beat();
            try
            {
                await using var connection = await source.OpenConnectionAsync(cancel);
                await using (var listen = new NpgsqlCommand($"listen {RecordingTable.Bell}", connection))
                {
                    await listen.ExecuteNonQueryAsync(cancel);
                }

                while (true)
                {
                    await book.MergeAsync(cancel);
                    pulse.Beat();
                    await connection.WaitAsync(Reread, cancel);
                }
            }
            catch (Exception failure) when (failure is NpgsqlException or IOException or InvalidOperationException)
            {
                LogUnread(logger, failure.GetType().Name);
                await Task.Delay(Turn, time, cancel);
            }
        }
    }

    private async Task KeepAsync(CancellationToken cancel)
    {
        await owner.WaitUntilOwnerAsync(cancel);
        await directory.Loaded.WaitAsync(cancel);
        await CloseAlertsOfBeforeAsync(cancel);
        using var pulse = pulses.Register("keeping of recordings", TimeSpan.FromSeconds(30));
        using var changes = directory.Changed.Listen(capacity: 16);
        while (true)
        {
            pulse.Beat();
            if (owner.IsOwner)
            {
                foreach (var over in book.Tick())
                {
                    book.EndAt(over.Id, over.PlannedUntil);
                }

                FollowSettings();
                await FinishAsync(cancel);
            }

            using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            await Task.WhenAny(changes.Items.WaitToReadAsync(turn.Token).AsTask(), Task.Delay(Turn, time, turn.Token));
            await turn.CancelAsync();
            cancel.ThrowIfCancellationRequested();
            while (changes.Items.TryRead(out _))
            {
            }
        }
    }

    /// <summary>Their holds went with the process; the events say how far they reached.</summary>
    private async Task CloseAlertsOfBeforeAsync(CancellationToken cancel)
    {
        foreach (var alert in book.Unfinished.Where(r => r is { Kind: RecordingKind.Alert, IsRunning: true }))
        {
            CameraEvent? known = null;
            try
            {
                known = await events.FindAsync(alert.HouseholdId, alert.Id, cancel);
            }
            catch (NpgsqlException)
            {
                // Then as far as was written down.
            }

            book.EndAt(alert.Id, known?.ClipTo ?? known?.Until ?? alert.UpdatedAt);
        }
    }

    /// <summary>Cameras that are recorded always have a piece that runs; pieces end on the full hour, and with the setting.</summary>
    private void FollowSettings()
    {
        var unfinished = book.Unfinished;
        foreach (var orphan in unfinished.Where(r => directory.Find(r.CameraId) is null))
        {
            book.Forget(orphan.Id);
        }

        foreach (var piece in unfinished.Where(r => r is { Kind: RecordingKind.Continuous, IsRunning: true }))
        {
            if (directory.Find(piece.CameraId) is not { RecordAlways: true, Paused: false })
            {
                book.Stop(piece.Id);
            }
        }

        foreach (var camera in directory.All.Where(c => c is { RecordAlways: true, Paused: false, IsAwaited: false }))
        {
            if (!unfinished.Any(r => r.CameraId == camera.Id && r is { Kind: RecordingKind.Continuous, IsRunning: true }))
            {
                var now = time.GetUtcNow();
                // A piece that has just ended on the hour goes on in this one.
                var joined = unfinished.Where(r => r.CameraId == camera.Id && r.Kind == RecordingKind.Continuous && r.EndedAt is { } end
                    && end == r.PlannedUntil && end <= now && now - end < TimeSpan.FromSeconds(10)).Max(r => r.EndedAt);
                var from = joined ?? now;
                book.Start(
                    new RecordingStart { CameraId = camera.Id, Kind = RecordingKind.Continuous, From = from, PlannedUntil = NextHour(from) });
            }
        }
    }

    private async Task FinishAsync(CancellationToken cancel)
    {
        if (!state.IsAvailable || !segments.Compared.IsCompleted)
        {
            return; // What an earlier run recorded is not known yet.
        }

        foreach (var ended in book.Unfinished.Where(r => !r.IsRunning && book.SinceEnd(r.Id) > Settled))
        {
            var footage = (await segments.ReadAsync(
                ended.HouseholdId, [new SegmentRange(ended.CameraId, ended.From, ended.EndedAt!.Value)], wanted: true, cancel))[0];
            if (footage.Bytes >= LeastBytes && footage.Frames >= LeastFrames)
            {
                book.Finish(ended.Id, ended.Outcome, null);
            }
            else if (ended.Kind == RecordingKind.Continuous && footage.Ranges.Count == 0)
            {
                await DropAsync(ended, cancel);
            }
            else
            {
                book.Finish(ended.Id, RecordingStatus.Failed, WhyNothing(footage));
            }
        }
    }

    /// <summary>A camera that is away for a week leaves no list of empty hours.</summary>
    private async Task DropAsync(Recording piece, CancellationToken cancel)
    {
        try
        {
            await book.DeleteAsync(piece.HouseholdId, piece.Id, cancel);
        }
        catch (NpgsqlException)
        {
            // At the next turn.
        }
    }

    private async Task FileAsync(CancellationToken cancel)
    {
        using var pulse = pulses.Register("filing of recordings", TimeSpan.FromMinutes(1));
        using var changes = book.Changed.Listen(capacity: 16);
        while (true)
        {
            pulse.Beat();
            if (state.IsAvailable)
            {
                try
                {
                    foreach (var refused in await book.FileAsync(cancel))
                    {
                        LogRefused(logger, refused);
                    }
                }
                catch (Exception failure) when (failure is NpgsqlException or ArgumentException)
                {
                    LogNotFiled(logger, failure.GetType().Name);
                }
            }

            using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            await Task.WhenAny(changes.Items.WaitToReadAsync(turn.Token).AsTask(), Task.Delay(Turn, time, turn.Token));
            await turn.CancelAsync();
            cancel.ThrowIfCancellationRequested();
            while (changes.Items.TryRead(out _))
            {
            }
        }
    }

    internal static DateTimeOffset NextHour(DateTimeOffset now) => new(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerHour) + TimeSpan.TicksPerHour, TimeSpan.Zero);

    private static string WhyNothing(Footage footage) => footage.Gaps.Select(g => g.Reason).FirstOrDefault(GapReason.CameraGone) switch
    {
        GapReason.Paused => "The camera was paused.",
        GapReason.DiskFull => "The disk was full.",
        GapReason.DiskFailed => "The disk refused to be written to.",
        GapReason.TooSlow => "The disk was too slow.",
        GapReason.Restart or GapReason.Interrupted => "Vigil was not running.",
        _ => "The camera sent nothing.",
    };

    [LoggerMessage(EventId = 1330, Level = LogLevel.Warning, Message = "The list of recordings could not be read ({Failure}).")]
    private static partial void LogUnread(ILogger logger, string failure);

    [LoggerMessage(EventId = 1331, Level = LogLevel.Warning, Message = "Recordings could not be filed ({Failure}); they wait.")]
    private static partial void LogNotFiled(ILogger logger, string failure);

    [LoggerMessage(EventId = 1332, Level = LogLevel.Error, Message = "Recording {Id} is refused by the database and dropped.")]
    private static partial void LogRefused(ILogger logger, Guid id);
}
