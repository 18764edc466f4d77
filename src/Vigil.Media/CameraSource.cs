namespace Vigil.Media;

/// <summary>Who reads the camera. <see cref="Auto"/> takes the native client where it can and ffmpeg for the rest.</summary>
public enum IngestKind
{
    Auto,
    Native,
    Ffmpeg,
}

/// <summary>
/// Where a camera is and how to sign in. Addresses never contain user information; the password stays out of <see cref="object.ToString"/>,
/// logs, process arguments and statuses.
/// </summary>
public sealed record CameraSource
{
    public required int CameraId { get; init; }

    /// <summary>The main stream: rtsp, rtsps, http, https, or <c>test:</c> for a made-up camera.</summary>
    public required Uri Address { get; init; }

    /// <summary>The small stream, pulled only while somebody subscribes to <see cref="CameraFeed.Sub"/>.</summary>
    public Uri? SubAddress { get; init; }

    /// <summary>Sound from another address (phone "IP webcam" apps); joins the main stream.</summary>
    public Uri? AudioAddress { get; init; }

    public string? Username { get; init; }

    public string? Password { get; init; }

    public IngestKind Ingest { get; init; }

    /// <summary>Where the camera's ONVIF service is, for moving it; null: where such services usually are.</summary>
    public int? OnvifPort { get; init; }

    /// <summary>Addresses without credentials: safe for logs, although a query may still be private and is left out.</summary>
    public override string ToString() => $"camera {CameraId} at {Address.Scheme}://{Address.Host}";
}
