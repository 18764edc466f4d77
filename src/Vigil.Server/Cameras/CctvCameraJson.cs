using System.Globalization;
using System.Text.Json.Nodes;
using Vigil.Server.Accounts;
using Vigil.Server.Hosting;

namespace Vigil.Server.Cameras;

/// <summary>A camera as the camera contract shows it. Never a password: the addresses here are the registry's, and those hold none.</summary>
internal static class CctvCameraJson
{
    private const int RtspPort = 554;

    /// <summary>The fields of lists. Where the camera is in the network is for those who <paramref name="may"/> change it.</summary>
    public static JsonObject Listed(Camera camera, CameraStatus status, bool may, UsualRetention usual) => new()
    {
        ["id"] = camera.Uid,
        ["name"] = camera.Name,
        ["ip_address"] = may ? HostOf(camera) : "",
        ["status"] = StatusOf(status),
        ["location"] = camera.Location,
        ["camera_type"] = camera.CameraType,
        ["is_online"] = status.State == CameraState.Live,
        ["last_seen"] = CctvContract.Instant(status.LastFrameAt),
        ["rtsp_url"] = may ? camera.Address : "",
        ["rtsp_url_sub"] = may ? camera.SubAddress : null,
        ["auto_record"] = camera.RecordAlways,
        ["record_quality"] = camera.RecordQuality,
        ["max_recording_hours"] = camera.RetentionHours ?? usual.Hours,
    };

    public static JsonObject Full(Camera camera, CameraStatus status, bool may, UsualRetention usual)
    {
        var full = Listed(camera, status, may, usual);
        full["description"] = camera.Description;
        full["port"] = may ? PortOf(camera) : RtspPort;
        full["rtsp_path"] = may ? PathOf(camera) : null;
        full["recording_mode"] = camera.RecordingMode;
        full["is_public"] = camera.IsPublic;
        full["is_active"] = !camera.Paused;
        full["is_streaming"] = status.State == CameraState.Live;
        full["created_by"] = camera.CreatedBy;
        full["created_at"] = CctvContract.Instant(camera.CreatedAt);
        full["updated_at"] = CctvContract.Instant(camera.UpdatedAt);
        if (may)
        {
            full["username"] = camera.Username;
        }

        return full;
    }

    /// <summary>What the engine says, in the contract's words.</summary>
    public static string StatusOf(CameraStatus status) => status.State switch
    {
        CameraState.Live => "active",
        CameraState.Offline => "error",
        _ => "inactive",
    };

    public static string HostOf(Camera camera) => UriOf(camera)?.IdnHost.Trim('[', ']') ?? "";

    public static int PortOf(Camera camera) => UriOf(camera) is { Port: > 0 } uri ? uri.Port : RtspPort;

    /// <summary>What follows host and port, with places where something is hidden.</summary>
    public static string? PathOf(Camera camera)
    {
        var host = camera.Address.IndexOf("://", StringComparison.Ordinal);
        var path = host < 0 ? -1 : camera.Address.IndexOfAny(['/', '?'], host + 3);
        return path < 0 ? null : camera.Address[path..];
    }

    /// <param name="camera">Whose.</param>
    /// <param name="signature">Goes into the addresses, for pages of other origins, whose images send no cookie; null: none.</param>
    public static JsonObject StreamUrls(Camera camera, string? signature) => new()
    {
        ["main"] = StreamUrl(camera, "main", signature),
        ["sub"] = camera.SubAddress is null ? null : StreamUrl(camera, "sub", signature),
    };

    public static string StreamUrl(Camera camera, string quality, string? signature) =>
        $"/v0/api/cctv/cameras/{camera.Uid}/stream/?quality={quality}" + (signature is null ? "" : $"&{MediaSignature.Parameter}={signature}");

    public static string FrameSize(Vigil.Media.StreamFacts? video) =>
        video is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{video.Width}x{video.Height}");

    private static Uri? UriOf(Camera camera) =>
        camera.Address.Contains("://", StringComparison.Ordinal) ? CameraAddress.ToConnect(camera.Address, null, []) : null;
}
