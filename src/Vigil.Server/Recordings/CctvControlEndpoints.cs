using System.Text.Json.Nodes;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;

namespace Vigil.Server.Recordings;

/// <summary>`start_recording`, `stop_recording`, `recording_status` and `test_recording` of one camera.</summary>
internal static class CctvControlEndpoints
{
    private const int LongestMinutes = 1440;
    private const int TestMinutes = 5;
    private const int Recent = 5;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var camera = routes.MapCctv("/cameras/{id:guid}");
        foreach (var (start, stop) in new[] { ("/start_recording", "/stop_recording"), ("/start-recording", "/stop-recording") })
        {
            camera.MapPost(start, Start).RequireCctvCamera(CameraNeed.Record).WithSummary("duration_minutes (1 to 1440, or until stopped), recording_name, quality; no body is fine");
            camera.MapPost(stop, Stop).RequireCctvCamera(CameraNeed.Record).WithSummary("End what is being recorded");
        }

        camera.MapGet("/recording_status", GetStatus).RequireCctvCamera(CameraNeed.View);
        camera.MapPost("/test_recording", Test).RequireCctvCamera(CameraNeed.Record).WithSummary("Record for five minutes");
    }

    /// <summary>Begins a recording by hand; null when one runs already.</summary>
    public static Recording? Begin(RecordingBook book, Camera camera, CurrentMember member, string? name, int? minutes, TimeProvider time) =>
        book.Start(new RecordingStart
        {
            CameraId = camera.Id,
            Kind = RecordingKind.Manual,
            Name = name?.Trim(),
            StartedBy = member.AccountId,
            StartedByName = member.Name ?? member.Username,
            PlannedUntil = minutes is { } known ? time.GetUtcNow().AddMinutes(known) : null,
        });

    private static async Task<IResult> Start(HttpContext http, RecordingBook book, TimeProvider time, CancellationToken cancel)
    {
        var body = await LooseBody.ReadJsonAsync(http.Request, cancel, mayBeEmpty: true);
        var minutes = body.Number("duration_minutes", 1, LongestMinutes);
        var name = body.Optional("recording_name", 255);
        if (name is not null && name.Any(char.IsControl))
        {
            body.Fault("recording_name", "String should be one line of text", "string_pattern_mismatch");
        }

        body.Optional("quality", 16); // The main stream is always what is recorded.
        return body.HasFaults ? body.Unprocessable() : Begun(http, book, name, minutes, time, "Recording started successfully");
    }

    private static IResult Test(HttpContext http, RecordingBook book, TimeProvider time) =>
        Begun(http, book, $"Test Recording - {CctvSubject.Of(http).Camera.Name}", TestMinutes, time, "Test recording started successfully");

    private static IResult Begun(HttpContext http, RecordingBook book, string? name, int? minutes, TimeProvider time, string message)
    {
        var (camera, member) = CctvSubject.Of(http);
        if (camera.Paused)
        {
            return CctvContract.Conflict("The camera is paused for privacy");
        }

        return Begin(book, camera, member, name, minutes, time) is not { } begun ? CctvContract.Conflict("Camera is already recording") : Results.Json(new JsonObject
        {
            ["message"] = message,
            ["recording_id"] = begun.Id,
            ["recording_name"] = begun.Name,
            ["duration_minutes"] = minutes,
            ["estimated_end_time"] = CctvContract.Instant(begun.PlannedUntil),
        });
    }

    private static IResult Stop(HttpContext http, RecordingBook book, CctvRecordings recordings)
    {
        var camera = CctvSubject.Of(http).Camera;
        var running = recordings.Current(camera.Id);
        if (running is { Kind: RecordingKind.Continuous })
        {
            return CctvContract.Conflict("This camera is always recorded; change auto_record to end it");
        }

        return running is null || book.Stop(running.Id) is not { } stopped ? CctvContract.Conflict("No active recording for this camera") : Results.Json(new JsonObject
        {
            ["message"] = "Recording stopped successfully",
            ["recording_id"] = stopped.Id,
            ["recording_name"] = stopped.Name,
        });
    }

    private static async Task<IResult> GetStatus(
        HttpContext http, CctvRecordings recordings, RecordingAccess access, RecordingViews views, TimeProvider time, CancellationToken cancel)
    {
        var (camera, member) = CctvSubject.Of(http);
        var listed = (await recordings.ListAsync(http, cancel, most: 4 * Recent, camera.Uid)).Select(r => r.Recording);
        var running = recordings.Current(camera.Id) is { } now && access.MaySee(member, now) ? now : null;
        List<Recording> asked = [.. running is null ? [] : new[] { running }, .. listed.Where(r => !r.IsRunning).Take(Recent)];
        var seen = await views.OfAsync(member, asked, cancel);
        return Results.Json(new JsonObject
        {
            ["camera_id"] = camera.Uid,
            ["camera_name"] = camera.Name,
            ["is_recording"] = running is not null,
            ["recording_info"] = running is null ? null : Describe(running, seen[0], time),
            ["recent_recordings"] = new JsonArray([.. seen.Skip(running is null ? 0 : 1).Select(r => new JsonObject
            {
                ["id"] = r.Id,
                ["name"] = r.Name,
                ["status"] = CctvRecordingJson.StatusOf(r.Status),
                ["start_time"] = CctvContract.Instant(r.From),
                ["duration"] = CctvRecordingJson.Clock(r.DurationSeconds),
                ["file_size_mb"] = Math.Round(r.Bytes / 1048576.0, 2),
            })]),
        });
    }

    private static JsonObject Describe(Recording running, RecordingView view, TimeProvider time)
    {
        var elapsed = (time.GetUtcNow() - running.From).TotalSeconds;
        return new JsonObject
        {
            ["recording_id"] = running.Id,
            ["recording_name"] = running.Name,
            ["start_time"] = CctvContract.Instant(running.From),
            ["elapsed_seconds"] = (long)elapsed,
            ["elapsed_formatted"] = CctvRecordingJson.Clock(elapsed),
            ["frame_count"] = view.Frames,
            ["duration_minutes"] = running.PlannedUntil is { } until ? (long)Math.Round((until - running.From).TotalMinutes) : null,
            ["estimated_end_time"] = CctvContract.Instant(running.PlannedUntil),
        };
    }
}
