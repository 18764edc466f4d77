using Vigil.Media;
using Vigil.Media.Recording;
using Vigil.Server.Cameras;
using Vigil.Server.Database;
using Vigil.Server.Events;
using Vigil.Server.Hosting;

namespace Vigil.Server.Recordings;

/// <summary>
/// Gives every camera that is read a place at the recorder (its pre-roll runs), and holds the recording of those with an event that
/// wants footage, from its beginning until its end is on the disk, and of those that the book of recordings says. Only the owner of the
/// loops records.
/// </summary>
public sealed partial class CameraRecording(
    Recorder recorder, CameraDirectory directory, CameraFeeds feeds, EventLog log, SegmentIndex index, RecordingBook book, LoopOwner owner, Pulses pulses,
    TimeProvider time, ILogger<CameraRecording> logger) : BackgroundService
{
    /// <summary>The ring reaches further back than the pre-roll by what it takes to hear, decode and decide.</summary>
    private static readonly TimeSpan Hearing = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<int, Place> places = [];
    private readonly Dictionary<Guid, Held> held = [];
    private readonly Dictionary<Guid, (int CameraId, RecordingHold Hold)> booked = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var events = log.Changed.Listen(capacity: 1024);
        using var grown = index.Grown.Listen(capacity: 1024);
        using var cameras = directory.Changed.Listen(capacity: 16);
        using var recordings = book.Changed.Listen(capacity: 16);
        try
        {
            await owner.WaitUntilOwnerAsync(stoppingToken);
            using var pulse = pulses.Register("recording", TimeSpan.FromSeconds(30));
            while (true)
            {
                await ReconcileAsync();
                FollowBook();
                while (events.Items.TryRead(out var e))
                {
                    Follow(e);
                }

                while (grown.Items.TryRead(out var segment))
                {
                    MarkReady(segment);
                }

                Release();
                pulse.Beat();
                using var turn = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                await Task.WhenAny(
                    events.Items.WaitToReadAsync(turn.Token).AsTask(),
                    grown.Items.WaitToReadAsync(turn.Token).AsTask(),
                    cameras.Items.WaitToReadAsync(turn.Token).AsTask(),
                    recordings.Items.WaitToReadAsync(turn.Token).AsTask(),
                    Task.Delay(Turn, time, turn.Token));
                await turn.CancelAsync();
                stoppingToken.ThrowIfCancellationRequested();
                while (cameras.Items.TryRead(out _) || recordings.Items.TryRead(out _))
                {
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task ReconcileAsync()
    {
        foreach (var (id, place) in places.ToList())
        {
            if (!owner.IsOwner || directory.Find(id) is not { Paused: false } || !ReferenceEquals(feeds.Find(id), place.Feed))
            {
                places.Remove(id);
                Drop(id);
                await recorder.DetachAsync(id, directory.Find(id) is { Paused: true } ? SegmentEnd.Paused : SegmentEnd.Stopped);
            }
        }

        foreach (var camera in directory.All.Where(c => owner.IsOwner && !c.Paused))
        {
            var preRoll = TimeSpan.FromSeconds(camera.PreRollSeconds) + Hearing;
            if (feeds.Find(camera.Id) is { } feed && (!places.TryGetValue(camera.Id, out var place) || place.Recorder.PreRoll != preRoll)
                && !held.Values.Any(h => h.CameraId == camera.Id))
            {
                Drop(camera.Id); // What the book holds is held again at the new place, without a gap: it begins with the group of pictures.
                places[camera.Id] = new Place(feed, recorder.Attach(camera.Id, feed.Main, preRoll));
            }
        }
    }

    /// <summary>Holds what runs, and a little longer: pictures of its last moment are still on their way.</summary>
    private void FollowBook()
    {
        var wanted = book.Unfinished.Where(r => r.Kind != RecordingKind.Alert && (r.IsRunning || book.SinceEnd(r.Id) <= ClipHold.Lateness)).ToList();
        foreach (var (id, hold) in booked.Where(b => wanted.TrueForAll(r => r.Id != b.Key)).ToList())
        {
            booked.Remove(id);
            hold.Hold.Dispose();
        }

        foreach (var recording in wanted.Where(r => !booked.ContainsKey(r.Id)))
        {
            if (places.TryGetValue(recording.CameraId, out var place))
            {
                booked[recording.Id] = (recording.CameraId, place.Recorder.Hold(recording.From));
            }
        }
    }

    private void Follow(CameraEvent e)
    {
        if (e is not { CameraId: { } cameraId, ClipFrom: { } from })
        {
            return;
        }

        if (!held.TryGetValue(e.Id, out var hold))
        {
            if (ClipHold.IsPast(e, time.GetUtcNow()) || !places.TryGetValue(cameraId, out var place))
            {
                return;
            }

            hold = held[e.Id] = new Held(cameraId, place.Recorder.Hold(from), new ClipHold(time));
            book.Follow(e);
            LogHeld(logger, cameraId);
        }

        hold.StartedAt = e.StartedAt;
        hold.Ready = e.ClipReady;
        hold.ClipTo = e.ClipTo;
        hold.End.Follow(e);
    }

    /// <summary>The clip can be played once the noise itself is on the disk.</summary>
    private void MarkReady(SegmentRecord segment)
    {
        foreach (var (id, hold) in held.Where(h => h.Value.CameraId == segment.CameraId && !h.Value.Ready && h.Value.End.HasFootage(h.Value.StartedAt, segment.End)).ToList())
        {
            hold.Ready = true;
            log.Amend(id, e => e with { ClipReady = true });
        }
    }

    private void Release()
    {
        foreach (var (id, hold) in held.Where(h => h.Value.End.IsOver).ToList())
        {
            held.Remove(id);
            hold.Recording.Dispose();
            book.EndAt(id, hold.ClipTo);
        }
    }

    private void Drop(int cameraId)
    {
        foreach (var (id, hold) in booked.Where(b => b.Value.CameraId == cameraId).ToList())
        {
            booked.Remove(id);
            hold.Hold.Dispose();
        }

        foreach (var (id, hold) in held.Where(h => h.Value.CameraId == cameraId).ToList())
        {
            held.Remove(id);
            hold.Recording.Dispose();
            book.EndAt(id, hold.ClipTo);
        }
    }

    private sealed record Place(CameraFeed Feed, CameraRecorder Recorder);

    private sealed class Held(int cameraId, RecordingHold recording, ClipHold end)
    {
        public int CameraId => cameraId;

        public RecordingHold Recording => recording;

        public ClipHold End => end;

        public DateTimeOffset StartedAt { get; set; }

        public bool Ready { get; set; }

        public DateTimeOffset? ClipTo { get; set; }
    }

    [LoggerMessage(EventId = 1310, Level = LogLevel.Debug, Message = "Camera {CameraId} is recorded for an event.")]
    private static partial void LogHeld(ILogger logger, int cameraId);
}
