using Vigil.Media.Bus;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.Recording;

/// <summary>What a camera's recording is doing.</summary>
public sealed record CameraRecorderStatus
{
    /// <summary>Somebody holds the camera.</summary>
    public required bool Wanted { get; init; }

    /// <summary>A segment is being written.</summary>
    public required bool Writing { get; init; }

    /// <summary>Why the last segment ended, and why nothing is written although it is wanted. <see cref="SegmentEnd.Open"/> before the first.</summary>
    public required SegmentEnd LastEnd { get; init; }

    /// <summary>Frames lost because the recorder was too slow.</summary>
    public required long Dropped { get; init; }

    /// <summary>Bytes of media in the pre-roll ring.</summary>
    public required long RingBytes { get; init; }

    /// <summary>Bytes written to segment files since attached.</summary>
    public required long BytesWritten { get; init; }
}

/// <summary>
/// One camera's place at the <see cref="Recorder"/>: pre-roll ring, holds, and the segment being written. Everything but
/// <see cref="Hold"/>, <see cref="Status"/> and the holds' release runs on the recorder's loop.
/// </summary>
#pragma warning disable CA1001 // Leave() is its end, on the loop's thread; the recorder owns it, callers must not.
public sealed class CameraRecorder
#pragma warning restore CA1001
{
    private readonly Lock gate = new();
    private readonly List<RecordingHold> holds = [];
    private readonly MediaBus bus;
    private readonly Subscription frames;
    private readonly SegmentWork work;
    private readonly FrameRing ring;
    private readonly RecordableSound sound;
    private readonly RecorderOptions options;
    private readonly TimeProvider time;
    private SegmentWriter? segment;
    private MediaTime? newest;
    private TimeSpan pace;
    private MediaTime lastVideo;
    private long lastArrival;
    private long seenDrops;
    private MediaTime writtenUntil;
    private SegmentEnd lastEnd;
    private long bytesWritten;

    internal CameraRecorder(int cameraId, MediaBus bus, TimeSpan preRoll, RecorderOptions options, TimeProvider time, SegmentWork work)
    {
        CameraId = cameraId;
        PreRoll = preRoll;
        this.bus = bus;
        this.options = options;
        this.time = time;
        this.work = work;
        ring = new FrameRing(preRoll, options.RingBytes);
        sound = new RecordableSound(bus);
        lastArrival = time.GetTimestamp();
        // About 10 s: 60 pictures and 94 frames of sound a second at most, 20 Mbit/s.
        frames = bus.Subscribe(new SubscriptionOptions
        {
            Name = "recorder",
            FromGroupStart = true,
            Capacity = 1500,
            CapacityBytes = 25 * 1024 * 1024,
        });
    }

    public int CameraId { get; }

    public TimeSpan PreRoll { get; }

    public CameraRecorderStatus Status => new()
    {
        Wanted = Wanted is not null,
        Writing = Volatile.Read(ref segment) is not null,
        LastEnd = lastEnd,
        Dropped = frames.Dropped,
        RingBytes = ring.Bytes,
        BytesWritten = Interlocked.Read(ref bytesWritten),
    };

    /// <summary>The earliest moment anybody asked for; null when nobody holds the camera.</summary>
    private DateTimeOffset? Wanted
    {
        get
        {
            lock (gate)
            {
                return holds.Count == 0 ? null : holds.Min(h => h.From);
            }
        }
    }

    /// <summary>
    /// Records from the key frame at or before <paramref name="from"/> (default: now − <see cref="PreRoll"/>, and no earlier than the ring
    /// reaches) until the hold is disposed. Several holds share the bytes.
    /// </summary>
    public RecordingHold Hold(DateTimeOffset? from = null)
    {
        var hold = new RecordingHold(from ?? time.GetUtcNow() - PreRoll, Release);
        lock (gate)
        {
            holds.Add(hold);
        }

        return hold;
    }

    /// <summary>Takes what the camera sent and, while it is held, writes it. Throws when the disk does.</summary>
    internal void Step(bool mayWrite, bool cutAll)
    {
        var wanted = Wanted;
        if (wanted is null && segment is not null)
        {
            Drain();
            Finish(SegmentEnd.Released);
        }

        if (segment is null && mayWrite && wanted is { } early)
        {
            StartFromRing(early); // Before a gap among the new frames empties the ring.
        }

        Drain();
        if (segment is null && mayWrite && wanted is { } from)
        {
            StartFromRing(from);
        }

        if (segment is null)
        {
            return;
        }

        if (time.GetElapsedTime(lastArrival) > GapThreshold)
        {
            Break(SegmentEnd.CameraGone);
            return;
        }

        work.Write(segment, writer => writer.Cut(cutAll));
    }

    /// <summary>Ends the segment, if there is one. Where the next follows at once, an unfinished packet of sound belongs to that.</summary>
    internal void Finish(SegmentEnd ended, bool goesOn = false)
    {
        if (!goesOn)
        {
            sound.Dispose();
        }

        if (segment is not { } ending)
        {
            return;
        }

        segment = null;
        lastEnd = ended;
        try
        {
            work.Write(ending, writer => writer.Finish(ended));
        }
        catch (IOException)
        {
            ending.Abandon(ended);
            throw;
        }
        finally
        {
            NoteWritten(ending);
            work.Finished(ending);
        }
    }

    /// <summary>Ends the segment where it stands, without writing another byte.</summary>
    internal void Abandon(SegmentEnd ended)
    {
        sound.Dispose();
        lastEnd = ended;
        if (segment is { } ending)
        {
            segment = null;
            ending.Abandon(ended);
            NoteWritten(ending);
            work.Finished(ending);
        }
    }

    /// <summary>The loop finishes and forgets this camera.</summary>
    internal void Leave(SegmentEnd ended)
    {
        try
        {
            if (segment is not null)
            {
                Drain();
            }

            Finish(Wanted is null ? SegmentEnd.Released : ended);
        }
        finally
        {
            frames.Dispose();
            ring.Clear();
        }
    }

    private TimeSpan GapThreshold => pace * 4 > options.GapAfter ? pace * 4 : options.GapAfter;

    private void Drain()
    {
        while (frames.TryRead(out var frame))
        {
            var drops = frames.Dropped;
            if (drops != seenDrops)
            {
                seenDrops = drops;
                Break(SegmentEnd.Overrun);
            }
            else if (newest is { } last && frame.Dts - last > GapThreshold)
            {
                Break(SegmentEnd.CameraGone);
            }

            Measure(frame);
            ring.Add(frame, bus.Video is not null);
            if (segment is not null)
            {
                Feed(frame);
            }
        }
    }

    /// <summary>What follows does not join what was.</summary>
    private void Break(SegmentEnd reason)
    {
        ring.Clear();
        pace = default;
        Finish(reason);
    }

    private void Measure(MediaFrame frame)
    {
        lastArrival = time.GetTimestamp();
        if (frame.Kind == TrackKind.Video)
        {
            // A camera of one picture in five seconds has no gaps of five seconds.
            var distance = frame.Dts - lastVideo;
            pace = lastVideo == MediaTime.Zero ? default : distance > TimeSpan.FromSeconds(30) ? pace : ((pace * 7) + distance) / 8;
            lastVideo = frame.Dts;
        }

        newest = newest is { } last && last > frame.Dts ? last : frame.Dts;
    }

    private void StartFromRing(DateTimeOffset from)
    {
        // Not again what the segment before has, but for the group of pictures that makes the new one playable.
        var start = ring.FindStart(from, writtenUntil);
        for (var i = start; i >= 0 && i < ring.Count; i++)
        {
            Feed(ring[i]);
        }
    }

    private void Feed(MediaFrame frame)
    {
        if (frame.Format.Codec is Codec.PcmA or Codec.PcmU)
        {
            // Without a segment, sound waits for the picture that opens the file.
            if (segment is not null || bus.Video is null)
            {
                sound.Transcode(frame, FeedRecordable);
            }
        }
        else if (RecordableSound.IsRecordable(frame.Format))
        {
            FeedRecordable(frame);
        }
    }

    private void FeedRecordable(MediaFrame frame)
    {
        var isVideo = frame.Kind == TrackKind.Video;
        var mayStart = isVideo ? frame.IsKeyFrame : bus.Video is null;
        if (segment is null)
        {
            if (!mayStart)
            {
                return;
            }

            Begin(frame);
        }
        else if (mayStart && RollReason(frame) is { } reason)
        {
            Finish(reason, goesOn: true);
            Begin(frame);
        }

        var format = isVideo ? segment!.Video : segment!.Audio;
        if (ReferenceEquals(format, frame.Format) || frame.Format.Equals(format))
        {
            segment.Add(frame);
        }
    }

    private SegmentEnd? RollReason(MediaFrame frame)
    {
        var format = frame.Kind == TrackKind.Video ? segment!.Video : segment!.Audio;
        if (!frame.Format.Equals(format) || (frame.Kind == TrackKind.Video && !Equals(sound.Format, segment.Audio)))
        {
            return SegmentEnd.FormatChanged;
        }

        return segment.FirstDts is { } first && frame.Dts - first >= options.SegmentLength ? SegmentEnd.Continued : null;
    }

    private void Begin(MediaFrame frame) =>
        segment = frame.Kind == TrackKind.Video
            ? work.Open(CameraId, frame.Format, sound.Format)
            : work.Open(CameraId, null, frame.Format);

    private void NoteWritten(SegmentWriter ending)
    {
        if (ending.File is not null)
        {
            writtenUntil = ending.WrittenUntil > writtenUntil ? ending.WrittenUntil : writtenUntil;
            Interlocked.Add(ref bytesWritten, ending.ToRecord().Bytes);
        }
    }

    private void Release(RecordingHold hold)
    {
        lock (gate)
        {
            holds.Remove(hold);
        }
    }
}

/// <summary>While it lives, its camera is recorded. Dispose it to stop; recording ends when the last one is gone.</summary>
public sealed class RecordingHold : IDisposable
{
    private Action<RecordingHold>? release;

    internal RecordingHold(DateTimeOffset from, Action<RecordingHold> release)
    {
        From = from;
        this.release = release;
    }

    /// <summary>From when on was asked for.</summary>
    public DateTimeOffset From { get; }

    public void Dispose() => Interlocked.Exchange(ref release, null)?.Invoke(this);
}
