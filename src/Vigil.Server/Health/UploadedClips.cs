using System.Globalization;
using Microsoft.Extensions.Options;
using Vigil.Media.Decoding;
using Vigil.Perception.Hearing;
using Vigil.Server.Cameras;
using Vigil.Server.Hosting;

namespace Vigil.Server.Health;

/// <summary>What the network says of a clip.</summary>
internal readonly record struct ClipHeard(float Score, bool Cry);

/// <summary>A clip that is being heard: the answer, and what it comes to when all of it has been heard.</summary>
internal sealed record ClipHearing(ClipHeard Answer, Task<ClipHeard?> Rest);

/// <summary>
/// The sound uploaded with readings: below uploads/ of the data directory, heard by an ffmpeg that reads nothing but that file and is bounded in
/// time, memory and processor.
/// </summary>
internal sealed partial class UploadedClips : IDisposable
{
    /// <summary>25 MB, as phones count them.</summary>
    public const long MostBytes = 25 * 1024 * 1024;

    /// <summary>A longer clip is answered by so much of it.</summary>
    private static readonly TimeSpan Answered = TimeSpan.FromSeconds(60);

    /// <summary>25 MB of the thriftiest codec are longer; a night is not what this is for.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromHours(3);

    private static readonly TimeSpan MostTime = TimeSpan.FromMinutes(10);
    private const long MostMemory = 1L << 30;
    private const UnixFileMode Passable = VigilPaths.Private | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string directory;
    private readonly SoundFileOptions sound;

    /// <summary>A process runs and hangs in real time, whatever clock the server has.</summary>
    private readonly TimeProvider time = TimeProvider.System;

    private readonly CancellationToken stopping;
    private readonly ILogger<UploadedClips> logger;
    /// <summary>What comes after the first minute waits here: long clips never keep the others from their answer.</summary>
    private readonly SemaphoreSlim rests = new(1);
    private readonly SemaphoreSlim decoders = new(Math.Clamp(Environment.ProcessorCount, 2, 8));

    /// <summary>Its own: an upload never makes a camera wait.</summary>
    private readonly Lazy<CryScorer> scorer = new(() => new CryScorer(CryModel.BuiltIn));

    public UploadedClips(
        VigilPaths paths, IOptions<CameraOptions> cameras, IOptions<HealthOptions> options, IHostApplicationLifetime lifetime, ILogger<UploadedClips> logger)
    {
        directory = Path.Combine(paths.Data, "uploads");
        stopping = lifetime.ApplicationStopping;
        this.logger = logger;
        sound = new SoundFileOptions
        {
            FfmpegPath = cameras.Value.FfmpegPath,
            RunAsUser = VigilPaths.MediaUser,
            Patience = options.Value.DecoderPatience,
            Most = Longest,
            Niceness = 10,
            MostMemory = MostMemory,
            MostProcessor = MostTime,
        };
    }

