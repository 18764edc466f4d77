using System.Globalization;

namespace Vigil.Protocols.Rtsp;

/// <summary>A <c>Transport</c> header (RFC 2326 §12.39), as far as it matters for interleaved TCP.</summary>
public readonly record struct RtspTransport
{
    /// <summary>Channels of RTP and RTCP, or null when the server did not name them.</summary>
    public (byte Rtp, byte Rtcp)? Interleaved { get; init; }

    /// <summary>The server insists on UDP.</summary>
    public bool IsDatagram { get; init; }

    public static string Request(byte rtpChannel) =>
        string.Create(CultureInfo.InvariantCulture, $"RTP/AVP/TCP;unicast;interleaved={rtpChannel}-{rtpChannel + 1}");

    /// <summary>Reads the first transport of an answer. Nonsense gives the default: the server said nothing we must obey.</summary>
    public static RtspTransport Parse(string? header)
    {
        (byte, byte)? channels = null;
        var named = false;
        var tcp = false;
        foreach (var part in (header ?? "").Split(',')[0].Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.StartsWith("RTP/", StringComparison.OrdinalIgnoreCase))
            {
                named = true;
                tcp = part.EndsWith("/TCP", StringComparison.OrdinalIgnoreCase);
            }
            else if (part.StartsWith("interleaved=", StringComparison.OrdinalIgnoreCase))
            {
                channels = ParseChannels(part["interleaved=".Length..]);
            }
        }

        // Some firmware answers "RTP/AVP;unicast;interleaved=0-1": the channels count, not the name.
        return new RtspTransport { Interleaved = channels, IsDatagram = named && !tcp && channels is null };
    }

    private static (byte, byte)? ParseChannels(string text)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        var first = dash < 0 ? text : text[..dash];
        if (!byte.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var rtp) || rtp == byte.MaxValue)
        {
            return null;
        }

        return dash > 0 && byte.TryParse(text[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var rtcp)
            ? (rtp, rtcp)
            : (rtp, (byte)(rtp + 1));
    }
}
