using Vigil.Media.Bus;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.Ingest;

/// <summary>
/// Where an ingest puts what it reads: gives units their place on the feed's timeline, keeps each track's decoding times rising over
/// sessions, counts, and publishes. Lives as long as the stream; one ingest at a time writes to it.
/// </summary>
internal sealed class StreamSink(MediaBus bus, FeedClock clock)
{
    /// <summary>Spaces frames where a new anchor would touch the last frame of the session before.</summary>
    private static readonly TimeSpan SmallestStep = TimeSpan.FromMilliseconds(1);

    private readonly TrackSink video = new();
    private readonly TrackSink audio = new();
    private long lastUnitTicks = -1;
    private long lastEverTicks = -1;
    private long lastVideoTicks = -1;
    private long lastSoundTicks = -1;
    private long frames;
    private long bytes;
    private long lostPackets;
    private int session;
    private long watchedSince;
    private bool pictureExpected;
    private bool soundExpected;
    private bool firstSeen;

    public FeedClock Clock => clock;

    public MediaBus Bus => bus;

    /// <summary>Counts sessions that delivered a unit; a status is due when it changes.</summary>
    public int Sessions => Volatile.Read(ref session);

    public long Frames => Interlocked.Read(ref frames);

    public long Bytes => Interlocked.Read(ref bytes);

    public long LostPackets
    {
        get => Interlocked.Read(ref lostPackets);
        set => Interlocked.Exchange(ref lostPackets, value);
    }

    /// <summary>Feed time of the newest unit of this session; null before one came.</summary>
    public TimeSpan? LastUnitAt => Interlocked.Read(ref lastUnitTicks) is >= 0 and var ticks ? new TimeSpan(ticks) : null;

    /// <summary>As <see cref="LastUnitAt"/>, over all sessions.</summary>
    public TimeSpan? LastMediaAt => Interlocked.Read(ref lastEverTicks) is >= 0 and var ticks ? new TimeSpan(ticks) : null;

    /// <summary>As <see cref="LastUnitAt"/>, of video only.</summary>
    public TimeSpan? LastVideoAt => Interlocked.Read(ref lastVideoTicks) is >= 0 and var ticks ? new TimeSpan(ticks) : null;

    /// <summary>Feed time of the newest unit of sound, over all sessions.</summary>
    public TimeSpan? LastSoundAt => Interlocked.Read(ref lastSoundTicks) is >= 0 and var ticks ? new TimeSpan(ticks) : null;

    /// <summary>The session announced sound, or has brought some.</summary>
    public bool SoundExpected => Volatile.Read(ref soundExpected);

    /// <summary>When something came that shows the session is well: video where there is video, else any unit; at first its beginning.</summary>
    public TimeSpan LastWatched => new(Math.Max(
        Interlocked.Read(ref watchedSince), Interlocked.Read(ref Volatile.Read(ref pictureExpected) ? ref lastVideoTicks : ref lastUnitTicks)));

    /// <summary>The kind of picture that the camera sends and Vigil cannot carry; empty when there is none.</summary>
    public string Unshown { get; set; } = "";

    /// <summary>The clocks of the running session.</summary>
    public ClockMap Clocks { get; private set; } = new(shared: false);

    /// <summary>Completes with the first published unit of the session: a key frame, or sound where there is no video.</summary>
    public Action? FirstUnit { get; set; }

    /// <summary>A measurement was finished or a format changed.</summary>
    public Action? FactsChanged { get; set; }

    public StreamFacts? Video => video.Facts;

    public StreamFacts? Audio => audio.Facts;

    /// <summary>An attempt begins: from here on silence counts.</summary>
    public void Watch(TimeSpan since)
    {
        Interlocked.Exchange(ref lastUnitTicks, -1);
        Interlocked.Exchange(ref lastVideoTicks, -1);
        Interlocked.Exchange(ref watchedSince, since.Ticks);
    }

    /// <summary>
    /// Begins a session. The tracks' clock rates are those of the ingest, 0 where it has no such track.
    /// With <paramref name="sharedClock"/> one clock of one rate stands behind both.
    /// </summary>
    public void Begin(int videoRate, int audioRate, bool sharedClock = false)
    {
        Clocks = new ClockMap(sharedClock);
        Clocks.Video.Reset(sharedClock ? audioRate : videoRate);
        Clocks.Audio.Reset(audioRate);
        video.Begin();
        audio.Begin();
        Volatile.Write(ref pictureExpected, videoRate > 0);
        Volatile.Write(ref soundExpected, audioRate > 0 && !sharedClock); // A transport stream's clock says nothing of its tracks.
        firstSeen = false;
    }

    /// <summary>Ends a session, so that nobody is shown an old picture as new.</summary>
    public void End()
    {
        if (Volatile.Read(ref pictureExpected))
        {
            bus.ClearGroup(); // Sound that comes by an address of its own must not take the other's pictures along.
        }
    }

