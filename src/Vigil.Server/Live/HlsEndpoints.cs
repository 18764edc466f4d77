using System.Buffers;
using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Vigil.Media.Live;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live;

/// <summary>
/// HLS for players that know nothing else. Every line of a playlist carries a signature of the login session, so that a player without our
/// cookie gets the segments; each request is checked like any other.
/// </summary>
internal static class HlsEndpoints
{
    /// <summary>Two groups of pictures of a camera with a key frame every four seconds.</summary>
    private static readonly TimeSpan FirstSegments = TimeSpan.FromSeconds(10);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var hls = routes.MapGroup("/api/v1/cameras/{id:int}/hls").WithTags("Live");
        hls.MapGet("/index.m3u8", Playlist).For("Live playlist (HLS, fMP4)").Produces(StatusCodes.Status200OK, null, "application/vnd.apple.mpegurl");
        hls.MapGet("/init-{generation:int}.mp4", Init).For("Init segment of the live playlist").Produces(StatusCodes.Status200OK, null, "video/mp4");
        hls.MapGet("/{number:long}.m4s", Segment).For("Segment of the live playlist").Produces(StatusCodes.Status200OK, null, "video/iso.segment");
    }

    private static RouteHandlerBuilder For(this RouteHandlerBuilder route, string summary) =>
        route.RequireCamera(CameraNeed.View).RequireAuthorization().AcceptMediaSignature("cameras/{id}").WithSummary(summary);

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> Playlist(
        int id, HttpContext http, CurrentMember member, LiveCameras cameras, Watchers watchers, MediaSignature signatures, string? quality = null)
    {
        if (Find(cameras, id, quality) is not { } stream)
        {
            return Paused();
        }

        if (stream.IsUnsupported)
        {
            return Problems.Conflict("This camera sends JPEG pictures: use the MJPEG stream.", "useMjpeg");
        }

        var query = $"{MediaSignature.Parameter}={signatures.Sign(member.SessionUid, member.HouseholdId, string.Create(CultureInfo.InvariantCulture, $"cameras/{id}"))}"
            + (quality == "sub" ? "&quality=sub" : "");
        if (await stream.Hls().PlaylistAsync(query, FirstSegments, http.RequestAborted) is not { } playlist)
        {
            http.Response.Headers.RetryAfter = "2";
            return Problems.Of(StatusCodes.Status503ServiceUnavailable, "The camera sends no pictures at the moment.", "noPicture");
        }

        watchers.Asked(id, member, WatchVia.Of(http, WatchRoad.Hls, LiveCameras.QualityOf(quality, LiveQuality.Main)));
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Text(playlist, "application/vnd.apple.mpegurl");
    }

    private static Results<FileContentHttpResult, ProblemHttpResult> Init(
        int id, int generation, HttpContext http, LiveCameras cameras, string? quality = null)
    {
        if (Find(cameras, id, quality) is not { } stream)
        {
            return Paused();
        }

        if (stream.OpenHls?.FindInit(generation) is not { } init)
        {
            return Problems.NotFound("This part of the stream has gone.");
        }

        http.Response.Headers.CacheControl = "private, max-age=60";
        return TypedResults.File(init.Segment.ToArray(), "video/mp4");
    }

    private static async Task<Results<EmptyHttpResult, ProblemHttpResult>> Segment(
        int id, long number, HttpContext http, LiveCameras cameras, string? quality = null)
    {
        if (Find(cameras, id, quality) is not { } stream)
        {
            return Paused();
        }

        if (stream.OpenHls?.Find(number) is not { } segment)
        {
            return Problems.NotFound("This part of the stream has gone.");
        }

        http.Response.ContentType = "video/iso.segment";
        http.Response.ContentLength = segment.Bytes;
        http.Response.Headers.CacheControl = "private, max-age=60";
        foreach (var fragment in segment.Fragments)
        {
            http.Response.BodyWriter.Write(fragment.Head.Span);
            http.Response.BodyWriter.Write(fragment.Payload.Span);
            await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
        }

        return TypedResults.Empty;
    }

    private static LiveStream? Find(LiveCameras cameras, int id, string? quality) =>
        cameras.Open(id)?.Stream(LiveCameras.QualityOf(quality, LiveQuality.Main));

    internal static ProblemHttpResult Paused() => Problems.Conflict("The camera is paused for privacy, or a paired device that sends only straight to its viewers.", "paused");
}
