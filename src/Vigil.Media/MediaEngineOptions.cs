using System.Net;

namespace Vigil.Media;

/// <summary>Settings of the media engine.</summary>
public sealed record MediaEngineOptions
{
    /// <summary>Cameras on this machine's loopback are refused unless this is set (tests, and people who run a relay here).</summary>
    public bool AllowLoopback { get; init; }

    /// <summary>Our own sockets: a camera address that leads back to them is refused. An unspecified address means every address of that port.</summary>
    public IReadOnlyCollection<IPEndPoint> OwnListeners { get; init; } = [];

    public string FfmpegPath { get; init; } = "ffmpeg";

    /// <summary>The account ffmpeg runs as when the server is root; ignored otherwise.</summary>
    public string? RunAsUser { get; init; }

    /// <summary>A private directory for sockets.</summary>
    public string RuntimeDirectory { get; init; } = Path.GetTempPath();

    /// <summary>Without an access unit for this long a camera is offline and is connected anew.</summary>
    public TimeSpan OfflineAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Without the sound that was announced for this long a camera that sends pictures is connected anew (<see cref="Ingest.SoundWatch"/>).</summary>
    public TimeSpan SoundlessAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a sound that nobody could read is not asked for again, and twice as long after each try in vain: each costs seconds of picture.</summary>
    public TimeSpan SoundUnreadFor { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Longest wait for a TCP connection, a TLS handshake, and each RTSP or HTTP answer.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>Longest time a probe waits for the first key frames.</summary>
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