    public void Announce(TrackFormat format) => bus.Announce(format);

    /// <summary>
    /// One unit that arrived at <paramref name="now"/> (feed time). <paramref name="timestamp"/> is its presentation time on the
    /// ingest's clock; <paramref name="decode"/> its decoding time where the container knows it.
    /// </summary>
    public void Push(TrackFormat format, long timestamp, long? decode, bool isKeyFrame, ReadOnlyMemory<byte> payload, TimeSpan now)
    {
        var isVideo = format.Kind == TrackKind.Video;
        var track = isVideo ? video : audio;
        Interlocked.Exchange(ref lastUnitTicks, now.Ticks);
        Interlocked.Exchange(ref lastEverTicks, now.Ticks);
        if (isVideo)
        {
            Interlocked.Exchange(ref lastVideoTicks, now.Ticks);
        }
        else
        {
            Interlocked.Exchange(ref lastSoundTicks, now.Ticks);
            Volatile.Write(ref soundExpected, true);
        }

        if (isVideo)
        {
            track.OrderBy(format);
        }

        var map = isVideo ? Clocks.Video : Clocks.Audio;
        var jumps = map.Jumps;
        map.Observe(decode ?? timestamp, now, track.LastDts + SmallestStep);
        if (jumps != map.Jumps)
        {
            track.Order.Reset();
        }

        var order = decode ?? (isVideo ? track.Order.Next(timestamp) : timestamp);
        if (isVideo && !track.KeySeen && !isKeyFrame)
        {
            return; // What came before the first key frame of a session refers to pictures nobody has.
        }

        var pts = map.At(timestamp);
        var dts = order == timestamp ? pts : map.At(order);
        if (dts <= track.LastDts)
        {
            dts = new MediaTime(track.LastDts.Ticks + 1);
        }

        if (!isVideo || pts < MediaTime.Zero)
        {
            pts = dts > pts ? dts : pts;
        }

        track.LastDts = dts;
        track.KeySeen |= isKeyFrame;
        Interlocked.Increment(ref frames);
        Interlocked.Add(ref bytes, payload.Length);
        bus.Publish(new MediaFrame
        {
            Format = format,
            Pts = pts,
            Dts = dts,
            IsKeyFrame = isKeyFrame,
            WallClock = clock.WallClockAt(new TimeSpan(pts.Ticks) - map.Lead),
            Payload = payload,
        });
        Count(track, format, dts, isKeyFrame, payload.Length, isVideo);
    }

    private void Count(TrackSink track, TrackFormat format, MediaTime dts, bool isKeyFrame, int length, bool isVideo)
    {
        var measured = track.Meter.Add(dts, isKeyFrame, length);
        var changed = !ReferenceEquals(track.Format, format);
        if (measured || changed || (isKeyFrame && isVideo))
        {
            changed &= track.Format is null || !track.Format.Equals(format);
            var before = track.Facts;
            track.Format = format;
            track.Facts = track.Meter.Describe(format);
            changed |= IsNews(before, track.Facts);
        }

        if (!firstSeen && (isVideo || !pictureExpected))
        {
            firstSeen = true;
            Interlocked.Increment(ref session);
            FirstUnit?.Invoke();
        }
        else if (changed)
        {
            FactsChanged?.Invoke();
        }
    }

    /// <summary>A first measurement, or one that differs by a tenth: worth telling people.</summary>
    private static bool IsNews(StreamFacts? before, StreamFacts now) =>
        Differs(before?.FramesPerSecond ?? 0, now.FramesPerSecond) || Differs(before?.KeyFrameIntervalSeconds ?? 0, now.KeyFrameIntervalSeconds);

    private static bool Differs(double before, double now) => Math.Abs(now - before) > 0.1 * Math.Max(before, now);

    private sealed class TrackSink
    {
        private TrackFormat? ordered;

        public DecodeOrder Order { get; private set; } = new(0, 3600);

        public TrackMeter Meter { get; } = new();

        public MediaTime LastDts { get; set; } = new(-1);

        public bool KeySeen { get; set; }

        public TrackFormat? Format { get; set; }

        public StreamFacts? Facts
        {
            get => Volatile.Read(ref field);
            set => Volatile.Write(ref field, value);
        }

        /// <summary>Takes the reordering that the parameter sets announce, so that B-frames have right decoding times from the first on.</summary>
        public void OrderBy(TrackFormat format)
        {
            if (!ReferenceEquals(ordered, format))
            {
                ordered = format;
                Order = VideoTiming.Of(format).ToDecodeOrder(format.ClockRate);
            }
        }

        public void Begin()
        {
            ordered = null;
            Meter.Restart();
            KeySeen = false;
        }
    }
}
