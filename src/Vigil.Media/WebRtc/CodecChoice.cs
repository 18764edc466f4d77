using System.Globalization;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.WebRtc;

namespace Vigil.Media.WebRtc;

/// <summary>Which of the offered payload types carries what a camera sends.</summary>
internal static class CodecChoice
{
    /// <summary>H.264 in packetization mode 1; constrained baseline first, because every browser decodes it whatever we really send.</summary>
    public static OfferedCodec? Video(OfferedMedia media) => media.Codecs
        .Where(codec => codec is { Name: "H264", ClockRate: 90_000 } && codec.Parameter("packetization-mode") == "1")
        .OrderByDescending(codec => codec.Parameter("profile-level-id").StartsWith("42e0", StringComparison.OrdinalIgnoreCase))
        .FirstOrDefault();

    /// <summary>As <see cref="Video"/>; an encoder that names no packetization mode sends what mode 1 has as well (RFC 6184 §6).</summary>
    public static OfferedCodec? PublishedVideo(OfferedMedia media) =>
        Video(media) ?? media.Codecs.FirstOrDefault(codec => codec is { Name: "H264", ClockRate: 90_000 } && codec.Parameter("packetization-mode") is "" or "0");

    /// <summary>The camera's own sound where the client takes it, else Opus.</summary>
    public static OfferedCodec? Audio(OfferedMedia media, Codec sound) =>
        media.Codecs.FirstOrDefault(codec => codec.Name == (sound switch { Codec.PcmA => "PCMA", Codec.PcmU => "PCMU", _ => "OPUS" }) && codec.ClockRate is 8_000 or 48_000)
        ?? media.Codecs.FirstOrDefault(codec => codec.Name == "OPUS");

    /// <summary>Sound from a publisher: Opus, or G.711 from an encoder that has nothing better.</summary>
    public static OfferedCodec? PublishedAudio(OfferedMedia media) =>
        media.Codecs.FirstOrDefault(codec => codec is { Name: "OPUS", ClockRate: 48_000 })
        ?? media.Codecs.FirstOrDefault(codec => codec is { Name: "PCMA" or "PCMU", ClockRate: 8_000 or 16_000 });

    /// <summary>
    /// What the answer says of a published picture. Chromium begins at 300 kbit/s, scales 720p down to 320x180 for it, and its
    /// encoder's limit for that size then holds it there for a long time; told to begin at more, it probes and finds the line's rate
    /// within a second. Others ignore the parameter.
    /// </summary>
    public static string? PublishedFormat(OfferedCodec codec) =>
        codec.Name != "H264" ? null : $"{codec.Format};x-google-start-bitrate=1500".TrimStart(';');

    /// <summary>The RTX type that belongs to <paramref name="codec"/> (RFC 4588 §8.1).</summary>
    public static OfferedCodec? Retransmission(OfferedMedia media, OfferedCodec codec) => media.Codecs.FirstOrDefault(rtx =>
        rtx.Name == "RTX" && rtx.Parameter("apt") == codec.PayloadType.ToString(CultureInfo.InvariantCulture));
}
