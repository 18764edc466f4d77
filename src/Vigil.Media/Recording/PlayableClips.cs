using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Vigil.Media.Ingest;
using Vigil.Media.Live;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.Recording;

/// <summary>How it went to make a clip playable.</summary>
public enum PlayableResult
{
    Made,

    /// <summary>The machine has no share left: ask again.</summary>
    Busy,

    /// <summary>It is too long, or ffmpeg could not: the clip as it is must do.</summary>
    NotMade,
}

/// <summary>
/// Clips of JPEG pictures as H.264, because no browser plays JPEG in MP4, and the sound of clips as AAC, because telephones play nothing else
/// there. Recording costs nothing more: a clip is encoded when somebody
/// first asks for it, within the budget, and kept for a while, so that all parts a player asks for are of one file. What is kept has no
/// name on the disk: nothing outlives the process, or the footage by more than <see cref="Kept"/>.
/// </summary>
public sealed partial class PlayableClips : IDisposable
{
    /// <summary>Longer ones are for a download; encoding them would take minutes.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>After the last use.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Sound alone is encoded at a hundred times its speed and more, and kept at some 40 MB an hour.</summary>
    public static readonly TimeSpan LongestSound = TimeSpan.FromHours(6);

    private static readonly TimeSpan SoundPatience = TimeSpan.FromMinutes(20);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Entry> entries = [];
    private readonly CancellationTokenSource stopped = new();
    private readonly string folder;
    private readonly TranscodeBudget budget;
    private readonly LiveOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly ITimer sweep;

    public PlayableClips(string folder, TranscodeBudget budget, LiveOptions options, TimeProvider time, ILoggerFactory logs)
    {
        this.folder = folder;
        this.budget = budget;
        this.options = options;
        this.time = time;
        logger = logs.CreateLogger<PlayableClips>();
        sweep = time.CreateTimer(_ => Sweep(), null, Kept, Kept);
    }

    /// <summary>
    /// Of JPEG pictures, the clip as H.264; else its sound as AAC, for <see cref="ClipFile.WithSound"/>. Reads <paramref name="clip"/>, or its
    /// sound, to the end before it returns, unless it was made before.
    /// </summary>
    public async Task<(PlayableResult Result, PlayableClip? Clip)> OpenAsync(ClipFile clip, CancellationToken cancel)
    {
        if (clip.Duration > (clip.IsJpeg ? Longest : LongestSound))
        {
            return (PlayableResult.NotMade, null);
        }

        Entry? entry;
        lock (gate)
        {
            if (!entries.TryGetValue(clip.ETag, out entry))
            {
                if (budget.TryTake(TranscodeKind.Clip) is not { } share)
                {
                    return (PlayableResult.Busy, null);
                }

                entry = new Entry(MakeAsync(clip, share));
                entries[clip.ETag] = entry;
            }

            entry.Readers++;
        }

        var opened = false;
        try
        {
            // Not cancelled with the request: the clip is in use until it is read, and the player asks again.
            var made = await entry.Making.WaitAsync(CancellationToken.None);
            cancel.ThrowIfCancellationRequested();
            opened = made is not null;
            return opened ? (PlayableResult.Made, new PlayableClip(made!, () => Leave(entry))) : (PlayableResult.NotMade, null);
        }
        finally
        {
            if (!opened)
            {
                Leave(entry);
            }
        }
    }

    public void Dispose()
    {
        stopped.Cancel();
        sweep.Dispose();
        lock (gate)
        {
            foreach (var entry in entries.Values)
            {
                _ = CloseAsync(entry);
            }

            entries.Clear();
        }

        stopped.Dispose();
    }

    internal void Sweep()
    {
        lock (gate)
        {
            foreach (var (tag, entry) in entries.Where(e => e.Value is { Readers: 0 } && time.GetElapsedTime(e.Value.UsedAt) >= Kept).ToList())
            {
                entries.Remove(tag);
                _ = CloseAsync(entry);
            }
        }
    }

    private static async Task CloseAsync(Entry entry) => (await entry.Making)?.File.Dispose();

    private void Leave(Entry entry)
    {
        lock (gate)
        {
            entry.Readers--;
            entry.UsedAt = time.GetTimestamp();
        }
    }

    /// <summary>Null when it cannot be made; that is kept, too, so that a broken clip is not tried with every part of it.</summary>
    private async Task<MadeClip?> MakeAsync(ClipFile clip, IDisposable share)
    {
        using var whole = share;
        await Task.Yield();
        SafeFileHandle? file = null;
        try
        {
            using var patience = new CancellationTokenSource(clip.IsJpeg ? Patience : SoundPatience, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stopped.Token);
            file = Nameless();
            if (!clip.IsJpeg)
            {
                return await EncodeSoundAsync(clip, file, both.Token);
            }

            await EncodeAsync(clip, file, both.Token);
            return new MadeClip(file, [], null);
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException or UnauthorizedAccessException)
        {
            NotMade(logger, failure.Message);
            file?.Dispose();
            return null;
        }
    }

