using System.Globalization;

namespace Vigil.Protocols.WebRtc;

/// <summary>Which way media of one section flows, from the offerer's side (RFC 8866 §6.7).</summary>
public enum MediaDirection
{
    SendReceive,
    SendOnly,
    ReceiveOnly,
    Inactive,
}

/// <summary>Why an offer can't be answered.</summary>
public enum OfferError
{
    None,
    TooLong,
    NotSdp,
    NoMedia,
    NoIceCredentials,
    NoFingerprint,

    /// <summary>Several sections without a BUNDLE group: each would need a transport of its own.</summary>
    NotBundled,
}

/// <summary>One payload type of an offered section.</summary>
public sealed record OfferedCodec
{
    public required int PayloadType { get; init; }

    /// <summary>Upper case, e.g. <c>H264</c>.</summary>
    public required string Name { get; init; }

    public required int ClockRate { get; init; }

    public int Channels { get; init; } = 1;

    /// <summary>As written, e.g. <c>packetization-mode=1;profile-level-id=42e01f</c>.</summary>
    public string Format { get; set; } = "";

    /// <summary>Value of a format parameter, or empty.</summary>
    public string Parameter(string name)
    {
        foreach (var part in Format.Split(';', StringSplitOptions.TrimEntries))
        {
            if (part.StartsWith(name, StringComparison.OrdinalIgnoreCase) && part.Length > name.Length && part[name.Length] == '=')
            {
                return part[(name.Length + 1)..];
            }
        }

        return "";
    }

    /// <summary>Feedback the offerer understands: <c>nack</c>, <c>nack pli</c>, <c>ccm fir</c>, <c>goog-remb</c>, <c>transport-cc</c>.</summary>
    public IList<string> Feedback { get; } = [];
}

/// <summary>The offerer's side of ICE and DTLS; a section without lines of its own has those of the session (RFC 8839 §5.4).</summary>
public sealed record OfferedTransport
{
    public string UsernameFragment { get; init; } = "";

    public string Password { get; init; } = "";

    /// <summary>SHA-256 in the form of RFC 8122 §5, upper case.</summary>
    public string Fingerprint { get; init; } = "";

    /// <summary><c>actpass</c>, <c>active</c> or <c>passive</c> (RFC 8842 §5.2).</summary>
    public string Setup { get; init; } = "actpass";

    /// <summary>The offerer waits for our handshake (ffmpeg 8 does, unless told otherwise); everybody else begins it.</summary>
    public bool WaitsForHandshake => Setup == "passive";
}

/// <summary>One offered media section.</summary>
public sealed class OfferedMedia
{
    /// <summary><c>audio</c>, <c>video</c> or <c>application</c>.</summary>
    public string Kind { get; init; } = "";

    public string Protocol { get; init; } = "";

    /// <summary>The words behind the protocol, echoed when the section is refused.</summary>
    public string Formats { get; init; } = "";

    public string? Mid { get; internal set; }

    /// <summary>How the offerer would carry this section.</summary>
    public OfferedTransport Transport { get; internal set; } = new();

    public MediaDirection Direction { get; internal set; }

    public IList<OfferedCodec> Codecs { get; } = [];

    /// <summary>RTP header extensions by URI (RFC 8285).</summary>
    public IDictionary<string, int> Extensions { get; } = new Dictionary<string, int>();

    /// <summary>SSRCs announced by <c>a=ssrc</c>, in order; a browser that offers RTX names the media's first.</summary>
    public IList<uint> Sources { get; } = [];
}

/// <summary>
/// A browser's or encoder's WebRTC offer (RFC 8829, RFC 9429): what an ICE-lite answerer with one transport needs of it. Lenient
/// about everything it does not use, bounded everywhere.
/// </summary>
public sealed class SessionOffer
{
    /// <summary>Chromium's offers have about 7 kB.</summary>
    public const int MaxLength = 128 * 1024;

    private const int MaxMedia = 16;
    private const int MaxCodecs = 64;
    private const int MaxSources = 16;
    private const int MaxExtensions = 32;

    /// <summary>Per payload type; browsers offer six.</summary>
    private const int MaxFeedback = 16;

    /// <summary>RFC 8839 §5.4.</summary>
    private const int MaxIceText = 256;

    private SessionOffer()
    {
    }

    public IList<OfferedMedia> Media { get; } = [];

    /// <summary>Whether the sections may share one transport (RFC 9143).</summary>
    public bool IsBundled { get; private set; }

    /// <summary>
    /// Of the first section that we answer: a bundle lives on the transport of its first section (RFC 9143 §7.3.1). One that only rides
    /// along may leave it out; then it is that of the section that has it, answered or not.
    /// </summary>
    public OfferedTransport TransportOf(IReadOnlyCollection<OfferedMedia> answered) =>
        Media.Where(answered.Contains).Concat(Media).Select(media => media.Transport).First(transport => transport.UsernameFragment.Length > 0);

    public static OfferError TryParse(string sdp, out SessionOffer offer)
    {
        offer = new SessionOffer();
        if (sdp.Length > MaxLength)
        {
            return OfferError.TooLong;
        }

        if (!sdp.StartsWith("v=0", StringComparison.Ordinal))
        {
            return OfferError.NotSdp;
        }

        OfferedMedia? current = null;
        var session = new OfferedTransport();
        foreach (var raw in sdp.AsSpan().EnumerateLines())
        {
            if (raw.Length < 2 || raw[1] != '=')
            {
                continue;
            }

            var value = raw[2..].Trim();
            if (raw[0] == 'm')
            {
                if (offer.Media.Count == MaxMedia)
                {
                    break;
                }

                current = ParseMediaLine(value);
                current.Transport = session;
                offer.Media.Add(current);
            }
            else if (raw[0] == 'a')
            {
                var before = current?.Transport ?? session;
                var after = offer.ParseAttribute(value, current, before);
                _ = current is null ? session = after : current.Transport = after;
            }
        }

        return offer.Media.Count == 0 ? OfferError.NoMedia : offer.Media.Count > 1 && !offer.IsBundled ? OfferError.NotBundled : Check(offer.Media);
    }

