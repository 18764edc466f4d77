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
