using System.Diagnostics;

namespace Vigil.Server.Tests.Live.Signaling;

/// <summary>A Python program beside the tests, on the machine's own Python: Debian's packages are there.</summary>
internal sealed class Script : IAsyncDisposable
{
    private readonly Process process;
    private readonly Task<string> errors;

    private Script(Process process)
    {
        this.process = process;
        errors = process.StandardError.ReadToEndAsync();
    }

    public static Script Start(string file, params string[] arguments)
    {
        var process = new Process
        {
            StartInfo = new ProcessStartInfo("/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "Live", "Signaling", file), .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        process.Start();
        return new Script(process);
    }

    /// <summary>Its next line.</summary>
    public async Task<string> LineAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120)); // Only so that a failure ends.
        return await process.StandardOutput.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException(await errors);
    }

    public async Task UntilAsync(string line)
    {
        while (await LineAsync() != line)
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        await process.WaitForExitAsync();
        process.Dispose();
    }
}
