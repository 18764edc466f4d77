namespace Vigil.Media;

/// <summary>Whether a feed has media. <see cref="Offline"/> means no media for ten seconds, or never reached.</summary>
public enum FeedState
{
    Connecting,
    Live,
    Offline,
}

/// <summary>Why a feed has no media, for people and for advice.</summary>
public enum FeedFailure
{
    None,

    /// <summary>Nothing listens there, or the network does not reach it.</summary>
    NoAnswer,

    NameNotFound,

    /// <summary>The address is one that Vigil does not connect to (link-local, metadata, itself…).</summary>
    AddressDenied,

    WrongPassword,

    NoSuchStream,

    /// <summary>Something answers, but not a camera: a web page, another protocol.</summary>
    NotACamera,

    UnsupportedCodec,

    ProtocolError,

    /// <summary>The connection stands but no pictures come.</summary>
    Stalled,

    IngestCrashed,

    /// <summary>The phone, laptop or encoder that publishes this camera is not connected.</summary>
    NotPublishing,
}

/// <summary>What is known of one track. Numbers are 0 while unknown.</summary>
public sealed record StreamFacts
{
    /// <summary>Plain name: <c>H.264</c>, <c>H.265</c>, <c>JPEG</c>, <c>AAC</c>, <c>Opus</c>, <c>G.711 A</c>, <c>G.711 µ</c>.</summary>
    public required string Codec { get; init; }

    /// <summary>RFC 6381, e.g. <c>avc1.64001f</c>.</summary>
    public required string CodecString { get; init; }

    public int Width { get; init; }

    public int Height { get; init; }

    public int Channels { get; init; }

    public int ClockRate { get; init; }

    public double FramesPerSecond { get; init; }

    public double KeyFrameIntervalSeconds { get; init; }

    public long BitrateBps { get; init; }
}

/// <summary>How a camera's feed is. <see cref="Detail"/> is in plain words and holds no secret.</summary>
public sealed record FeedStatus
{
    public required int CameraId { get; init; }

    public required FeedState State { get; init; }

    public FeedFailure Failure { get; init; }

    public string Detail { get; init; } = "";

    /// <summary>When <see cref="State"/> began.</summary>
    public DateTimeOffset Since { get; init; }

    public DateTimeOffset? LastFrameAt { get; init; }

    public StreamFacts? Video { get; init; }

    public StreamFacts? Audio { get; init; }

    /// <summary>How often an established stream was lost and media came back.</summary>
    public int Reconnects { get; init; }

    /// <summary><c>native</c> or <c>ffmpeg</c>; empty before the first connection.</summary>
    public string IngestName { get; init; } = "";
}

/// <summary>Counters of one stream of a feed, for the health page.</summary>
public sealed record StreamHealth
{
    /// <summary><c>main</c>, <c>sub</c> or <c>audio</c>.</summary>
    public required string Name { get; init; }

    public bool Connected { get; init; }

    public long Frames { get; init; }

    public long Bytes { get; init; }

    public long LostPackets { get; init; }

    public int Reconnects { get; init; }

    public DateTimeOffset? LastFrameAt { get; init; }

    public FeedFailure Failure { get; init; }

    public string Detail { get; init; } = "";
}

/// <summary>What a test of an address found.</summary>
public sealed record ProbeReport
{
    public required bool Success { get; init; }

    public FeedFailure Failure { get; init; }

    /// <summary>Plain words, no secrets.</summary>
    public string Detail { get; init; } = "";

    public StreamFacts? Video { get; init; }

    public StreamFacts? Audio { get; init; }

    public string IngestName { get; init; } = "";

    /// <summary>True when common browsers play the video as it is (H.264; H.265 mostly not).</summary>
    public bool PlaysInBrowsers { get; init; }
}
