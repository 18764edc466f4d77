using System.Globalization;

namespace Vigil.Bench.Harness;

/// <summary>What a process and its living children have used, read from /proc. CPU is given in percent of ONE core.</summary>
public sealed class ProcessCost(int processId, TimeProvider time)
{
    private const double TicksPerSecond = 100; // USER_HZ, a constant of the kernel's interface on every architecture we run on.

    /// <summary>Measures for a while. Children that end in between are counted through their parent's 'cutime'.</summary>
    public async Task<(double Own, double Children)> Percent(TimeSpan length, CancellationToken cancel)
    {
        var (own, children) = Read();
        var start = time.GetTimestamp();
        await Task.Delay(length, time, cancel);
        var (ownAfter, childrenAfter) = Read();
        var seconds = time.GetElapsedTime(start).TotalSeconds;
        return ((ownAfter - own) / TicksPerSecond / seconds * 100, (childrenAfter - children) / TicksPerSecond / seconds * 100);
    }

    /// <summary>CPU seconds of the process itself since it began.</summary>
    public double OwnSeconds => Ticks(processId).Own / TicksPerSecond;

    public double OwnMegabytes => Megabytes($"/proc/{processId}/status", "VmRSS:");

    /// <summary>Twenty ffmpegs share most of their pages: counted proportionally.</summary>
    public double ChildrenMegabytes => Children(processId).Sum(child => Megabytes($"/proc/{child}/smaps_rollup", "Pss:"));

    private (double Own, double Children) Read()
    {
        var (own, reaped) = Ticks(processId);
        var children = reaped + Children(processId).Sum(child =>
        {
            var (used, below) = Ticks(child);
            return used + below;
        });
        return (own, children);
    }

    private static (double Own, double Reaped) Ticks(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (Field(11) + Field(12), Field(13) + Field(14));
            double Field(int i) => double.Parse(fields[i], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return default;
        }
    }

    private static double Megabytes(string file, string row)
    {
        try
        {
            var line = File.ReadLines(file).First(l => l.StartsWith(row, StringComparison.Ordinal));
            return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static List<int> Children(int id)
    {
        List<int> found = [];
        try
        {
            foreach (var thread in Directory.EnumerateDirectories($"/proc/{id}/task"))
            {
                foreach (var child in File.ReadAllText($"{thread}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                {
                    var number = int.Parse(child, CultureInfo.InvariantCulture);
                    found.Add(number);
                    found.AddRange(Children(number));
                }
            }
        }
        catch (IOException)
        {
            // It ended while we looked.
        }

        return found;
    }
}
