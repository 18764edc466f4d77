using System.Globalization;

namespace Vigil.Protocols.Hls;

/// <summary>One media segment: its address as written, its number, and whether another coding begins with it.</summary>
public sealed record HlsSegment(string Uri, long Sequence, double Seconds, bool Discontinuity);

/// <summary>One variant stream of a master playlist.</summary>
public sealed record HlsVariant(string Uri, long BandwidthBps, int Height);

/// <summary>
/// An HLS playlist (RFC 8216), as far as a reader of somebody else's camera needs it. Lenient: unknown tags are passed over.
/// Encrypted segments and byte ranges are not supported and say so.
/// </summary>
public sealed class HlsPlaylist
{
    /// <summary>Longer playlists are refused: a camera lists some segments, an archive's day of 2 s segments is 43,200 lines.</summary>
    public const int MostCharacters = 512 * 1024;

    private HlsPlaylist()
    {
    }

    public IReadOnlyList<HlsVariant> Variants { get; private init; } = [];

    public IReadOnlyList<HlsSegment> Segments { get; private init; } = [];

    /// <summary>The initialization section of fragmented MP4 segments, or null.</summary>
    public string? MapUri { get; private init; }

    public double TargetSeconds { get; private init; } = 6;

    /// <summary>No more segments will come.</summary>
    public bool Ended { get; private init; }

    /// <summary>Keys or byte ranges: features that Vigil does not read.</summary>
    public bool Unsupported { get; private init; }

    public static bool TryParse(string text, out HlsPlaylist playlist)
    {
        playlist = new HlsPlaylist();
        if (text.Length > MostCharacters || !text.TrimStart('\uFEFF').StartsWith("#EXTM3U", StringComparison.Ordinal))
        {
            return false;
        }

        var variants = new List<HlsVariant>();
        var segments = new List<HlsSegment>();
        var (sequence, target, seconds) = (0L, 6.0, 0.0);
        var (ended, unsupported, discontinuity) = (false, false, false);
        string? map = null;
        HlsVariant? variant = null;
        foreach (var raw in text.Split('\n'))
        {
            var line = raw.Trim();
            if (line.Length == 0)
            {
                continue;
            }

            if (line[0] != '#')
            {
                if (variant is not null)
                {
                    variants.Add(variant with { Uri = line });
                    variant = null;
                }
                else
                {
                    segments.Add(new HlsSegment(line, sequence++, seconds, discontinuity));
                    discontinuity = false;
                }

                continue;
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var (tag, value) = colon < 0 ? (line, "") : (line[..colon], line[(colon + 1)..]);
            switch (tag)
            {
                case "#EXT-X-STREAM-INF":
                    variant = ParseVariant(value);
                    break;
                case "#EXT-X-TARGETDURATION":
                    target = Number(value, target);
                    break;
                case "#EXT-X-MEDIA-SEQUENCE":
                    sequence = (long)Number(value, 0);
                    break;
                case "#EXTINF":
                    seconds = Number(value.Split(',')[0], 0);
                    break;
                case "#EXT-X-DISCONTINUITY":
                    discontinuity = true;
                    break;
                case "#EXT-X-MAP":
                    map = Attribute(value, "URI");
                    unsupported |= Attribute(value, "BYTERANGE") is not null;
                    break;
                case "#EXT-X-BYTERANGE":
                    unsupported = true;
                    break;
                case "#EXT-X-KEY":
                    unsupported |= Attribute(value, "METHOD") is not "NONE";
                    break;
                case "#EXT-X-ENDLIST":
                    ended = true;
                    break;
                default:
                    break;
            }
        }

        playlist = new HlsPlaylist
        {
            Variants = variants,
            Segments = segments,
            MapUri = map,
            TargetSeconds = Math.Clamp(target, 0.5, 60),
            Ended = ended,
            Unsupported = unsupported,
        };
        return true;
    }

    private static HlsVariant ParseVariant(string attributes)
    {
        var resolution = Attribute(attributes, "RESOLUTION")?.Split('x');
        return new HlsVariant(
            "",
            (long)Number(Attribute(attributes, "BANDWIDTH") ?? "", 0),
            resolution is [_, var height] ? (int)Number(height, 0) : 0);
    }

    private static double Number(string text, double otherwise) =>
        double.TryParse(text.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? Math.Min(value, 1e15)
            : otherwise;

    /// <summary>An attribute of a list such as <c>A=1,B="x,y"</c>, unquoted.</summary>
    private static string? Attribute(string list, string name)
    {
        for (var at = 0; at < list.Length;)
        {
            var equals = list.IndexOf('=', at);
            if (equals < 0)
            {
                return null;
            }

            var key = list[at..equals].Trim();
            var quoted = equals + 1 < list.Length && list[equals + 1] == '"';
            var from = equals + (quoted ? 2 : 1);
            var end = from > list.Length ? -1 : list.IndexOf(quoted ? '"' : ',', from);
            end = end < 0 ? list.Length : end;
            if (key == name)
            {
                return list[from..end];
            }

            var comma = end >= list.Length ? -1 : list.IndexOf(',', end);
            at = comma < 0 ? list.Length : comma + 1;
        }

        return null;
    }
}
