using Microsoft.Extensions.Logging;

namespace Vigil.Media.Ingest;

/// <summary>What a pull tells of itself. Immutable; replaced as a whole.</summary>
internal sealed record PullStatus(FeedState State, FeedFailure Failure, string Detail, DateTimeOffset Since, int Reconnects, string IngestName);

/// <summary>
/// Keeps one stream coming: runs an ingest, watches that units arrive, and after an end waits and begins again. Owns nothing of its
/// neighbours, so that one stream's trouble stays its own.
/// </summary>
internal sealed partial class StreamPull
{
    /// <summary>A session that lasted this long was established: its loss deserves the eager probes.</summary>
    private static readonly TimeSpan Established = TimeSpan.FromSeconds(5);

    /// <summary>Sessions of the second ingest that may fail before the native client has another try.</summary>
    private const int FallbackPatience = 3;

    private static readonly TimeSpan LongestUnread = TimeSpan.FromHours(12);

    private const string Soundless = "Pictures come, but the sound has stopped.";
    private const string SoundUnread = "Pictures come, but their sound is of a kind that Vigil could not read.";

    private readonly StreamRequest request;
    private readonly IngestKind kind;
    private readonly IngestChoice choice;
    private readonly TimeSpan offlineAfter;
    private readonly TimeSpan unreadFor;
    private readonly TimeSpan watchPeriod;
    private readonly Action changed;
    private readonly ILogger logger;
    private readonly SoundWatch sound;
    private readonly Backoff backoff = new(Random.Shared.NextDouble);
    private PullStatus status;
    private TimeSpan? lastMedia;
    private TimeSpan pullStarted;
    private int fallbackLeft;
    private bool fallbackForSound;
    private bool silenceWillDo;
    private TimeSpan silentUntil = TimeSpan.MinValue;
    private TimeSpan silentFor;
    private TimeSpan? soundBefore;
    private bool everLive;
    private IngestEnd lastEnd;

    public StreamPull(
        StreamRequest request, IngestKind kind, StreamSink sink, IngestChoice choice, MediaEngineOptions options, Action changed, ILogger logger)
    {
        this.request = request;
        this.kind = kind;
        this.choice = choice;
        offlineAfter = options.OfflineAfter;
        unreadFor = options.SoundUnreadFor;
        sound = new SoundWatch(options.SoundlessAfter);
        this.changed = changed;
        this.logger = logger;
        Sink = sink;
        watchPeriod = offlineAfter / 10 < TimeSpan.FromSeconds(1) ? offlineAfter / 10 : TimeSpan.FromSeconds(1);
        status = IsPublished
            ? new PullStatus(FeedState.Connecting, FeedFailure.NotPublishing, PublishedIngest.Waiting, Now, 0, "")
            : new PullStatus(FeedState.Connecting, FeedFailure.None, "Connecting.", Now, 0, "");
        sink.FirstUnit = WentLive;
        sink.FactsChanged = changed;
    }

    public StreamSink Sink { get; }

    public PullStatus Status => Volatile.Read(ref status);

    private bool IsPublished => request.Address.Scheme == PublishedIngest.Scheme;

    /// <summary>Silence of a published stream in its own words, and waited out without pause: the door is open when the phone is back.</summary>
    private IngestEnd Unpublished => new(FeedFailure.NotPublishing, Sink.LastMediaAt is null ? PublishedIngest.Waiting : PublishedIngest.Gone);

    private DateTimeOffset Now => Sink.Clock.Time.GetUtcNow();

    /// <summary>Runs until cancelled. Throws only when cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        pullStarted = Sink.Clock.Now;
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            var ingest = choice.For(request.Address, kind, preferFfmpeg: fallbackLeft > 0);
            SetStatus(s => s with { IngestName = ingest.Name });
            var began = Sink.Clock.Now;
            var end = await RunOnceAsync(ingest, began, cancel);
            var lived = Sink.LastUnitAt is { } last && last - began >= Established;
            if (Sink.LastUnitAt is { } newest)
            {
                lastMedia = newest;
            }

