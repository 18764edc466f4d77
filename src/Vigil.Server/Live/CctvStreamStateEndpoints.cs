using System.Text.Json.Nodes;
using Vigil.Media.Live;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live;

/// <summary>What the camera contract's live page asks about a stream, told from the engine's own counters.</summary>
internal static class CctvStreamStateEndpoints
{
    /// <summary>As documented: without a picture for this long, a stream is not well.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var camera = routes.MapCctv("/cameras/{id:guid}");
        camera.MapPost("/activate_stream", Activate).RequireCctvCamera(CameraNeed.Control).WithSummary("Note that a stream is wanted, ?quality=main|sub; 400 when it is already");
        camera.MapPost("/deactivate_stream", Deactivate).RequireCctvCamera(CameraNeed.Control).WithSummary("End the pictures that these pages have open; the camera is read and recorded as before");
        camera.MapGet("/stream_status", GetStatus).RequireCctvCamera(CameraNeed.View);
        camera.MapGet("/stream_health", GetHealth).RequireCctvCamera(CameraNeed.View);
        camera.MapGet("/stream/info", GetInfo).RequireCctvCamera(CameraNeed.View).WithSummary("Where the pictures are; the addresses carry a signature of the login session");
        routes.MapCctv("/cameras").MapGet("/stream/status", GetSystem);
    }

    private static IResult Activate(
        HttpContext http, CctvStreams streams, CameraFeeds feeds, MediaSignature signatures, CctvDoor door, string? quality = null)
    {
        var subject = CctvSubject.Of(http);
        var camera = subject.Camera;
        if (camera.Paused)
        {
            return CctvContract.BadRequest("The camera is paused for privacy");
        }

        var wanted = CctvStreamEndpoints.QualityOf(quality, camera);
        if (streams.Activate(camera.Id, wanted) is not { } activation)
        {
            return CctvContract.BadRequest("Stream is already active");
        }

        var word = StreamWords.Of(wanted);
        return Results.Json(new JsonObject
        {
            ["success"] = true,
            ["message"] = "Stream activated successfully",
            ["stream_info"] = new JsonObject
            {
                ["session_id"] = activation.Id,
                ["camera_id"] = camera.Uid,
                ["camera_name"] = camera.Name,
                ["quality"] = word,
                ["stream_url"] = CctvCameraJson.StreamUrl(camera, word, CctvStreamEndpoints.Sign(signatures, subject)),
                ["rtsp_url"] = !door.May(subject.Member, camera, CameraNeed.Admin) ? "" : wanted == LiveQuality.Sub ? camera.SubAddress : camera.Address,
                ["start_time"] = CctvContract.Instant(activation.StartedAt),
                ["camera_status"] = CctvCameraJson.StatusOf(feeds.StatusOf(camera)),
            },
        });
    }

    private static IResult Deactivate(HttpContext http, CctvStreams streams, TimeProvider time)
    {
        var camera = CctvSubject.Of(http).Camera;
        return !streams.Deactivate(camera.Id) ? CctvContract.BadRequest("Stream is not active") : Results.Json(new JsonObject
        {
            ["success"] = true,
            ["message"] = "Stream deactivated successfully",
            ["stream_info"] = new JsonObject { ["camera_id"] = camera.Uid, ["camera_name"] = camera.Name, ["end_time"] = CctvContract.Instant(time.GetUtcNow()) },
        });
    }

    private static IResult GetStatus(HttpContext http, CctvStreams streams, CameraFeeds feeds, Watchers watchers, TimeProvider time)
    {
        var (camera, member) = CctvSubject.Of(http);
        var status = feeds.StatusOf(camera);
        var activation = streams.Find(camera.Id);
        var mine = watchers.Open.LastOrDefault(s => s.CameraId == camera.Id && s.AccountId == member.AccountId);
        var since = mine?.StartedAt ?? activation?.StartedAt;
        return Results.Json(new JsonObject
        {
            ["camera_id"] = camera.Uid,
            ["camera_name"] = camera.Name,
            ["stream_status"] = new JsonObject
            {
                ["is_active"] = since is not null,
                ["session_id"] = mine?.Id ?? activation?.Id,
                ["start_time"] = CctvContract.Instant(since),
                ["duration_seconds"] = since is { } began ? (long)(time.GetUtcNow() - began).TotalSeconds : null,
                ["quality"] = mine is not null ? StreamWords.Of(mine.Quality) : activation is not null ? StreamWords.Of(activation.Quality) : null,
                ["client_ip"] = mine?.Address,
                ["user_agent"] = mine?.Client,
            },
            ["stream_manager_status"] = new JsonObject
            {
                ["is_streaming"] = status.State == CameraState.Live,
                ["frame_count"] = feeds.Find(camera.Id)?.Health is [var main, ..] ? main.Frames : 0,
                ["last_frame_time"] = CctvContract.Instant(status.LastFrameAt),
                ["stream_health"] = HealthOf(status, time.GetUtcNow()),
            },
        });
    }

    private static IResult GetHealth(HttpContext http, CameraFeeds feeds, TimeProvider time, string? quality = null)
    {
        var camera = CctvSubject.Of(http).Camera;
        var status = feeds.StatusOf(camera);
        var main = feeds.Find(camera.Id)?.Health is [var first, ..] ? first : null;
        var health = HealthOf(status, time.GetUtcNow());
        var rate = status.Video?.FramesPerSecond ?? 0;
        return Results.Json(new JsonObject
        {
            ["camera_id"] = camera.Uid,
            ["camera_name"] = camera.Name,
            ["status"] = health,
            ["health_status"] = health,
            ["health_details"] = new JsonObject
            {
                ["connection_status"] = status.State == CameraState.Live ? "connected" : "disconnected",
                ["frame_rate"] = Math.Round(rate, 2),
                ["last_frame_time"] = CctvContract.Instant(status.LastFrameAt),
                ["frame_drops"] = main?.LostPackets ?? 0,
                ["stream_quality"] = StreamWords.Of(CctvStreamEndpoints.QualityOf(quality, camera)),
                ["detail"] = status.Detail,
            },
            ["performance_metrics"] = new JsonObject
            {
                ["average_frame_time_ms"] = rate > 0 ? Math.Round(1000 / rate, 2) : 0,
                ["total_frames"] = main?.Frames ?? 0,
                ["dropped_frames"] = main?.LostPackets ?? 0,
                ["reconnects"] = status.Reconnects,
                ["uptime_seconds"] = status.State == CameraState.Live ? (long)(time.GetUtcNow() - status.Since).TotalSeconds : 0,
            },
        });
    }

    private static IResult GetInfo(
        HttpContext http, CctvStreams streams, CameraFeeds feeds, Watchers watchers, MediaSignature signatures, CctvDoor door, TimeProvider time)
    {
        var subject = CctvSubject.Of(http);
        var (camera, member) = subject;
        var status = feeds.StatusOf(camera);
        var word = CctvCameraJson.StatusOf(status);
        var mine = watchers.Open.LastOrDefault(s => s.CameraId == camera.Id && s.AccountId == member.AccountId);
        var knows = door.May(member, camera, CameraNeed.Admin);
        return Results.Json(new JsonObject
        {
            ["camera_id"] = camera.Uid,
            ["camera_name"] = camera.Name,
            ["status"] = word,
            ["camera_status"] = word,
            ["is_online"] = status.State == CameraState.Live,
            ["is_streaming"] = status.State == CameraState.Live,
            ["is_activated"] = streams.Find(camera.Id) is not null,
            ["stream_urls"] = CctvCameraJson.StreamUrls(camera, CctvStreamEndpoints.Sign(signatures, subject)),
            ["supported_qualities"] = camera.SubAddress is null ? new JsonArray("main") : new JsonArray("main", "sub"),
            ["rtsp_info"] = new JsonObject
            {
                ["main_url"] = knows ? camera.Address : null,
                ["sub_url"] = knows ? camera.SubAddress : null,
                ["codec"] = status.Video?.Codec,
                ["resolution"] = CctvCameraJson.FrameSize(status.Video),
                ["frame_rate"] = Math.Round(status.Video?.FramesPerSecond ?? 0, 2),
            },
            ["active_session"] = mine is null ? null : new JsonObject
            {
                ["session_id"] = mine.Id,
                ["start_time"] = CctvContract.Instant(mine.StartedAt),
                ["duration_seconds"] = (long)(time.GetUtcNow() - mine.StartedAt).TotalSeconds,
                ["user"] = mine.Viewer,
            },
        });
    }

    private static IResult GetSystem(HttpContext http, CctvDoor door, CameraFeeds feeds, Watchers watchers, TimeProvider time)
    {
        var cameras = door.Visible(http).Select(pair => pair.Camera).ToList();
        var ids = cameras.Select(camera => camera.Id).ToHashSet();
        return Results.Json(new JsonObject
        {
            ["message"] = "Streaming is running",
            ["timestamp"] = CctvContract.Instant(time.GetUtcNow()),
            ["status"] = "operational",
            ["note"] = "Streams need no activation",
            ["total_cameras"] = cameras.Count,
            ["online_cameras"] = cameras.Count(camera => feeds.StatusOf(camera).State == CameraState.Live),
            ["active_streams"] = watchers.Open.Count(session => ids.Contains(session.CameraId)),
        });
    }

    private static string HealthOf(CameraStatus status, DateTimeOffset now) =>
        status.State == CameraState.Paused ? "inactive"
        : status.State == CameraState.Live && status.LastFrameAt is { } last && now - last < Silence ? "healthy"
        : "unhealthy";
}
