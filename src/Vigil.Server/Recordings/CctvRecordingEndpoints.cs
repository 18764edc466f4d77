using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Hosting;

namespace Vigil.Server.Recordings;

/// <summary>
/// `/v0/api/cctv/recordings/…`, and the files that its answers name below `/media/recordings/`. There are no such files: each request
/// builds the part it wants from the segments.
/// </summary>
internal static class CctvRecordingEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var cctv = routes.MapCctv();
        var recordings = routes.MapCctv("/recordings");
        recordings.MapGet("", List).WithSummary("All counted, the newest 500 listed; ?camera_id=");
        recordings.MapGet("/stats", GetStats);
        recordings.MapGet("/{id:guid}", Get);
        recordings.MapDelete("/{id:guid}", Delete).WithSummary("Delete a recording, and the footage that nothing else refers to");
        Video(recordings.MapMethods("/{id:guid}/download", ["GET", "HEAD"], Download), "The recording as an attachment");
        Video(recordings.MapMethods("/{id:guid}/stream", ["GET", "HEAD"], Play), "The recording as a video, with ranges");
        Video(cctv.MapMethods("/playback/{id:guid}", ["GET", "HEAD"], Play), "As /recordings/{id}/stream/");
        // A cloud is not part of Vigil.
        recordings.MapPost("/transfer-to-gcp", () => Results.Json(new JsonObject
        {
            ["message"] = "No cloud storage is configured",
            ["total_recordings"] = 0,
            ["initiated_transfers"] = 0,
            ["already_transferred"] = 0,
            ["failed_initiations"] = 0,
            ["transfer_ids"] = new JsonArray(),
        })).WithSummary("Nothing to transfer");
        recordings.MapGet("/gcp-transfers", () => Results.Json(new JsonObject
        {
            ["transfers"] = new JsonArray(),
            ["total_count"] = 0,
            ["pending_count"] = 0,
            ["uploading_count"] = 0,
            ["completed_count"] = 0,
            ["failed_count"] = 0,
        })).WithSummary("No transfers");
        Video(
            routes.MapMethods("/media/recordings/{camera}/{file}", ["GET", "HEAD"], PlayFile).RequireAuthorization().OpenToOutsiders()
                .WithErrorShape(ErrorShape.Cctv).WithTags(CctvContract.Tag).AcceptMediaSignature(CctvRecordingJson.Scope),
            "What file_url of a recording leads to: by cookie, token, or the signature in it");
    }

    private static void Video(RouteHandlerBuilder route, string summary) =>
        route.WithSummary(summary).Produces(StatusCodes.Status200OK, null, "video/mp4").Produces(StatusCodes.Status206PartialContent, null, "video/mp4");

    private static async Task<IResult> List(
        HttpContext http, CctvRecordings recordings, CctvRecordingJson json, CancellationToken cancel, Guid? camera_id = null)
    {
        var counts = (await recordings.CountAsync(http, cancel, camera_id)).Values;
        return Results.Json(new JsonObject
        {
            ["total_recordings"] = counts.Sum(c => c.Total),
            ["completed_recordings"] = counts.Sum(c => c.Completed),
            ["failed_recordings"] = counts.Sum(c => c.Failed),
            ["recordings"] = new JsonArray([.. await json.OfAsync(http, await recordings.ListAsync(http, cancel, camera: camera_id), cancel)]),
        });
    }

    public static async Task<IResult> GetStats(HttpContext http, CctvRecordings recordings, CancellationToken cancel)
    {
        var counts = (await recordings.CountAsync(http, cancel)).Values;
        var (bytes, seconds) = await recordings.FootageAsync(http, cancel);
        var (completed, failed) = (counts.Sum(c => c.Completed), counts.Sum(c => c.Failed));
        return Results.Json(new JsonObject
        {
            ["total_recordings"] = counts.Sum(c => c.Total),
            ["completed_recordings"] = completed,
            ["failed_recordings"] = failed,
            ["active_recordings"] = counts.Sum(c => c.Running),
            ["success_rate"] = completed + failed == 0 ? 0 : Math.Round(100.0 * completed / (completed + failed), 2),
            ["total_size_bytes"] = bytes,
            ["total_size_gb"] = Math.Round(bytes / 1073741824.0, 3),
            ["total_duration_seconds"] = (long)seconds,
            ["total_duration_hours"] = Math.Round(seconds / 3600, 2),
        });
    }

    private static async Task<IResult> Get(Guid id, HttpContext http, CctvRecordings recordings, CctvRecordingJson json, CancellationToken cancel) =>
        await recordings.FindAsync(http, id, cancel) is { } found ? Results.Json((await json.OfAsync(http, [found], cancel))[0]) : NoSuchRecording();

    private static async Task<IResult> Delete(
        Guid id, HttpContext http, CctvRecordings recordings, RecordingAccess access, RecordingRemoval removal, CancellationToken cancel)
    {
        if (await recordings.FindAsync(http, id, cancel) is not { } found)
        {
            return NoSuchRecording();
        }

        return !access.May(found.Member, found.Recording, CameraNeed.Admin) ? CctvContract.Forbidden("You may see this recording, but not delete it")
            : await removal.RemoveAsync(found.Recording, cancel)
                ? Results.Json(new JsonObject { ["message"] = "Recording deleted successfully", ["recording_id"] = id })
                : NoSuchRecording();
    }

    private static async Task<IResult> Download(
        Guid id, HttpContext http, CctvRecordings recordings, RecordingAccess access, FootageFiles files, TimeProvider time, CancellationToken cancel)
    {
        if (await recordings.FindAsync(http, id, cancel) is not { } found)
        {
            return NoSuchRecording();
        }

        return access.May(found.Member, found.Recording, CameraNeed.Download)
            ? await ServeAsync(http, found, Safe(found.Recording.Name) + ".mp4", files, time, cancel)
            : CctvContract.Forbidden("You may see this recording, but not download it");
    }

    private static async Task<IResult> Play(Guid id, HttpContext http, CctvRecordings recordings, FootageFiles files, TimeProvider time, CancellationToken cancel) =>
        await recordings.FindAsync(http, id, cancel) is { } found ? await ServeAsync(http, found, null, files, time, cancel) : NoSuchRecording();

    private static async Task<IResult> PlayFile(
        string camera, string file, HttpContext http, CctvRecordings recordings, FootageFiles files, TimeProvider time, CancellationToken cancel)
    {
        const int IdLength = 32;
        var name = Path.GetFileNameWithoutExtension(file);
        return name.Length > IdLength && Guid.TryParseExact(name[^IdLength..], "N", out var id)
            && await recordings.FindAsync(http, id, cancel) is { } found && found.Camera.Uid.ToString() == camera
                ? await ServeAsync(http, found, null, files, time, cancel)
                : NoSuchRecording();
    }

    private static async Task<IResult> ServeAsync(HttpContext http, CctvRecording found, string? name, FootageFiles files, TimeProvider time, CancellationToken cancel)
    {
        var (recording, camera, member) = found;
        var wish = new FootageWish { CameraId = camera.Id, From = recording.From, To = recording.Until(time.GetUtcNow()), SaveAs = name };
        return await files.AnswerAsync(http, member, wish, cancel) is var answer && answer is ProblemHttpResult problem
            ? CctvContract.Fail(problem.StatusCode, problem.ProblemDetails.Detail ?? "")
            : answer;
    }

    private static IResult NoSuchRecording() => CctvContract.NotFound("Recording not found");

    private static string Safe(string name) => new([.. name.Select(c => char.IsControl(c) || c is '/' or '\\' or '"' ? '_' : c)]);
}
