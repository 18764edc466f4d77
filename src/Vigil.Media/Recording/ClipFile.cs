using System.Buffers;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Text;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.Mp4;

namespace Vigil.Media.Recording;

/// <summary>
/// One virtual MP4 over the segments of a time range: its length is known, any part can be read, nothing is copied to disk. Plays
/// from <c>from</c> (the key frame before it is there for the decoder, an edit list hides it). A snapshot of what the records say: what
/// is written later is not part of it.
/// Holds its files open, so that deleting a segment does not tear a running download.
/// </summary>
public sealed class ClipFile : IDisposable
{
    /// <summary>Files whose tables are read at the same time.</summary>
    private const int MostReading = 4;

    private readonly IReadOnlyList<ISegmentFile> files;
    private readonly IReadOnlyList<ClipExtent> extents;
    private readonly IReadOnlyList<MovieTrack> tracks;
    private readonly ReadOnlyMemory<byte> head;
    private readonly bool borrowed;

    private ClipFile(IReadOnlyList<ISegmentFile> files, ClipPlan plan, ReadOnlyMemory<byte> head)
    {
        this.files = files;
        tracks = plan.Tracks;
        this.head = head;
        extents = plan.Extents;
        MediaBytes = plan.MediaBytes;
        Length = head.Length + plan.MediaBytes;
        Start = plan.Start;
        Duration = plan.Duration;
        Gaps = plan.Gaps;
        IsJpeg = plan.Tracks.Any(track => track.Formats.Any(format => format.Codec == Codec.Mjpeg));
        ETag = Tag(plan, head.Span, files);
    }

    /// <summary>Parts of <paramref name="whole"/>, put together otherwise, and perhaps a file of sound behind its own.</summary>
    private ClipFile(ClipFile whole, ISegmentFile? sound, ClipWeave weave, string tag)
    {
        borrowed = true;
        files = sound is null ? whole.files : [.. whole.files, sound];
        tracks = weave.Tracks;
        extents = weave.Extents;
        var written = new ArrayBufferWriter<byte>(64 * 1024);
        Mp4Movie.WriteHead(written, tracks, weave.MediaBytes, whole.Duration, whole.Start);
        head = written.WrittenMemory;
        MediaBytes = weave.MediaBytes;
        Length = head.Length + MediaBytes;
        Start = whole.Start;
        Duration = whole.Duration;
        Gaps = whole.Gaps;
        ETag = tag;
    }

    public long Length { get; }

    /// <summary>Pictures and sound alone, without the tables before them.</summary>
    public long MediaBytes { get; }

    /// <summary>A strong entity tag with its quotes; changes when the content does.</summary>
    public string ETag { get; }

    /// <summary>Capture time of what is shown first; later than asked for when the footage begins later.</summary>
    public DateTimeOffset Start { get; }

    public TimeSpan Duration { get; }

    /// <summary>Has JPEG pictures, which no browser plays: see <see cref="PlayableClips"/>.</summary>
    public bool IsJpeg { get; }

    /// <summary>Has sound that is not AAC.</summary>
    public bool NeedsAac => SoundFormats is [{ Codec: not Codec.Aac }, ..];

    /// <summary>More than one where the camera's settings changed on the way; one codec.</summary>
    internal IReadOnlyList<TrackFormat> SoundFormats => tracks.FirstOrDefault(track => track.Formats[0].Kind == TrackKind.Audio)?.Formats ?? [];

    /// <summary>Holes in the footage, in order.</summary>
    public IReadOnlyList<ClipGap> Gaps { get; }

