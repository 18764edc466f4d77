using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Vigil.Media;
using Vigil.Media.Decoding;
using Vigil.Media.WebRtc;

namespace Vigil.Agent;

/// <summary>Reads the camera while there is a key to publish it with, and sends it to the server; begins again whenever a session is over.</summary>
internal sealed partial class Publishing(AgentSettings settings, AgentStateFile state, ServerDoor door, TimeProvider time, ILoggerFactory logs) : IDisposable
{
    private static readonly TimeSpan ConnectWithin = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(500);

    private readonly ILogger logger = logs.CreateLogger<Publishing>();
    private readonly SemaphoreSlim doorbell = new(0, 1);
    private CancellationTokenSource session = new();

    /// <summary>The server does not accept the key any more.</summary>
    public Func<Task> KeyRefused { get; set; } = () => Task.CompletedTask;

    /// <summary>The state has another camera or key, or none.</summary>
    public void Changed()
    {
        Interlocked.Exchange(ref session, new CancellationTokenSource()).Cancel();
        try
        {
            doorbell.Release();
        }
        catch (SemaphoreFullException)
        {
            // It rings already.
        }
    }

    public async Task RunAsync(CancellationToken cancel)
    {
        await using var engine = new MediaEngine(
            new MediaEngineOptions { AllowLoopback = true, FfmpegPath = settings.Ffmpeg, OwnListeners = [] }, time, logs);
        var pause = new Pause(time);
        CameraFeed? feed = null;
        var again = false;
        while (true)
        {
            var changed = Volatile.Read(ref session).Token;
            if (state.Current is not { CameraId: { } camera, Key: { } key })
            {
                if (feed is not null)
                {
                    await engine.StopAsync(feed.CameraId);
                    feed = null;
                }

                again = false;
                await doorbell.WaitAsync(cancel);
                continue;
            }

            feed ??= engine.Start(new CameraSource
            {
                CameraId = 1,
                Address = settings.Source ?? throw new InvalidOperationException("There is no source."),
                AudioAddress = settings.Audio,
                Username = settings.Username,
                Password = settings.Password,
            });
            using var either = CancellationTokenSource.CreateLinkedTokenSource(changed, cancel);
            try
            {
                again |= await SendAsync(feed, camera, key, again, pause, either.Token);
                await pause.WaitAsync(either.Token);
            }
            catch (Exception away) when (away is HttpRequestException or IOException or SocketException || (away is OperationCanceledException && !cancel.IsCancellationRequested))
            {
                if (!changed.IsCancellationRequested)
                {
                    Away(logger, away.Message);
                    await pause.WaitAsync(cancel);
                }
            }
        }
    }

    public void Dispose()
    {
        session.Dispose();
        doorbell.Dispose();
    }

    /// <summary>One session; true when it was connected.</summary>
    private async Task<bool> SendAsync(CameraFeed feed, int camera, string key, bool again, Pause pause, CancellationToken cancel)
    {
        await UntilLiveAsync(feed, cancel);
        await using var sender = new WhipSender(
            feed.Main, time, logs, new WebRtcSound { Tap = new SoundTapOptions { FfmpegPath = settings.Ffmpeg } });
        var answer = await door.OfferAsync(camera, key, sender.Offer, again, cancel);
        if (answer.Status == HttpStatusCode.Unauthorized)
        {
            Refused(logger);
            await KeyRefused();
            return false;
        }

        if (answer.Status != HttpStatusCode.Created || !sender.Connect(answer.Sdp))
        {
            NotTaken(logger, (int)answer.Status, answer.Words);
            return false;
        }

        try
        {
            await sender.Connected.WaitAsync(ConnectWithin, time, cancel);
            pause.Reset();
            Live(logger, camera);
            await sender.Ended.WaitAsync(cancel);
            Ended(logger);
            return true;
        }
        catch (Exception never) when (never is TimeoutException or TaskCanceledException && !cancel.IsCancellationRequested)
        {
            NoRoad(logger);
            return false;
        }
        finally
        {
            await LeaveAsync(answer.Session, key);
        }
    }

    private async Task UntilLiveAsync(CameraFeed feed, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(LookAgain, time);
        var told = "";
        // Sound comes a moment after the picture, and what is not there when it is offered is not sent.
        for (var looks = 0; feed.Status.State != FeedState.Live || feed.Main.Video is null || (feed.Main.Audio is null && looks < 4); looks += feed.Main.Video is null ? 0 : 1)
        {
            if (feed.Status is { State: FeedState.Offline, Detail: var why } && why != told)
            {
                told = why;
                NoPicture(logger, why);
            }

            await timer.WaitForNextTickAsync(cancel);
        }

        if (!WhipSender.CanSend(feed.Main))
        {
            WrongCodec(logger, feed.Main.Video!.Codec.ToString());
            throw new IOException("The camera has to send H.264.");
        }
    }

    private async Task LeaveAsync(Uri? resource, string key)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(3), time);
        try
        {
            if (resource is not null)
            {
                await door.LeaveAsync(resource, key, patience.Token);
            }
        }
        catch (Exception gone) when (gone is HttpRequestException or IOException or OperationCanceledException)
        {
            // The server notices by itself.
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Publishing camera {Camera}")]
    private static partial void Live(ILogger logger, int camera);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The session is over; beginning another")]
    private static partial void Ended(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The server does not take the picture ({Status}): {Words}")]
    private static partial void NotTaken(ILogger logger, int status, string words);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The server does not accept the key any more; asking for another")]
    private static partial void Refused(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No way to the server by UDP was found: is its WebRTC port open?")]
    private static partial void NoRoad(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No picture: {Why}")]
    private static partial void NoPicture(ILogger logger, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "The camera sends {Codec}; only H.264 can be published: set it to that, or use its second stream")]
    private static partial void WrongCodec(ILogger logger, string codec);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The server does not answer ({Why}); trying again")]
    private static partial void Away(ILogger logger, string why);
}
