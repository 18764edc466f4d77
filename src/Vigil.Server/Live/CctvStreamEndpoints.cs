using System.Globalization;
using System.Text.Json.Nodes;
using Vigil.Media;
using Vigil.Media.Live;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live;

/// <summary>
/// The pictures of `/v0/api/cctv/cameras/{id}/stream/…`: MJPEG for a plain image element, thumbnail, snapshot. By cookie, token, or a signature
/// of the login session. Looking changes nothing about the camera: what is paused stays paused.
/// </summary>
internal static class CctvStreamEndpoints
{
    public const string Scope = "cctv/cameras/{id}";
    private const int ThumbnailWidth = 320;
    private static readonly TimeSpan FirstPicture = TimeSpan.FromSeconds(10);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var camera = routes.MapCctv("/cameras/{id:guid}/stream");
        camera.MapGet("", Stream).RequireCctvCamera(CameraNeed.View).AcceptMediaSignature(Scope)
            .WithSummary("Live pictures (multipart/x-mixed-replace), ?quality=main|sub; at most ten a second and 1280 wide")
            .Produces(StatusCodes.Status200OK, null, "multipart/x-mixed-replace");
        camera.MapGet("/thumbnail", Thumbnail).RequireCctvCamera(CameraNeed.View).AcceptMediaSignature(Scope)
            .WithSummary("The newest picture, small; 204 when there is none").Produces(StatusCodes.Status200OK, null, "image/jpeg");
        camera.MapGet("/snapshot", TakeSnapshot).RequireCctvCamera(CameraNeed.Control).WithSummary("Take a picture and say where it is");
        camera.MapGet("/snapshot/{name}", GetSnapshot).RequireCctvCamera(CameraNeed.View).AcceptMediaSignature(Scope)
            .WithSummary("A picture taken a moment ago").Produces(StatusCodes.Status200OK, null, "image/jpeg");
    }

    /// <summary>The signature for addresses of this camera's pictures.</summary>
    public static string Sign(MediaSignature signatures, CctvSubject subject) =>
        signatures.Sign(subject.Member.SessionUid, subject.Member.HouseholdId, $"cctv/cameras/{subject.Camera.Uid}");

    /// <summary>What an unknown word means, and what a camera without a small stream shows.</summary>
    public static LiveQuality QualityOf(string? text, Camera camera) =>
        camera.SubAddress is null ? LiveQuality.Main : LiveCameras.QualityOf(text, LiveQuality.Main);

    private static async Task<IResult> Stream(
        HttpContext http, LiveCameras cameras, Watchers watchers, CctvStreams streams, IHostApplicationLifetime lifetime, TimeProvider time, string? quality = null)
    {
        var (camera, member) = CctvSubject.Of(http);
        var wanted = QualityOf(quality, camera);
        if (cameras.Open(camera.Id) is not { } outputs)
        {
            return Unreachable(http, "The camera is paused for privacy");
        }

        if (cameras.StatusOf(camera.Id) is { State: FeedState.Offline } offline)
        {
            return Unreachable(http, offline.Detail);
        }

        using var viewer = outputs.WatchMjpeg(wanted, MjpegAnswer.WidestPicture);
        if (viewer is null)
        {
            return Unreachable(http, "The server is busy with other pictures. Try again in a moment.");
        }

        var lease = CameraLease.Take(http);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping, lease.Ended, streams.EndOf(camera.Id));
        if (!await HasPictureAsync(viewer, time, over.Token))
        {
            return Unreachable(http, cameras.StatusOf(camera.Id)?.Detail is { Length: > 0 } why ? why : "The camera sends no pictures at the moment");
        }

        using var present = watchers.Enter(camera.Id, member, WatchVia.Of(http, WatchRoad.Mjpeg, wanted));
        var headers = http.Response.Headers;
        headers.CacheControl = "no-cache, no-store, must-revalidate";
        headers.Pragma = "no-cache";
        headers.Expires = "0";
        headers["X-Camera-Name"] = Plain(camera.Name);
        headers["X-Stream-Quality"] = StreamWords.Of(wanted);
        await MjpegAnswer.SendAsync(http, viewer, time, over);
        return Results.Empty;
    }

    private static async Task<IResult> Thumbnail(HttpContext http, LiveCameras cameras, CameraAccess access)
    {
        var (camera, member) = CctvSubject.Of(http);
        if (cameras.Open(camera.Id) is not { } outputs || cameras.StatusOf(camera.Id) is { State: FeedState.Offline })
        {
            return Results.NoContent();
        }

        var snapshot = await outputs.SnapshotAsync(ThumbnailWidth).WaitAsync(http.RequestAborted);
        http.Response.Headers.CacheControl = "no-store";
        return snapshot.Result == SnapshotResult.Taken && access.MaySee(member, camera.Id, snapshot.TakenAt, snapshot.TakenAt) ? Results.File(snapshot.Picture.ToArray(), "image/jpeg") : Results.NoContent();
    }

    private static async Task<IResult> TakeSnapshot(
        HttpContext http, LiveCameras cameras, CameraAccess access, CctvStreams streams, MediaSignature signatures)
    {
        var subject = CctvSubject.Of(http);
        var camera = subject.Camera;
        if (cameras.Open(camera.Id) is not { } outputs)
        {
            return Unreachable(http, "The camera is paused for privacy");
        }

        var snapshot = cameras.StatusOf(camera.Id) is { State: FeedState.Offline } ? null : await outputs.SnapshotAsync(MjpegAnswer.WidestPicture).WaitAsync(http.RequestAborted);
        if (snapshot is not { Result: SnapshotResult.Taken } || !access.MaySee(subject.Member, camera.Id, snapshot.TakenAt, snapshot.TakenAt))
        {
            return Unreachable(http, "The camera sends no pictures at the moment");
        }

        var name = $"{FileWord(camera.Name)}_{snapshot.TakenAt.UtcDateTime.ToString("yyyyMMdd_HHmmss_fff", CultureInfo.InvariantCulture)}.jpg";
        streams.Keep(camera.Id, name, snapshot.TakenAt, snapshot.Picture.ToArray());
        var path = $"/v0/api/cctv/cameras/{camera.Uid}/stream/snapshot/{Uri.EscapeDataString(name)}";
        var address = $"{http.Request.Scheme}://{http.Request.Host}{path}?{MediaSignature.Parameter}={Sign(signatures, subject)}";
        var taken = CctvContract.Instant(snapshot.TakenAt);
        return Results.Json(new JsonObject
        {
            ["success"] = true,
            ["message"] = "Snapshot captured successfully",
            ["snapshot"] = new JsonObject { ["filename"] = name, ["file_path"] = path, ["full_url"] = address, ["timestamp"] = taken, ["camera_name"] = camera.Name },
            // The page's own names for the same.
            ["snapshot_id"] = name,
            ["file_path"] = path,
            ["file_url"] = address,
            ["captured_at"] = taken,
            ["camera_name"] = camera.Name,
        });
    }

    private static IResult GetSnapshot(string name, HttpContext http, CameraAccess access, CctvStreams streams)
    {
        http.Response.Headers.CacheControl = "private, max-age=600";
        var (camera, member) = CctvSubject.Of(http);
        return streams.FindSnapshot(camera.Id, name) is { } kept && access.MaySee(member, camera.Id, kept.TakenAt, kept.TakenAt)
            ? Results.File(kept.Picture, "image/jpeg")
            : CctvContract.NotFound("Snapshot not found");
    }

    private static async Task<bool> HasPictureAsync(MjpegViewer viewer, TimeProvider time, CancellationToken over)
    {
        using var patience = new CancellationTokenSource(FirstPicture, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over, patience.Token);
        try
        {
            return await viewer.Pictures.WaitToReadAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static IResult Unreachable(HttpContext http, string detail)
    {
        http.Response.Headers.RetryAfter = "5";
        return CctvContract.Fail(StatusCodes.Status503ServiceUnavailable, detail);
    }

    /// <summary>Headers carry ASCII; a name in another script is percent-encoded.</summary>
    private static string Plain(string name) => name.All(c => c is >= ' ' and <= '~') ? name : Uri.EscapeDataString(name);

    private static string FileWord(string name) => new([.. name.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' ? c : '_').Take(60)]);
}
