using System.Text.Json;
using Vigil.Media.Decoding;
using Vigil.Perception.Hearing;

namespace Vigil.Server.Detection;

/// <summary>
/// <c>./vigil hear FILE…</c>: one line of JSON per file, without server or database; <c>-</c> is standard input. A file that could not be heard has
/// its reason in <c>error</c> and on standard error. <c>--night</c>: one line per alarm as the live detector would raise it with its default
/// settings. Exits with 1 when a file could not be heard, 2 on wrong usage.
/// </summary>
internal static class HearCommand
{
    /// <summary>Of what comes through a pipe: eighteen hours of CD sound, and not a full disk.</summary>
    private const long MostKept = 4L << 30;

    public static Task<int> RunAsync(string[] args) => RunAsync(args, Console.OpenStandardInput, Console.OpenStandardOutput(), Console.Error);

    internal static async Task<int> RunAsync(string[] args, Func<Stream> input, Stream output, TextWriter errors)
    {
        if (Read(args) is not { } asked)
        {
            await errors.WriteLineAsync("usage: ./vigil hear [--night] [--] FILE…");
            return 2;
        }

        using var stop = new CancellationTokenSource();
        ConsoleCancelEventHandler pressed = (_, key) =>
        {
            key.Cancel = !stop.IsCancellationRequested; // The second time ends what does not listen.
            stop.Cancel();
        };
        Console.CancelKeyPress += pressed;
        try
        {
            return await HearAsync(asked.Night, asked.Files, input, output, errors, stop.Token);
        }
        finally
        {
            Console.CancelKeyPress -= pressed;
        }
    }

    private static async Task<int> HearAsync(bool night, string[] files, Func<Stream> input, Stream output, TextWriter errors, CancellationToken cancel)
    {
        // The model is loaded and its code compiled while ffmpeg starts.
        var scorer = new Lazy<CryScorer>(() => new CryScorer(CryModel.BuiltIn));
        var warm = Task.Run(() => Warm(scorer.Value), CancellationToken.None);
        var failed = false;
        foreach (var file in files)
        {
            try
            {
                var (seconds, windows) = await ListenOnceAsync(file, scorer, input, cancel);
                if (night)
                {
                    WriteAlarms(output, windows, scorer.Value.Model.AlarmThreshold);
                }
                else
                {
                    WriteClip(output, file, seconds, [.. windows.Select(w => w.Score)], scorer.Value.Model.ClipThreshold);
                }
            }
            catch (InvalidDataException reason)
            {
                failed = true;
                await errors.WriteLineAsync($"{file}: {reason.Message}");
                if (!night)
                {
                    WriteClip(output, file, 0, [], 1, reason.Message);
                }
            }
            catch (OperationCanceledException)
            {
                await errors.WriteLineAsync("Stopped.");
                return 130;
            }
        }

        await warm;
        return failed ? 1 : 0;
    }

    /// <summary>Every window of a file. One shorter than a window is heard as if silence followed.</summary>
    internal static async Task<(double Seconds, List<CryWindow> Windows)> ListenAsync(
        string file, Lazy<CryScorer> scorer, SoundFileOptions options, TimeProvider time, CancellationToken cancel)
    {
        CryListener? listener = null;
        var windows = new List<CryWindow>();
        var samples = await SoundFile.DecodeAsync(file, options, (sound, _) => Hear(sound), time, cancel);
        if (windows.Count == 0)
        {
            Hear(new short[(MelFrontEnd.SampleRate * 2) - (int)samples]);
        }

        return ((double)samples / MelFrontEnd.SampleRate, windows);

        void Hear(ReadOnlySpan<short> sound)
        {
            listener ??= new CryListener(scorer.Value);
            while (listener.TryHear(ref sound, out var window))
            {
                windows.Add(window);
            }
        }
    }

    private static (bool Night, string[] Files)? Read(string[] args)
    {
        var end = Array.IndexOf(args, "--");
        string[] before = end < 0 ? args : args[..end], after = end < 0 ? [] : args[(end + 1)..];
        string[] files = [.. before.Where(a => a != "--night"), .. after];
        return files.Length == 0 || before.Any(a => a != "--night" && a.StartsWith("--", StringComparison.Ordinal)) ? null : (before.Contains("--night"), files);
    }

