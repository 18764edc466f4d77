using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Vigil.Protocols.Rtsp;

/// <summary>What <see cref="RtspReader"/> found at the start of a buffer.</summary>
public enum RtspUnitKind
{
    /// <summary>The buffer holds only the beginning of something: read more and come back.</summary>
    NeedMore,

    /// <summary>Binary data on a channel (RFC 2326 §10.12).</summary>
    Interleaved,

    Message,

    /// <summary>Bytes between frames that belong to nothing; skipped.</summary>
    Garbage,

    /// <summary>Not RTSP, or over a limit: hang up. See <see cref="RtspUnit.Error"/>.</summary>
    Malformed,
}

/// <summary>Why a buffer is malformed.</summary>
public enum RtspReadError
{
    None,

    /// <summary>The other side speaks something else, e.g. HTTP.</summary>
    NotRtsp,
    HeaderTooLong,
    BodyTooLong,
    BadHeader,
}

/// <summary>One unit of an RTSP connection. A view: must not outlive the buffer it was read from.</summary>
public readonly ref struct RtspUnit
{
    public RtspUnitKind Kind { get; init; }

    public RtspReadError Error { get; init; }

    /// <summary>Bytes of the buffer that are done with.</summary>
    public int Consumed { get; init; }

    public byte Channel { get; init; }

    /// <summary>Payload of an interleaved frame.</summary>
    public ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>Non-null exactly for <see cref="RtspUnitKind.Message"/>.</summary>
    public RtspMessage? Message { get; init; }
}

/// <summary>
/// Takes an RTSP connection apart. Interleaved frames are views and cost nothing; messages, which are rare, are copied out.
/// Does no I/O and keeps no state: the caller keeps what was not consumed and appends to it.
/// </summary>
public static class RtspReader
{
    private const int InterleavedHeader = 4;
    private static readonly SearchValues<byte> MethodLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ_"u8);

    public static RtspUnit Read(ReadOnlySpan<byte> buffer)
    {
        if (buffer.IsEmpty)
        {
            return default;
        }

        if (buffer[0] == (byte)'$')
        {
            if (buffer.Length < InterleavedHeader)
            {
                return default;
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(buffer[2..]);
            return buffer.Length - InterleavedHeader < length
                ? default
                : new RtspUnit
                {
                    Kind = RtspUnitKind.Interleaved,
                    Channel = buffer[1],
                    Payload = buffer.Slice(InterleavedHeader, length),
                    Consumed = InterleavedHeader + length,
                };
        }

        return char.IsAsciiLetterUpper((char)buffer[0]) ? ReadMessage(buffer) : SkipGarbage(buffer);
    }

    private static RtspUnit Malformed(RtspReadError error) => new() { Kind = RtspUnitKind.Malformed, Error = error };

    /// <summary>
    /// Cameras have been seen to leave blank lines after a message and stray bytes between frames. The next unit begins at a <c>$</c>
    /// whose payload looks like RTP or RTCP version 2, or at <c>RTSP/</c>.
    /// </summary>
    private static RtspUnit SkipGarbage(ReadOnlySpan<byte> buffer)
    {
        for (var i = 1; i < buffer.Length; i++)
        {
            var rest = buffer[i..];
            var starts = rest[0] == (byte)'$'
                ? rest.Length <= InterleavedHeader || rest[InterleavedHeader] >> 6 == 2
                : rest[0] == (byte)'R' && (rest.Length < 5 ? "RTSP/"u8.StartsWith(rest) : rest.StartsWith("RTSP/"u8));
            if (starts)
            {
                return new RtspUnit { Kind = RtspUnitKind.Garbage, Consumed = i };
            }
        }

        return new RtspUnit { Kind = RtspUnitKind.Garbage, Consumed = buffer.Length };
    }

    private static RtspUnit ReadMessage(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length >= 5 && !LooksLikeRtsp(buffer))
        {
            // A method-like word inside a broken stream is garbage; at the start of a connection it is another protocol.
            return buffer.StartsWith("HTTP/"u8) ? Malformed(RtspReadError.NotRtsp) : SkipGarbage(buffer);
        }

        var headerEnd = FindHeaderEnd(buffer[..Math.Min(buffer.Length, RtspLimits.HeaderBytes)], out var bodyStart);
        if (headerEnd < 0)
        {
            return buffer.Length >= RtspLimits.HeaderBytes ? Malformed(RtspReadError.HeaderTooLong) : default;
        }

        var lines = Encoding.UTF8.GetString(buffer[..headerEnd]).Split('\n');
        if (lines.Length > RtspLimits.HeaderLines)
        {
            return Malformed(RtspReadError.HeaderTooLong);
        }

        var headers = new List<KeyValuePair<string, string>>(lines.Length);
        foreach (var line in lines.AsSpan(1))
        {
            AddHeader(headers, line);
        }

        var bodyLength = 0;
        foreach (var header in headers)
        {
            if (header.Key.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)
                && !int.TryParse(header.Value, NumberStyles.None, CultureInfo.InvariantCulture, out bodyLength))
            {
                // Digits that do not fit an int are a very long body, everything else is noise.
                return Malformed(header.Value.All(char.IsAsciiDigit) ? RtspReadError.BodyTooLong : RtspReadError.BadHeader);
            }
        }