    /// <summary>
    /// Over what the records say; null when the range holds no media. <paramref name="segments"/> of one camera, in any order; those that
    /// do not touch the range are ignored, and so is a file that is gone. Of an open segment, no more than <see cref="SegmentRecord.Bytes"/>
    /// is used: the same records give the same clip, however much was written since. No byte of what was captured before
    /// <paramref name="notBefore"/> is in it: where the key frame before <paramref name="from"/> is older, the clip begins at the next one.
    /// </summary>
    public static ClipFile? Open(
        IReadOnlyList<SegmentRecord> segments, string root, DateTimeOffset from, DateTimeOffset to, DateTimeOffset notBefore = default)
    {
        var wanted = segments.Where(s => s.Start < to && s.End > from).OrderBy(s => s.Start).ToList();
        var files = new ISegmentFile?[wanted.Count];
        var indexes = new SegmentIndex?[wanted.Count];
        var opened = false;
        try
        {
            // Of an hour there are sixty, and reading their heads is most of what somebody waits for.
            Parallel.For(0, wanted.Count, new ParallelOptions { MaxDegreeOfParallelism = MostReading }, i =>
            {
                files[i] = PosixSegmentDisk.TryOpenRead(root, wanted[i].Path);
                indexes[i] = files[i] is { } file ? SegmentIndex.Read(file, verifyTail: false, wanted[i].Open ? wanted[i].Bytes : long.MaxValue) : null;
            });
            if (ClipPlan.Make([.. indexes.OfType<SegmentIndex>()], from, to, notBefore) is not { } plan)
            {
                return null;
            }

            var head = new ArrayBufferWriter<byte>(64 * 1024);
            Mp4Movie.WriteHead(head, plan.Tracks, plan.MediaBytes, plan.Duration, plan.Start);
            opened = true;
            for (var i = 0; i < files.Length; i++)
            {
                if (indexes[i] is null)
                {
                    files[i]?.Dispose();
                }
            }

            return new ClipFile([.. files.Where((_, i) => indexes[i] is not null).OfType<ISegmentFile>()], plan, head.WrittenMemory);
        }
        catch (AggregateException failure)
        {
            ExceptionDispatchInfo.Throw(failure.InnerException!); // As it would be with one after the other.
            throw;
        }
        finally
        {
            if (!opened)
            {
                foreach (var file in files)
                {
                    file?.Dispose();
                }
            }
        }
    }

    /// <summary>Reads up to <paramref name="into"/>'s length from <paramref name="offset"/> on; 0 only at the end.</summary>
    public async ValueTask<int> ReadAsync(long offset, Memory<byte> into, CancellationToken cancel)
    {
        var read = 0;
        if (offset < head.Length)
        {
            var part = head[(int)offset..];
            part = part.Length > into.Length ? part[..into.Length] : part;
            part.CopyTo(into);
            read = part.Length;
        }

        var at = offset + read - head.Length;
        for (var i = Find(at); i < extents.Count && read < into.Length; i++)
        {
            var extent = extents[i];
            var skip = (int)(at - extent.At);
            var want = Math.Min(extent.Length - skip, into.Length - read);
            var got = await files[extent.File].ReadAsync(extent.Offset + skip, into.Slice(read, want), cancel);
            if (got == 0)
            {
                throw new EndOfStreamException($"{files[extent.File].Path} was cut short while it was being read.");
            }

            read += got;
            at += got;
            if (got < want)
            {
                break;
            }
        }

        return read;
    }

    /// <summary>
    /// The same clip with the sound that <see cref="PlayableClips"/> made of it. Reads this clip's files and <paramref name="sound"/>: both must
    /// outlive it.
    /// </summary>
    public ClipFile WithSound(PlayableClip sound) => new(
        this, new SoundFile(sound), ClipWeave.WithSound(tracks, extents, files.Count, sound.Sound!), $"{ETag[..^1]}-aac\"");

    /// <summary>Its sound without its pictures. Reads this clip's files, which must outlive it.</summary>
    internal ClipFile SoundAlone() => new(this, null, ClipWeave.SoundAlone(tracks, extents), $"{ETag[..^1]}-sound\"");

    public void Dispose()
    {
        if (borrowed)
        {
            return;
        }

        foreach (var file in files)
        {
            file.Dispose();
        }
    }

    /// <summary>The extent that holds byte <paramref name="at"/> of the media.</summary>
    private int Find(long at)
    {
        int low = 0, high = extents.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (extents[middle].At + extents[middle].Length <= at)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private static string Tag(ClipPlan plan, ReadOnlySpan<byte> head, IReadOnlyList<ISegmentFile> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(head);
        var file = -1;
        foreach (var extent in plan.Extents)
        {
            if (extent.File != file)
            {
                file = extent.File;
                hash.AppendData(Encoding.ASCII.GetBytes($"{files[file].Path}:{extent.Offset};"));
            }
        }

        return $"\"{Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 12))}\"";
    }

    /// <summary>Encoded sound as one more file of the clip.</summary>
    private sealed class SoundFile(PlayableClip sound) : ISegmentFile
    {
        public string Path => "sound";

        public long Length => sound.Length;

        public ValueTask<int> ReadAsync(long offset, Memory<byte> into, CancellationToken cancel) => sound.ReadAsync(offset, into, cancel);

        public int Read(long offset, Span<byte> into) => throw new NotSupportedException();

        public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> buffers) => throw new NotSupportedException();

        public void Truncate(long length) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
