using System.Globalization;
using System.Net;

namespace Vigil.Protocols.WebRtc;

/// <summary>
/// What a WHIP server answers to an offer of ours (RFC 9725 §4.2): its side of the transport, where it listens, and which sections it takes. Lenient about
/// everything it does not use, bounded everywhere; does no I/O.
/// </summary>
public sealed class PublishingAnswer
{
    /// <summary>Ours have about 2 kB.</summary>
    public const int MaxLength = SessionOffer.MaxLength;

    /// <summary>A machine with more addresses than this reaches us by one of the first.</summary>
    public const int MaxCandidates = 16;

    private const int MaxMedia = 16;

    private PublishingAnswer()
    {
    }

    /// <summary>Of the first section that is taken; all share it (RFC 9143).</summary>
    public OfferedTransport Transport { get; private set; } = new();

    /// <summary>Where the server listens by UDP, best first as it says.</summary>
    public IList<IPEndPoint> Candidates { get; } = [];

    /// <summary>One per offered section, in order: false where the server wants nothing of it (port 0).</summary>
    public IList<bool> Taken { get; } = [];

    /// <summary>False when the text is no answer that one could connect to.</summary>
    public static bool TryParse(string sdp, out PublishingAnswer answer)
    {
        answer = new PublishingAnswer();
        if (sdp.Length > MaxLength || !sdp.StartsWith("v=0", StringComparison.Ordinal))
        {
            return false;
        }

        var session = new OfferedTransport();
        var chosen = new OfferedTransport();
        var isTaken = false;
        foreach (var line in sdp.AsSpan().EnumerateLines())
        {
            if (line.StartsWith("m="))
            {
                if (answer.Taken.Count == MaxMedia)
                {
                    break;
                }

                isTaken = !IsRefused(line[2..]);
                answer.Taken.Add(isTaken);
            }
            else if (line.StartsWith("a=candidate:") && isTaken)
            {
                answer.AddCandidate(line["a=candidate:".Length..]);
            }
            else if (line.StartsWith("a=") && answer.Taken.Count == 0)
            {
                session = Read(line[2..], session);
            }
            else if (line.StartsWith("a=") && isTaken)
            {
                chosen = Read(line[2..], chosen);
            }
        }

        answer.Transport = new OfferedTransport
        {
            UsernameFragment = Either(chosen.UsernameFragment, session.UsernameFragment),
            Password = Either(chosen.Password, session.Password),
            Fingerprint = Either(chosen.Fingerprint, session.Fingerprint),
            Setup = "passive",
        };
        return answer.Transport is { UsernameFragment.Length: > 0 and <= 256, Password.Length: > 0 and <= 256, Fingerprint.Length: > 0 }
            && answer.Candidates.Count > 0 && answer.Taken.Contains(true);
    }

    private static string Either(string first, string second) => first.Length > 0 ? first : second;

    private static bool IsRefused(ReadOnlySpan<char> media)
    {
        var space = media.IndexOf(' ');
        return space < 0 || media[(space + 1)..].StartsWith("0 ");
    }

    /// <summary>The first of each counts: sections of a bundle repeat them.</summary>
    private static OfferedTransport Read(ReadOnlySpan<char> attribute, OfferedTransport known) => attribute switch
    {
        _ when attribute.StartsWith("ice-ufrag:") && known.UsernameFragment.Length == 0 => known with { UsernameFragment = attribute[10..].Trim().ToString() },
        _ when attribute.StartsWith("ice-pwd:") && known.Password.Length == 0 => known with { Password = attribute[8..].Trim().ToString() },
        _ when attribute.StartsWith("fingerprint:sha-256 ", StringComparison.OrdinalIgnoreCase) && known.Fingerprint.Length == 0 =>
            known with { Fingerprint = attribute[20..].Trim().ToString().ToUpperInvariant() },
        _ => known,
    };

    /// <summary>RFC 8839 §5.1: foundation, component, transport, priority, address, port, "typ", type.</summary>
    private void AddCandidate(ReadOnlySpan<char> text)
    {
        if (Candidates.Count == MaxCandidates || text.Length > 512)
        {
            return;
        }

        var words = text.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length >= 8 && words[1] == "1" && words[2].Equals("udp", StringComparison.OrdinalIgnoreCase)
            && IPAddress.TryParse(words[4], out var address)
            && int.TryParse(words[5], NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65_535
            && new IPEndPoint(address, port) is var end && !Candidates.Contains(end))
        {
            Candidates.Add(end);
        }
    }
}
