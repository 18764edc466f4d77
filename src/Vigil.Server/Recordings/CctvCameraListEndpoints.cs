using System.Text.Json.Nodes;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;

namespace Vigil.Server.Recordings;

/// <summary>Cameras of the camera contract, where their recordings are told with them: list, detail, register, overviews.</summary>
internal static class CctvCameraListEndpoints
{
    /// <summary>How long `start_recording` at registration records.</summary>
    private const int FirstMinutes = 60;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var cameras = routes.MapCctv("/cameras");
        cameras.MapGet("", List).WithSummary("Cameras one may see, newest first");
        cameras.MapPost("/register", Register).WithSummary("Add a camera that answers")
            .WithDescription("As POST /cameras/, and test_connection (true), start_recording (false). 400 when the camera does not answer.");
        cameras.MapGet("/{id:guid}", Get).RequireCctvCamera(CameraNeed.View).WithSummary("One camera");
        cameras.MapGet("/multi-stream", GetStreams).WithSummary("Every camera with the addresses of its pictures");
        cameras.MapGet("/recording_overview", GetOverview).WithSummary("Every camera with its newest recording");
    }

    private static IResult List(HttpContext http, CctvDoor door, CameraFeeds feeds, CctvRecordings recordings, UsualRetention usual)
    {
        var cameras = door.Visible(http);
        return Results.Json(Counted(cameras, feeds, recordings, cameras.Select(pair =>
            CctvCameraJson.Listed(pair.Camera, feeds.StatusOf(pair.Camera), door.May(pair.Member, pair.Camera, CameraNeed.Admin), usual))));
    }

    private static async Task<IResult> Get(HttpContext http, CctvDoor door, CameraFeeds feeds, CctvRecordings recordings, UsualRetention usual, CancellationToken cancel)
    {
        var (camera, member) = CctvSubject.Of(http);
        var counts = await recordings.CountAsync(http, cancel, camera.Uid);
        var answer = CctvCameraJson.Full(camera, feeds.StatusOf(camera), door.May(member, camera, CameraNeed.Admin), usual);
        answer["recording_count"] = counts.Values.Sum(c => c.Total);
        return Results.Json(answer);
    }

    private static async Task<IResult> Register(
        HttpContext http, CurrentMember member, CameraChanges changes, CameraFeeds feeds, RecordingBook book, UsualRetention usual, TimeProvider time,
        CancellationToken cancel)
    {
        if (CctvCameraEndpoints.MayNotAdd(member) is { } refusal)
        {
            return refusal;
        }

        var body = await LooseBody.ReadJsonAsync(http.Request, cancel);
        var test = body.Flag("test_connection") ?? true;
        var record = body.Flag("start_recording") ?? false;
        var (camera, wrong) = await CctvCameraEndpoints.AddAsync(body, member, changes, usual, test, cancel);
        if (camera is null)
        {
            return wrong!;
        }

        var answer = new JsonObject
        {
            ["message"] = "Camera registered successfully",
            ["camera"] = CctvCameraJson.Full(camera, feeds.StatusOf(camera), may: true, usual),
        };
        if (!record)
        {
            return Results.Json(answer);
        }

        if (camera.Paused || CctvControlEndpoints.Begin(book, camera, member, null, FirstMinutes, time) is not { } begun)
        {
            answer["warning"] = "The camera was added, but its recording could not be started";
            answer["status"] = "partial_success";
            return Results.Json(answer);
        }

        answer["recording"] = new JsonObject
        {
            ["id"] = begun.Id,
            ["name"] = begun.Name,
            ["duration_minutes"] = FirstMinutes,
            ["estimated_end_time"] = CctvContract.Instant(begun.PlannedUntil),
        };
        return Results.Json(answer);
    }

    private static IResult GetStreams(HttpContext http, CctvDoor door, CameraFeeds feeds, CctvRecordings recordings)
    {
        var cameras = door.Visible(http);
        return Results.Json(Counted(cameras, feeds, recordings, cameras.Select(pair =>
        {
            var status = feeds.StatusOf(pair.Camera);
            var live = status.State == CameraState.Live;
            return new JsonObject
            {
                ["camera_id"] = pair.Camera.Uid,
                ["camera_name"] = pair.Camera.Name,
                ["status"] = CctvCameraJson.StatusOf(status),
                ["is_online"] = live,
                ["is_streaming"] = live,
                ["stream_health"] = new JsonObject { ["status"] = live ? "healthy" : pair.Camera.Paused ? "inactive" : "unhealthy", ["detail"] = status.Detail },
                ["stream_urls"] = CctvCameraJson.StreamUrls(pair.Camera, null),
                ["location"] = pair.Camera.Location,
                ["last_seen"] = CctvContract.Instant(status.LastFrameAt),
                ["rtsp_url"] = door.May(pair.Member, pair.Camera, CameraNeed.Admin) ? pair.Camera.Address : "",
                ["supported_qualities"] = pair.Camera.SubAddress is null ? new JsonArray("main") : new JsonArray("main", "sub"),
            };
        })));
    }

    private static async Task<IResult> GetOverview(HttpContext http, CctvDoor door, CameraFeeds feeds, CctvRecordings recordings, CancellationToken cancel)
    {
        var cameras = door.Visible(http);
        var counts = await recordings.CountAsync(http, cancel);
        var newest = new Dictionary<int, Recording>();
        foreach (var (camera, _) in cameras.Where(pair => counts.ContainsKey(pair.Camera.Id)))
        {
            if (await recordings.ListAsync(http, cancel, most: 1, camera.Uid) is [var found])
            {
                newest[camera.Id] = found.Recording;
            }
        }

        return Results.Json(Counted(cameras, feeds, recordings, cameras.Select(pair =>
        {
            var status = feeds.StatusOf(pair.Camera);
            var last = newest.GetValueOrDefault(pair.Camera.Id);
            return new JsonObject
            {
                ["camera_id"] = pair.Camera.Uid,
                ["camera_name"] = pair.Camera.Name,
                ["ip_address"] = door.May(pair.Member, pair.Camera, CameraNeed.Admin) ? CctvCameraJson.HostOf(pair.Camera) : "",
                ["status"] = CctvCameraJson.StatusOf(status),
                ["is_online"] = status.State == CameraState.Live,
                ["is_recording"] = recordings.Current(pair.Camera.Id) is not null,
                ["total_recordings"] = counts.GetValueOrDefault(pair.Camera.Id)?.Total ?? 0,
                ["last_recording"] = last is null ? null : new JsonObject
                {
                    ["id"] = last.Id,
                    ["name"] = last.Name,
                    ["start_time"] = CctvContract.Instant(last.From),
                    ["status"] = CctvRecordingJson.StatusOf(last.Outcome),
                },
            };
        })));
    }

    private static JsonObject Counted(
        IReadOnlyList<(Camera Camera, CurrentMember Member)> cameras, CameraFeeds feeds, CctvRecordings recordings, IEnumerable<JsonObject> shown) => new()
        {
            ["total_cameras"] = cameras.Count,
            ["online_cameras"] = cameras.Count(pair => feeds.StatusOf(pair.Camera).State == CameraState.Live),
            ["recording_cameras"] = cameras.Count(pair => recordings.Current(pair.Camera.Id) is not null),
            ["cameras"] = new JsonArray([.. shown]),
        };
}
