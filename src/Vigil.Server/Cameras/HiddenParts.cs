using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Vigil.Server.Cameras;

/// <summary>A part of an address that may be a secret, exactly as it was written, and the host it was entered for.</summary>
public sealed record HiddenPart(int Number, string Host, string Text)
{
    public override string ToString() => $"hidden part {Number}";
}

/// <summary>
/// Takes everything out of an address that may be a secret. Nobody can list the names that makers give their keys, so it is the other way
/// round: what is known to be harmless stays readable, and every other value becomes a place like <c>{secret1}</c>. A value under a key
/// that means "password" becomes the camera's password. Works on what follows the host; pure.
/// </summary>
/// <param name="host">Hidden parts go to this host only.</param>
/// <param name="password">The camera's password when it was given elsewhere; null: the first one found becomes it.</param>
/// <param name="known">Parts that are hidden already, and that a place may name.</param>
internal sealed partial class HiddenParts(string host, string? password, IReadOnlyList<HiddenPart> known)
{
    private const string Harmless =
        "action|audio|audiocodec|bitrate|cam|camera|ch|channel|chn|clock|cmd|codec|color|compression|container|date|format|fps|framerate|gop|"
        + "h264|h265|height|index|input|inst|keepalive|linkmode|loginuse|mirror|mjpeg|mode|multicast|num|onvif|port|profile|proto|protocol|"
        + "quality|rate|real_stream|res|resolution|rotation|sessiontimeout|size|src|stream|streamprofile|streamtype|subtype|tcp|timeout|track|"
        + "trackid|transport|transportmode|transporttype|type|udp|unicast|unit|user|username|usr|video|videocodec|videokeyframeinterval|view|width";

    private static readonly FrozenSet<string> HarmlessKeys = FrozenSet.ToFrozenSet(Harmless.Split('|'), StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> PasswordKeys =
        FrozenSet.ToFrozenSet(["password", "passwd", "pwd", "pass", "loginpas"], StringComparer.OrdinalIgnoreCase);

    private readonly List<HiddenPart> parts = [.. known];

    public string? Password { get; private set; } = password;

    /// <summary>Those known before and those found.</summary>
    public IReadOnlyList<HiddenPart> All => parts;

    /// <summary>A place was named for which there is nothing, or which was entered for another host.</summary>
    public bool IsPlaceUnknown { get; private set; }

    /// <summary><paramref name="text"/> (path, query and fragment) with a place for everything that may be a secret, in at most <paramref name="room"/> characters.</summary>
    public string Hide(string text, int room)
    {
        var fragment = text.IndexOf('#', StringComparison.Ordinal);
        var query = (fragment < 0 ? text : text[..fragment]).IndexOf('?', StringComparison.Ordinal);
        var path = string.Join('/', text[..(query >= 0 ? query : fragment >= 0 ? fragment : text.Length)].Split('/').Select(Segment));
        var hidden = new StringBuilder(path);
        if (query >= 0)
        {
            hidden.Append('?').Append(Pieces(text[(query + 1)..(fragment >= 0 ? fragment : text.Length)], Pair));
        }

        if (fragment >= 0)
        {
            // A password with a # in it ends up here.
            hidden.Append('#').Append(text.Length == fragment + 1 ? "" : Value(text[(fragment + 1)..]));
        }

        // Places may need more room than many short values had: then all of it is one secret.
        return hidden.Length <= room ? hidden.ToString() : "/" + Place(Fill(text.TrimStart('/'), host, Password, parts));
    }

    /// <summary>The address to connect to: every place filled for <paramref name="host"/>, empty where nothing is known.</summary>
    public static string Fill(string text, string host, string? password, IReadOnlyList<HiddenPart> known) =>
        PlacePattern().Replace(
            text,
            place => place.Value == CameraAddress.PasswordPlace
                ? Uri.EscapeDataString(password ?? "")
                : Find(known, place.Value, host)?.Text ?? "");

    /// <summary>The parts that <paramref name="addresses"/> name; the others are not needed any more.</summary>
    public static IReadOnlyList<HiddenPart> Used(IReadOnlyList<HiddenPart> all, params ReadOnlySpan<string?> addresses)
    {
        var text = string.Join('\n', addresses);
        return [.. all.Where(p => text.Contains(PlaceOf(p.Number), StringComparison.Ordinal))];
    }

    // Recorders of the XM family write their path like a query: /user=admin_password=secret_channel=1_stream=0.sdp, also with & between.
    private string Segment(string segment) => !segment.TrimEnd('=').Contains('=', StringComparison.Ordinal)
        ? PlacePattern().IsMatch(segment) || PathKeys.IsKey(segment.TrimEnd('=')) ? Value(segment) : segment
        : Pieces(segment, (piece, first) => piece.Contains('=', StringComparison.Ordinal)
            ? PathPair().Replace(piece, m => m.Groups["key"].Value + "=" + Judge(m.Groups["key"].Value, m.Groups["value"].Value))
            : !first ? Bare(piece) : PathKeys.IsKey(piece) ? Value(piece) : piece);

    private static string Pieces(string text, Func<string, bool, string> hide)
    {
        var hidden = new StringBuilder();
        for (var start = 0; start <= text.Length;)
        {
            var end = text.AsSpan(start).IndexOfAny('&', ';');
            end = end < 0 ? text.Length : start + end;
            hidden.Append(hide(text[start..end], start == 0));
            if (end < text.Length)
            {
                hidden.Append(text[end]);
            }

            start = end + 1;
        }

        return hidden.ToString();
    }

    private string Pair(string piece, bool first)
    {
        var equals = piece.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            return Bare(piece);
        }

        // A key without a value, or one that is no word, may itself be the secret.
        var (key, value) = (piece[..equals], piece[(equals + 1)..]);
        var word = Uri.UnescapeDataString(key);
        return (value.Length == 0 && !HarmlessKeys.Contains(word) && !PasswordKeys.Contains(word)) || !Word().IsMatch(word)
            ? Value(piece)
            : $"{key}={Judge(key, value)}";
    }

