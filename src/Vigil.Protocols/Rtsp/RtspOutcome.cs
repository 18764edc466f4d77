using System.Globalization;

namespace Vigil.Protocols.Rtsp;

/// <summary>Where a session stands.</summary>
public enum RtspState
{
    Idle,
    AskingOptions,
    Describing,

    /// <summary>The description is there; the driver chooses tracks with <see cref="RtspSession.SetUp"/>.</summary>
    Described,
    SettingUp,
    StartingPlay,
    Playing,
    Ended,
}

/// <summary>Why a session ended.</summary>
public enum RtspEnd
{
    None,

    /// <summary>We asked for it.</summary>
    Stopped,

    /// <summary>The server took too long over an answer.</summary>
    NoAnswer,

    /// <summary>401 or 403, after the best answer we could give.</summary>
    WrongPassword,

    /// <summary>401 and we have no name and password.</summary>
    PasswordNeeded,
    NoSuchStream,

    /// <summary>3xx: see <see cref="RtspSession.RedirectTo"/>, which the driver must check before it connects.</summary>
    Redirect,

    /// <summary>The server sends only datagrams.</summary>
    DatagramOnly,

    /// <summary>453, 503: usually too many viewers at the camera.</summary>
    Busy,
    NotRtsp,
    BadDescription,

    /// <summary>The description holds no track that we can carry.</summary>
    NothingToPlay,

    /// <summary>Any other refusal: see <see cref="RtspSession.LastStatus"/>.</summary>
    Refused,

    /// <summary>The server said goodbye.</summary>
    ServerEnded,
}

/// <summary>One track that was set up.</summary>
public sealed record RtspTrack
{
    /// <summary>Index of the media section in the description.</summary>
    public required int Media { get; init; }

    public required byte RtpChannel { get; init; }

    public required byte RtcpChannel { get; init; }
}

/// <summary>What a refused request means.</summary>
internal static class RtspRefusal
{
    public static RtspEnd ReasonOf(int status, string method) => status switch
    {
        403 => RtspEnd.WrongPassword,
        404 or 410 => RtspEnd.NoSuchStream,
        461 => RtspEnd.DatagramOnly,
        453 or 503 => RtspEnd.Busy,
        400 when method == "DESCRIBE" => RtspEnd.NoSuchStream, // Several firmwares answer 400 to an unknown path.
        _ => RtspEnd.Refused,
    };
}

/// <summary>A <c>Session</c> header (RFC 2326 §12.37). Null where it does not say.</summary>
internal readonly record struct RtspSessionHeader(string? Id, TimeSpan? Timeout)
{
    private const int LongestTimeoutSeconds = 3600;

    public static RtspSessionHeader Parse(string? header)
    {
        if (string.IsNullOrWhiteSpace(header))
        {
            return default;
        }

        var parts = header.Split(';', StringSplitOptions.TrimEntries);
        TimeSpan? timeout = null;
        foreach (var part in parts.AsSpan(1))
        {
            if (part.StartsWith("timeout=", StringComparison.OrdinalIgnoreCase)
                && int.TryParse(part.AsSpan(8), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0)
            {
                timeout = TimeSpan.FromSeconds(Math.Min(seconds, LongestTimeoutSeconds));
            }
        }

        return new RtspSessionHeader(parts[0].Length > 0 ? parts[0] : null, timeout);
    }
}
