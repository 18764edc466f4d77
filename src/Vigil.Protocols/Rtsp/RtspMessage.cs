using System.Globalization;
using System.Text;

namespace Vigil.Protocols.Rtsp;

/// <summary>One RTSP 1.0 request or response (RFC 2326 §4–7), owned: it outlives the buffer it was read from.</summary>
public sealed class RtspMessage
{
    private readonly List<KeyValuePair<string, string>> headers;

    public RtspMessage(int statusCode, string reason, List<KeyValuePair<string, string>> headers, byte[] body)
    {
        StatusCode = statusCode;
        Reason = reason;
        this.headers = headers;
        Body = body;
    }

    public RtspMessage(string method, string uri, List<KeyValuePair<string, string>> headers, byte[] body)
    {
        Method = method;
        Uri = uri;
        this.headers = headers;
        Body = body;
    }

    /// <summary>0 for a request.</summary>
    public int StatusCode { get; }

    public string Reason { get; } = "";

    /// <summary>Empty for a response.</summary>
    public string Method { get; } = "";

    public string Uri { get; } = "";

    public ReadOnlyMemory<byte> Body { get; }

    public bool IsResponse => StatusCode != 0;

    public IReadOnlyList<KeyValuePair<string, string>> Headers => headers;

    /// <summary>The first header of that name (case-insensitive), or null.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (var header in headers)
            {
                if (header.Key.Equals(name, StringComparison.OrdinalIgnoreCase))
                {
                    return header.Value;
                }
            }

            return null;
        }
    }

    public IEnumerable<string> All(string name) =>
        headers.Where(h => h.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value);

    /// <summary>The sequence number, or null where it is missing or not a number.</summary>
    public int? CSeq => int.TryParse(this["CSeq"], NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>The wire form. Line breaks inside values become spaces, so that no value can add a header.</summary>
    public byte[] Encode()
    {
        var text = new StringBuilder(256);
        if (IsResponse)
        {
            text.Append(CultureInfo.InvariantCulture, $"RTSP/1.0 {StatusCode} {Clean(Reason)}\r\n");
        }
        else
        {
            text.Append(CultureInfo.InvariantCulture, $"{Clean(Method)} {Clean(Uri).Replace(' ', '+')} RTSP/1.0\r\n");
        }

        foreach (var header in headers)
        {
            text.Append(Clean(header.Key)).Append(": ").Append(Clean(header.Value)).Append("\r\n");
        }

        if (Body.Length > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"Content-Length: {Body.Length}\r\n");
        }

        text.Append("\r\n");
        return [.. Encoding.UTF8.GetBytes(text.ToString()), .. Body.Span];
    }

    private static string Clean(string value) =>
        value.AsSpan().ContainsAny('\r', '\n', '\0') ? value.Replace('\r', ' ').Replace('\n', ' ').Replace('\0', ' ') : value;
}
