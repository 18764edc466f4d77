using Vigil.Media.Recording;

namespace Vigil.Server.Recordings;

/// <summary>A <see cref="ClipFile"/> as the web server wants it: something with a length that can be sought and read.</summary>
internal sealed class ClipStream(ClipFile clip) : Stream
{
    private long position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => clip.Length;

    public override long Position
    {
        get => position;
        set => position = value;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await clip.ReadAsync(position, buffer, cancellationToken);
        position += read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => position + offset,
        _ => clip.Length + offset,
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
