using System.Globalization;

namespace Vigil.EndToEnd.Tests.Machine;

/// <summary>Who is whose child, read from /proc.</summary>
internal static class ProcessTree
{
    /// <summary>False also for one that has ended and that nobody has asked about yet.</summary>
    public static bool IsRunning(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    public static IReadOnlyList<(int Id, string Command)> Below(int root)
    {
        var parents = new Dictionary<int, (int Parent, string Command)>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id))
            {
                continue;
            }

            try
            {
                var stat = File.ReadAllText($"{folder}/stat");
                var afterName = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                var command = File.ReadAllText($"{folder}/cmdline").Replace('\0', ' ').Trim();
                parents[id] = (int.Parse(afterName[1], CultureInfo.InvariantCulture), command);
            }
            catch (IOException)
            {
                // It ended while we looked.
            }
        }

        return [.. parents.Where(entry => IsBelow(entry.Key)).Select(entry => (entry.Key, entry.Value.Command))];

        bool IsBelow(int id)
        {
            while (parents.TryGetValue(id, out var entry) && entry.Parent > 0)
            {
                if (entry.Parent == root)
                {
                    return true;
                }

                id = entry.Parent;
            }

            return false;
        }
    }
}
