using System.Globalization;
using Vigil.Media.Ingest;

namespace Vigil.Media.Decoding;

/// <summary>
/// A sound file that somebody brought, made one that every browser plays: MP3 (ISO/IEC 11172-3), mono, 44.1 kHz, 64 kbit/s. What is in it is
/// a stranger's, so ffmpeg gets few formats, no protocol but its input, no rights, and bounds for memory, time and files.
/// </summary>
public static class PlayableSound
{
    /// <summary>Of the result: its length tells its duration.</summary>
    public const int BytesPerSecond = 8_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly string[] Bounds = ["--as=2147483648", "--cpu=90", "--fsize=33554432", "--nofile=64"];

    /// <summary>The file as MP3, at most a second longer than <paramref name="longest"/>; null when there is no second of sound in it.</summary>
    /// <param name="file">Any of MP3, AAC, MP4, Ogg, FLAC, WAV, Matroska.</param>
    /// <param name="longest">No more is decoded.</param>
    /// <param name="ffmpeg">The program.</param>
    /// <param name="runAsUser">The account it runs as when we are root.</param>
    /// <param name="time">For the patience of two minutes.</param>
    /// <param name="cancel">Kills it.</param>
    public static async Task<byte[]?> ToMp3Async(
        ReadOnlyMemory<byte> file, TimeSpan longest, string ffmpeg, string? runAsUser, TimeProvider time, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            await using var child = await ChildProcess.StartAsync(
                new ChildCommand { Program = "prlimit", Arguments = [.. Bounds, "nice", "-n", "10", ffmpeg, .. Arguments(longest)], RunAsUser = runAsUser }, time);
            var feeding = FeedAsync(child, file, either.Token);
            using var result = new MemoryStream();
            await child.Output.CopyToAsync(result, either.Token);
            await feeding;
            return result.Length < BytesPerSecond ? null : result.ToArray();
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The cache is ffmpeg's own temporary file: phones write the index of a recording at its end, and a pipe can't go back.</summary>
    private static string[] Arguments(TimeSpan longest) =>
    [
        "-hide_banner", "-v", "error", "-nostats", "-nostdin", "-threads", "1",
        "-protocol_whitelist", "pipe,cache", "-format_whitelist", "mp3,aac,mov,ogg,flac,wav,matroska", "-i", "cache:pipe:0",
        "-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1", "-t", (longest.TotalSeconds + 1).ToString(CultureInfo.InvariantCulture),
        "-ac", "1", "-ar", "44100", "-c:a", "libmp3lame", "-b:a", "64k", "-write_xing", "0", "-id3v2_version", "0", "-f", "mp3", "pipe:1",
    ];

    private static async Task FeedAsync(ChildProcess child, ReadOnlyMemory<byte> file, CancellationToken cancel)
    {
        try
        {
            await child.Input.WriteAsync(file, cancel);
        }
        catch (IOException)
        {
            // It has heard enough; what it made of it tells why.
        }

        child.CloseInput();
    }
}
