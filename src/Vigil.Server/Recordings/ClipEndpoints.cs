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
        Guid id, HttpContext http, CurrentMember member, EventAccess events, CameraDirectory directory, FootageFiles files, TimeProvider time,
        string? download, CancellationToken cancel)
    {
        if (await events.FindAsync(member, id, cancel) is not { CameraId: { } cameraId, ClipFrom: { } from } e)
        {
            return Problems.NotFound("There is no such clip.");
        }

        return await files.AnswerAsync(
            http,
            member,
            new FootageWish
            {
                CameraId = cameraId,
                From = from,
                To = e.ClipTo ?? time.GetUtcNow(),
                SaveAs = download is "1" or "true" ? FootageFiles.FileName(directory.Find(cameraId)?.Name, e.StartedAt, member.TimeZone) : null,
            },
            cancel);
    }
}
