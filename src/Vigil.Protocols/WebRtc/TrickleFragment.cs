namespace Vigil.Protocols.WebRtc;

/// <summary>Why a fragment can't be used.</summary>
public enum TrickleError
{
    None,
    TooLong,

    /// <summary>A line that is no SDP line.</summary>
    NotSdp,

    /// <summary>Nothing says which ICE session the candidates belong to.</summary>
    NoFragment,
}

/// <summary>
/// What a client sends after its offer (<c>application/trickle-ice-sdpfrag</c>, RFC 8840 §9). An ICE-lite answerer needs no candidates of
/// its peer: it learns addresses from checks. So this reads only which ICE session is meant, and how many candidates came.
/// </summary>
public sealed record TrickleFragment(string UsernameFragment, int Candidates, bool IsComplete)
{
    /// <summary>A browser sends a few hundred bytes.</summary>
    public const int MaxLength = 16 * 1024;

    public static TrickleError TryParse(string text, out TrickleFragment? fragment)
    {
        fragment = null;
        if (text.Length > MaxLength)
        {
            return TrickleError.TooLong;
        }

        var name = "";
        var candidates = 0;
        var complete = false;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (line.IsEmpty)
            {
                continue;
            }

            if (line.Length < 2 || line[1] != '=' || line[0] is not ('a' or 'm' or 'c' or 's' or 'o' or 'v' or 't'))
            {
                return TrickleError.NotSdp;
            }

            if (line.StartsWith("a=ice-ufrag:") && name.Length == 0)
            {
                name = line["a=ice-ufrag:".Length..].Trim().ToString();
            }

            candidates += line.StartsWith("a=candidate:") ? 1 : 0;
            complete |= line.StartsWith("a=end-of-candidates");
        }

        if (name.Length == 0)
        {
            return TrickleError.NoFragment;
        }

        fragment = new TrickleFragment(name, candidates, complete);
        return TrickleError.None;
    }
}