        if (bodyLength > RtspLimits.BodyBytes)
        {
            return Malformed(RtspReadError.BodyTooLong);
        }

        if (buffer.Length - bodyStart < bodyLength)
        {
            return default;
        }

        var body = buffer.Slice(bodyStart, bodyLength).ToArray();
        return ParseStartLine(lines[0].TrimEnd('\r'), headers, body) is { } message
            ? new RtspUnit { Kind = RtspUnitKind.Message, Message = message, Consumed = bodyStart + bodyLength }
            : Malformed(RtspReadError.NotRtsp);
    }

    /// <summary>A response begins with <c>RTSP/</c>; a request has a method of capitals and underscores, then a space.</summary>
    private static bool LooksLikeRtsp(ReadOnlySpan<byte> buffer)
    {
        if (buffer.StartsWith("RTSP/"u8))
        {
            return true;
        }

        var word = buffer[..Math.Min(buffer.Length, 20)];
        var space = word.IndexOf((byte)' ');
        var method = space < 0 ? word : word[..space];
        return (space > 0 || word.Length < 20) && !method.ContainsAnyExcept(MethodLetters);
    }

    /// <summary>An empty line, with or without carriage returns.</summary>
    private static int FindHeaderEnd(ReadOnlySpan<byte> text, out int bodyStart)
    {
        var from = 0;
        while (true)
        {
            var newline = text[from..].IndexOf((byte)'\n');
            if (newline < 0)
            {
                bodyStart = 0;
                return -1;
            }

            var next = from + newline + 1;
            if (next < text.Length && text[next] == (byte)'\n')
            {
                bodyStart = next + 1;
                return next - 1;
            }

            if (next + 1 < text.Length && text[next] == (byte)'\r' && text[next + 1] == (byte)'\n')
            {
                bodyStart = next + 2;
                return next - 1;
            }

            from = next;
        }
    }

    private static void AddHeader(List<KeyValuePair<string, string>> headers, string line)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        if (line.Length > 0 && line[0] is ' ' or '\t' && headers.Count > 0)
        {
            var last = headers[^1]; // Folded continuation line (RFC 2326 §4.2).
            headers[^1] = new(last.Key, last.Value + " " + line.Trim());
        }
        else if (colon > 0)
        {
            headers.Add(new(line[..colon].Trim(), line[(colon + 1)..].Trim()));
        }
    }

    private static RtspMessage? ParseStartLine(string line, List<KeyValuePair<string, string>> headers, byte[] body)
    {
        var words = line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length >= 2 && words[0].StartsWith("RTSP/", StringComparison.Ordinal))
        {
            return int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status is >= 100 and <= 999
                ? new RtspMessage(status, words.Length == 3 ? words[2] : "", headers, body)
                : null;
        }

        return words.Length == 3 && words[2].StartsWith("RTSP/", StringComparison.Ordinal)
            ? new RtspMessage(words[0], words[1], headers, body)
            : null;
    }
}
