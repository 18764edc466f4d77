using System.Globalization;
using System.Text;

namespace Vigil.Protocols.Codecs;

/// <summary>Why a multipart stream cannot be read on.</summary>
public enum MultipartError
{
    None,
    HeaderTooLong,
    PartTooLong,
}

/// <summary>One part: its type in lower case without parameters (empty when not said), and its bytes.</summary>
public readonly record struct MultipartPart(string ContentType, ReadOnlyMemory<byte> Body);

/// <summary>
/// Cuts <c>multipart/x-mixed-replace</c> (RFC 2046 §5.1, as cameras speak it) into parts. <see cref="Push"/>, then
/// <see cref="TryTake"/> until false, then see <see cref="Error"/>. Lenient where cameras are: dashes counted into the boundary
/// parameter or not, LF for CRLF, no Content-Length.
/// </summary>
public sealed class MultipartSplitter
{
    private const int ChunkBytes = 256 * 1024;

    private readonly UnitBuffer buffer = new(ChunkBytes);
    private readonly byte[] delimiter;
    private readonly int maxPartBytes;
    private State state;
    private string contentType = "";
    private int bodyLength;
    private int searched;

    /// <param name="boundary">As the header says; leading dashes make no difference.</param>
    /// <param name="maxPartBytes">A longer part is <see cref="MultipartError.PartTooLong"/>.</param>
    public MultipartSplitter(string boundary, int maxPartBytes = CodecLimits.MaxJpegBytes)
    {
        var token = boundary.TrimStart('-');
        delimiter = Encoding.Latin1.GetBytes("--" + token[..Math.Min(token.Length, CodecLimits.MaxBoundaryLength)]);
        this.maxPartBytes = maxPartBytes;
    }

    private enum State
    {
        Delimiter,
        Headers,
        Body,
    }

    /// <summary>Final: nothing comes out any more.</summary>
    public MultipartError Error { get; private set; }

    /// <summary>The boundary in a Content-Type header; false when it is no multipart or has none.</summary>
    public static bool TryReadBoundary(string? header, out string boundary)
    {
        boundary = "";
        if (header is null || !header.TrimStart().StartsWith("multipart/", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        foreach (var parameter in header.Split(';').Skip(1))
        {
            var text = parameter.Trim();
            if (text.StartsWith("boundary=", StringComparison.OrdinalIgnoreCase))
            {
                boundary = text["boundary=".Length..].Trim().Trim('"');
                return boundary.TrimStart('-').Length is > 0 and <= CodecLimits.MaxBoundaryLength;
            }
        }

        return false;
    }

    /// <summary>Whether the delimiter stands in what a stream begins with: some cameras name one boundary and send another.</summary>
    public bool Begins(ReadOnlySpan<byte> head) => head.IndexOf(delimiter) >= 0;

    public void Push(ReadOnlySpan<byte> bytes)
    {
        if (Error == MultipartError.None)
        {
            buffer.Append(bytes);
        }
    }

    public bool TryTake(out MultipartPart part)
    {
        part = default;
        while (Error == MultipartError.None)
        {
            switch (state)
            {
                case State.Delimiter when !SkipDelimiter():
                case State.Headers when !ReadHeaders():
                    return false;
                case State.Body:
                    return TakeBody(out part);
            }
        }

        return false;
    }

    /// <summary>To the end of the line that holds the next delimiter.</summary>
    private bool SkipDelimiter()
    {
        var bytes = buffer.Unit;
        var at = bytes.IndexOf(delimiter);
        if (at < 0)
        {
            buffer.Take(Math.Max(0, bytes.Length - delimiter.Length + 1));
            return false;
        }

        var end = bytes[at..].IndexOf((byte)'\n');
        if (end < 0)
        {
            buffer.Take(at);
            Error = buffer.Length > CodecLimits.MaxPartHeaderBytes ? MultipartError.HeaderTooLong : MultipartError.None;
            return false;
        }

        buffer.Take(at + end + 1);
        state = State.Headers;
        contentType = "";
        bodyLength = -1;
        return true;
    }

    private bool ReadHeaders()
    {
        while (true)
        {
            var bytes = buffer.Unit;
            var end = bytes.IndexOf((byte)'\n');
            if (end < 0)
            {
                Error = bytes.Length > CodecLimits.MaxPartHeaderBytes ? MultipartError.HeaderTooLong : MultipartError.None;
                return false;
            }

            var line = bytes[..end].TrimEnd((byte)'\r');
            var blank = line.IsEmpty;
            ReadHeader(line);
            buffer.Take(end + 1);
            if (blank)
            {
                state = State.Body;
                searched = 0;
                if (bodyLength > maxPartBytes)
                {
                    Error = MultipartError.PartTooLong;
                    return false;
                }

                return true;
            }
        }
    }

    private void ReadHeader(ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        if (colon <= 0 || line.Length > CodecLimits.MaxPartHeaderBytes)
        {
            return;
        }

        var name = Encoding.Latin1.GetString(line[..colon]).Trim();
        var value = Encoding.Latin1.GetString(line[(colon + 1)..]).Trim();
        if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
        {
            bodyLength = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length > 0 ? length : -1;
        }
        else if (name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase))
        {
            contentType = value.Split(';')[0].Trim().ToLowerInvariant();
        }
    }

    private bool TakeBody(out MultipartPart part)
    {
        part = default;
        if (bodyLength >= 0)
        {
            if (buffer.Length < bodyLength)
            {
                return false;
            }

            part = new MultipartPart(contentType, buffer.Take(bodyLength));
            state = State.Delimiter;
            return true;
        }

        var bytes = buffer.Unit;
        var at = bytes[searched..].IndexOf(delimiter);
        if (at < 0)
        {
            searched = Math.Max(0, bytes.Length - delimiter.Length + 1);
            Error = bytes.Length > maxPartBytes ? MultipartError.PartTooLong : MultipartError.None;
            return false;
        }

        // The line break before a delimiter belongs to the delimiter (§5.1.1).
        var length = searched + at;
        length -= length > 0 && bytes[length - 1] == '\n' ? 1 : 0;
        length -= length > 0 && bytes[length - 1] == '\r' ? 1 : 0;
        part = new MultipartPart(contentType, buffer.Take(length));
        state = State.Delimiter;
        return true;
    }
}
