using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Vigil.Media.Recording;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Events;
using Vigil.Server.Hosting;

namespace Vigil.Server.Recordings;

/// <summary>The footage of an event as one MP4 file, also while it grows.</summary>
internal static class ClipEndpoints
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMethods("/api/v1/events/{id:guid}/clip.mp4", [HttpMethods.Get, HttpMethods.Head], Clip)
            .WithTags("Events")
            .RequireAuthorization()
            .OpenToOutsiders()
            .Produces(StatusCodes.Status200OK, contentType: "video/mp4")
            .Produces(StatusCodes.Status206PartialContent, contentType: "video/mp4")
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static async Task<IResult> Clip(
        Guid id, HttpContext http, CurrentMember member, EventAccess events, CameraAccess access, CameraLeases leases, SegmentIndex index,
        CameraDirectory directory, VigilPaths paths, PlayableClips playable, TimeProvider time, string? download, CancellationToken cancel)
    {
        if (await events.FindAsync(member, id, cancel) is not { CameraId: { } cameraId, ClipFrom: { } begin } e
            || access.Footage(member, cameraId, begin, e.ClipTo ?? time.GetUtcNow()) is not [var (from, to), ..])
        {
            return Problems.NotFound("There is no such clip.");
        }

        if (download is not null && access.Check(member, cameraId, CameraNeed.Download) != CameraAnswer.Allowed)
        {
            return CameraAccessEndpoints.Refused(http, cameraId);
        }

        leases.Hold(http, member, cameraId, CameraNeed.View);
        var segments = await index.FindAsync(member.HouseholdId, cameraId, from, to, cancel);
        // A player asks for many parts of a clip, and all must be parts of one file: while it grows, the address says how far it goes.
        // Who asks for the whole gets it in one answer, as far as it goes.
        if (Snapshot.TryParse(http.Request.Query, out var snapshot))
        {
            segments = snapshot.Of(segments);
        }
        else if (http.Request.Headers.Range.Count > 0 && segments is [.., { Open: true } newest] && newest.End < to)
        {
            var address = string.Create(CultureInfo.InvariantCulture, $"{http.Request.Path}?until={newest.End.UtcTicks}&bytes={newest.Bytes}");
            // A player sends no headers: the household it named must stay in the address.
            address += http.Request.Query.ContainsKey("household") ? string.Create(CultureInfo.InvariantCulture, $"&household={member.HouseholdId}") : "";
            return TypedResults.Redirect(download is null ? address : address + "&download=" + Uri.EscapeDataString(download));
        }

        if (ClipFile.Open(segments, paths.Segments, from, to) is not { } clip)
        {
            return Problems.NotFound("There is no footage of this event, or not yet.");
        }

        http.Response.Headers.CacheControl = "private, no-cache";
        var name = download is "1" or "true" ? FileName(directory.Find(cameraId)?.Name, e.StartedAt, member.TimeZone) : null;
        return await StreamAsync(http, clip, playable, name, cancel);
    }

    /// <summary>The clip in a form that browsers play: JPEG pictures become H.264, everything else goes as it is.</summary>
    private static async Task<IResult> StreamAsync(HttpContext http, ClipFile clip, PlayableClips playable, string? name, CancellationToken cancel)
    {
        if (!clip.IsJpeg)
        {
            return Answer(new ClipStream(clip), clip.ETag, name);
        }

        http.Response.RegisterForDispose(clip);
        switch (await playable.OpenAsync(clip, cancel))
        {
            case (PlayableResult.Busy, _):
                http.Response.Headers.RetryAfter = "5";
                return Problems.Of(StatusCodes.Status503ServiceUnavailable, "The server has no room to make this clip playable at the moment.", "busy");
            case (_, { } made):
                return Answer(new ClipStream(made), $"{clip.ETag[..^1]}-h264\"", name);
            default:
                return Answer(new ClipStream(clip), clip.ETag, name);
        }
    }

    private static FileStreamHttpResult Answer(Stream clip, string tag, string? name) =>
        TypedResults.Stream(clip, "video/mp4", name, entityTag: new EntityTagHeaderValue(tag), enableRangeProcessing: true);

    internal static string FileName(string? camera, DateTimeOffset at, string zone)
    {
        var local = TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found) ? TimeZoneInfo.ConvertTime(at, found) : at;
        var safe = new string([.. (camera ?? "camera").Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' ? c : '_').Take(60)]);
        return $"{safe}_{local.ToString("yyyyMMdd_HHmmss", CultureInfo.InvariantCulture)}.mp4";
    }

    /// <summary>How far a growing clip went when it was first asked for. Only ever made by ourselves, so not part of the described API.</summary>
    private readonly record struct Snapshot(DateTimeOffset Until, long Bytes)
    {
        public static bool TryParse(IQueryCollection query, out Snapshot snapshot)
        {
            snapshot = default;
            if (!long.TryParse(query["until"], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) || ticks > DateTimeOffset.MaxValue.Ticks
                || !long.TryParse(query["bytes"], NumberStyles.None, CultureInfo.InvariantCulture, out var bytes))
            {
                return false;
            }

            snapshot = new Snapshot(new DateTimeOffset(ticks, TimeSpan.Zero), bytes);
            return true;
        }

        /// <summary>As the segments were then: none that began later, and no more of the last one.</summary>
        public IReadOnlyList<SegmentRecord> Of(IReadOnlyList<SegmentRecord> segments)
        {
            var (until, bytes) = this;
            var then = segments.Where(s => s.Start < until).ToList();
            if (then.Count > 0 && then[^1].Bytes > bytes)
            {
                then[^1] = then[^1] with { Bytes = bytes, Ended = SegmentEnd.Open };
            }

            return then;
        }
    }
}
