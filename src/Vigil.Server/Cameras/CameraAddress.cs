using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Vigil.Server.Cameras;

/// <summary>
/// What somebody pasted as a camera's address, taken apart: the address without credentials, and the credentials. Pure: resolves
/// and connects nothing. Passwords in a query (as some makes want them) are replaced by <see cref="PasswordPlace"/> and put back
/// only in the moment of connecting.
/// </summary>
public sealed partial record CameraAddress
{
    public const int Longest = 500;
    /// <summary>Stands for no address at all: a phone, laptop or encoder publishes this camera by WebRTC.</summary>
    public const string Published = "whip";

    public const string PasswordPlace = "{password}";

    private static readonly FrozenSet<string> Schemes = FrozenSet.ToFrozenSet(["rtsp", "rtsps", "http", "https", "test", Published]);

    /// <summary>As it is stored and shown: no user, no password.</summary>
    public required string Text { get; init; }

    public string? Username { get; init; }

    public string? Password { get; init; }

    /// <summary>The parts of <paramref name="pasted"/>, or <paramref name="error"/> in words for the person who pasted it.</summary>
    public static CameraAddress? TryParse(string? pasted, out string error)
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
            return new CameraAddress { Text = Published + ":" };
        }

        return scheme == "test" ? Test(text[(colon + 1)..], out error) : Network(scheme, text[(colon + 1)..], out error);
    }

    /// <summary>The stored <paramref name="text"/> as it is connected to: with the password where the make wants it in the query.</summary>
    public static Uri ToConnect(string text, string? password) =>
        new(text.Replace(PasswordPlace, Uri.EscapeDataString(password ?? ""), StringComparison.Ordinal), UriKind.Absolute);

    private static CameraAddress? Test(string name, out string error)
    {
        error = "";
        if (name.Length <= 40 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            return new CameraAddress { Text = "test:" + name };
        }

        error = "The name of a test camera has up to 40 letters and digits.";
        return null;
    }

    private static CameraAddress? Network(string scheme, string rest, out string error)
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

        path = TakePassword(path, ref password);
        if (path.Contains('@', StringComparison.Ordinal) && at < 0 && authority.Contains(':', StringComparison.Ordinal)
            && !int.TryParse(authority[(authority.LastIndexOf(':') + 1)..].TrimEnd(']'), out _))
        {
            error = "The user name or password seems to contain a slash. Enter them in their own fields.";
            return null;
        }

        if (authority.StartsWith('-')
            || !Uri.TryCreate($"{scheme}://{authority}{path.Replace(PasswordPlace, "x", StringComparison.Ordinal)}", UriKind.Absolute, out var uri)
            || uri.Host.Length == 0 || uri.UserInfo.Length > 0 || uri.Port == 0)
        {
            return null;
        }

        if (user?.Length > 100 || password?.Length > 100)
        {
            error = "User name and password have at most 100 characters each.";
            return null;
        }

        error = "";
        return new CameraAddress
        {
            Text = $"{scheme}://{authority}{path}",
            Username = string.IsNullOrEmpty(user) ? null : user,
            Password = string.IsNullOrEmpty(password) ? null : password,
        };
    }

    private static string TakePassword(string path, ref string? password)
    {
        string? found = null;
        path = PasswordPair().Replace(path, pair =>
        {
            if (pair.Groups["value"].Value != PasswordPlace)
            {
                found ??= Uri.UnescapeDataString(pair.Groups["value"].Value);
            }

            return pair.Groups["key"].Value + PasswordPlace;
        });
        password ??= found;
        return path;
    }

    // Recorders of the XM family have theirs in the path: /user=admin_password=secret_channel=1_stream=0.sdp, also with & between.
    [GeneratedRegex(
        "(?<=[/?&;_])(?<key>(?:password|passwd|pwd|pass|loginpas)=)(?<value>[^/?&;#]*?)(?=_(?:channel|stream|user)=|[/?&;#]|$)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex PasswordPair();
}
