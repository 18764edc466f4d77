namespace Vigil.Media.Recording;

/// <summary>
/// The disk as the recorder sees it. Two implementations: <see cref="PosixSegmentDisk"/>, and the one of the tests that tears and
/// drops whatever was not synced. Paths are relative to the root. Failures are <see cref="IOException"/>; a full disk is
/// <see cref="DiskFullException"/>.
/// </summary>
public interface ISegmentDisk
{
    /// <summary>Creates a new file, and its directories. <see cref="FileExistsException"/> when the name is taken.</summary>
    ISegmentFile Create(string path);

    /// <summary>Opens an existing file for reading and mending.</summary>
    ISegmentFile Open(string path);

    /// <summary>Returns when the content of <paramref name="files"/> and the entries of <paramref name="directories"/> are on the disk.</summary>
    void Sync(IReadOnlyCollection<ISegmentFile> files, IReadOnlyCollection<string> directories);

    void Delete(string path);

    /// <summary>Every segment file below the root.</summary>
    IEnumerable<string> List();

    /// <summary>Sets aside <paramref name="bytes"/>; 0 gives them back. Returns whether that much is set aside now.</summary>
    bool Reserve(long bytes);

    long FreeBytes { get; }
}

/// <summary>One segment file.</summary>
public interface ISegmentFile : IDisposable
{
    string Path { get; }

    long Length { get; }

    /// <summary>Writes all of <paramref name="buffers"/> one after the other at <paramref name="offset"/>, or throws.</summary>
    void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> buffers);

    /// <summary>Fewer bytes than asked for only at the end of the file.</summary>
    int Read(long offset, Span<byte> into);

    /// <summary>Like <see cref="Read"/>, but may return fewer bytes at any time.</summary>
    ValueTask<int> ReadAsync(long offset, Memory<byte> into, CancellationToken cancel);

    void Truncate(long length);
}

/// <summary>No room: ENOSPC or EDQUOT.</summary>
public sealed class DiskFullException : IOException
{
    public DiskFullException()
        : this("The disk is full.")
    {
    }

    public DiskFullException(string message)
        : base(message)
    {
    }

    public DiskFullException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>The name is taken.</summary>
public sealed class FileExistsException : IOException
{
    public FileExistsException()
        : this("The file exists.")
    {
    }

    public FileExistsException(string message)
        : base(message)
    {
    }

    public FileExistsException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
