using Vigil.Protocols.Codecs;
using Vigil.Protocols.Rtp;

namespace Vigil.Protocols.Sdp;

/// <summary>Chooses what to ask a camera for, from its description.</summary>
public static class SdpTracks
{
    /// <summary>The first codec of a media section that Vigil carries, or null.</summary>
    public static RtpTrackDescription? Describe(SdpMedia media)
    {
        foreach (var type in media.PayloadTypes)
        {
            if (media.Map(type) is { } map && CodecOf(map.Encoding) is { } codec)
            {
                return new RtpTrackDescription
                {
                    Codec = codec,
                    PayloadType = type,
                    ClockRate = ClockRateOf(codec, map.ClockRate),
                    Channels = codec.Kind == TrackKind.Audio ? map.Channels : 0,
                    EncodingName = map.Encoding,
                    Fmtp = media.Dimensions.Length > 0
                        ? new Dictionary<string, string>(media.Format(type), StringComparer.OrdinalIgnoreCase) { ["x-dimensions"] = media.Dimensions }
                        : media.Format(type),
                };
            }
        }

        return null;
    }

    /// <summary>
    /// Indexes of the sections to set up: the first usable video and the first usable sound. Talk-back tracks (<c>sendonly</c>)
    /// count as sound only when there is no other, because some servers mark what they send that way.
    /// </summary>
    public static IReadOnlyList<int> Choose(SdpDescription description, bool video, bool audio, Func<RtpTrackDescription, bool> canCarry)
    {
        var chosen = new List<int>(2);
        Add(TrackKind.Video, video, backwards: false);
        Add(TrackKind.Audio, audio, backwards: false);
        return chosen;

        void Add(TrackKind kind, bool wanted, bool backwards)
        {
            if (!wanted)
            {
                return;
            }

            for (var i = 0; i < description.Media.Count; i++)
            {
                var media = description.Media[i];
                if (!media.IsInactive && media.IsSendOnly == backwards && Describe(media) is { } track && track.Codec.Kind == kind
                    && canCarry(track))
                {
                    chosen.Add(i);
                    return;
                }
            }

            Add(kind, wanted: !backwards, backwards: true);
        }
    }

    /// <summary>
    /// The encoding of sound that the camera sends and that was not chosen, or null. Talk-back tracks are not what it sends. Null also
    /// beside a picture that is no H.264 or H.265: those alone can be carried another way (MPEG-TS has no JPEG), and a picture comes first.
    /// </summary>
    public static string? SoundLeftOut(SdpDescription description, IReadOnlyList<int> chosen) =>
        chosen.Any(i => description.Media[i].Kind == "audio") || !chosen.Any(i => Describe(description.Media[i]) is { Codec: Codec.H264 or Codec.H265 })
            ? null
            : description.Media.Where(m => m is { Kind: "audio", IsInactive: false, IsSendOnly: false })
                .SelectMany(m => m.PayloadTypes.Select(type => m.Map(type)?.Encoding ?? StaticSoundOf(type))).FirstOrDefault(name => name is not null);

    /// <summary>The encodings of picture that a camera sends where none was chosen.</summary>
    public static string? PictureLeftOut(SdpDescription description, IReadOnlyList<int> chosen) =>
        chosen.Any(i => description.Media[i].Kind == "video")
            ? null
            : description.Media.Where(m => m is { Kind: "video", IsInactive: false })
                .SelectMany(m => m.PayloadTypes.Select(type => m.Map(type)?.Encoding)).FirstOrDefault(name => name is not null);

    /// <summary>RFC 3551 §6, table 4: numbers that need no rtpmap.</summary>
    private static string? StaticSoundOf(int payloadType) => payloadType switch
    {
        3 => "GSM",
        4 => "G723",
        5 or 6 or 16 or 17 => "DVI4",
        9 => "G722",
        10 or 11 => "L16",
        14 => "MPA",
        15 => "G728",
        18 => "G729",
        _ => null,
    };

    private static Codec? CodecOf(string encoding) => encoding switch
    {
        "H264" => Codec.H264,
        "H265" or "HEVC" => Codec.H265,
        "JPEG" => Codec.Mjpeg,
        "MPEG4-GENERIC" or "MP4A-LATM" => Codec.Aac,
        "OPUS" => Codec.Opus,
        "PCMA" => Codec.PcmA,
        "PCMU" => Codec.PcmU,
        _ => null,
    };

    private static int ClockRateOf(Codec codec, int written) => codec switch
    {
        Codec.Opus => 48_000, // RFC 7587 §4.1, whatever rtpmap says.
        Codec.H264 or Codec.H265 or Codec.Mjpeg => written > 0 ? written : 90_000,
        _ => written > 0 ? written : 8000,
    };
}
