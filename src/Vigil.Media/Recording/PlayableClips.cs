using Microsoft.Extensions.Logging;
using Vigil.Media.Live;

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

    /// <summary>Sound alone is encoded at a hundred times its speed and more, and kept at 90 MB an hour at most.</summary>
    public static readonly TimeSpan LongestSound = TimeSpan.FromHours(6);

    private static readonly TimeSpan SoundPatience = TimeSpan.FromMinutes(20);

    /// <summary>What is being made and nobody reads is given up after this: its share of the machine is for others.</summary>
    private static readonly TimeSpan Abandoned = TimeSpan.FromSeconds(30);

    /// <summary>All files together.</summary>
    private const long MostBytes = 1 << 30;

    private readonly Lock gate = new();
    private readonly Dictionary<string, Entry> entries = [];
    private readonly CancellationTokenSource stopped = new();
    private readonly string folder;
    private readonly TranscodeBudget budget;
    private readonly LiveOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly ITimer sweep;
    private volatile bool encodesSound;

    public PlayableClips(string folder, TranscodeBudget budget, LiveOptions options, TimeProvider time, ILoggerFactory logs)
    {
        this.folder = folder;
        this.budget = budget;
        this.options = options;
        this.time = time;
        logger = logs.CreateLogger<PlayableClips>();
        sweep = time.CreateTimer(_ => Sweep(), null, Abandoned, Abandoned);
    }

    /// <summary>What all of it takes on the disk: room that comes back by itself, so no footage needs to go for it.</summary>
    public long ScratchBytes
    {
        get
        {
            lock (gate)
            {
                return entries.Values.Sum(entry => entry.File.Length);
            }
        }
    }

    /// <summary>
    /// Of JPEG pictures, the clip as H.264, once all of it is made; else its sound as AAC, for <see cref="ClipFile.WithSound"/>, as soon as it
    /// begins to flow (the first time; then at once). <paramref name="hold"/> keeps <paramref name="clip"/> open for as long as it is read for that, which may be longer than
    /// anybody wants the outcome: the next part of it is asked for in a moment.
    /// </summary>
    public async Task<(PlayableResult Result, PlayableClip? Clip)> OpenAsync(ClipFile clip, Func<IDisposable?> hold, CancellationToken cancel)
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
                var sound = clip.IsJpeg ? null : ExportSound.Of(clip);
                if (!HasRoom(sound?.Length ?? 0) || budget.TryTake(TranscodeKind.Clip) is not { } share)
                {
                    return (PlayableResult.Busy, null);
                }

                if (TryOpenFile() is not { } file)
                {
                    share.Dispose();
                    return (PlayableResult.NotMade, null);
                }

                var stop = CancellationTokenSource.CreateLinkedTokenSource(stopped.Token);
                entry = new Entry(file, sound, stop, MakeAsync(clip, sound, file, [share, hold()], stop.Token));
                entries[clip.ETag] = entry;
            }

            entry.Readers++;
        }

        var opened = false;
        try
        {
            opened = await IsMadeAsync(entry, cancel);
            return opened ? (PlayableResult.Made, new PlayableClip(entry.File, entry.Sound, () => Leave(entry))) : (PlayableResult.NotMade, null);
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
            foreach (var (tag, entry) in entries.Where(e => e.Value is { Readers: 0 } && time.GetElapsedTime(e.Value.UsedAt) >= PatienceWith(e.Value)).ToList())
            {
                Forget(tag, entry);
            }
        }
    }

    /// <summary>Who waits for a whole clip may ask again when a proxy lost patience with it.</summary>
    private static TimeSpan PatienceWith(Entry entry) => entry.Making.IsCompleted ? Kept : entry.Sound is null ? Patience : Abandoned;

    private void Forget(string tag, Entry entry)
    {
        entries.Remove(tag);
        _ = CloseAsync(entry);
    }

    /// <summary>Makes room for so many bytes more, if it takes what nobody reads.</summary>
    private bool HasRoom(long more)
    {
        long Taken() => entries.Values.Sum(entry => entry.Sound?.Length ?? entry.File.Length);

        foreach (var (tag, entry) in entries.Where(e => e.Value is { Readers: 0, Making.IsCompleted: true }).OrderBy(e => e.Value.UsedAt).ToList())
        {
            if (Taken() + more <= MostBytes)
            {
                break;
            }

            Forget(tag, entry);
        }

        return Taken() + more <= MostBytes;
    }

    private static async Task CloseAsync(Entry entry)
    {
        await entry.Stop.CancelAsync();
        await entry.Making;
        entry.Stop.Dispose();
        entry.File.Dispose();
    }

    /// <summary>That it could not be made is kept, too, so that a broken clip is not tried with every part of it.</summary>
    private async Task<bool> IsMadeAsync(Entry entry, CancellationToken cancel)
    {
        if (entry.File.HasFailed)
        {
            return false;
        }

        if (entry.Sound is null)
        {
            return await entry.Making.WaitAsync(cancel);
        }

        try
        {
            // Where ffmpeg has done it before, nobody waits for it to start: the tables and the first pictures flow meanwhile.
            return encodesSound || (encodesSound = await entry.File.ReadAsync(0, new byte[1], cancel) > 0);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private void Leave(Entry entry)
    {
        lock (gate)
        {
            entry.Readers--;
            entry.UsedAt = time.GetTimestamp();
        }
    }

    /// <summary>Whether it could be made.</summary>
    private async Task<bool> MakeAsync(
        ClipFile clip, ExportSound? sound, GrowingFile into, IReadOnlyList<IDisposable?> held, CancellationToken stop)
    {
        await Task.Yield();
        IOException? why = null;
        try
        {
            using var patience = new CancellationTokenSource(sound is null ? Patience : SoundPatience, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
            if (sound is null)
            {
                await EncodeAsync(clip, into, both.Token);
            }
            else
            {
                using var alone = clip.SoundAlone();
                await sound.EncodeAsync(alone, into, options, time, both.Token);
            }
        }
        catch (Exception failure) // Whatever it is: the share and the clip go back, and readers do not wait for ever.
        {
            NotMade(logger, failure.Message);
            encodesSound &= sound is null || stop.IsCancellationRequested;
            why = new IOException(failure.Message, failure);
        }

        foreach (var one in held)
        {
            one?.Dispose();
        }

        into.Finish(why);
        return why is null;
    }

    private async Task EncodeAsync(ClipFile clip, GrowingFile into, CancellationToken cancel)
    {
        await ClipEncoder.RunAsync(
            clip,
            [
                "-i", "pipe:0", "-map", "0:v:0", "-map", "0:a:0?", .. clip.NeedsAac ? (string[])["-c:a", "aac", "-ac", "1", "-b:a", "96k"] : ["-c:a", "copy"],
                "-vf", "scale=trunc(iw/2)*2:trunc(ih/2)*2:out_range=tv,format=yuv420p", "-vsync", "passthrough",
                "-c:v", "libx264", "-preset", "superfast", "-crf", "24", "-bf", "0", "-threads", "1", "-force_key_frames", "expr:gte(t,n_forced*2)",
                // One fragment, longer than any clip: the tables come first and are complete, and nothing is sought in the output.
                "-f", "mp4", "-frag_duration", "2147483647", "pipe:1",
            ],
            bytes => into.AppendAsync(bytes, cancel),
            options,
            time,
            cancel);
        if (into.Length == 0)
        {
            throw new IOException("ffmpeg found no pictures.");
        }
    }

    private GrowingFile? TryOpenFile()
    {
        try
        {
            return new GrowingFile(folder);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            NotMade(logger, failure.Message);
            return null;
        }
    }

    private sealed class Entry(GrowingFile file, ExportSound? sound, CancellationTokenSource stop, Task<bool> making)
    {
        public GrowingFile File => file;

        /// <summary>Null when all of the clip is made anew.</summary>
        public ExportSound? Sound => sound;

        /// <summary>Ends when nothing more is written; never faults.</summary>
        public Task<bool> Making => making;

        public int Readers { get; set; }

        public CancellationTokenSource Stop => stop;

        public long UsedAt { get; set; }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A clip could not be made playable and is given as it is, or as far as it was made: {Reason}")]
    private static partial void NotMade(ILogger logger, string reason);
}

/// <summary>One reader of a clip that was made playable, or is being made. Dispose to leave.</summary>
public sealed class PlayableClip : IDisposable
{
    private readonly GrowingFile file;
    private Action? leave;

    internal PlayableClip(GrowingFile file, ExportSound? sound, Action left)
    {
        this.file = file;
        Sound = sound;
        leave = left;
        Length = sound?.Length ?? file.Length;
    }

    /// <summary>As long as it will be.</summary>
    public long Length { get; }

    internal ExportSound? Sound { get; }

    /// <summary>Reads from <paramref name="offset"/> on, and waits for what is not made yet; 0 only at the end.</summary>
    public ValueTask<int> ReadAsync(long offset, Memory<byte> into, CancellationToken cancel) => file.ReadAsync(offset, into, cancel);

    public void Dispose() => Interlocked.Exchange(ref leave, null)?.Invoke();
}
