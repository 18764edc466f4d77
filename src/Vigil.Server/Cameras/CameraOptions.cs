namespace Vigil.Server.Cameras;

/// <summary>Section <c>Cameras</c>.</summary>
public sealed class CameraOptions
{
    public const string Section = "Cameras";

    /// <summary>Whether a camera address may lead to this machine. Default false.</summary>
    // Off: a camera address is something a member types, and loopback is where the things without passwords listen.
    public bool AllowLoopback { get; set; }

    /// <summary>The ffmpeg program. Default: the one on the path.</summary>
    public string FfmpegPath { get; set; } = "ffmpeg";

    /// <summary>How long the search for cameras on the network waits for answers. Default 3 s.</summary>
    // WS-Discovery lets devices delay their answers by up to half a second; slow cameras take two.
    public TimeSpan DiscoveryTime { get; set; } = TimeSpan.FromSeconds(3);
}
