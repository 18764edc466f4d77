using System.Buffers;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.Ingest;

/// <summary>
/// JPEG pictures out of the body of an HTTP answer: by its multipart boundary where it keeps to one, else by the pictures' own markers.
/// Cameras name a boundary and send another, name none, leave the dashes away, put spaces in, or just send one picture after another.
/// </summary>
internal static class PictureReader
{
    /// <summary>Enough to tell pictures from everything else.</summary>
    public const int HeadBytes = 4;

    /// <summary>Within this many bytes of the beginning a boundary that is kept to has been seen.</summary>
    private const int BoundaryWithin = CodecLimits.MaxPartHeaderBytes;

    /// <summary>A picture's first marker, or the line that every multipart boundary begins with.</summary>
    public static bool AreBegunBy(ReadOnlySpan<byte> head) =>
        head.StartsWith<byte>([0xFF, 0xD8]) || head.TrimStart("\r\n"u8).StartsWith("--"u8);

    /// <summary>Reads to the end, and tells how many pictures there were, and whether it ended because the parts made no sense.</summary>
    public static async Task<(long Count, bool IsBroken)> ReadAsync(string contentType, byte[] head, Stream body, JpegTrack jpeg, CancellationToken cancel)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            head.CopyTo(buffer, 0);
            var filled = head.Length;
            var multipart = MultipartSplitter.TryReadBoundary(contentType, out var boundary) ? new MultipartSplitter(boundary) : null;
            if (multipart is not null)
            {
                // A part's line comes before its picture.
                while (filled < BoundaryWithin && buffer.AsSpan(0, filled).IndexOf<byte>([0xFF, 0xD8]) < 0
                    && await body.ReadAsync(buffer.AsMemory(filled), cancel) is > 0 and var more)
                {
                    filled += more;
                }

                multipart = multipart.Begins(buffer.AsSpan(0, filled)) ? multipart : null;
            }

            var pictures = new JpegSplitter();
            var found = 0L;
            do
            {
                found += multipart is not null ? Take(multipart, buffer.AsSpan(0, filled), jpeg) : Take(pictures, buffer.AsSpan(0, filled), jpeg);
                filled = await body.ReadAsync(buffer, cancel);
            }
            while (filled > 0 && multipart is not { Error: not MultipartError.None });
            return (found, multipart is { Error: not MultipartError.None });
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static int Take(MultipartSplitter splitter, ReadOnlySpan<byte> bytes, JpegTrack jpeg)
    {
        var found = 0;
        splitter.Push(bytes);
        while (splitter.TryTake(out var part))
        {
            found += jpeg.Push(part.Body) ? 1 : 0;
        }

        return found;
    }

    private static int Take(JpegSplitter splitter, ReadOnlySpan<byte> bytes, JpegTrack jpeg)
    {
        var found = 0;
        splitter.Push(bytes);
        while (splitter.TryTake(out var picture))
        {
            found += jpeg.Push(picture) ? 1 : 0;
        }

        return found;
    }
}
