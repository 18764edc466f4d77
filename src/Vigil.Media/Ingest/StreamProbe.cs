using Vigil.Media.Bus;

namespace Vigil.Media.Ingest;

/// <summary>A trial run of an address: the same ingest as for real, into a bus nobody listens to.</summary>
internal sealed class StreamProbe(IngestChoice choice, MediaEngineOptions options, TimeProvider time)
{
    /// <summary>After the first key frame, wait this long for a second one that tells the interval.</summary>
    private static readonly TimeSpan SecondKeyPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    public async Task<ProbeReport> RunAsync(CameraSource source, CancellationToken cancel)
    {
        var main = await ProbeAsync(source, source.Address, source.AudioAddress is null, cancel);
        if (!main.Success || source.AudioAddress is null)
        {
            return main;
        }

        var audio = await ProbeAsync(source, source.AudioAddress, audio: true, cancel, video: false);
        return audio.Success ? main with { Audio = audio.Audio } : main with { Detail = $"{main.Detail} The sound address fails: {audio.Detail}" };
    }

    private async Task<ProbeReport> ProbeAsync(CameraSource source, Uri address, bool audio, CancellationToken cancel, bool video = true)
    {
        var request = new StreamRequest
        {
            Name = "probe",
            Address = address,
            Username = source.Username,
            Password = source.Password,
            WantVideo = video,
            WantAudio = audio,
            SilenceWillDo = source.Ingest == IngestKind.Native,
        };
        var first = choice.For(address, source.Ingest, preferFfmpeg: false);
        var (report, end) = await TryAsync(first, request, cancel);
        var second = choice.For(address, source.Ingest, preferFfmpeg: true);
        if (report.Success || !end.OtherIngestMayWork || second == first)
        {
            return report;
        }

        var (other, _) = await TryAsync(second, request, cancel);
        return other.Success ? other
            : end.ForSound ? (await TryAsync(first, request with { SilenceWillDo = true }, cancel)).Report
            : end.Failure == FeedFailure.UnsupportedCodec ? report // It says what the camera sends.
            : other;
    }

    private async Task<(ProbeReport Report, IngestEnd End)> TryAsync(IIngest ingest, StreamRequest request, CancellationToken cancel)
    {
        var sink = new StreamSink(new MediaBus(), new FeedClock(time));
        sink.Watch(TimeSpan.Zero);
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var run = Task.Run(() => ingest.RunAsync(request, sink, attempt.Token), CancellationToken.None);
        var enough = WaitForFactsAsync(sink, attempt.Token);
        await Task.WhenAny(run, enough);
        await attempt.CancelAsync();
        IngestEnd end;
        try
        {
            end = await run;
        }
        catch (IngestException failure)
        {
            end = new IngestEnd(failure.Failure, failure.Message);
        }
        catch (Exception bug) when (bug is not OperationCanceledException)
        {
            end = new IngestEnd(FeedFailure.IngestCrashed, "Vigil's own reader of this camera failed.");
        }
        catch (OperationCanceledException)
        {
            end = new IngestEnd(FeedFailure.Stalled, sink.Frames > 0 ? "" : "The camera answers, but no picture came within ten seconds.");
        }

        await enough.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        cancel.ThrowIfCancellationRequested();
        return (Report(ingest, sink, end), end);
    }

    private async Task WaitForFactsAsync(StreamSink sink, CancellationToken cancel)
    {
        var patience = options.ProbeTimeout;
        while (sink.Clock.Now < patience)
        {
            if (sink.Sessions > 0 && (sink.Video is null || sink.Video.KeyFrameIntervalSeconds > 0))
            {
                if (sink.Video is { FramesPerSecond: > 0 } || sink.Video is null || sink.Clock.Now > patience)
                {
                    return;
                }
            }
            else if (sink.Sessions > 0 && sink.Clock.Now + SecondKeyPatience < patience)
            {
                patience = sink.Clock.Now + SecondKeyPatience;
            }

            await Task.Delay(Poll, time, cancel);
        }
    }

    private static ProbeReport Report(IIngest ingest, StreamSink sink, IngestEnd end)
    {
        if (sink.Video is null && sink.Audio is null)
        {
            return new ProbeReport { Success = false, Failure = end.Failure, Detail = end.Detail, IngestName = ingest.Name };
        }

        var plays = sink.Video is null ? sink.Unshown.Length == 0 : sink.Video.Codec is "H.264" or "JPEG";
        return new ProbeReport
        {
            Success = true,
            Detail = sink.Video is null && sink.Unshown.Length > 0
                ? $"Only sound: {sink.Audio!.Codec}. Its picture ({sink.Unshown}) cannot be shown: set the camera to H.264."
                : Words(sink.Video, sink.Audio, plays),
            Video = sink.Video,
            Audio = sink.Audio,
            IngestName = ingest.Name,
            PlaysInBrowsers = plays,
        };
    }

    private static string Words(StreamFacts? video, StreamFacts? audio, bool plays)
    {
        var words = new List<string>();
        if (video is not null)
        {
            var key = video.KeyFrameIntervalSeconds > 0 ? FormattableString.Invariant($", a key frame every {video.KeyFrameIntervalSeconds:0.#} s") : "";
            var pace = FormattableString.Invariant($"{video.FramesPerSecond:0.#}");
            words.Add(FormattableString.Invariant($"{video.Codec} {video.Width}×{video.Height}, {pace} {(pace == "1" ? "picture" : "pictures")} a second{key}."));
        }

        words.Add(audio is null ? "No sound." : $"Sound: {audio.Codec}.");
        if (!plays)
        {
            words.Add("Most browsers cannot play this codec: set the camera to H.264, at least for the sub-stream.");
        }

        return string.Join(' ', words);
    }
}
