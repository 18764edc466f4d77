using System.Diagnostics;
using System.Globalization;

namespace Vigil.EndToEnd.Tests.Machine;

/// <summary>
/// A program that a test started: its lines are kept, can be waited for, and are shown when something fails. It never outlives the test.
/// </summary>
internal sealed class RunningProgram : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly List<string> lines = [];
    private readonly List<(Func<string, bool> Wanted, TaskCompletionSource<string> Found)> waiting = [];
    private readonly Process process;
    private readonly string name;

    private RunningProgram(string name, Process process)
    {
        this.name = name;
        this.process = process;
    }

    public int Id => process.Id;

    public bool HasEnded => process.HasExited;

    public static RunningProgram Start(
        string name, string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null)
    {
        // Whoever starts the tests in the background of a shell makes all their children deaf to ctrl-C.
        var start = new ProcessStartInfo("env")
        {
            ArgumentList = { "--default-signal=INT", file },
            WorkingDirectory = Repository.Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (key, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[key] = value;
        }

        var program = new RunningProgram(name, new Process { StartInfo = start, EnableRaisingEvents = true });
        program.process.OutputDataReceived += (_, e) => program.Take(e.Data);
        program.process.ErrorDataReceived += (_, e) => program.Take(e.Data);
        program.process.Exited += (_, _) => program.Take(string.Create(CultureInfo.InvariantCulture, $"[{name} ended]"));
        program.process.Start();
        program.process.BeginOutputReadLine();
        program.process.BeginErrorReadLine();
        return program;
    }

    /// <summary>The first line, past or to come, that is wanted.</summary>
    public async Task<string> WaitForLine(Func<string, bool> wanted, TimeSpan within)
    {
        Task<string> found;
        lock (gate)
        {
            if (lines.Find(line => wanted(line)) is { } already)
            {
                return already;
            }

            if (process.HasExited)
            {
                throw new InvalidOperationException($"{name} has ended with {process.ExitCode}:\n{Tail()}");
            }

            var source = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting.Add((line => wanted(line) || process.HasExited, source));
            found = source.Task;
        }

        try
        {
            var line = await found.WaitAsync(within, TimeProvider.System);
            return wanted(line) ? line : throw new InvalidOperationException($"{name} ended instead:\n{Tail()}");
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{name} did not print what was waited for within {within}:\n{Tail()}");
        }
    }

    public async Task Say(string line)
    {
        await process.StandardInput.WriteLineAsync(line);
        await process.StandardInput.FlushAsync();
    }

    public string Tail(int count = 60)
    {
        lock (gate)
        {
            return string.Join('\n', lines.TakeLast(count));
        }
    }

    public string All()
    {
        lock (gate)
        {
            return string.Join('\n', lines);
        }
    }

    /// <summary>No farewell: what a power cut or the kernel's memory killer does.</summary>
    public async Task Kill()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
    }

    /// <summary>Asks as ctrl-C does and waits.</summary>
    public async Task Interrupt(TimeSpan within)
    {
        if (process.HasExited)
        {
            return;
        }

        Signals.Send(process.Id, Signals.Interrupt);
        await process.WaitForExitAsync().WaitAsync(within, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await Kill();
        process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (gate)
        {
            lines.Add(line);
            for (var i = waiting.Count - 1; i >= 0; i--)
            {
                if (waiting[i].Wanted(line))
                {
                    waiting[i].Found.TrySetResult(line);
                    waiting.RemoveAt(i);
                }
            }
        }
    }
}
