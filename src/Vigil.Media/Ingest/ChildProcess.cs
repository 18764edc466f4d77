using System.Net.Sockets;
using System.Text;

namespace Vigil.Media.Ingest;

/// <summary>What to start and as whom.</summary>
public sealed record ChildCommand
{
    /// <summary>A program on the path, or a full path.</summary>
    public required string Program { get; init; }

    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The account it runs as when we are root; ignored otherwise.</summary>
    public string? RunAsUser { get; init; }

    /// <summary>Outputs beside standard output: the child sees them as <c>pipe:3</c>, <c>pipe:4</c>…</summary>
    public int ExtraOutputs { get; init; }
}

/// <summary>
/// A small program that works for us, nearly always ffmpeg. Its standard streams are socket pairs, so that reading them costs no thread
/// (the pipes of <see cref="System.Diagnostics.Process"/> block one each); it gets a bare environment, its own process group (ctrl-C does
/// not reach it), the account of <see cref="ChildCommand.RunAsUser"/>, and a kill from the kernel when we die. Standard error is
/// always drained. Dispose kills and reaps it.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private const int RememberedErrors = 4_096;
    private static readonly TimeSpan ReapInterval = TimeSpan.FromMilliseconds(20);

    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly StringBuilder errors = new();
    private readonly NetworkStream errorStream;
    private bool reaped;

    private ChildProcess(int pid, NetworkStream[] streams, TimeProvider time)
    {
        this.time = time;
        Pid = pid;
        Input = streams[0];
        Output = streams[1];
        errorStream = streams[2];
        ExtraOutputs = streams[3..];
        Exited = DrainAndReapAsync();
    }

    public int Pid { get; }

    /// <summary>The child's standard input. <see cref="CloseInput"/> is its end of file.</summary>
    public NetworkStream Input { get; }

    /// <summary>The child's standard output.</summary>
    public NetworkStream Output { get; }

    public IReadOnlyList<NetworkStream> ExtraOutputs { get; }

    /// <summary>Completes with the exit code (128 + signal when killed) once the child is gone. Never faults.</summary>
    public Task<int> Exited { get; }

    /// <summary>The last of what it wrote to standard error. May name the input's address: not for users.</summary>
    public string Errors
    {
        get
        {
            lock (gate)
            {
                return errors.ToString().Trim();
            }
        }
    }

    /// <summary>Starts it; an <see cref="IOException"/> says why it could not.</summary>
    public static async Task<ChildProcess> StartAsync(ChildCommand command, TimeProvider time)
    {
        string[] line = [.. ChildLauncher.Wrapper(command.RunAsUser), command.Program, .. command.Arguments];
        var started = await ChildLauncher.StartAsync(line, 3 + command.ExtraOutputs);
        return new ChildProcess(started.Pid, started.Streams, time);
    }

    public void CloseInput()
    {
        try
        {
            Input.Socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // It is gone already.
        }
    }

    /// <summary>SIGKILL, unless it is gone (its number may belong to somebody else by then).</summary>
    public void Kill()
    {
        lock (gate)
        {
            if (!reaped)
            {
                ChildLauncher.Kill(Pid);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await Exited;
        await Input.DisposeAsync();
        await Output.DisposeAsync();
        foreach (var extra in ExtraOutputs)
        {
            await extra.DisposeAsync();
        }
    }

    private async Task<int> DrainAndReapAsync()
    {
        var buffer = new byte[512];
        try
        {
            while (await errorStream.ReadAsync(buffer) is > 0 and var read)
            {
                lock (gate)
                {
                    errors.Append(Encoding.UTF8.GetString(buffer, 0, read));
                    errors.Remove(0, Math.Max(0, errors.Length - RememberedErrors));
                }
            }
        }
        catch (IOException)
        {
            // A reset is an end as well.
        }

        await errorStream.DisposeAsync();
        while (true)
        {
            lock (gate)
            {
                if (ChildLauncher.TryReap(Pid, out var exitCode))
                {
                    reaped = true;
                    return exitCode;
                }
            }

            // It closed standard error but lives, or is between closing and dying.
            await Task.Delay(ReapInterval, time, CancellationToken.None);
        }
    }
}