            if (end != lastEnd)
            {
                lastEnd = end; // A phone that is off all night ends the waiting every few seconds: that is said once.
                Ended(logger, request.Name, ingest.Name, end.Failure, end.Detail);
            }

            if (Fallback(end, lived))
            {
                continue; // The other ingest at once: nothing has failed yet.
            }

            Failed(end);
            if (lived)
            {
                backoff.Lost(Sink.Clock.Now);
            }

            await WaitAsync(backoff.Next(end.Failure, Sink.Clock.Now), cancel);
        }
    }

    private async Task<IngestEnd> RunOnceAsync(IIngest ingest, TimeSpan began, CancellationToken cancel)
    {
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Sink.Watch(began);
        // Who tries for sound while a picture was just there gives that up before anybody has to be told that the camera is gone.
        var patience = fallbackForSound && began - lastMedia < offlineAfter ? offlineAfter / 2 : offlineAfter;
        var run = GuardAsync(ingest, attempt.Token);
        using var timer = new PeriodicTimer(watchPeriod, Sink.Clock.Time);
        while (true)
        {
            var tick = timer.WaitForNextTickAsync(attempt.Token).AsTask();
            if (await Task.WhenAny(run, tick) == run)
            {
                await attempt.CancelAsync();
                await tick.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                return await run;
            }

            if (tick.IsCanceled)
            {
                return await run; // We are being stopped, and so is the ingest.
            }

            var silent = Sink.Clock.Now - Sink.LastWatched;
            CheckOffline();
            if (silent >= patience)
            {
                await attempt.CancelAsync();
                await run.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                cancel.ThrowIfCancellationRequested();
                return IsPublished ? Unpublished : new IngestEnd(FeedFailure.Stalled, Sink.LastUnitAt is null
                    ? "The connection stands, but no picture came."
                    : "The connection stands, but no more pictures come.");
            }

            if (SoundIsGone() is { } soundless)
            {
                await attempt.CancelAsync();
                await run.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                cancel.ThrowIfCancellationRequested();
                return soundless;
            }
        }
    }

    /// <summary>
    /// The end of a session whose sound is worth another; null to go on. A published stream is not ours to connect, and its microphone may be
    /// off on purpose.
    /// </summary>
    private IngestEnd? SoundIsGone()
    {
        if (!request.WantVideo || IsPublished || Status.State != FeedState.Live)
        {
            return null;
        }

        var connectAgain = sound.Look(Sink.Clock.Now, Sink.SoundExpected, Sink.LastSoundAt);
        SetStatus(s => s.State != FeedState.Live ? s : s with { Detail = silenceWillDo ? SoundUnread : sound.IsSilent ? Soundless : "" });
        // A sound that was read before is no strange one: a hiccup took it, and nobody hears the room until it is asked for again.
        return silenceWillDo && Sink.LastSoundAt is not null && Sink.Clock.Now >= silentUntil
                ? new IngestEnd(FeedFailure.Stalled, SoundUnread, OtherIngestMayWork: true, ForSound: true)
            : connectAgain ? new IngestEnd(FeedFailure.Stalled, Soundless)
            : null;
    }

    /// <summary>Whatever goes wrong inside an ingest ends this session and nothing else.</summary>
    private async Task<IngestEnd> GuardAsync(IIngest ingest, CancellationToken cancel)
    {
        await Task.Yield();
        try
        {
            return await ingest.RunAsync(silenceWillDo || kind == IngestKind.Native ? request with { SilenceWillDo = true } : request, Sink, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            throw;
        }
        catch (IngestException failure)
        {
            return new IngestEnd(failure.Failure, failure.Message);
        }
        catch (Exception bug)
        {
            Crashed(logger, bug, request.Name);
            return new IngestEnd(FeedFailure.IngestCrashed, "Vigil's own reader of this camera failed and begins again.");
        }
    }

    /// <summary>True when the other ingest should have its try now.</summary>
    private bool Fallback(IngestEnd end, bool lived)
    {
        if (fallbackLeft > 0)
        {
            fallbackForSound &= Sink.LastUnitAt is null;
            // A sound that is unknown, or announced and never sent, stays so; anything else may be a hiccup.
            var hopeless = fallbackForSound && end.Failure is (FeedFailure.UnsupportedCodec or FeedFailure.Stalled);
            fallbackLeft = lived ? FallbackPatience : hopeless ? 0 : fallbackLeft - 1;
            // Better a picture without sound than neither.
            silenceWillDo = fallbackForSound && fallbackLeft == 0;
            fallbackForSound &= !silenceWillDo;
            if (silenceWillDo)
            {
                // Twice as rarely after each try that brought none.
                silentFor = silentFor == TimeSpan.Zero || Sink.LastSoundAt != soundBefore ? unreadFor
                    : silentFor * 2 < LongestUnread ? silentFor * 2 : LongestUnread;
                soundBefore = Sink.LastSoundAt;
                silentUntil = Sink.Clock.Now + silentFor;
            }

            return silenceWillDo;
        }

        var other = end.OtherIngestMayWork && kind == IngestKind.Auto;
        silenceWillDo = other && end.ForSound && Sink.Clock.Now < silentUntil;
        fallbackForSound = other && end.ForSound && !silenceWillDo;
        fallbackLeft = other && !silenceWillDo ? FallbackPatience : 0;
        return other;
    }

    /// <summary>Waits in steps, so that the state turns to offline in time.</summary>
    private async Task WaitAsync(TimeSpan wait, CancellationToken cancel)
    {
        var until = Sink.Clock.Now + wait;
        while (Sink.Clock.Now is var now && now < until)
        {
            var left = until - now < watchPeriod ? until - now : watchPeriod;
            // A delay of a part of a millisecond is none: until the clock moves on, the loop would spin.
            var step = TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds));
            await Task.Delay(step, Sink.Clock.Time, cancel);
            CheckOffline();
        }
    }

    private void WentLive()
    {
        var again = everLive;
        everLive = true;
        lastEnd = default;
        SetStatus(s => s with
        {
            State = FeedState.Live,
            Since = s.State == FeedState.Live ? s.Since : Now,
            Failure = FeedFailure.None,
            Detail = "",
            Reconnects = again ? s.Reconnects + 1 : s.Reconnects,
        });
    }

    private void Failed(IngestEnd end)
    {
        var recently = Sink.Clock.Now - lastMedia < offlineAfter;
        var state = recently ? FeedState.Connecting : FeedState.Offline;
        SetStatus(s => s with { State = state, Since = s.State == state ? s.Since : Now, Failure = end.Failure, Detail = end.Detail });
    }

    private void CheckOffline()
    {
        var last = Sink.LastUnitAt ?? lastMedia ?? pullStarted;
        if (Status.State != FeedState.Offline && Sink.Clock.Now - last >= offlineAfter)
        {
            SetStatus(s => s with
            {
                State = FeedState.Offline,
                Since = Now,
                Failure = IsPublished ? Unpublished.Failure : s.Failure == FeedFailure.None ? FeedFailure.Stalled : s.Failure,
                Detail = IsPublished ? Unpublished.Detail : s.Failure == FeedFailure.None ? "No pictures come." : s.Detail,
            });
        }
    }

    private void SetStatus(Func<PullStatus, PullStatus> change)
    {
        var old = Status;
        var next = change(old);
        if (next != old)
        {
            Volatile.Write(ref status, next);
            changed();
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Stream} ended ({Ingest}): {Failure}. {Detail}")]
    private static partial void Ended(ILogger logger, string stream, string ingest, FeedFailure failure, string detail);

    [LoggerMessage(Level = LogLevel.Error, Message = "The reader of {Stream} failed")]
    private static partial void Crashed(ILogger logger, Exception bug, string stream);
}
