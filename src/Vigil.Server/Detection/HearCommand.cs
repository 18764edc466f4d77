using System.Text.Json;
using Vigil.Media.Decoding;
using Vigil.Perception.Hearing;

namespace Vigil.Server.Detection;

/// <summary>
/// <c>./vigil hear FILE…</c>: one line of JSON per file, without server or database. <c>--night</c>: one line per alarm as the live detector
/// would raise it with its default settings. Exits with 1 when a file could not be heard, 2 on wrong usage.
/// </summary>
internal static class HearCommand
{
    public static async Task<int> RunAsync(string[] args)
    {
        var night = args.Contains("--night");
        string[] files = [.. args.Where(a => a != "--night")];
        if (files.Length == 0 || files.Any(f => f.StartsWith("--", StringComparison.Ordinal)))
        {
            await Console.Error.WriteLineAsync("usage: ./vigil hear [--night] FILE…");
            return 2;
        }

        using var stop = new CancellationTokenSource();
        Console.CancelKeyPress += (_, pressed) =>
        {
            pressed.Cancel = true;
            stop.Cancel();
        };
        await using var output = Console.OpenStandardOutput();
        var scorer = new CryScorer(CryModel.BuiltIn);
        // Compiled while ffmpeg starts.
        var warm = Task.Run(() => Warm(scorer), CancellationToken.None);
        var failed = false;
        foreach (var file in files)
        {
            try
            {
                await (night ? NightAsync(file, scorer, output, stop.Token) : ClipAsync(file, scorer, output, stop.Token));
            }
            catch (InvalidDataException reason)
            {
                failed = true;
                await Console.Error.WriteLineAsync($"{file}: {reason.Message}");
            }
            catch (OperationCanceledException)
            {
                await Console.Error.WriteLineAsync("Stopped.");
                return 130;
            }
        }

        await warm;
        return failed ? 1 : 0;
    }

    private static void Warm(CryScorer scorer)
    {
        ReadOnlySpan<short> silence = new short[MelFrontEnd.SampleRate * 2];
        new CryListener(scorer).TryHear(ref silence, out _);
    }

    /// <summary>Every window of a file. One shorter than a window is heard as if silence followed.</summary>
    internal static async Task<(double Seconds, List<CryWindow> Windows)> ListenAsync(
        string file, CryScorer scorer, SoundFileOptions options, TimeProvider time, CancellationToken cancel)
    {
        var listener = new CryListener(scorer);
        var windows = new List<CryWindow>();
        var samples = await SoundFile.DecodeAsync(file, options, (sound, _) => Hear(sound), time, cancel);
        if (windows.Count == 0)
        {
            Hear(new short[(MelFrontEnd.SampleRate * 2) - (int)samples]);
        }

        return ((double)samples / MelFrontEnd.SampleRate, windows);

        void Hear(ReadOnlySpan<short> sound)
        {
            while (listener.TryHear(ref sound, out var window))
            {
                windows.Add(window);
            }
        }
    }

    private static async Task ClipAsync(string file, CryScorer scorer, Stream output, CancellationToken cancel)
    {
        var (seconds, windows) = await ListenAsync(file, scorer, new SoundFileOptions(), TimeProvider.System, cancel);
        var scores = windows.Select(w => w.Score).ToArray();
        var threshold = scorer.Model.ClipThreshold;
        var score = ClipVerdict.Score(scores);
        var line = new Utf8JsonWriter(output);
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
        line.WriteEndObject();
        await EndLineAsync(line, output, cancel);
    }

    private static async Task NightAsync(string file, CryScorer scorer, Stream output, CancellationToken cancel)
    {
        var (_, windows) = await ListenAsync(file, scorer, new SoundFileOptions(), TimeProvider.System, cancel);
        var alarm = new CryAlarm();
        var firings = new Firings();
        foreach (var window in windows)
        {
            alarm.Hear(window, scorer.Model.AlarmThreshold);
            if (firings.Fires(alarm, window.End))
            {
                var line = new Utf8JsonWriter(output);
                line.WriteStartObject();
                line.WriteNumber("at", window.End.TotalSeconds);
                line.WriteNumber("score", Math.Round(alarm.Mean, 4));
                line.WriteEndObject();
                await EndLineAsync(line, output, cancel);
            }
        }
    }

    private static async Task EndLineAsync(Utf8JsonWriter line, Stream output, CancellationToken cancel)
    {
        await line.FlushAsync(cancel);
        await line.DisposeAsync();
        await output.WriteAsync("\n"u8.ToArray(), cancel);
        await output.FlushAsync(cancel);
    }
}
