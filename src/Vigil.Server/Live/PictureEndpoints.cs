using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Vigil.Media.Live;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live;

/// <summary>JPEG: a stream of pictures (multipart/x-mixed-replace) and the newest one.</summary>
internal static class PictureEndpoints
{
    private const int UsualWidth = 640;
    private const int WidestPicture = 1280;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SendPatience = TimeSpan.FromSeconds(20);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var camera = routes.MapGroup("/api/v1/cameras/{id:int}").WithTags("Live");
        camera.MapGet("/mjpeg", Mjpeg).For("JPEG pictures as they come, at most ten a second").Produces(200, null, "multipart/x-mixed-replace");
        camera.MapGet("/snapshot.jpg", TakeSnapshot).For("The newest key frame as JPEG").Produces(200, null, "image/jpeg");
    }

    private static RouteHandlerBuilder For(this RouteHandlerBuilder route, string summary) =>
        route.RequireCamera(CameraNeed.View).RequireAuthorization().AcceptMediaSignature("cameras/{id}").WithSummary(summary)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static async Task<Results<EmptyHttpResult, ProblemHttpResult>> Mjpeg(
        int id, HttpContext http, CurrentMember member, LiveCameras cameras, Watchers watchers,
        IHostApplicationLifetime lifetime, TimeProvider time, int width = UsualWidth, string? quality = null)
    {
        if (cameras.Open(id) is not { } outputs)
        {
            return HlsEndpoints.Paused();
        }

        using var viewer = outputs.WatchMjpeg(LiveCameras.QualityOf(quality, LiveQuality.Sub), Math.Clamp(width, 1, WidestPicture));
        if (viewer is null)
        {
            return Busy(http);
        }

        var lease = CameraLease.Take(http);
        using var present = watchers.Enter(id, member);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping, lease.Ended);
        http.Response.ContentType = "multipart/x-mixed-replace; boundary=frame";
        http.Response.Headers.CacheControl = "no-store";
        var progress = new Progress(time);
        var watching = WatchAsync(http, progress, time, over);
        try
        {
            await http.Response.StartAsync(over.Token);
            await foreach (var picture in viewer.Pictures.ReadAllAsync(over.Token))
            {
                progress.Begin();
                WritePart(http.Response.BodyWriter, picture.Span);
                await http.Response.BodyWriter.FlushAsync(over.Token);
                progress.End();
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            // The viewer left, the session ended, or the server stops.
        }

        await over.CancelAsync();
        await watching;
        return TypedResults.Empty;
    }

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> TakeSnapshot(
        int id, HttpContext http, CurrentMember member, CameraAccess access, LiveCameras cameras, int width = UsualWidth)
    {
        if (cameras.Open(id) is not { } outputs)
        {
            return HlsEndpoints.Paused();
        }

        if (cameras.StatusOf(id) is { State: Media.FeedState.Offline } offline)
        {
            http.Response.Headers.RetryAfter = "5";
            return Problems.Of(StatusCodes.Status503ServiceUnavailable, offline.Detail, "noPicture");
        }

        var snapshot = await outputs.SnapshotAsync(Math.Clamp(width, 1, WidestPicture)).WaitAsync(http.RequestAborted);
        switch (snapshot.Result)
        {
            case SnapshotResult.Taken when access.MaySee(member, id, snapshot.TakenAt, snapshot.TakenAt):
                http.Response.Headers.CacheControl = "no-store";
                return TypedResults.File(snapshot.Picture.ToArray(), "image/jpeg", lastModified: snapshot.TakenAt);
            case SnapshotResult.Busy:
                return Busy(http);
            case SnapshotResult.Taken or SnapshotResult.NoPicture:
                http.Response.Headers.RetryAfter = "5";
                return Problems.Of(StatusCodes.Status503ServiceUnavailable, "The camera sends no pictures at the moment.", "noPicture");
            default:
                http.Response.Headers.RetryAfter = "5";
                return Problems.Of(StatusCodes.Status503ServiceUnavailable, "The camera's picture could not be decoded.", "notDecoded");
        }
    }

    private static ProblemHttpResult Busy(HttpContext http)
    {
        http.Response.Headers.RetryAfter = "5";
        return Problems.Of(StatusCodes.Status503ServiceUnavailable, "The server is busy with other pictures. Try again in a moment.", "busy");
    }

    private static void WritePart(IBufferWriter<byte> body, ReadOnlySpan<byte> picture)
    {
        body.Write(Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {picture.Length}\r\n\r\n")));
        body.Write(picture);
        body.Write("\r\n"u8);
    }

    /// <summary>Cuts a connection that takes nothing.</summary>
    private static async Task WatchAsync(HttpContext http, Progress progress, TimeProvider time, CancellationTokenSource over)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(over.Token))
            {
                if (progress.StuckFor > SendPatience)
                {
                    http.Abort();
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private sealed class Progress(TimeProvider time)
    {
        private long since;

        public TimeSpan StuckFor => Interlocked.Read(ref since) is > 0 and var started ? time.GetElapsedTime(started) : TimeSpan.Zero;

        public void Begin() => Interlocked.Exchange(ref since, Math.Max(1, time.GetTimestamp()));

        public void End() => Interlocked.Exchange(ref since, 0);
    }
}