    private string Bare(string piece) => piece.Length == 0 || HarmlessKeys.Contains(piece) ? piece : Value(piece);

    private string Judge(string key, string value)
    {
        key = Uri.UnescapeDataString(key);
        if (value.Length == 0 || value == CameraAddress.PasswordPlace || (HarmlessKeys.Contains(key) && HarmlessValue().IsMatch(value)))
        {
            return value;
        }

        // Only a password that is written back the same way may follow the camera's own.
        if (PasswordKeys.Contains(key) && value.AsSpan().IndexOfAny("+={") < 0)
        {
            var plain = Uri.UnescapeDataString(value);
            Password ??= plain.Length <= CameraAddress.LongestPassword ? plain : null;
            if (Password == plain)
            {
                return CameraAddress.PasswordPlace;
            }
        }

        return Value(value);
    }

    private string Value(string text)
    {
        if (!PlacePattern().IsMatch(text))
        {
            return Place(text);
        }

        IsPlaceUnknown |= text != CameraAddress.PasswordPlace && Find(parts, text, host) is null;
        return text;
    }

    private string Place(string text)
    {
        if (parts.Find(p => string.Equals(p.Host, host, StringComparison.OrdinalIgnoreCase) && p.Text == text) is not { } part)
        {
            part = new HiddenPart(parts.Count == 0 ? 1 : parts.Max(p => p.Number) + 1, host, text);
            parts.Add(part);
        }

        return PlaceOf(part.Number);
    }

    private static HiddenPart? Find(IReadOnlyList<HiddenPart> all, string place, string host) =>
        all.FirstOrDefault(p => PlaceOf(p.Number) == place && string.Equals(p.Host, host, StringComparison.OrdinalIgnoreCase));

    private static string PlaceOf(int number) => string.Create(CultureInfo.InvariantCulture, $"{{secret{number}}}");

    [GeneratedRegex(@"\{(?:password|secret[0-9]{1,6})\}", RegexOptions.CultureInvariant)]
    private static partial Regex PlacePattern();

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_.-]{0,31}$", RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    [GeneratedRegex("^[A-Za-z0-9._,*-]{0,24}$", RegexOptions.CultureInvariant)]
    private static partial Regex HarmlessValue();

    // A harmless value ends at the next key; any other only at a harmless key, because a secret may have _ and = in it.
    [GeneratedRegex(
        "(?:(?<key>(?<![A-Za-z0-9%.-])(?:" + Harmless + "))=(?<value>.*?)(?=_[A-Za-z0-9%.-]+=|$))"
        + "|(?:(?<key>[A-Za-z0-9%.-]*)=(?<value>.*?)(?=_(?:" + Harmless + ")=|$))",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex PathPair();
}
