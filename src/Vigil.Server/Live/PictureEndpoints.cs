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

        using var viewer = outputs.WatchMjpeg(LiveCameras.QualityOf(quality, LiveQuality.Sub), Math.Clamp(width, 1, MjpegAnswer.WidestPicture));
        if (viewer is null)
        {
            return Busy(http);
        }

        var lease = CameraLease.Take(http);
        using var present = watchers.Enter(id, member, WatchVia.Of(http, WatchRoad.Mjpeg, LiveCameras.QualityOf(quality, LiveQuality.Sub)));
        using var over = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping, lease.Ended);
        http.Response.Headers.CacheControl = "no-store";
        await MjpegAnswer.SendAsync(http, viewer, time, over);
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

        var snapshot = await outputs.SnapshotAsync(Math.Clamp(width, 1, MjpegAnswer.WidestPicture)).WaitAsync(http.RequestAborted);
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
}
