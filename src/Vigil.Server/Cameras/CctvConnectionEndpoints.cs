using System.Text.Json.Nodes;
using Vigil.Media;
using Vigil.Server.Accounts;

namespace Vigil.Server.Cameras;

/// <summary>`test_connection`, `set_online` and `recover_stream`: what the engine knows, told without holding a thread, and without trying for a minute.</summary>
internal static class CctvConnectionEndpoints
{
    /// <summary>A feed that is begun anew has a picture within this, or the answer says that it has none yet.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Pictures this young mean that the camera is there: asking it for a second connection could take the first one away.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var camera = routes.MapCctv("/cameras/{id:guid}");
        foreach (var path in new[] { "/test_connection", "/test-connection" })
        {
            camera.MapPost(path, Test).RequireCctvCamera(CameraNeed.Control).WithSummary("Does the camera answer? Always 200; success says it");
        }

        camera.MapPost("/set_online", SetOnline).RequireCctvCamera(CameraNeed.Control).WithSummary("End a pause, connect, and say whether pictures come");
        camera.MapPost("/recover_stream", Recover).RequireCctvCamera(CameraNeed.Control).WithSummary("Connect anew, unless pictures come already");
    }

    public static async Task<JsonObject> TestAsync(Camera camera, bool may, CameraFeeds feeds, CameraSecrets secrets, CameraProbes probes, TimeProvider time, CancellationToken cancel)
    {
        var began = time.GetTimestamp();
        var (success, detail, video) = await LookAsync(camera, feeds, secrets, probes, time, cancel);
        var answer = new JsonObject
        {
            ["success"] = success,
            ["message"] = success ? "Camera connection successful" : "Camera connection failed",
            ["camera_id"] = camera.Uid,
            ["camera_name"] = camera.Name,
            ["rtsp_url"] = may ? camera.Address : "",
            ["status"] = success ? "active" : "error",
            ["connection_time_ms"] = (long)time.GetElapsedTime(began).TotalMilliseconds,
            ["tested_at"] = CctvContract.Instant(time.GetUtcNow()),
        };
        answer[success ? "frame_size" : "error"] = success ? CctvCameraJson.FrameSize(video) : detail;
        return answer;
    }

    private static async Task<(bool Success, string Detail, StreamFacts? Video)> LookAsync(
        Camera camera, CameraFeeds feeds, CameraSecrets secrets, CameraProbes probes, TimeProvider time, CancellationToken cancel)
    {
        if (camera.Paused)
        {
            return (false, "The camera is paused for privacy.", null);
        }

        var status = feeds.StatusOf(camera);
        if (status is { State: CameraState.Live, LastFrameAt: { } last } && time.GetUtcNow() - last < Fresh)
        {
            return (true, "", status.Video);
        }

        if (camera.IsPublished)
        {
            return (false, "The phone or encoder that sends this camera is not connected.", null);
        }

        var report = await probes.ProbeAsync(camera with { Id = 0 }, secrets.Open(camera), secrets.OpenHidden(camera), cancel);
        return (report.Success, report.Detail, report.Video);
    }

    private static async Task<IResult> Test(
        HttpContext http, CctvDoor door, CameraFeeds feeds, CameraSecrets secrets, CameraProbes probes, TimeProvider time, CancellationToken cancel)
    {
        var (camera, member) = CctvSubject.Of(http);
        return Results.Json(await TestAsync(camera, door.May(member, camera, CameraNeed.Admin), feeds, secrets, probes, time, cancel));
    }

    private static async Task<IResult> SetOnline(
        HttpContext http, CameraDirectory directory, CameraFeeds feeds, TimeProvider time, CancellationToken cancel)
    {
        var camera = CctvSubject.Of(http).Camera;
        var before = CctvCameraJson.StatusOf(feeds.StatusOf(camera));
        if (camera.Paused)
        {
            camera = await directory.ChangeAsync(camera.HouseholdId, camera.Id, c => c with { Paused = false }, cancel) ?? camera;
        }

        var status = await ConnectAsync(camera, feeds, time, cancel);
        var live = status.State == CameraState.Live;
        return Results.Json(new JsonObject
        {
            ["success"] = live,
            ["message"] = live ? $"Camera '{camera.Name}' is online" : $"Camera '{camera.Name}' sends no pictures. {status.Detail}".TrimEnd(),
            ["camera_id"] = camera.Uid,
            ["camera_name"] = camera.Name,
            ["previous_status"] = before,
            ["current_status"] = CctvCameraJson.StatusOf(status),
            ["is_online"] = live,
            ["is_streaming"] = live,
            ["last_seen"] = CctvContract.Instant(status.LastFrameAt),
            ["stream_auto_started"] = live,
            ["stream_urls"] = CctvCameraJson.StreamUrls(camera, null),
            ["timestamp"] = CctvContract.Instant(time.GetUtcNow()),
        });
    }

    private static async Task<IResult> Recover(HttpContext http, CameraFeeds feeds, TimeProvider time, CancellationToken cancel)
    {
        var camera = CctvSubject.Of(http).Camera;
        if (camera.Paused)
        {
            return CctvContract.BadRequest("The camera is paused for privacy");
        }

        var status = await ConnectAsync(camera, feeds, time, cancel);
        var live = status.State == CameraState.Live;
        return Results.Json(new JsonObject
        {
            ["success"] = live,
            ["message"] = live ? "Stream recovered" : $"The camera sends no pictures yet. {status.Detail}".TrimEnd(),
            ["camera_id"] = camera.Uid,
            ["camera_name"] = camera.Name,
            ["status"] = CctvCameraJson.StatusOf(status),
        });
    }

    /// <summary>The status once there are pictures; after <see cref="Patience"/> as it is then. What runs well is left alone.</summary>
    private static async Task<CameraStatus> ConnectAsync(Camera camera, CameraFeeds feeds, TimeProvider time, CancellationToken cancel)
    {
        using var changes = feeds.StatusChanged.Listen(capacity: 64);
        var status = feeds.StatusOf(camera);
        if (status is { State: CameraState.Live, LastFrameAt: { } last } && time.GetUtcNow() - last < Fresh)
        {
            return status;
        }

        if (feeds.Find(camera.Id) is not null)
        {
            await feeds.StopAsync(camera.Id); // Its next attempt may be half a minute away; a new feed tries at once.
        }

        feeds.Open(camera.Id);
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        try
        {
            while ((status = feeds.StatusOf(camera)).State != CameraState.Live)
            {
                await changes.Items.WaitToReadAsync(either.Token);
                while (changes.Items.TryRead(out _))
                {
                }
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
        }

        return status;
    }
}
