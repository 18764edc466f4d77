using Vigil.Media;
using Vigil.Media.Decoding;
using Vigil.Media.Live;
using Vigil.Perception.Vision;
using Vigil.Server.Cameras;
using Vigil.Server.Events;

namespace Vigil.Server.Detection.Motion;

/// <summary>How the watching for motion is, for people.</summary>
public enum MotionState
{
    Off,

    /// <summary>No picture has come yet.</summary>
    Waiting,
    Watching,

    /// <summary>The machine has no time for it: live pictures take it all.</summary>
    Busy,

    /// <summary>There is no sub-stream that is small enough, and whole pictures come too seldom.</summary>
    TooSparse,

    /// <summary>The decoder breaks; it is tried again.</summary>
    Broken,
}

/// <summary>What is decoded for it.</summary>
public enum MotionSource
{
    SubStream,
    KeyFrames,
}

/// <summary>The newest sight of an eye, with its moment.</summary>
internal sealed record MotionNow(MotionSight Sight, DateTimeOffset At, MotionSource Source);

/// <summary>What every eye needs.</summary>
internal sealed record EyeSurroundings(
    CameraDirectory Directory, MotionBook Book, EventLog Log, TranscodeBudget Budget, LiveOptions Ffmpeg, TimeProvider Time, ILogger Logger);

/// <summary>Watches one camera for motion: small pictures of its sub-stream, or of the main stream's key frames; what the detector decides is observed.</summary>
internal sealed partial class CameraEye(int cameraId, CameraFeed feed, EyeSurroundings around)
{
    /// <summary>Growing motion is observed again this often.</summary>
    private static readonly TimeSpan GrowEvery = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan FirstBackOff = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan BusyAgain = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SparseAgain = TimeSpan.FromMinutes(2);

    /// <summary>A sub-stream that failed is tried again after so long with the main stream's key frames.</summary>
    private static readonly TimeSpan InsteadOfSub = TimeSpan.FromMinutes(5);

    private readonly Media.Bus.MediaBus sub = feed.Sub;
    private readonly MotionAlarm alarm = new();
    private MotionDetector? detector;
    private TimeSpan last;
    private DateTimeOffset epoch;
    private DateTimeOffset observedTo;
    private MotionNow? now;
    private Camera? camera;

    public CameraFeed Feed => feed;

    /// <summary>False once the camera has been given a sub-stream, or has lost it: then it takes a new eye.</summary>
    public bool IsCurrent => feed.Sub == sub;

    public MotionState State { get; private set; } = MotionState.Waiting;

    public MotionNow? Now => Volatile.Read(ref now);

    public async Task RunAsync(CancellationToken cancel)
    {
        var backOff = FirstBackOff;
        var subFailed = false;
        try
        {
            while (true)
            {
                var source = sub != feed.Main && !subFailed ? MotionSource.SubStream : MotionSource.KeyFrames;
                var began = around.Time.GetTimestamp();
                var wait = TimeSpan.Zero;
                using (var share = around.Budget.TryTake(source == MotionSource.SubStream ? TranscodeKind.Motion : TranscodeKind.KeyFrames))
                {
                    if (share is null)
                    {
                        (State, wait) = (MotionState.Busy, BusyAgain);
                    }
                    else
                    {
                        try
                        {
                            var end = await WatchAsync(source, subFailed ? InsteadOfSub : Timeout.InfiniteTimeSpan, cancel);
                            (State, wait) = end == GreyEnd.TooSparse ? (MotionState.TooSparse, SparseAgain) : (MotionState.Waiting, TimeSpan.FromSeconds(1));
                            subFailed = end == GreyEnd.NoPicture && source == MotionSource.SubStream && feed.Status.State == FeedState.Live; // Then the main stream's turn.
                            backOff = FirstBackOff;
                        }
                        catch (IOException failure)
                        {
                            (State, wait) = (MotionState.Broken, backOff);
                            LogBroke(around.Logger, cameraId, failure.Message, backOff.TotalSeconds);
                            backOff = around.Time.GetElapsedTime(began) > LongestBackOff ? FirstBackOff : backOff * 2 < LongestBackOff ? backOff * 2 : LongestBackOff;
                        }
                    }
                }

                BreakOff();
                await Task.Delay(wait, around.Time, cancel);
            }
        }
        finally
        {
            BreakOff();
        }
    }

