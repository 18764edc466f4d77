using System.Diagnostics;

namespace Vigil.Bench.Harness;

/// <summary>
/// This program again, in another part (cameras, measured host, viewer), so that each part's cost can be told from the others'.
/// It says lines and is told lines; it ends when its standard input does.
/// </summary>
public sealed class Role : IAsyncDisposable
{
    private readonly Process process;

    private Role(Process process) => this.process = process;

    public int Id => process.Id;

    public static Role Start(string name, params string[] arguments)
    {
        var own = Environment.ProcessPath ?? throw new InvalidOperationException("This program's path is unknown.");
        var start = new ProcessStartInfo(own) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add("--role");
        start.ArgumentList.Add(name);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return new Role(Process.Start(start) ?? throw new InvalidOperationException($"{own} did not start."));
    }

    public async Task<string> Next(string prefix, TimeSpan within)
    {
        while (await process.StandardOutput.ReadLineAsync().WaitAsync(within, TimeProvider.System) is { } line)
        {
            if (line.StartsWith(prefix, StringComparison.Ordinal))
            {
                return line[prefix.Length..].Trim();
            }
        }

        throw new InvalidOperationException($"The part ended before it said '{prefix}'.");
    }

    public async Task<string> Ask(string question, TimeSpan within)
    {
        await process.StandardInput.WriteLineAsync(question);
        await process.StandardInput.FlushAsync();
        return await Next(question, within);
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
        }

        process.Dispose();
    }
}
