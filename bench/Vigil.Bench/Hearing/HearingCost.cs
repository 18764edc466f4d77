using System.Diagnostics;
using System.Globalization;
using Vigil.Bench.Harness;
using Vigil.Perception.Hearing;

namespace Vigil.Bench.Hearing;

/// <summary>What the ear for crying costs, beside the same front end and network in python3-torch on one thread.</summary>
internal sealed class HearingCost : Figure
{
    private const int Cameras = 100;
    private const int Block = 683;

    /// <summary>Debian's python3-torch; VIGIL_PYTHON names another.</summary>
    private static readonly string Python = Environment.GetEnvironmentVariable("VIGIL_PYTHON") ?? "/usr/bin/python3";

    private static readonly string Root = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../.."));

    public override string Name => "hearing";

    public override string Title => "Listening for crying; decoding excluded except in the last rows";

    public override async Task<Table> Measure(BenchRun run)
    {
        var table = new Table("what", "value", "target", "ratio");
        var sound = Noise(TimeSpan.FromSeconds(60));
        var scorer = new CryScorer(CryModel.BuiltIn);
        Listen(scorer, sound); // Warm.

        run.Say("one camera");
        var shares = Enumerable.Range(0, run.Samples * 2 + 1).Select(_ => CpuShare(() => Listen(scorer, sound), 60)).ToList();
        table.Row("one camera, % of one core", Table.Number(Sample.Median(shares)), "≤ 0.25", "");

        run.Say("a hundred cameras");
        var began = run.Time.GetTimestamp();
        await Parallel.ForAsync(0, Cameras, run.Cancel, (_, _) =>
        {
            Listen(scorer, sound);
            return ValueTask.CompletedTask;
        });
        table.Row("100 cameras, times as fast as real time", Table.Number(60 / run.Time.GetElapsedTime(began).TotalSeconds), "≥ 1", "");

        run.Say("one window");
        var ours = Sample.Median([.. Enumerable.Range(0, 220).Select(_ => OneWindow(run, sound)).Skip(20)]);
        if (await TryRunAsync(Python, [Path.Combine(Root, "training/reference.py"), "window"], run) is { } answer)
        {
            var torch = double.Parse(answer, CultureInfo.InvariantCulture);
            table.Row("one window, ms", Table.Number(ours), "≤ 0.5 × torch", "");
            table.Row("the same in torch, one thread, ms", Table.Number(torch), "", Table.Ratio(ours, torch));
            await ColdAsync(run, table);
        }
        else
        {
            table.Row("one window, ms", Table.Number(ours), "≤ 0.5 × torch", "–");
            table.Notes.Add($"{Python} has no torch (Debian: python3-torch): nothing to compare with.");
        }

        table.Notes.Add(string.Create(CultureInfo.InvariantCulture, $"Load of the machine during the run: {Load()}. Model {CryModel.BuiltIn.Name}."));
        return table;
    }

    /// <summary>
    /// A process that begins, hears one clip of ten seconds and ends, alternating with its peer: <c>./vigil hear</c> where Vigil was built as it
    /// builds it, else the server of this build as it would be called.
    /// </summary>
    private static async Task ColdAsync(BenchRun run, Table table)
    {
        run.Say("cold");
        var clip = Path.Combine(run.Scratch, "ten.ogg");
        await TryRunAsync("ffmpeg", ["-v", "error", "-stream_loop", "1", "-i", Path.Combine(Root, "testdata/hearing/cry-1.ogg"), "-t", "10", "-c:a", "libopus", clip], run);
        var script = Path.Combine(Root, "vigil");
        var server = File.Exists(Path.Combine(Root, "artifacts/publish/Vigil.Server/release/Vigil.Server")) ? script : Path.Combine(Root, "artifacts/bin/Vigil.Server/release/Vigil.Server");
        List<double> ours = [], theirs = [];
        for (var i = 0; i < 10; i++)
        {
            var began = run.Time.GetTimestamp();
            await TryRunAsync(server, ["hear", clip], run);
            ours.Add(run.Time.GetElapsedTime(began).TotalMilliseconds);
            began = run.Time.GetTimestamp();
            await TryRunAsync(Python, [Path.Combine(Root, "training/reference.py"), "hear", clip], run);
            theirs.Add(run.Time.GetElapsedTime(began).TotalMilliseconds);
        }

        table.Row($"cold {(server == script ? "./vigil hear" : "hear")} of a 10-s clip, ms", Table.Number(Sample.Median(ours)), "≥ 5 × faster", "");
        table.Row("the same in cold Python, ms", Table.Number(Sample.Median(theirs)), "", Table.Ratio(Sample.Median(theirs), Sample.Median(ours)));
    }

    private static void Listen(CryScorer scorer, short[] sound)
    {
        var listener = new CryListener(scorer);
        var alarm = new CryAlarm();
        for (var at = 0; at + Block <= sound.Length; at += Block)
        {
            ReadOnlySpan<short> rest = sound.AsSpan(at, Block);
            while (listener.TryHear(ref rest, out var window))
            {
                alarm.Hear(window, CryModel.BuiltIn.AlarmThreshold);
            }
        }
    }

    private static double OneWindow(BenchRun run, short[] sound)
    {
        var (frontEnd, network) = Engine.Value;
        var samples = Floats.Value;
        var began = run.Time.GetTimestamp();
        for (var i = 0; i < 32_000; i++)
        {
            samples[i] = sound[i] * (1f / 32768);
        }

        frontEnd.Transform(samples, CryNetwork.WindowFrames, Frames.Value);
        network.Score(Frames.Value);
        return run.Time.GetElapsedTime(began).TotalMilliseconds;
    }

    private static readonly Lazy<(MelFrontEnd, CryNetwork)> Engine = new(() => (new MelFrontEnd(), new CryNetwork(CryModel.BuiltIn)));
    private static readonly Lazy<float[]> Floats = new(() => new float[32_000]);
    private static readonly Lazy<float[]> Frames = new(() => new float[CryNetwork.WindowFrames * MelFrontEnd.Bands]);

    private static double CpuShare(Action work, double seconds)
    {
        using var self = Process.GetCurrentProcess();
        var before = self.TotalProcessorTime;
        work();
        self.Refresh();
        return (self.TotalProcessorTime - before).TotalSeconds / seconds * 100;
    }

    private static short[] Noise(TimeSpan length)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, (int)(length.TotalSeconds * MelFrontEnd.SampleRate)).Select(i => (short)((6_000 * Math.Sin(i * 0.2 * (1 + (0.2 * Math.Sin(i / 3_000.0))))) + random.Next(-900, 900)))];
    }

    private static async Task<string?> TryRunAsync(string program, string[] arguments, BenchRun run)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OMP_NUM_THREADS"] = "1";
        // As ./vigil hear has them.
        start.Environment["DOTNET_gcServer"] = start.Environment["DOTNET_EnableDiagnostics"] = start.Environment["DOTNET_TieredPGO"] = "0";
        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync(run.Cancel);
            var errors = process.StandardError.ReadToEndAsync(run.Cancel);
            await process.WaitForExitAsync(run.Cancel);
            await errors;
            return process.ExitCode == 0 ? (await output).Trim() : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static string Load() => File.ReadAllText("/proc/loadavg").Split(' ')[0];
}
