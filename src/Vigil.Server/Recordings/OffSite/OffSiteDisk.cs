using System.Security.Cryptography;
using System.Text;
using Vigil.Server.Hosting;

namespace Vigil.Server.Recordings.OffSite;

/// <summary>Reads some bytes of what is copied, fewer at any time; 0 only when it has become shorter.</summary>
public delegate ValueTask<int> OffSiteSource(long offset, Memory<byte> into, CancellationToken cancel);

/// <summary>
/// The second directory. It counts as there only while it holds the marker, so that an unmounted one is not filled. A copy grows in a file beside its
/// place and gets its name when all of it was written, read back and found the same; a copy that broke off goes on where it is the same.
/// </summary>
public sealed class OffSiteDisk(string root)
{
    public const string Marker = "vigil-offsite";

    private const int Block = 1 << 20;

    /// <summary>Stays free for whoever else uses that disk.</summary>
    private const long Floor = 256L << 20;

    public bool IsThere => File.Exists(Path.Combine(root, Marker));

    /// <summary>What was written of it before counts.</summary>
    public bool HasRoomFor(string path, long bytes)
    {
        var growing = new FileInfo(Path.Combine(root, path) + ".part");
        return new DriveInfo(root).AvailableFreeSpace - Math.Max(0, bytes - (growing.Exists ? growing.Length : 0)) > Floor;
    }

    /// <summary>Copies that broke off. Only where nobody but us puts files: household, camera, month.</summary>
    public void DeleteParts()
    {
        var months = Directory.EnumerateDirectories(root).Where(IsNumber).SelectMany(Directory.EnumerateDirectories).Where(IsNumber)
            .SelectMany(Directory.EnumerateDirectories);
        foreach (var part in months.SelectMany(month => Directory.EnumerateFiles(month, "*.mp4.part")).ToList())
        {
            File.Delete(part);
        }
    }

    private static bool IsNumber(string directory) => Path.GetFileName(directory).All(char.IsAsciiDigit);

    /// <summary>Returns the SHA-256 of the copy. <see cref="IOException"/> for whatever the disk does.</summary>
    /// <param name="path">Below the directory.</param>
    /// <param name="length">Of <paramref name="source"/>.</param>
    /// <param name="source">What is copied.</param>
    /// <param name="beat">Called before each megabyte.</param>
    /// <param name="cancel">Leaves what is there, to go on with.</param>
    public async Task<byte[]> CopyAsync(string path, long length, OffSiteSource source, Action beat, CancellationToken cancel)
    {
        var place = Path.Combine(root, path);
        var growing = place + ".part";
        if (!IsThere)
        {
            throw new IOException("The directory for copies is not there.");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        byte[] sum;
        await using (var file = new FileStream(growing, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 0,
            UnixCreateMode = PrivateFile.Mode,
        }))
        {
            sum = await WriteAsync(file, length, source, beat, cancel);
            file.SetLength(length);
            file.Flush(flushToDisk: true);
            var written = await SumAsync(file, length, beat, cancel);
            if (!sum.AsSpan().SequenceEqual(written))
            {
                file.SetLength(0);
                throw new IOException("What was copied reads back differently.");
            }
        }

        await PrivateFile.WriteAsync(place + ".sha256", Encoding.ASCII.GetBytes($"{Convert.ToHexStringLower(sum)}  {Path.GetFileName(place)}\n"), cancel);
        File.Move(growing, place, overwrite: true);
        return sum;
    }

    private static async Task<byte[]> WriteAsync(FileStream file, long length, OffSiteSource source, Action beat, CancellationToken cancel)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (ours, theirs) = (new byte[Block], new byte[Block]);
        var isSame = file.Length > 0;
        for (long at = 0; at < length;)
        {
            beat();
            var got = await source(at, ours.AsMemory(0, (int)Math.Min(Block, length - at)), cancel);
            if (got == 0)
            {
                throw new InvalidDataException("The footage ended early.");
            }

            hash.AppendData(ours, 0, got);
            isSame = isSame && await ReadAsync(file, at, theirs.AsMemory(0, got), cancel) == got && ours.AsSpan(0, got).SequenceEqual(theirs.AsSpan(0, got));
            if (!isSame)
            {
                await RandomAccess.WriteAsync(file.SafeFileHandle, ours.AsMemory(0, got), at, cancel);
            }

            at += got;
        }

        return hash.GetHashAndReset();
    }

    private static async Task<byte[]> SumAsync(FileStream file, long length, Action beat, CancellationToken cancel)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new byte[Block];
        for (long at = 0; at < length;)
        {
            beat();
            var got = await ReadAsync(file, at, block.AsMemory(0, (int)Math.Min(Block, length - at)), cancel);
            if (got == 0)
            {
                break;
            }

            hash.AppendData(block, 0, got);
            at += got;
        }

        return hash.GetHashAndReset();
    }

    private static async Task<int> ReadAsync(FileStream file, long at, Memory<byte> into, CancellationToken cancel)
    {
        var got = 0;
        while (got < into.Length && await RandomAccess.ReadAsync(file.SafeFileHandle, into[got..], at + got, cancel) is > 0 and var more)
        {
            got += more;
        }

        return got;
    }
}
