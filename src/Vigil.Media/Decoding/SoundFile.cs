using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Vigil.Media.Ingest;

namespace Vigil.Media.Decoding;

/// <summary>How a file is decoded.</summary>
public sealed record SoundFileOptions
{
    public string FfmpegPath { get; init; } = "ffmpeg";

    /// <summary>The account ffmpeg runs as when we are root. It must be able to read the file.</summary>
    public string? RunAsUser { get; init; }

    /// <summary>Decodes no more than this; null: all of it.</summary>
    public TimeSpan? Most { get; init; }

    /// <summary>A decoder that gives no sound for this long hangs, and is killed.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Names of ffmpeg's demuxers that may be used, separated by commas; null: any, which is right for files of the person who asks.</summary>
    public string? Formats { get; init; }

    /// <summary>How far the decoder steps back behind everything else, 0 to 19: the live picture comes first.</summary>
    public int Niceness { get; init; }

    /// <summary>Address space of the decoder in bytes; null: as much as it wants.</summary>
    public long? MostMemory { get; init; }

    /// <summary>Processor time of the decoder, in whole seconds; null: as much as it wants.</summary>
    public TimeSpan? MostProcessor { get; init; }
}

/// <summary>
/// The sound of any file that ffmpeg reads, as 16 kHz mono, by one ffmpeg that reads nothing but that file, or by us where it is that already.
/// What a truncated file still holds is given; a file without any sound is refused.
/// </summary>
public static class SoundFile
{
    private const int ReadBytes = 64 * 1024;
    private const string NoDecoder = "ffmpeg could not be started; is it installed?";

    /// <param name="path">The file.</param>
    /// <param name="options">How.</param>
    /// <param name="take">Gets the samples in order; the span is valid during the call only.</param>
    /// <param name="time">For the patience.</param>
    /// <param name="cancel">Kills the decoder.</param>
    /// <returns>Samples given.</returns>
    /// <exception cref="InvalidDataException">No sound could be decoded; the message is one sentence without the file's name.</exception>
    public static async Task<long> DecodeAsync(string path, SoundFileOptions options, ReadOnlySpanAction<short, int> take, TimeProvider time, CancellationToken cancel)
    {
        using (var file = Open(path))
        {
            if (PlainWave.Find(file) is { } plain)
            {
                var most = options.Most is { } longest ? (long)(longest.TotalSeconds * 16_000) * sizeof(short) : plain.Bytes;
                return PlainWave.Read(file, plain with { Bytes = Math.Min(plain.Bytes, most) }, take, cancel);
            }
        }

        ChildProcess child;
        try
        {
            child = await ChildProcess.StartAsync(
                Bounded(new ChildCommand { Program = options.FfmpegPath, RunAsUser = options.RunAsUser, Arguments = Arguments(path, options) }, options), time);
        }
        catch (IOException)
        {
            throw new InvalidDataException(NoDecoder);
        }

        await using (child)
        {
            await using var kill = cancel.Register(child.Kill);
            child.CloseInput();
            var samples = await ReadAsync(child, options, take, time, cancel);
            cancel.ThrowIfCancellationRequested();
            if (samples == 0)
            {
                throw new InvalidDataException(await child.Exited is 126 or 127 ? NoDecoder : Reason(child.Errors));
            }

            return samples;
        }
    }