    private static void Warm(CryScorer scorer)
    {
        ReadOnlySpan<short> silence = new short[MelFrontEnd.SampleRate * 2];
        new CryListener(scorer).TryHear(ref silence, out _);
    }

    /// <summary>What can be read only once (standard input, a pipe) is kept in a file for the while: many formats are read from both ends.</summary>
    private static async Task<(double Seconds, List<CryWindow> Windows)> ListenOnceAsync(
        string file, Lazy<CryScorer> scorer, Func<Stream> input, CancellationToken cancel)
    {
        string? kept = null;
        try
        {
            // Only what has no length can be a pipe, or a link to one. To open one waits for who writes, and a terminal is read until somebody types: neither listens
            // to a cancellation, so they are left behind.
            if (file == "-" || (new FileInfo(file) is { Exists: true } entry && (entry.Length == 0 || entry.LinkTarget is not null)))
            {
                var path = kept = Path.GetTempFileName();
                if (!await Task.Run(() => file == "-" ? KeepAsync(input(), path, cancel) : KeepPipeAsync(file, path, cancel), cancel).WaitAsync(cancel))
                {
                    File.Delete(path);
                    kept = null;
                }
            }

            return await ListenAsync(kept ?? file, scorer, new SoundFileOptions(), TimeProvider.System, cancel);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InvalidDataException(failure is UnauthorizedAccessException ? "It may not be read." : "It cannot be read.");
        }
        finally
        {
            if (kept is not null)
            {
                File.Delete(kept);
            }
        }
    }

    /// <summary>False: it can be read again, and nothing was kept.</summary>
    private static async Task<bool> KeepPipeAsync(string file, string path, CancellationToken cancel)
    {
        await using var once = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        return !once.CanSeek && await KeepAsync(once, path, cancel);
    }

    private static async Task<bool> KeepAsync(Stream once, string path, CancellationToken cancel)
    {
        await using (once)
        {
            await using var kept = File.OpenWrite(path);
            var buffer = new byte[64 * 1024];
            int read;
            while ((read = await once.ReadAsync(buffer, cancel)) > 0)
            {
                await kept.WriteAsync(buffer.AsMemory(0, read), cancel);
                if (kept.Length > MostKept)
                {
                    throw new InvalidDataException("It is longer than 4 GB; keep it in a file and name that.");
                }
            }

            return true;
        }
    }

    private static void WriteClip(Stream output, string file, double seconds, float[] scores, float threshold, string? error = null)
    {
        var score = scores.Length == 0 ? 0 : ClipVerdict.Score(scores);
        using var line = new Utf8JsonWriter(output);
        line.WriteStartObject();
        line.WriteString("file", file);
        line.WriteNumber("seconds", Math.Round(seconds, 3));
        line.WriteBoolean("cry", score >= threshold);
        line.WriteNumber("score", Math.Round(score, 4));
        line.WriteStartArray("windows");
        foreach (var one in scores)
        {
            line.WriteNumberValue(Math.Round(one, 4));
        }

        line.WriteEndArray();
        line.WriteStartArray("segments");
        foreach (var segment in score < threshold ? [] : ClipVerdict.Segments(scores, Math.Min(threshold, ClipVerdict.SurestPair(scores))))
        {
            line.WriteStartObject();
            line.WriteNumber("start", segment.Start);
            line.WriteNumber("end", Math.Min(segment.End, Math.Round(seconds, 3)));
            line.WriteNumber("score", Math.Round(segment.Score, 4));
            line.WriteEndObject();
        }

        line.WriteEndArray();
        if (error is not null)
        {
            line.WriteString("error", error);
        }

        line.WriteEndObject();
        EndLine(line, output);
    }

    private static void WriteAlarms(Stream output, List<CryWindow> windows, float threshold)
    {
        var alarm = new CryAlarm();
        var firings = new Firings();
        foreach (var window in windows)
        {
            alarm.Hear(window, threshold);
            if (firings.Fires(alarm, window.End))
            {
                using var line = new Utf8JsonWriter(output);
                line.WriteStartObject();
                line.WriteNumber("at", window.End.TotalSeconds);
                line.WriteNumber("score", Math.Round(alarm.Mean, 4));
                line.WriteEndObject();
                EndLine(line, output);
            }
        }
    }

    private static void EndLine(Utf8JsonWriter line, Stream output)
    {
        line.Flush();
        output.Write("\n"u8);
        output.Flush();
    }
}
