using System.Globalization;
using System.Runtime.InteropServices;
using Vigil.Agent;

// Settings come from a file or the environment, never from the command line: everybody on the machine can read that.
var file = "/etc/vigil-agent.conf";
var fake = 0;
for (var i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--config" when i + 1 < args.Length:
            file = args[++i];
            break;
        case "--fake" when i + 1 < args.Length && int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out fake) && fake > 0:
            i++;
            break;
        default:
            return Usage();
    }
}

AgentSettings? settings;
string error;
try
{
    if (File.Exists(file) && File.GetUnixFileMode(file).HasFlag(UnixFileMode.OtherRead) && File.ReadLines(file).Any(line => line.TrimStart().StartsWith("password", StringComparison.OrdinalIgnoreCase)))
    {
        Console.Error.WriteLine($"{file} holds a password and everybody on this machine can read it: chmod 600 {file}");
    }

    settings = AgentSettings.Read(File.Exists(file) ? File.ReadLines(file) : [], Environment.GetEnvironmentVariable, needsSource: fake == 0, out error);
}
catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
{
    (settings, error) = (null, unreadable.Message);
}

if (settings is null)
{
    Console.Error.WriteLine(error);
    return 2;
}

using var stop = new CancellationTokenSource();
using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
try
{
    if (fake > 0)
    {
        using var door = new ServerDoor(settings);
        using var devices = new FakeDevices(settings, door, TimeProvider.System);
        await devices.RunAsync(fake, stop.Token);
    }
    else
    {
        using var logs = new ConsoleLogs();
        using var device = new Device(settings, Console.Out, TimeProvider.System, logs);
        await device.RunAsync(stop.Token);
    }
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
}
catch (Exception unusable) when (unusable is InvalidDataException or UnauthorizedAccessException or IOException)
{
    Console.Error.WriteLine(unusable.Message);
    return 1;
}

return 0;

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

static int Usage()
{
    Console.Error.WriteLine("usage: vigil-agent [--config FILE] [--fake COUNT]");
    Console.Error.WriteLine("Makes this machine's camera one of Vigil's. FILE (/etc/vigil-agent.conf when absent) has lines of name = value; VIGIL_AGENT_NAME=value goes before it.");
    foreach (var (name, meaning) in AgentSettings.Known)
    {
        Console.Error.WriteLine($"  {name,-9} {meaning}");
    }

    Console.Error.WriteLine("--fake: only sockets, for load tests.");
    return 2;
}
