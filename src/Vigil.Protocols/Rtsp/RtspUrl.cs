namespace Vigil.Protocols.Rtsp;

/// <summary>Addresses as cameras mean them, which is not always as RFC 3986 says.</summary>
public static class RtspUrl
{
    public const int RtspPort = 554;
    public const int RtspsPort = 322;

    /// <summary>The request form of an address: no user information, no fragment, everything else as written.</summary>
    public static string ForRequest(Uri address) =>
        address.GetComponents(UriComponents.Scheme | UriComponents.Host | UriComponents.Port | UriComponents.PathAndQuery, UriFormat.UriEscaped);

    public static int PortOf(Uri address) => address.Port > 0
        ? address.Port
        : address.Scheme switch { "rtsps" => RtspsPort, "http" => 80, "https" => 443, _ => RtspPort };

    /// <summary>
    /// The address of a track. Cameras write controls to be appended, also behind a query
    /// (<c>rtsp://h/cam/realmonitor?channel=1</c> + <c>trackID=0</c>), so RFC 3986 resolution would lose the last part.
    /// The authority is always the one we connected to: behind address translation cameras name their inner address.
    /// </summary>
    public static string Resolve(string request, string? contentBase, string control)
    {
        var root = Authority(request);
        var basis = string.IsNullOrWhiteSpace(contentBase) ? request : OnAuthority(root, contentBase.Trim(), request);
        if (control.Length == 0 || control == "*")
        {
            return basis;
        }

        if (control.Contains("://", StringComparison.Ordinal))
        {
            return OnAuthority(root, control, request);
        }

        if (control[0] == '?')
        {
            return basis + control;
        }

        return basis.TrimEnd('/') + "/" + control.TrimStart('/');
    }

    /// <summary>Scheme, host and port: everything before the path.</summary>
    private static string Authority(string url)
    {
        var start = url.IndexOf("://", StringComparison.Ordinal);
        var slash = start < 0 ? -1 : url.IndexOf('/', start + 3);
        return slash < 0 ? url : url[..slash];
    }

    private static string OnAuthority(string root, string url, string request)
    {
        var start = url.IndexOf("://", StringComparison.Ordinal);
        if (start < 0)
        {
            return url.StartsWith('/') ? root + url : request; // A Content-Base that is no address at all.
        }

        var slash = url.IndexOf('/', start + 3);
        return slash < 0 ? root : root + url[slash..];
    }
}
