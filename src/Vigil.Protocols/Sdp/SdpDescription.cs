using System.Globalization;
using System.Text;

namespace Vigil.Protocols.Sdp;

/// <summary>A session description (RFC 8866) as cameras write it: parsed leniently, bounded everywhere.</summary>
public sealed class SdpDescription
{
    /// <summary>Media sections kept; more are ignored.</summary>
    public const int MostMedia = 16;

    /// <summary>Attribute lines kept in all; more are ignored.</summary>
    public const int MostAttributes = 512;

    /// <summary>A description longer than this is refused.</summary>
    public const int MostBytes = Rtsp.RtspLimits.BodyBytes;

    private SdpDescription(string control, IReadOnlyList<SdpMedia> media)
    {
        Control = control;
        Media = media;
    }

    /// <summary>The session's own <c>a=control</c>, or empty.</summary>
    public string Control { get; }

    public IReadOnlyList<SdpMedia> Media { get; }

    /// <summary>False for text that is not a session description. Unknown and broken lines are passed over.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out SdpDescription description)
    {
        description = new SdpDescription("", []);
        if (text.Length > MostBytes)
        {
            return false;
        }

        var media = new List<SdpMedia>();
        var control = "";
        var attributes = 0;
        var isSdp = false;
        foreach (var raw in Encoding.UTF8.GetString(text).Split('\n'))
        {
            var line = raw.Trim('\r', ' ', '\t', '\0', '\uFEFF');
            if (line.Length < 2 || line[1] != '=')
            {
                continue;
            }

            var value = line[2..];
            isSdp |= line[0] == 'v';
            if (line[0] == 'm')
            {
                isSdp = true;
                if (media.Count == MostMedia)
                {
                    break;
                }

                media.Add(SdpMedia.FromLine(value));
            }
            else if (line[0] == 'a' && attributes++ < MostAttributes)
            {
                if (media.Count > 0)
                {
                    media[^1].AddAttribute(value);
                }
                else if (value.StartsWith("control:", StringComparison.OrdinalIgnoreCase))
                {
                    control = value["control:".Length..].Trim();
                }
            }
        }

        description = new SdpDescription(control, media);
        return isSdp;
    }
}

/// <summary>One media section. Filled by <see cref="SdpDescription.TryParse"/>, then read only.</summary>
public sealed class SdpMedia
{
    private readonly Dictionary<int, SdpRtpMap> maps = [];
    private readonly Dictionary<int, IReadOnlyDictionary<string, string>> formats = [];
    private readonly List<int> payloadTypes = [];

    /// <summary><c>video</c>, <c>audio</c>, <c>application</c>… in lower case.</summary>
    public string Kind { get; private set; } = "";

    public string Control { get; private set; } = "";

    public IReadOnlyList<int> PayloadTypes => payloadTypes;

    /// <summary><c>a=sendonly</c>: at ONVIF cameras the talk-back track, which we must not ask for as sound.</summary>
    public bool IsSendOnly { get; private set; }

    public bool IsInactive { get; private set; }

    /// <summary><c>a=x-dimensions:2560,1440</c>, where JPEG is too big for its RTP header (GStreamer and cameras built on it); else empty.</summary>
    public string Dimensions { get; private set; } = "";

    /// <summary>The <c>a=rtpmap</c> of a payload type, or the static one of RFC 3551 §6, or null.</summary>
    public SdpRtpMap? Map(int payloadType) => maps.GetValueOrDefault(payloadType) ?? payloadType switch
    {
        0 => new SdpRtpMap("PCMU", 8000, 1),
        8 => new SdpRtpMap("PCMA", 8000, 1),
        26 => new SdpRtpMap("JPEG", 90_000, 1),
        _ => null,
    };

    /// <summary>Parameters of <c>a=fmtp</c>; names in any case; empty when there are none.</summary>
    public IReadOnlyDictionary<string, string> Format(int payloadType) =>
        formats.GetValueOrDefault(payloadType) ?? System.Collections.ObjectModel.ReadOnlyDictionary<string, string>.Empty;

    internal static SdpMedia FromLine(string value)
    {
        var words = value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var media = new SdpMedia { Kind = words.Length > 0 ? words[0].ToLowerInvariant() : "" };
        foreach (var word in words.AsSpan(Math.Min(3, words.Length)))
        {
            if (TryNumber(word, out var type) && type < 128 && media.payloadTypes.Count < 32)
            {
                media.payloadTypes.Add(type);
            }
        }

        return media;
    }

    internal void AddAttribute(string attribute)
    {
        var colon = attribute.IndexOf(':', StringComparison.Ordinal);
        var name = (colon < 0 ? attribute : attribute[..colon]).Trim().ToLowerInvariant();
        var value = colon < 0 ? "" : attribute[(colon + 1)..].Trim();
        switch (name)
        {
            case "control":
                Control = value;
                break;
            case "x-dimensions":
                Dimensions = value;
                break;
            case "sendonly":
                IsSendOnly = true;
                break;
            case "inactive":
                IsInactive = true;
                break;
            case "rtpmap" when SplitType(value, out var type, out var map):
                AddMap(type, map);
                break;
            case "fmtp" when SplitType(value, out var type, out var parameters):
                formats[type] = ParseParameters(parameters);
                break;
            default:
                break;
        }
    }

    private void AddMap(int type, string text)
    {
        var parts = text.Split('/', StringSplitOptions.TrimEntries);
        var rate = parts.Length > 1 && TryNumber(parts[1], out var r) ? r : 0;
        var channels = parts.Length > 2 && TryNumber(parts[2], out var c) && c is > 0 and <= 8 ? c : 1;
        maps[type] = new SdpRtpMap(parts[0].ToUpperInvariant(), rate, channels);
        if (payloadTypes.Count == 0)
        {
            payloadTypes.Add(type); // An m-line without types, mended by its rtpmap.
        }
    }

    private static bool SplitType(string value, out int type, out string rest)
    {
        var space = value.IndexOf(' ', StringComparison.Ordinal);
        rest = space < 0 ? "" : value[(space + 1)..].Trim();
        return TryNumber(space < 0 ? value : value[..space], out type) && type < 128;
    }

    private static Dictionary<string, string> ParseParameters(string text)
    {
        var parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal); // Base64 values contain '=' as well: only the first splits.
            var name = (equals < 0 ? part : part[..equals]).Trim().ToLowerInvariant();
            parameters[name] = equals < 0 ? "" : part[(equals + 1)..].Trim();
        }

        return parameters;
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

/// <summary>One <c>a=rtpmap</c>: encoding name in capitals, clock rate (0 when missing), channels.</summary>
public sealed record SdpRtpMap(string Encoding, int ClockRate, int Channels);
