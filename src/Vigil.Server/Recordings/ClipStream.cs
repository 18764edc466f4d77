using Vigil.Media.Recording;

namespace Vigil.Server.Recordings;

/// <summary>A clip as the web server wants it: something with a length that can be sought and read.</summary>
internal sealed class ClipStream(long length, Func<long, Memory<byte>, CancellationToken, ValueTask<int>> read, IDisposable clip) : Stream
{
    private long position;

    /// <summary>Gives the clip back at the end.</summary>
    public ClipStream(OpenClip clip)
        : this(clip.File.Length, clip.File.ReadAsync, clip)
    {
    }

    public ClipStream(ClipFile clip)
        : this(clip.Length, clip.ReadAsync, clip)
    {
    }

    public ClipStream(PlayableClip clip)
        : this(clip.Length, clip.ReadAsync, clip)
    {
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => position;
        set => position = value;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var got = await read(position, buffer, cancellationToken);
        position += got;
        return got;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => position + offset,
        _ => length + offset,
    };

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("The web server reads asynchronously.");

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            clip.Dispose();
        }

        base.Dispose(disposing);
    }
}
