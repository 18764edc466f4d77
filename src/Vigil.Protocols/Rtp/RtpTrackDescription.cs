using System.Collections.Frozen;
using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Rtp;

/// <summary>What SDP says of one RTP track (RFC 8866 §6.6 rtpmap, §6.15 fmtp).</summary>
public sealed record RtpTrackDescription
{
    public required Codec Codec { get; init; }

    public required int PayloadType { get; init; }

    /// <summary>Ticks of the RTP clock per second.</summary>
    public required int ClockRate { get; init; }

    /// <summary>Audio channels as rtpmap says; 0 for video, 1 where rtpmap leaves it out.</summary>
    public int Channels { get; init; }

    /// <summary>rtpmap's encoding name, which tells <c>MP4A-LATM</c> from <c>mpeg4-generic</c>; empty is taken as the usual one.</summary>
    public string EncodingName { get; init; } = "";

    /// <summary>Format parameters; look-ups ignore case when the dictionary does, as RFC 6184 and others ask.</summary>
    public IReadOnlyDictionary<string, string> Fmtp { get; init; } = FrozenDictionary<string, string>.Empty;
}