    private async Task EncodeAsync(ClipFile clip, SafeFileHandle into, CancellationToken cancel)
    {
        await using var child = await ChildProcess.StartAsync(
            new ChildCommand
            {
                Program = options.FfmpegPath,
                RunAsUser = options.RunAsUser,
                Arguments =
                [
                    "-v", "error", "-nostats", "-protocol_whitelist", "pipe", "-threads", "1", "-f", "mov", "-i", "pipe:0",
                    "-map", "0:v:0", "-map", "0:a:0?", "-c:a", "copy",
                    "-vf", "scale=trunc(iw/2)*2:trunc(ih/2)*2:out_range=tv,format=yuv420p", "-vsync", "passthrough",
                    "-c:v", "libx264", "-preset", "superfast", "-crf", "24", "-bf", "0", "-threads", "1", "-force_key_frames", "expr:gte(t,n_forced*2)",
                    // One fragment, longer than any clip: the tables come first and are complete, and nothing is sought in the output.
                    "-f", "mp4", "-frag_duration", "2147483647", "pipe:1",
                ],
            },
            time);
        var writing = WriteAsync(clip, child, cancel);
        var buffer = new byte[128 * 1024];
        var at = 0L;
        while (await child.Output.ReadAsync(buffer, cancel) is > 0 and var got)
        {
            await RandomAccess.WriteAsync(into, buffer.AsMemory(0, got), at, cancel);
            at += got;
        }

        await writing;
        if (await child.Exited.WaitAsync(cancel) != 0 || at == 0)
        {
            throw new IOException($"ffmpeg: {child.Errors}");
        }
    }

    /// <summary>The frames one after the other, without headers.</summary>
    private async Task<MadeClip> EncodeSoundAsync(ClipFile clip, SafeFileHandle into, CancellationToken cancel)
    {
        await using var child = await ChildProcess.StartAsync(
            new ChildCommand
            {
                Program = options.FfmpegPath,
                RunAsUser = options.RunAsUser,
                Arguments =
                [
                    "-v", "error", "-nostats", "-protocol_whitelist", "pipe", "-threads", "1", "-f", "mov", "-i", "pipe:0", "-map", "0:a:0",
                    // Holes become silence, and the first sample is the clip's first moment.
                    "-af", "aresample=48000:async=1:first_pts=0", "-ac", "2", "-c:a", "aac", "-b:a", "96k", "-f", "adts", "pipe:1",
                ],
            },
            time);
        using var sound = clip.SoundAlone();
        var writing = WriteAsync(sound, child, cancel);
        var splitter = new AdtsSplitter();
        var sizes = new List<int>();
        var buffer = new byte[64 * 1024];
        var at = 0L;
        while (await child.Output.ReadAsync(buffer, cancel) is > 0 and var got)
        {
            splitter.Push(buffer.AsSpan(0, got));
            while (splitter.TryTake(out var frame))
            {
                await RandomAccess.WriteAsync(into, frame, at, cancel);
                at += frame.Length;
                sizes.Add(frame.Length);
            }
        }

        await writing;
        return await child.Exited.WaitAsync(cancel) == 0 && splitter.Format is { } format
            ? new MadeClip(into, sizes, format)
            : throw new IOException($"ffmpeg: {child.Errors}");
    }

    private static async Task WriteAsync(ClipFile clip, ChildProcess child, CancellationToken cancel)
    {
        try
        {
            var buffer = new byte[128 * 1024];
            for (var at = 0L; await clip.ReadAsync(at, buffer, cancel) is > 0 and var got; at += got)
            {
                await child.Input.WriteAsync(buffer.AsMemory(0, got), cancel);
            }
        }
        catch (IOException)
        {
            // ffmpeg has gone: its exit code tells why.
        }

        child.CloseInput();
    }

    private SafeFileHandle Nameless()
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $".clip-{Guid.NewGuid():N}");
        var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
        File.Delete(path);
        return file;
    }

    private sealed class Entry(Task<MadeClip?> making)
    {
        public Task<MadeClip?> Making => making;

        public int Readers { get; set; }

        public long UsedAt { get; set; }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A clip of JPEG pictures could not be made playable and is given as it is: {Reason}")]
    private static partial void NotMade(ILogger logger, string reason);
}

/// <summary>What was encoded. Of sound alone, its frames by their sizes, and their format.</summary>
internal sealed record MadeClip(SafeFileHandle File, IReadOnlyList<int> Sizes, TrackFormat? Sound);

/// <summary>One reader of a clip that was made playable. Dispose to leave.</summary>
public sealed class PlayableClip : IDisposable
{
    private readonly SafeFileHandle file;
    private Action? leave;

    internal PlayableClip(MadeClip made, Action left)
    {
        Made = made;
        file = made.File;
        leave = left;
        Length = RandomAccess.GetLength(file);
    }

    public long Length { get; }

    internal MadeClip Made { get; }

    /// <summary>Reads from <paramref name="offset"/> on; 0 only at the end.</summary>
    public ValueTask<int> ReadAsync(long offset, Memory<byte> into, CancellationToken cancel) => RandomAccess.ReadAsync(file, into, offset, cancel);

    public void Dispose() => Interlocked.Exchange(ref leave, null)?.Invoke();
}
