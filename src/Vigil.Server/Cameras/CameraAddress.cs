using System.Collections.Frozen;

namespace Vigil.Server.Cameras;

/// <summary>
/// What somebody pasted as a camera's address, taken apart: the address without credentials, and the credentials. Pure: resolves
/// and connects nothing. Whatever may be a secret in it (some makes want passwords and keys in the query) is replaced by
/// <see cref="PasswordPlace"/> or a numbered place and put back only in the moment of connecting: see <see cref="HiddenParts"/>.
/// </summary>
public sealed record CameraAddress
{
    public const int Longest = 500;
    public const int LongestPassword = 100;
    /// <summary>Stands for no address at all: a phone, laptop or encoder publishes this camera by WebRTC.</summary>
    public const string Published = "whip";

    /// <summary>A paired device that sends straight to its viewers; behind the colon the number of its row. Nobody types this.</summary>
    public const string Peer = "device";

    public const string PasswordPlace = "{password}";

    private static readonly FrozenSet<string> Schemes = FrozenSet.ToFrozenSet(["rtsp", "rtsps", "http", "https", "test", Published]);

    /// <summary>As it is stored and shown: no user, no password.</summary>
    public required string Text { get; init; }

    public string? Username { get; init; }

    public string? Password { get; init; }

    /// <summary>What the places in <see cref="Text"/> stand for, and the parts that were known before.</summary>
    public IReadOnlyList<HiddenPart> Hidden { get; init; } = [];

    public override string ToString() => Text;

    public static CameraAddress? TryParse(string? pasted, out string error) => TryParse(pasted, null, [], out error);

    /// <summary>The parts of <paramref name="pasted"/>, or <paramref name="error"/> in words for the person who pasted it.</summary>
    /// <param name="pasted">Places in it must be among <paramref name="known"/>, and for the same host.</param>
    /// <param name="password">Given elsewhere: a different one in the address is then hidden as it is.</param>
    /// <param name="known">Hidden parts of this camera.</param>
    /// <param name="error">Empty when all is well.</param>
    public static CameraAddress? TryParse(string? pasted, string? password, IReadOnlyList<HiddenPart> known, out string error)
    {
        error = "";
        var text = pasted?.Trim() ?? "";
        if (text.Length == 0)
        {
            error = "Enter the address of the camera, for example rtsp://192.168.1.20:554/stream1.";
            return null;
        }

        if (text.Length > Longest)
        {
            error = $"An address has at most {Longest} characters.";
            return null;
        }

        if (text.Any(char.IsControl) || text.Any(char.IsWhiteSpace) || text.Contains('\\', StringComparison.Ordinal))
        {
            error = "An address has no spaces, line breaks, backslashes or control characters.";
            return null;
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var scheme = colon > 0 ? text[..colon].ToLowerInvariant() : "";
        if (!Schemes.Contains(scheme))
        {
            error = "An address starts with rtsp://, rtsps://, http:// or https://; test: is a made-up camera, whip: one that a phone publishes.";
            return null;
        }

        if (scheme == Published)
        {
            return new CameraAddress { Text = Published + ":", Hidden = known };
        }

        return scheme == "test" ? Test(text[(colon + 1)..], known, out error) : Network(scheme, text[(colon + 1)..], password, known, out error);
    }

    /// <summary>The stored <paramref name="text"/> as it is connected to: with its secrets where the make wants them.</summary>
    public static Uri ToConnect(string text, string? password, IReadOnlyList<HiddenPart> hidden) =>
        new(HiddenParts.Fill(text, HostOf(text), password, hidden), UriKind.Absolute);

    public static string HostOf(string text) => new Uri(HiddenParts.Fill(text, "", "", []), UriKind.Absolute).IdnHost;

    /// <summary>A stored address by today's rules, which may hide more than those it was stored under. Refuses nothing.</summary>
    public static CameraAddress Again(string stored, string? password, IReadOnlyList<HiddenPart> known)
    {
        var start = stored.IndexOf("://", StringComparison.Ordinal) + 3;
        var end = start < 3 ? -1 : stored.IndexOfAny(['/', '?', '#'], start);
        if (end < 0)
        {
            return new CameraAddress { Text = stored, Hidden = known };
        }

        var hiding = new HiddenParts(HostOf(stored), password, known);
        return new CameraAddress { Text = stored[..end] + hiding.Hide(stored[end..], Longest - end), Password = hiding.Password, Hidden = hiding.All };
    }

    private static CameraAddress? Test(string name, IReadOnlyList<HiddenPart> known, out string error)
    {
        error = "";
        if (name.Length <= 40 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            return new CameraAddress { Text = "test:" + name, Hidden = known };
        }

        error = "The name of a test camera has up to 40 letters and digits.";
        return null;
    }

    private static CameraAddress? Network(string scheme, string rest, string? given, IReadOnlyList<HiddenPart> known, out string error)
    {
        error = "This is not a complete address. Example: rtsp://192.168.1.20:554/stream1.";
        if (!rest.StartsWith("//", StringComparison.Ordinal))
        {
            return null;
        }

        rest = rest[2..];
        var end = rest.IndexOfAny(['/', '?', '#']);
        var authority = end < 0 ? rest : rest[..end];
        var path = end < 0 ? "" : rest[end..];
        string? user = null, password = null;
        var at = authority.LastIndexOf('@'); // The last: passwords with an @ are pasted as they are.
        if (at >= 0)
        {
            var parts = authority[..at].Split(':', 2);
            user = Uri.UnescapeDataString(parts[0]);
            password = parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : null;
            authority = authority[(at + 1)..];
        }

        // A colon and an @ further on, and the first / or ? may have been a part of the password.
        var before = path.IndexOfAny(['?', '#']) is var stop && stop < 0 ? path : path[..stop];
        if (at < 0 && before.Contains('@', StringComparison.Ordinal)
            && (authority + before[..before.IndexOf('@', StringComparison.Ordinal)]).Contains(':', StringComparison.Ordinal))
        {
            error = "The user name or password seems to contain a slash. Enter them in their own fields.";
            return null;
        }

        if (authority.StartsWith('-')
            || !Uri.TryCreate($"{scheme}://{authority}{HiddenParts.Fill(path, "", "", [])}", UriKind.Absolute, out var uri)
            || uri.Host.Length == 0 || uri.UserInfo.Length > 0 || uri.Port == 0)
        {
            return null;
        }

        var start = $"{scheme}://{authority}";
        var hiding = new HiddenParts(uri.IdnHost, given ?? password, known);
        path = hiding.Hide(path, Longest - start.Length);
        if (hiding.IsPlaceUnknown)
        {
            error = $"What is hidden in this address is not stored for {uri.IdnHost}. Enter the whole address again.";
            return null;
        }

        password ??= given is null ? hiding.Password : null;
        if (user?.Length > 100 || password?.Length > LongestPassword)
        {
            error = "User name and password have at most 100 characters each.";
            return null;
        }

        error = "";
        return new CameraAddress
        {
            Text = start + path,
            Username = string.IsNullOrEmpty(user) ? null : user,
            Password = string.IsNullOrEmpty(password) ? null : password,
            Hidden = hiding.All,
        };
    }
}
