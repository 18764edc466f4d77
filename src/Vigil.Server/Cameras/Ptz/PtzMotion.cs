using Vigil.Media;
using Vigil.Media.Onvif;

namespace Vigil.Server.Cameras.Ptz;

/// <summary>
/// One camera's movement. It goes on for a second after it was last asked for and is then stopped by us, whatever became of the page that asked; the
/// camera itself is told to stop after three, should we be gone as well.
/// </summary>
internal sealed partial class PtzMotion : IAsyncDisposable
{
    internal static readonly TimeSpan Lease = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CameraLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan BetweenStops = TimeSpan.FromMilliseconds(300);
    private const int Stops = 3;

    /// <summary>Timers count milliseconds, and begin before they are set.</summary>
    private static readonly TimeSpan TimerGrain = TimeSpan.FromMilliseconds(5);

    private readonly PtzCamera camera;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly SemaphoreSlim one = new(1);
    private readonly ITimer lease;
    private (PtzResult Result, IReadOnlyList<PtzPlace> Places, long At)? looked;
    private (float Pan, float Tilt, float Zoom)? moving;
    private long sentAt;
    private bool isTaken;
    private long renewedAt;

    public PtzMotion(PtzCamera camera, CameraSource source, TimeProvider time, ILogger logger)
    {
        this.camera = camera;
        this.time = time;
        this.logger = logger;
        Source = source;
        lease = time.CreateTimer(_ => _ = EndAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public CameraSource Source { get; }

    /// <summary>Whether it can be moved, and the places that are stored in it. Asked again after five minutes.</summary>
    public async Task<(PtzResult Result, IReadOnlyList<PtzPlace> Places)> LookAsync(CancellationToken cancel)
    {
        await one.WaitAsync(cancel);
        try
        {
            if (looked is not { } known || time.GetElapsedTime(known.At) > AskAgainAfter)
            {
                var result = await camera.FindAsync(cancel);
                known = (result, result.Outcome == PtzOutcome.Done ? await camera.PlacesAsync(cancel) : [], time.GetTimestamp());
                looked = known;
            }

            return (known.Result, known.Places);
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>Moves until <see cref="Lease"/> is over without another call. The page may vanish: what was begun is ended all the same.</summary>
    public async Task<PtzResult> MoveAsync(float pan, float tilt, float zoom, CancellationToken cancel)
    {
        await one.WaitAsync(cancel);
        try
        {
            if ((pan, tilt, zoom) is (0, 0, 0))
            {
                return await StopNowAsync();
            }

            renewedAt = time.GetTimestamp();
            lease.Change(Lease, Timeout.InfiniteTimeSpan);
            if (isTaken && moving == (pan, tilt, zoom) && time.GetElapsedTime(sentAt) < Lease)
            {
                return new PtzResult(PtzOutcome.Done, "");
            }

            (moving, sentAt, isTaken) = ((pan, tilt, zoom), renewedAt, false);
            var result = await camera.MoveAsync(pan, tilt, zoom, CameraLimit, CancellationToken.None);
            isTaken = result.Outcome == PtzOutcome.Done; // Else it is stopped all the same: an answer may be lost.
            return result;
        }
        finally
        {
            one.Release();
        }
    }

    public async Task<PtzResult> StopAsync()
    {
        await one.WaitAsync();
        try
        {
            return await StopNowAsync();
        }
        finally
        {
            one.Release();
        }
    }

    public async Task<PtzResult> GoAsync(string place, CancellationToken cancel)
    {
        await one.WaitAsync(cancel);
        try
        {
            return await camera.GoAsync(place, cancel);
        }
        finally
        {
            one.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await one.WaitAsync();
        if (moving is not null)
        {
            await StopNowAsync();
        }

        await lease.DisposeAsync();
        camera.Dispose();
        one.Release(); // Not disposed: somebody may still wait for it.
    }

    private async Task EndAsync()
    {
        await one.WaitAsync();
        try
        {
            var left = Lease - time.GetElapsedTime(renewedAt);
            if (moving is not null && left > TimeSpan.Zero)
            {
                lease.Change(left + TimerGrain, Timeout.InfiniteTimeSpan); // Asked for again meanwhile, or the timer came a little early.
            }
            else if (moving is not null)
            {
                await StopNowAsync();
            }
        }
        catch (ObjectDisposedException)
        {
            // The camera was changed at this moment; its movement was stopped before.
        }
        finally
        {
            one.Release();
        }
    }

    private async Task<PtzResult> StopNowAsync()
    {
        lease.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        for (var attempt = 1; ; attempt++)
        {
            var result = await camera.StopAsync(CancellationToken.None);
            if (result.Outcome == PtzOutcome.Done || attempt == Stops)
            {
                if (result.Outcome != PtzOutcome.Done)
                {
                    LogNotStopped(logger, Source.CameraId, result.Detail);
                }

                moving = null;
                return result;
            }

            await Task.Delay(BetweenStops, time);
        }
    }

    [LoggerMessage(EventId = 1040, Level = LogLevel.Warning, Message = "Camera {CameraId} could not be told to stop moving: {Detail}")]
    private static partial void LogNotStopped(ILogger logger, int cameraId, string detail);
}