    private static OfferError Check(IEnumerable<OfferedMedia> sections)
    {
        // A section that only rides along in the bundle may leave its transport out; one that could be the first has all of it.
        var transports = sections.Select(media => media.Transport).Where(transport => transport.UsernameFragment.Length > 0).ToList();
        return transports.Count == 0 || transports.Any(transport =>
                transport.UsernameFragment.Length > MaxIceText || transport.Password.Length is 0 or > MaxIceText) ? OfferError.NoIceCredentials
            : transports.Any(transport => transport.Fingerprint.Length == 0) ? OfferError.NoFingerprint
            : OfferError.None;
    }

    private static OfferedMedia ParseMediaLine(ReadOnlySpan<char> value)
    {
        var words = value.ToString().Split(' ', 4, StringSplitOptions.RemoveEmptyEntries);
        var media = new OfferedMedia
        {
            Kind = words.Length > 0 ? words[0] : "",
            Protocol = words.Length > 2 ? words[2] : "UDP/TLS/RTP/SAVPF",
            Formats = words.Length > 3 ? words[3] : "0",
        };

        return media;
    }

    private OfferedTransport ParseAttribute(ReadOnlySpan<char> attribute, OfferedMedia? media, OfferedTransport transport)
    {
        var colon = attribute.IndexOf(':');
        var name = colon < 0 ? attribute : attribute[..colon];
        var value = colon < 0 ? default : attribute[(colon + 1)..].Trim();
        switch (name)
        {
            case "ice-ufrag":
                return transport with { UsernameFragment = value.ToString() };
            case "ice-pwd":
                return transport with { Password = value.ToString() };
            case "fingerprint" when value.StartsWith("sha-256 ", StringComparison.OrdinalIgnoreCase):
                return transport with { Fingerprint = value[8..].Trim().ToString().ToUpperInvariant() };
            case "setup":
                return transport with { Setup = value.ToString() };
            case "group" when media is null && value.StartsWith("BUNDLE"):
                IsBundled = true;
                return transport;
            default:
                if (media is not null)
                {
                    ParseMediaAttribute(media, name, value);
                }

                return transport;
        }
    }

    private static void ParseMediaAttribute(OfferedMedia media, ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        switch (name)
        {
            case "mid":
                media.Mid = value.ToString();
                break;
            case "sendrecv":
                media.Direction = MediaDirection.SendReceive;
                break;
            case "sendonly":
                media.Direction = MediaDirection.SendOnly;
                break;
            case "recvonly":
                media.Direction = MediaDirection.ReceiveOnly;
                break;
            case "inactive":
                media.Direction = MediaDirection.Inactive;
                break;
            case "rtpmap" when Split(value, out var type, out var map) && media.Codecs.Count < MaxCodecs:
                AddCodec(media, type, map);
                break;
            case "fmtp" when Split(value, out var type, out var format):
                if (Find(media, type) is { } formatted)
                {
                    formatted.Format = format.ToString();
                }

                break;
            case "rtcp-fb" when value.StartsWith("*"):
                foreach (var codec in media.Codecs)
                {
                    AddFeedback(codec, value[1..].Trim());
                }

                break;
            case "rtcp-fb" when Split(value, out var type, out var feedback):
                AddFeedback(Find(media, type), feedback);
                break;
            case "extmap" when value.IndexOf(' ') is > 0 and var space:
                var id = value[..space];
                if (id.IndexOf('/') is > 0 and var slash)
                {
                    id = id[..slash];
                }

                // One-byte headers carry ids 1 to 14 (RFC 8285 §4.2).
                if (TryNumber(id, out var number) && number is >= 1 and <= 14 && media.Extensions.Count < MaxExtensions)
                {
                    media.Extensions[value[(space + 1)..].Trim().ToString()] = number;
                }

                break;
            case "ssrc" when media.Sources.Count < MaxSources:
                var word = value.IndexOf(' ') is > 0 and var end ? value[..end] : value;
                if (uint.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var ssrc) && !media.Sources.Contains(ssrc))
                {
                    media.Sources.Add(ssrc);
                }

                break;
            default:
                break;
        }
    }

    private static void AddFeedback(OfferedCodec? codec, ReadOnlySpan<char> feedback)
    {
        if (codec?.Feedback.Count < MaxFeedback)
        {
            codec.Feedback.Add(feedback.ToString());
        }
    }

    private static void AddCodec(OfferedMedia media, int type, ReadOnlySpan<char> map)
    {
        var parts = map.ToString().Split('/');
        if (parts.Length >= 2 && TryNumber(parts[1], out var rate) && rate > 0)
        {
            media.Codecs.Add(new OfferedCodec
            {
                PayloadType = type,
                Name = parts[0].ToUpperInvariant(),
                ClockRate = rate,
                Channels = parts.Length > 2 && TryNumber(parts[2], out var channels) ? channels : 1,
            });
        }
    }

    private static OfferedCodec? Find(OfferedMedia media, int type) => media.Codecs.FirstOrDefault(codec => codec.PayloadType == type);

    private static bool Split(ReadOnlySpan<char> value, out int type, out ReadOnlySpan<char> rest)
    {
        var space = value.IndexOf(' ');
        rest = space < 0 ? default : value[(space + 1)..].Trim();
        return TryNumber(space < 0 ? value : value[..space], out type) && type is >= 0 and < 128;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
