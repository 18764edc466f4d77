using Vigil.Protocols.Codecs;

namespace Vigil.Media.Ingest;

/// <summary>
/// Places the RTP clocks of one session on the feed's media timeline (docs/design/time.md). A track's first unit is anchored at its
/// arrival; from there the camera's own clock counts, so that network jitter does not reach the timestamps. Drift against our clock
/// is taken out slowly; a jump of the camera's clock starts a new anchor. When both tracks have sender reports, sound follows the
/// picture by them.
/// </summary>
internal sealed class ClockMap
{
    /// <summary>Two tracks of one camera are never further apart than this; a report that says so is wrong.</summary>
    private const long SaneSkew = 2 * TimeSpan.TicksPerSecond;

    /// <param name="shared">One clock behind both tracks, as in a transport stream.</param>
    public ClockMap(bool shared)
    {
        Audio = shared ? Video : new TrackClock();
    }

    public TrackClock Video { get; } = new();

    public TrackClock Audio { get; }

    /// <summary>An RTCP sender report: <paramref name="timestamp"/> on the extended RTP clock was sampled at the camera's time.</summary>
    public void SenderReported(TrackKind kind, long timestamp, DateTimeOffset cameraTime)
    {
        (kind == TrackKind.Video ? Video : Audio).NoteReport(timestamp, cameraTime);
        if (Video.ReportedOffset is not { } video || Audio.ReportedOffset is not { } audio)
        {
            return;
        }

        // Offset = media time less camera time. Equal offsets are lip sync.
        var skew = video - audio;
        if (Math.Abs(skew) <= SaneSkew)
        {
            Audio.Follow(skew);
        }
    }
}

/// <summary>One track's clock. Ticks are 100 ns; "late" means arrival less media time.</summary>
internal sealed class TrackClock
{
    /// <summary>Smaller steps than this are frames; larger ones that the arrival does not confirm are a clock that was set.</summary>
    private const long JumpForward = 2 * TimeSpan.TicksPerSecond;

    /// <summary>B-frames step back by up to 16 frames; at 25 fps that is 0.64 s.</summary>
    private const long JumpBack = TimeSpan.TicksPerSecond;
    private const long JumpTolerance = 2 * TimeSpan.TicksPerSecond;

    /// <summary>A server may send its whole cached group of pictures at once; further ahead than this is no group.</summary>
    private const long FurthestAhead = 15 * TimeSpan.TicksPerSecond;

    /// <summary>Longer than a stalled network's backlog takes to drain, short against any drift.</summary>
    private const long Window = 10 * TimeSpan.TicksPerSecond;

    /// <summary>Late by this for a whole window: the camera's clock lost time for good.</summary>
    private const long LostTime = 2 * TimeSpan.TicksPerSecond;

    /// <summary>Errors below this are left alone: half a frame, and less than lips need.</summary>
    private const long DeadBand = 20 * TimeSpan.TicksPerMillisecond;

    /// <summary>Fastest correction: 1/500, four times the drift of the worst crystal and inaudible.</summary>
    private const long SlewDivisor = 500;

    private int rate = 90_000;
    private long anchorTimestamp;
    private long anchorTicks;
    private long lastTimestamp;
    private long lastArrival;
    private long windowStart;
    private long windowMin;
    private long slew;
    private long? reportedCameraTicks;
    private long reportedTimestamp;
    private bool anchored;
    private bool follows;

    /// <summary>How often the camera's clock jumped.</summary>
    public int Jumps { get; private set; }

    /// <summary>How far media time runs ahead of arrival: after a burst of cached pictures, until the slew took it out.</summary>
    public TimeSpan Lead { get; private set; }

    /// <summary>Media time less camera time by the newest report; null without one.</summary>
    internal long? ReportedOffset => anchored && reportedCameraTicks is { } camera ? At(reportedTimestamp).Ticks - camera : null;

    /// <summary>Begins a session: the next unit is anchored anew.</summary>
    public void Reset(int clockRate)
    {
        rate = clockRate;
        anchored = false;
        follows = false;
        reportedCameraTicks = null;
        slew = 0;
        Lead = TimeSpan.Zero;
    }

    /// <summary>Takes note of a unit that arrived now. <paramref name="floor"/> is the earliest media time a new anchor may have.</summary>
    public void Observe(long timestamp, TimeSpan now, MediaTime floor)
    {
        var arrival = now.Ticks;
        if (!anchored)
        {
            Anchor(timestamp, arrival, floor);
            return;
        }

        var step = MediaTime.FromClock(timestamp - lastTimestamp, rate).Ticks;
        var jumped = step is > JumpForward or < -JumpBack && Math.Abs(step - (arrival - lastArrival)) > JumpTolerance;
        if (jumped || arrival - At(timestamp).Ticks < -FurthestAhead)
        {
            Jumps++;
            reportedCameraTicks = null;
            Anchor(timestamp, arrival, floor);
            return;
        }

        Slew(step);
        var late = arrival - At(timestamp).Ticks;
        windowMin = Math.Min(windowMin, late);
        if (-late > Lead.Ticks)
        {
            Lead = new TimeSpan(-late);
        }

        (lastTimestamp, lastArrival) = (timestamp, arrival);
        if (arrival - windowStart >= Window)
        {
            CloseWindow(timestamp, arrival, floor);
        }
    }

    /// <summary>The media time of an RTP timestamp near the newest one.</summary>
    public MediaTime At(long timestamp) => new(anchorTicks + MediaTime.FromClock(timestamp - anchorTimestamp, rate).Ticks);

    internal void NoteReport(long timestamp, DateTimeOffset cameraTime)
    {
        reportedTimestamp = timestamp;
        reportedCameraTicks = cameraTime.Ticks;
    }

    /// <summary>Moves this track by <paramref name="skew"/> to meet the other: at once for the first report, slowly afterwards.</summary>
    internal void Follow(long skew)
    {
        if (follows)
        {
            slew = Math.Abs(skew) > DeadBand ? skew : 0;
            return;
        }

        follows = true;
        anchorTicks += skew;
        windowMin -= skew;
        slew = 0;
    }

    private void Anchor(long timestamp, long arrival, MediaTime floor)
    {
        anchored = true;
        anchorTimestamp = timestamp;
        anchorTicks = Math.Max(arrival, floor.Ticks);
        (lastTimestamp, lastArrival) = (timestamp, arrival);
        Lead = new TimeSpan(anchorTicks - arrival);
        slew = 0;
        OpenWindow(arrival);
    }

    private void OpenWindow(long arrival)
    {
        windowStart = arrival;
        windowMin = long.MaxValue;
    }

    private void CloseWindow(long timestamp, long arrival, MediaTime floor)
    {
        if (windowMin > LostTime)
        {
            Jumps++;
            Anchor(timestamp, arrival, floor);
            return;
        }

        Lead = new TimeSpan(Math.Max(0, -windowMin));
        if (!follows)
        {
            slew = Math.Abs(windowMin) > DeadBand ? windowMin : 0;
        }

        OpenWindow(arrival);
    }

    private void Slew(long step)
    {
        if (slew != 0 && step > 0)
        {
            var most = step / SlewDivisor;
            var now = Math.Clamp(slew, -most, most);
            anchorTicks += now;
            slew -= now;
        }
    }
}
