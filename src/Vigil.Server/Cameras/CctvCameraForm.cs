using System.Globalization;
using System.Net;
using Vigil.Server.Accounts;

namespace Vigil.Server.Cameras;

/// <summary>
/// A camera as the camera contract's pages send it, turned into what Vigil changes. A page sends back everything it was shown: only what
/// differs from that is a wish.
/// </summary>
internal sealed class CctvCameraForm
{
    private const string UsualPath = "/stream1";
    private static readonly string[] Types = ["ip", "rtsp", "webcam"];
    private static readonly string[] Modes = ["backend", "local_client"];
    private static readonly string[] Qualities = ["high", "medium", "low"];
    private static readonly string[] Statuses = ["active", "inactive", "maintenance", "error"];
    private readonly LooseBody body;
    private readonly Camera? known;
    private readonly int? shownHours;
    private readonly SortedSet<string> updated = new(StringComparer.Ordinal);

    private CctvCameraForm(LooseBody body, Camera? known, UsualRetention usual)
    {
        this.body = body;
        shownHours = known is null ? null : known.RetentionHours ?? usual.Hours;
        this.known = known;
        Request = ReadRequest();
        Also = ReadRest();
    }

    /// <summary>For <see cref="CameraChanges"/>.</summary>
    public CameraRequest Request { get; }

    /// <summary>What only the contract sets.</summary>
    public Func<Camera, Camera> Also { get; }

    /// <summary>The contract's names of the fields that differ.</summary>
    public IReadOnlyCollection<string> Updated => updated;

    /// <param name="body">Its faults are the caller's to answer.</param>
    /// <param name="known">The camera that is changed; null for a new one.</param>
    /// <param name="usual">What a page was shown where nobody has set how long footage is kept.</param>
    public static CctvCameraForm Read(LooseBody body, Camera? known, UsualRetention usual) => new(body, known, usual);

    private CameraRequest ReadRequest()
    {
        var name = known is null ? body.Required("name", 255) : body.Optional("name", 255);
        if (name is not null && name.Trim().Length == 0 && (known is null ? body.Has("name") : true))
        {
            body.Fault("name", "String should have at least 1 character", "string_too_short");
        }

        var username = body.Optional("username", 100);
        var password = body.Optional("password", 100);
        return new CameraRequest
        {
            Name = Changed("name", name?.Trim(), known?.Name),
            Location = Changed("location", body.Has("location") ? body.Optional("location", 255)?.Trim() ?? "" : null, known?.Location),
            Address = ReadAddress(),
            SubAddress = Changed("rtsp_url_sub", body.Has("rtsp_url_sub") ? body.Optional("rtsp_url_sub", CameraAddress.Longest)?.Trim() ?? "" : null, known?.SubAddress ?? ""),
            Username = Changed("username", username, known?.Username ?? ""),
            // It is never shown, so an empty field says "as it was"; it is cleared together with the user name.
            Password = string.IsNullOrEmpty(password) ? (username is "" && known?.Username is not null ? "" : null) : Note("password", password),
            RecordAlways = ChangedFlag("auto_record", body.Flag("auto_record"), known?.RecordAlways),
            IsPublic = ChangedFlag("is_public", body.Flag("is_public"), known?.IsPublic),
            Paused = ChangedFlag("is_active", body.Flag("is_active"), !known?.Paused) is { } active ? !active : null,
        };
    }

    private Func<Camera, Camera> ReadRest()
    {
        var description = Changed("description", body.Has("description") ? body.Optional("description", 2000)?.Trim() ?? "" : null, known?.Description);
        var type = Changed("camera_type", body.Word("camera_type", Types), known?.CameraType);
        var mode = Changed("recording_mode", body.Word("recording_mode", Modes), known?.RecordingMode);
        var quality = Changed("record_quality", body.Word("record_quality", Qualities), known?.RecordQuality);
        var hours = body.Number("max_recording_hours", 0, 876_000);
        hours = hours == shownHours ? null : hours; // 0: for ever.
        if (hours is not null)
        {
            updated.Add("max_recording_hours");
        }

        body.Word("status", Statuses); // What it is, the engine knows.
        return camera => camera with
        {
            Description = description ?? camera.Description,
            CameraType = type ?? camera.CameraType,
            RecordingMode = mode ?? camera.RecordingMode,
            RecordQuality = quality ?? camera.RecordQuality,
            RetentionHours = hours ?? camera.RetentionHours,
        };
    }

    /// <summary>The whole address when that was given; else host, port and path put together, over those of before.</summary>
    private string? ReadAddress()
    {
        var url = body.Optional("rtsp_url", CameraAddress.Longest)?.Trim();
        if (!string.IsNullOrEmpty(url) && url != known?.Address)
        {
            return Note("rtsp_url", url);
        }

        var host = Changed("ip_address", ReadHost(), known is null ? null : CctvCameraJson.HostOf(known));
        var port = body.Number("port", 1, 65535);
        port = port is not null && known is not null && port == CctvCameraJson.PortOf(known) ? null : Note("port", port);
        var path = Changed("rtsp_path", body.Optional("rtsp_path", 200)?.Trim() is { Length: > 0 } typed ? (typed[0] == '/' ? typed : "/" + typed) : null,
            known is null ? null : CctvCameraJson.PathOf(known));
        if (known is null)
        {
            if (host is null)
            {
                body.Fault("rtsp_url", "Field required", "missing");
                return null;
            }

            return Put("rtsp", host, port ?? 554, path ?? UsualPath);
        }

        if (host is null && port is null && path is null)
        {
            return null;
        }

        var scheme = known.Address.Contains("://", StringComparison.Ordinal) ? known.Address[..known.Address.IndexOf("://", StringComparison.Ordinal)] : "rtsp";
        return Put(scheme, host ?? CctvCameraJson.HostOf(known), port ?? CctvCameraJson.PortOf(known), path ?? CctvCameraJson.PathOf(known) ?? "");
    }

    private string? ReadHost()
    {
        if (body.Optional("ip_address", 255)?.Trim() is not { Length: > 0 } text)
        {
            return null;
        }

        if (text.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return "127.0.0.1";
        }

        if (!IPAddress.TryParse(text, out _) && (known is null || text != CctvCameraJson.HostOf(known)))
        {
            body.Fault("ip_address", "value is not a valid IPv4 or IPv6 address", "ip_any_address");
        }

        return text;
    }

    private static string Put(string scheme, string host, int port, string path) => string.Create(
        CultureInfo.InvariantCulture, $"{scheme}://{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port}{path}");

    private T? Note<T>(string field, T? value)
    {
        if (value is not null)
        {
            updated.Add(field);
        }

        return value;
    }

    private string? Changed(string field, string? wanted, string? before) => wanted is null || wanted == before ? null : Note(field, wanted);

    private bool? ChangedFlag(string field, bool? wanted, bool? before) => wanted is null || wanted == before ? null : Note(field, wanted);
}