    /// <summary>A new file that belongs to nobody yet, for one upload.</summary>
    public (string Path, FileStream Stream) Open()
    {
        // ffmpeg runs as somebody else and must get through, but cannot list what is there.
        Directory.CreateDirectory(directory, VigilPaths.MediaUser is null ? VigilPaths.Private : Passable);
        var path = Path.Combine(directory, $".{Guid.NewGuid():N}.part");
        return (path, new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Options = FileOptions.Asynchronous,
            UnixCreateMode = VigilPaths.MediaUser is null ? Own : Own | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
        }));
    }

    /// <summary>Hears it off the request's thread. The answer is that of the first minute; the rest goes on by itself.</summary>
    /// <exception cref="InvalidDataException">There is no sound in it; the message is for the caller.</exception>
    public async Task<ClipHearing> HearAsync(string path, ClipFormat format, CancellationToken cancel)
    {
        await decoders.WaitAsync(cancel);
        var answer = new TaskCompletionSource<ClipHeard>(TaskCreationOptions.RunContinuationsAsynchronously);
        var rest = Task.Run(() => DecodeAsync(path, format, answer, cancel), CancellationToken.None);
        return new ClipHearing(await answer.Task, rest);
    }

    /// <summary>Gives the file its name for good: that of the next free second.</summary>
    public string Keep(string path, long accountId, DateTimeOffset at, ClipFormat format)
    {
        for (var second = at; ; second = second.AddSeconds(1))
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"audio_{accountId}_{second.UtcDateTime:yyyyMMdd_HHmmss}.{format.Extension}");
            try
            {
                // Taken first: a move that does not overwrite looks and then renames, and two at once would both find the name free.
                File.Open(PathOf(name), new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Own }).Dispose();
            }
            catch (IOException) when (File.Exists(PathOf(name)))
            {
                continue; // Another upload of the same second.
            }

            File.Move(path, PathOf(name), overwrite: true);
            File.SetUnixFileMode(PathOf(name), Own);
            return name;
        }
    }

    public string PathOf(string name) => Path.Combine(directory, name);

    public static void Discard(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (IOException)
        {
            // The sweep finds it.
        }
    }

    /// <summary>Removes what was written before <paramref name="before"/>, whosever it was: readings are kept no longer.</summary>
    public int RemoveBefore(DateTimeOffset before)
    {
        if (!Directory.Exists(directory))
        {
            return 0;
        }

        var old = new DirectoryInfo(directory).EnumerateFiles().Where(file => file.LastWriteTimeUtc < before.UtcDateTime).ToList();
        old.ForEach(file => Discard(file.FullName));
        return old.Count;
    }

    /// <summary>Removes the oldest until no more than <paramref name="bytes"/> are left.</summary>
    public void RemoveBeyond(long bytes)
    {
        if (!Directory.Exists(directory))
        {
            return;
        }

        foreach (var file in new DirectoryInfo(directory).EnumerateFiles().OrderByDescending(file => file.LastWriteTimeUtc).ToList())
        {
            bytes -= file.Length;
            if (bytes < 0)
            {
                Discard(file.FullName);
            }
        }
    }

    public void Dispose()
    {
        decoders.Dispose();
        rests.Dispose();
    }

    private async Task<ClipHeard?> DecodeAsync(string path, ClipFormat format, TaskCompletionSource<ClipHeard> answer, CancellationToken request)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var limit = new CancellationTokenSource(MostTime, time);
        await using var late = limit.Token.Register(end.Cancel);
        // Who has gone away before the answer wants none.
        await using var gone = request.Register(() =>
        {
            if (!answer.Task.IsCompleted)
            {
                end.Cancel();
            }
        });
        var scores = new List<float>();
        long samples = 0;
        CryListener listener = null!;
        SemaphoreSlim? place = decoders;
        var answered = false;
        try
        {
            listener = new CryListener(scorer.Value);
            await SoundFile.DecodeAsync(path, sound with { Formats = format.Demuxer }, (part, _) => Take(part), time, end.Token);
            if (scores.Count == 0)
            {
                Take(new short[(MelFrontEnd.SampleRate * 2) - (int)samples]);
            }

            var heard = Verdict();
            return answer.TrySetResult(heard) ? null : heard;
        }
        catch (InvalidDataException reason)
        {
            answer.TrySetException(reason);
            return null;
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            if (limit.IsCancellationRequested)
            {
                LogLate(logger);
            }

            answer.TrySetException(new InvalidDataException("The sound could not be decoded in time."));
            return null;
        }
        catch (Exception failure)
        {
            answer.TrySetException(failure);
            return null;
        }
        finally
        {
            place?.Release();
        }

        void Take(ReadOnlySpan<short> part)
        {
            samples += part.Length;
            while (listener.TryHear(ref part, out var window))
            {
                scores.Add(window.Score);
                if (window.End >= Answered && !answered)
                {
                    answered = true;
                    answer.TrySetResult(Verdict());
                    place = null;
                    decoders.Release();
                    rests.Wait(end.Token); // Holds a thread of the pool and lets ffmpeg wait at its pipe: long clips are rare, and limited.
                    place = rests;
                }
            }
        }

        ClipHeard Verdict()
        {
            var score = Math.Clamp(ClipVerdict.Score(scores.ToArray()), 0, 1);
            return new ClipHeard(score, score >= scorer.Value.Model.ClipThreshold);
        }
    }

    [LoggerMessage(EventId = 1601, Level = LogLevel.Warning, Message = "An uploaded clip took too long to decode; what was heard of it until then stands.")]
    private static partial void LogLate(ILogger logger);
}
