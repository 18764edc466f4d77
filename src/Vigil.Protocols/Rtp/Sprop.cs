using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Rtp;

/// <summary>Parameter sets in SDP: base64, comma separated. Cameras leave the padding away or put blanks between.</summary>
internal static class Sprop
{
    private const int MaxSets = 64;

    /// <summary>What can be decoded, in order; nothing when the parameter is not there.</summary>
    public static List<byte[]> Decode(IReadOnlyDictionary<string, string> fmtp, string name)
    {
        var sets = new List<byte[]>();
        if (!fmtp.TryGetValue(name, out var text))
        {
            return sets;
        }

        foreach (var part in text.Split(',', MaxSets, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var padded = part.TrimEnd('=');
            padded = padded.PadRight((padded.Length + 3) / 4 * 4, '=');
            var bytes = new byte[padded.Length / 4 * 3];
            if (padded.Length <= CodecLimits.MaxParameterSetBytes * 2 && Convert.TryFromBase64String(padded, bytes, out var length))
            {
                sets.Add(bytes[..length]);
            }
        }

        return sets;
    }
}
