using System.Text.Json.Nodes;
using Vigil.Server.Accounts;
using Vigil.Server.Devices;

namespace Vigil.Server.Cameras;

/// <summary>`/v0/api/cctv/cameras/…` as far as it changes the registry. Lists and recording are with the recordings, pictures with the live view.</summary>
internal static class CctvCameraEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var cameras = routes.MapCctv("/cameras");
        cameras.MapPost("", Add).WithSummary("Add a camera; it need not be reachable")
            .WithDescription("name, description, ip_address, port, username, password, rtsp_url, rtsp_url_sub, rtsp_path, location, auto_record, record_quality, max_recording_hours, is_public");
        cameras.MapMethods("/{id:guid}", ["PUT", "PATCH"], Change).RequireCctvCamera(CameraNeed.Admin).WithSummary("Change a camera; what is missing stays as it is");
        cameras.MapDelete("/{id:guid}", Remove).RequireCctvCamera(CameraNeed.Admin).WithSummary("Remove a camera");
        cameras.MapMethods("/{id:guid}/validate_update", ["POST", "PUT", "PATCH"], Validate).RequireCctvCamera(CameraNeed.Admin).WithSummary("What a change would do; changes nothing");
    }

    /// <summary>Adds what was typed; the second part is the answer when that could not be done.</summary>
    public static async Task<(Camera? Camera, IResult? Refusal)> AddAsync(
        LooseBody body, CurrentMember member, CameraChanges changes, UsualRetention usual, bool test, CancellationToken cancel)
    {
        var form = CctvCameraForm.Read(body, null, usual);
        if (body.HasFaults)
        {
            return (null, body.Unprocessable());
        }

        if (test && await changes.ProbeAsync(member, form.Request, cancel) is { Success: false } failed)
        {
            return (null, CctvContract.BadRequest($"Camera connection test failed: {failed.Detail}"));
        }

        var change = await changes.AddAsync(member, form.Request, form.Also, cancel);
        return (change.Camera, change.Errors is null ? null : Faulty(change.Errors));
    }

    public static IResult? MayNotAdd(CurrentMember member) =>
        member.MayAddCameras ? null : CctvContract.Forbidden("You do not have permission to add cameras to this household");

    public static IResult Faulty(IReadOnlyDictionary<string, string[]> errors)
    {
        var text = errors.Values.SelectMany(messages => messages).First();
        return Results.Json(
            new JsonObject
            {
                ["detail"] = text,
                ["error"] = text,
                ["errors"] = new JsonObject(errors.Select(e => KeyValuePair.Create<string, JsonNode?>(NameOf(e.Key), new JsonArray([.. e.Value.Select(m => JsonValue.Create(m))])))),
            },
            statusCode: StatusCodes.Status400BadRequest);
    }

    private static async Task<IResult> Add(
        HttpContext http, CurrentMember member, CameraChanges changes, CameraFeeds feeds, UsualRetention usual, CancellationToken cancel)
    {
        if (MayNotAdd(member) is { } refusal)
        {
            return refusal;
        }

        var (camera, wrong) = await AddAsync(await LooseBody.ReadJsonAsync(http.Request, cancel), member, changes, usual, test: false, cancel);
        if (camera is null)
        {
            return wrong!;
        }

        // One of the two original servers answered with the object itself, the other with the object inside.
        var answer = CctvCameraJson.Full(camera, feeds.StatusOf(camera), may: true, usual);
        answer["camera"] = answer.DeepClone();
        answer["message"] = "Camera created successfully";
        return Results.Json(answer, statusCode: StatusCodes.Status201Created);
    }

    private static async Task<IResult> Change(HttpContext http, CameraChanges changes, CameraFeeds feeds, UsualRetention usual, CancellationToken cancel)
    {
        var (camera, member) = CctvSubject.Of(http);
        var body = await LooseBody.ReadJsonAsync(http.Request, cancel);
        var form = CctvCameraForm.Read(body, camera, usual);
        if (body.HasFaults)
        {
            return body.Unprocessable();
        }

        if (form.Request.IsPublic is not null && member.Place == Place.Guest)
        {
            return CctvContract.Forbidden("Owners and parents decide whether every member sees a camera");
        }

        var change = form.Updated.Count == 0 ? new CameraChange { Camera = camera } : await changes.ChangeAsync(camera, form.Request, form.Also, cancel);
        if (change.Camera is not { } changed)
        {
            return change.Errors is { } errors ? Faulty(errors) : CctvDoor.NoSuchCamera();
        }

        return Results.Json(new JsonObject
        {
            ["message"] = "Camera updated successfully",
            ["camera_id"] = changed.Uid,
            ["updated_fields"] = new JsonArray([.. form.Updated.Select(field => JsonValue.Create(field))]),
            ["camera"] = CctvCameraJson.Full(changed, feeds.StatusOf(changed), may: true, usual),
        });
    }

    private static async Task<IResult> Remove(HttpContext http, CameraDirectory directory, DeviceKeys keys, TimeProvider time, CancellationToken cancel)
    {
        var camera = CctvSubject.Of(http).Camera;
        CameraLease.Take(http); // The right ends with the camera; this answer does not.
        if (!await directory.RemoveAsync(camera.HouseholdId, camera.Id, cancel))
        {
            return CctvDoor.NoSuchCamera();
        }

        await keys.AnnounceAsync(cancel); // They went with the camera.
        return Results.Json(new JsonObject
        {
            ["message"] = "Camera deleted successfully",
            ["camera_id"] = camera.Uid,
            ["deleted_at"] = CctvContract.Instant(time.GetUtcNow()),
        });
    }

    private static async Task<IResult> Validate(HttpContext http, CameraChanges changes, UsualRetention usual, CancellationToken cancel)
    {
        var camera = CctvSubject.Of(http).Camera;
        var body = await LooseBody.ReadJsonAsync(http.Request, cancel);
        var form = CctvCameraForm.Read(body, camera, usual);
        if (body.HasFaults)
        {
            return body.Unprocessable();
        }

        var errors = await changes.CheckAsync(camera, form.Request, cancel);
        return errors.Count > 0 ? Faulty(errors) : Results.Json(new JsonObject
        {
            ["valid"] = true,
            ["message"] = "Update is valid",
            ["camera_id"] = camera.Uid,
            ["updated_fields"] = new JsonArray([.. form.Updated.Select(field => JsonValue.Create(field))]),
        });
    }

    private static string NameOf(string field) => field switch
    {
        "address" => "rtsp_url",
        "subAddress" => "rtsp_url_sub",
        _ => field,
    };
}