    /// <summary>ffmpeg believes a name that ends in .mp3 and makes noise of any program; what a file begins with decides.</summary>
    private static SafeFileHandle Open(string path)
    {
        SafeFileHandle? file = null;
        Span<byte> head = stackalloc byte[4];
        try
        {
            file = File.OpenHandle(path);
            head = head[..RandomAccess.Read(file, head, 0)];
        }
        catch (UnauthorizedAccessException)
        {
            throw new InvalidDataException(Directory.Exists(path) ? "It is a folder." : "It may not be read.");
        }
        catch (Exception failure) when (failure is IOException or NotSupportedException or ArgumentException)
        {
            file?.Dispose();
            throw new InvalidDataException(failure is FileNotFoundException or DirectoryNotFoundException ? "There is no such file." : "It cannot be read.");
        }

        ReadOnlySpan<byte> begin = head;
        // Sound of old telephones (AMR) begins as a script does.
        var script = begin.StartsWith("#!"u8) && !begin.SequenceEqual("#!AM"u8);
        if (script || begin.SequenceEqual("\u007fELF"u8) || begin.StartsWith("MZ"u8) || begin.SequenceEqual("PK\u0003\u0004"u8)
            || begin.SequenceEqual("%PDF"u8) || begin.SequenceEqual((byte[])[0xcf, 0xfa, 0xed, 0xfe]) || begin.SequenceEqual((byte[])[0xca, 0xfe, 0xba, 0xbe]))
        {
            file.Dispose();
            throw new InvalidDataException("It is not a sound or video file but a program or a document.");
        }

        return file;
    }

    /// <summary>prlimit (util-linux, as setpriv) sets the bounds and becomes the decoder.</summary>
    private static ChildCommand Bounded(ChildCommand decoder, SoundFileOptions options)
    {
        if (options.Niceness > 0)
        {
            decoder = decoder with { Program = "nice", Arguments = ["-n", Whole(options.Niceness), decoder.Program, .. decoder.Arguments] };
        }

        string[] bounds =
        [
            .. options.MostMemory is { } memory ? ["--as=" + Whole(memory)] : Array.Empty<string>(),
            .. options.MostProcessor is { } processor ? ["--cpu=" + Whole((long)processor.TotalSeconds)] : Array.Empty<string>(),
        ];
        return bounds.Length == 0 ? decoder : decoder with { Program = "prlimit", Arguments = [.. bounds, "--", decoder.Program, .. decoder.Arguments] };

        static string Whole(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private static string[] Arguments(string path, SoundFileOptions options) =>
    [
        "-hide_banner", "-v", "error", "-nostats", "-nostdin", "-threads", "1", "-protocol_whitelist", "file",
        .. options.Formats is { } formats ? ["-format_whitelist", formats] : Array.Empty<string>(),
        "-i", "file:" + path, "-map", "0:a:0", "-vn", "-sn", "-dn",
        .. options.Most is { } most ? ["-t", most.TotalSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture)] : Array.Empty<string>(),
        "-ac", "1", "-ar", "16000", "-f", "s16le", "-flush_packets", "0", "pipe:1",
    ];

    private static async Task<long> ReadAsync(
        ChildProcess child, SoundFileOptions options, ReadOnlySpanAction<short, int> take, TimeProvider time, CancellationToken cancel)
    {
        var buffer = new byte[ReadBytes];
        var held = 0;
        long samples = 0;
        while (true)
        {
            int read;
            try
            {
                read = await child.Output.ReadAsync(buffer.AsMemory(held), cancel).AsTask().WaitAsync(options.Patience, time, cancel);
            }
            catch (TimeoutException)
            {
                child.Kill();
                throw new InvalidDataException("The decoder hung and was stopped.");
            }
            catch (IOException)
            {
                return samples;
            }

            if (read == 0)
            {
                return samples;
            }

            held += read;
            var whole = held & ~1;
            take(MemoryMarshal.Cast<byte, short>(buffer.AsSpan(0, whole)), 0);
            samples += whole / 2;
            buffer.AsSpan(whole, held - whole).CopyTo(buffer);
            held -= whole;
        }
    }

    private static string Reason(string errors) =>
        errors.Contains("matches no streams", StringComparison.Ordinal) ? "There is no sound in it."
        : errors.Contains("No such file", StringComparison.Ordinal) ? "There is no such file."
        : errors.Contains("Permission denied", StringComparison.Ordinal) ? "It may not be read."
        : "It is not a sound or video file that ffmpeg can read, or it is empty.";
}
