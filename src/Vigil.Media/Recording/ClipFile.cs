#pragma warning disable CA1822 // Not built yet.
namespace Vigil.Media.Recording;

/// <summary>
/// One virtual MP4 over the segments of a time range: its length is known, any part can be read, nothing is copied to disk. Plays
/// from <c>from</c> (the key frame before it is there for the decoder, an edit list hides it).
/// </summary>
public sealed class ClipFile : IDisposable
{
    private ClipFile()
    {
    }

    public long Length { get; private init; }

    /// <summary>A strong entity tag with its quotes; changes when the content does.</summary>
    public string ETag { get; private init; } = "\"\"";

    public TimeSpan Duration { get; private init; }

    /// <summary>
    /// Over what is on the disk now; null when the range holds no media. <paramref name="segments"/> of one camera, in any order;
    /// those that do not touch the range are ignored.
    /// </summary>
    public static ClipFile? Open(IReadOnlyList<SegmentRecord> segments, string root, DateTimeOffset from, DateTimeOffset to) => null;

    public ValueTask<int> ReadAsync(long offset, Memory<byte> into, CancellationToken cancel) => ValueTask.FromResult(0);

    public void Dispose()
    {
    }
}