    private async Task<GreyEnd> WatchAsync(MotionSource source, TimeSpan atMost, CancellationToken cancel)
    {
        using var turn = new CancellationTokenSource(atMost, around.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(turn.Token, cancel);
        try
        {
            return await TapAsync(source, either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return GreyEnd.FormatChanged; // Its time is over: the sub-stream's turn.
        }
    }

    private Task<GreyEnd> TapAsync(MotionSource source, CancellationToken cancel)
    {
        detector = null; // Another stream may show the room differently, and the old picture is old.
        return GreyTap.RunAsync(
            source == MotionSource.SubStream ? sub : feed.Main,
            new GreyTapOptions
            {
                FfmpegPath = around.Ffmpeg.FfmpegPath,
                RunAsUser = around.Ffmpeg.RunAsUser,
                Width = MotionGrid.Width,
                Height = MotionGrid.Height,
                KeyFramesOnly = source == MotionSource.KeyFrames,
            },
            picture => See(picture, source),
            around.Time,
            cancel);
    }

    private void See(GreyPicture picture, MotionSource source)
    {
        if (Known() is not { } known)
        {
            return;
        }

        var at = picture.Position;
        if (detector is not null && at <= last)
        {
            return;
        }

        (last, epoch, State) = (at, picture.At - at, MotionState.Watching);
        var settings = around.Book.Of(cameraId);
        detector ??= new MotionDetector(settings.Tuning);
        detector.Tuning = settings.Tuning;
        var sight = detector.See(picture.Pixels, at);
        Volatile.Write(ref now, new MotionNow(sight, picture.At, source));
        if (!settings.Enabled)
        {
            BreakOff();
            return;
        }

        Decide(known, settings, alarm.See(sight, TimeSpan.FromSeconds(settings.MinimumSeconds)));
    }

    private void Decide(Camera known, MotionSettings settings, MotionStep step)
    {
        var (from, to) = step == MotionStep.Ended ? alarm.Ended : (alarm.From, alarm.To);
        if (step == MotionStep.None || (step == MotionStep.Grew && epoch + to - observedTo < GrowEvery))
        {
            return;
        }

        observedTo = epoch + to;

        // The recorder's memory reaches back two seconds more than the pre-roll; what is decided later than that costs pre-roll.
        var preRoll = TimeSpan.FromSeconds(Math.Max(0, known.PreRollSeconds - Math.Max(0, settings.MinimumSeconds - 1)));
        around.Log.Observe(new Observation
        {
            HouseholdId = known.HouseholdId,
            CameraId = known.Id,
            Kind = EventKind.Motion,
            From = epoch + from,
            To = epoch + to,
            GoesOn = step != MotionStep.Ended,
            Box = new EventBox(alarm.Box.X, alarm.Box.Y, alarm.Box.Width, alarm.Box.Height),
            PreRoll = settings.Record ? preRoll : null,
            PostRoll = TimeSpan.FromSeconds(known.PostRollSeconds),
        });
    }

    /// <summary>Nobody sees any more: what goes on is over.</summary>
    private void BreakOff()
    {
        if (alarm.Break() is var step && Known() is { } known)
        {
            Decide(known, around.Book.Of(cameraId), step);
        }
    }

    /// <summary>As it is now; after its removal as it was, because what it began must still end.</summary>
    private Camera? Known() => camera = around.Directory.Find(cameraId) ?? camera;

    [LoggerMessage(EventId = 1230, Level = LogLevel.Warning, Message = "The motion decoder of camera {CameraId} broke ({Reason}); next try in {Seconds} s.")]
    private static partial void LogBroke(ILogger logger, int cameraId, string reason, double seconds);
}
