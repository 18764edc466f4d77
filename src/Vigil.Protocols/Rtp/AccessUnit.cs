using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Rtp;

/// <summary>One access unit of video or one frame of audio as a depacketizer puts it together.</summary>
public readonly record struct AccessUnit
{
    /// <summary>
    /// The format this unit is decoded with. The same instance until it changes; changes only with a unit that is a key frame.
    /// </summary>
    public required TrackFormat Format { get; init; }

    /// <summary>Presentation time in ticks of the RTP clock, extended to 64 bits (see <see cref="RtpTimeline"/>).</summary>
    public required long Timestamp { get; init; }

    public required bool IsKeyFrame { get; init; }

    /// <summary>Framed as described at <see cref="Codec"/>. Owned by the unit: nobody writes to it again.</summary>
    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>Something before this unit was lost or was unusable: pictures may refer to what never came.</summary>
    public bool AfterLoss { get; init; }
}
