namespace Vigil.Server.Cameras;

/// <summary>The usual addresses of one kind of camera. <c>{host}</c>, <c>{port}</c> and <c>{channel}</c> are filled in by the page.</summary>
public sealed record VendorModel(string Model, string Main, string? Sub, int DefaultPort, string Note = "", string? Audio = null);

/// <summary>A make and its kinds of camera.</summary>
public sealed record Vendor(string Make, IReadOnlyList<VendorModel> Models);

/// <summary>Where the common makes keep their streams. Facts from their manuals; the test tells whether one fits.</summary>
public static class Vendors
{
    public static IReadOnlyList<Vendor> All { get; } =
    [
        new("Android IP Webcam (app)",
        [
            new("Any phone", "http://{host}:{port}/video", null, 8080, "Sound comes from its own address.", "http://{host}:{port}/audio.wav"),
            new("Any phone, RTSP", "rtsp://{host}:{port}/h264_opus.sdp", null, 8080),
        ]),
        new("Amcrest",
        [
            new("Any", "rtsp://{host}:{port}/cam/realmonitor?channel={channel}&subtype=0", "rtsp://{host}:{port}/cam/realmonitor?channel={channel}&subtype=1", 554),
        ]),
        new("Axis",
        [
            new("Any", "rtsp://{host}:{port}/axis-media/media.amp?videocodec=h264", "rtsp://{host}:{port}/axis-media/media.amp?videocodec=h264&resolution=640x360", 554),
        ]),
        new("Dahua",
        [
            new("Camera or recorder", "rtsp://{host}:{port}/cam/realmonitor?channel={channel}&subtype=0", "rtsp://{host}:{port}/cam/realmonitor?channel={channel}&subtype=1", 554),
        ]),
        new("DroidCam (app)",
        [
            new("Any phone", "http://{host}:{port}/video", null, 4747, "Picture only."),
        ]),
        new("ESP32-CAM",
        [
            new("CameraWebServer", "http://{host}:{port}/stream", null, 81, "Picture only."),
            new("MJPEG on the web port", "http://{host}:{port}/stream", null, 80, "Picture only."),
        ]),
        new("Ezviz",
        [
            new("Any", "rtsp://{host}:{port}/h264/ch{channel}/main/av_stream", "rtsp://{host}:{port}/h264/ch{channel}/sub/av_stream", 554, "User name admin, password: the verification code on the label. Switch video encryption off in the app."),
        ]),
        new("Foscam",
        [
            new("HD models", "rtsp://{host}:{port}/videoMain", "rtsp://{host}:{port}/videoSub", 88, "Some models use port 554."),
        ]),
        new("Hikvision",
        [
            new("Camera or recorder", "rtsp://{host}:{port}/Streaming/Channels/{channel}01", "rtsp://{host}:{port}/Streaming/Channels/{channel}02", 554),
            new("Older cameras", "rtsp://{host}:{port}/h264/ch{channel}/main/av_stream", "rtsp://{host}:{port}/h264/ch{channel}/sub/av_stream", 554),
        ]),
        new("Imou",
        [
            new("Any", "rtsp://{host}:{port}/cam/realmonitor?channel={channel}&subtype=0", "rtsp://{host}:{port}/cam/realmonitor?channel={channel}&subtype=1", 554, "User name admin, password: the safety code on the label."),
        ]),
        new("Reolink",
        [
            new("H.264 main stream", "rtsp://{host}:{port}/h264Preview_0{channel}_main", "rtsp://{host}:{port}/h264Preview_0{channel}_sub", 554, "Switch RTSP on in the app: Settings, Network, Advanced, Port settings."),
            new("H.265 main stream", "rtsp://{host}:{port}/h265Preview_0{channel}_main", "rtsp://{host}:{port}/h264Preview_0{channel}_sub", 554, "Most browsers cannot play H.265: the sub stream is H.264."),
        ]),
        new("Sonoff",
        [
            new("GK series", "rtsp://{host}:{port}/av_stream/ch0", "rtsp://{host}:{port}/av_stream/ch1", 554, "Switch RTSP on in the app."),
        ]),
        new("TP-Link Tapo",
        [
            new("Any", "rtsp://{host}:{port}/stream1", "rtsp://{host}:{port}/stream2", 554, "Make a camera account in the app: Camera settings, Advanced settings, Camera account."),
        ]),
        new("TP-Link VIGI",
        [
            new("Any", "rtsp://{host}:{port}/stream1", "rtsp://{host}:{port}/stream2", 554),
        ]),
        new("Ubiquiti UniFi Protect",
        [
            new("Through the console", "rtsps://{host}:{port}/STREAM_KEY", null, 7441, "Switch RTSPS on for the camera in Protect and paste the address that it shows."),
        ]),
        new("Uniview",
        [
            new("Any", "rtsp://{host}:{port}/media/video1", "rtsp://{host}:{port}/media/video2", 554),
        ]),
        new("Wyze",
        [
            new("RTSP firmware", "rtsp://{host}:{port}/live", null, 554),
            new("Through docker-wyze-bridge", "rtsp://{host}:{port}/CAMERA-NAME", null, 8554, "The bridge lists the names of its cameras."),
        ]),
        new("Xiaomi",
        [
            new("With RTSP firmware", "rtsp://{host}:{port}/unicast", null, 8554, "Only models with RTSP added; the maker's firmware has none."),
        ]),
        new("Other",
        [
            new("RTSP", "rtsp://{host}:{port}/stream1", "rtsp://{host}:{port}/stream2", 554, "Look for RTSP in the camera's manual."),
            new("Motion JPEG over HTTP", "http://{host}:{port}/video", null, 80, "Picture only."),
        ]),
    ];

    /// <summary>Addresses to suggest for a camera found on the network, best first.</summary>
    public static IReadOnlyList<string> Suggest(string manufacturer, string host)
    {
        var make = All.FirstOrDefault(v => manufacturer.Length > 2 && (v.Make.Contains(manufacturer, StringComparison.OrdinalIgnoreCase)
            || manufacturer.Contains(v.Make.Split(' ')[0], StringComparison.OrdinalIgnoreCase)));
        return make is null
            ? []
            : [.. make.Models.Select(m => m.Main
                .Replace("{host}", host, StringComparison.Ordinal)
                .Replace("{port}", m.DefaultPort.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal)
                .Replace("{channel}", "1", StringComparison.Ordinal))];
    }
}
