using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Vigil.Media.Recording;

/// <summary>The real disk. One gathered write per fragment, <c>fdatasync</c> for content, <c>fsync</c> for directories.</summary>
public sealed partial class PosixSegmentDisk : ISegmentDisk
{
    private const string ReserveName = ".reserve";
    private const int EnoSpace = 28;
    private const int EQuota = 122;
    private const int EExist = 17;

    /// <summary>But where somebody else's directory is closed to us.</summary>
    private static readonly EnumerationOptions Everywhere = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None };

    private readonly string root;

    /// <summary>Between making a day's directory and making the file in it, nobody may find it empty and take it away.</summary>
    private readonly Lock directoryGate = new();

    public PosixSegmentDisk(string root)
    {
        this.root = System.IO.Path.GetFullPath(root);
        Directory.CreateDirectory(this.root);
        // Only what is named as a camera is ours: a disk of its own also has a lost+found, which only root may look into.
        foreach (var camera in Directory.EnumerateDirectories(this.root).Where(path => System.IO.Path.GetFileName(path).All(char.IsAsciiDigit)).ToList())
        {
            foreach (var day in Directory.EnumerateDirectories(camera).ToList())
            {
                RemoveIfEmpty(day);
            }

            RemoveIfEmpty(camera);
        }
    }

    public long FreeBytes => new DriveInfo(root).AvailableFreeSpace;

    public ISegmentFile Create(string path)
    {
        var full = Full(path);
        lock (directoryGate)
        {
            return Guard(() =>
            {
                Directory.CreateDirectory(System.IO.Path.GetDirectoryName(full)!);
                var handle = File.OpenHandle(full, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
                return new PosixSegmentFile(path, handle);
            });
        }
    }

    public ISegmentFile Open(string path) =>
        new PosixSegmentFile(path, File.OpenHandle(Full(path), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));

    /// <summary>For reading only; null when the file is gone.</summary>
    internal static ISegmentFile? TryOpenRead(string root, string path)
    {
        try
        {
            var full = System.IO.Path.Combine(root, path);
            return new PosixSegmentFile(path, File.OpenHandle(full, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public void Sync(IReadOnlyCollection<ISegmentFile> files, IReadOnlyCollection<string> directories)
    {
        // All are set going before any is waited for: the first wait then makes the journal commit for the others too. No threads of
        // the pool are spent on waiting for a disk.
        foreach (var file in files)
        {
            _ = NativeFile.StartWriting(((PosixSegmentFile)file).Handle, 0, 0, NativeFile.WriteFlag);
        }

        IOException? failed = null;
        foreach (var file in files)
        {
            if (NativeFile.DataSync(((PosixSegmentFile)file).Handle) != 0)
            {
                failed ??= Failure($"fdatasync of {file.Path} failed");
            }
        }

        if (failed is not null)
        {
            throw failed;
        }

        foreach (var directory in directories)
        {
            SyncDirectory(Full(directory));
        }
    }

    public void Delete(string path)
    {
        try
        {
            var full = Full(path);
            File.Delete(full);
            var day = System.IO.Path.GetDirectoryName(full)!;
            lock (directoryGate)
            {
                RemoveIfEmpty(day);
                RemoveIfEmpty(System.IO.Path.GetDirectoryName(day)!);
            }
        }
        catch (DirectoryNotFoundException)
        {
            // Gone with all its neighbours.
        }
    }

    public IEnumerable<string> List() =>
        Directory.EnumerateFiles(root, "*.mp4", Everywhere)
            .Select(full => System.IO.Path.GetRelativePath(root, full).Replace('\\', '/'));

    public bool Reserve(long bytes)
    {
        var path = Full(ReserveName);
        if (bytes == 0)
        {
            File.Delete(path);
            return true;
        }

        try
        {
            if (new FileInfo(path) is { Exists: true } there && there.Length == bytes)
            {
                return true;
            }

            File.Delete(path);
            using var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.None, bytes);
            return true;
        }
        catch (IOException)
        {
            File.Delete(path);
            return false;
        }
    }

    internal static T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (IOException failure) when ((failure.HResult & 0xFFFF) is EnoSpace or EQuota)
        {
            throw new DiskFullException("The disk is full.", failure);
        }
        catch (IOException failure) when ((failure.HResult & 0xFFFF) is EExist)
        {
            throw new FileExistsException("The file exists.", failure);
        }
    }

    /// <summary>The days of a camera, and the camera when no day is left. Never the root.</summary>
    private void RemoveIfEmpty(string directory)
    {
        try
        {
            if (directory.Length > root.Length && !Directory.EnumerateFileSystemEntries(directory).Any())
            {
                Directory.Delete(directory);
            }
        }
        catch (Exception kept) when (kept is IOException or UnauthorizedAccessException)
        {
            // Gone already, in use again, or not ours: an empty directory costs nothing.
        }
    }

    private static void SyncDirectory(string full)
    {
        using var handle = NativeFile.OpenDirectory(full);
        if (handle.IsInvalid && !Directory.Exists(full))
        {
            return; // Removed by hand: there is no entry to keep.
        }

        if (handle.IsInvalid || NativeFile.Sync(handle) != 0)
        {
            throw Failure($"fsync of directory {full} failed");
        }
    }

    private static IOException Failure(string what)
    {
        var error = Marshal.GetLastPInvokeError();
        return error is EnoSpace or EQuota ? new DiskFullException() : new IOException($"{what}: error {error}.");
    }

    private string Full(string path) => System.IO.Path.Combine(root, path);

    private sealed class PosixSegmentFile(string path, SafeFileHandle handle) : ISegmentFile
    {
        public SafeFileHandle Handle => handle;

        public string Path => path;

        public long Length => RandomAccess.GetLength(handle);

        public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> buffers) => Guard(() =>
        {
            RandomAccess.Write(handle, buffers, offset);
            return true;
        });

        public int Read(long offset, Span<byte> into)
        {
            var read = 0;
            while (read < into.Length)
            {
                var count = RandomAccess.Read(handle, into[read..], offset + read);
                if (count == 0)
                {
                    break;
                }

                read += count;
            }

            return read;
        }

        public ValueTask<int> ReadAsync(long offset, Memory<byte> into, CancellationToken cancel) =>
            RandomAccess.ReadAsync(handle, into, offset, cancel);

        public void Truncate(long length) => RandomAccess.SetLength(handle, length);

        public void Dispose() => handle.Dispose();
    }

    private static partial class NativeFile
    {
        private const int DirectoryFlag = 0x10000;
        private const int CloseOnExec = 0x80000;

        /// <summary>SYNC_FILE_RANGE_WRITE: start writing what is dirty, wait for nothing.</summary>
        public const uint WriteFlag = 2;

        public static SafeFileHandle OpenDirectory(string path) => OpenNative(path, DirectoryFlag | CloseOnExec);

        [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
        public static partial int DataSync(SafeFileHandle handle);

        [LibraryImport("libc", EntryPoint = "sync_file_range", SetLastError = true)]
        public static partial int StartWriting(SafeFileHandle handle, long offset, long bytes, uint flags);

        [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
        public static partial int Sync(SafeFileHandle handle);

        [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
        private static partial SafeFileHandle OpenNative(string path, int flags);
    }
}
