using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Media.Recording;
using Vigil.Testing;

namespace Vigil.RecorderHost;

/// <summary>What was left after a recording process was killed.</summary>
public sealed record KillOutcome
{
    /// <summary>Media received and not on the disk, for the camera that lost most.</summary>
    public required TimeSpan Loss { get; init; }

    /// <summary>The part of it that was received before the recorder's last but one beat: media it had time to write. Zero or less when it keeps its word.</summary>
    public required TimeSpan Overdue { get; init; }

    public required int Segments { get; init; }

    /// <summary>Of the last ones, how many were finished.</summary>
    public required int Exports { get; init; }

    /// <summary>Segments that clean-up had taken or was about to take.</summary>
    public required int Deleted { get; init; }

    /// <summary>Everything that must not be: unreadable files, index rows without their data.</summary>
    public required IReadOnlyList<string> Faults { get; init; }
}

/// <summary>Starts <see cref="RecordingHost"/> as a process, kills it, and looks at what is left.</summary>
public static class KillTrial
{
    private static readonly TimeSpan LastFrame = TimeSpan.FromMilliseconds(100);

    public static async Task<KillOutcome> RunAsync(
        string root, string footage, int cameras, int speed, TimeSpan killAfter, bool decode, CancellationToken cancel, bool busy = false)
    {
        Directory.CreateDirectory(root);
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (var argument in (string[])[
            typeof(KillTrial).Assembly.Location, root, footage,
            cameras.ToString(CultureInfo.InvariantCulture), speed.ToString(CultureInfo.InvariantCulture), busy ? "busy" : "calm"])
        {
            start.ArgumentList.Add(argument);
        }

        using (var host = Process.Start(start) ?? throw new InvalidOperationException("The host did not start."))
        {
            try
            {
                if (await host.StandardOutput.ReadLineAsync(cancel) != "READY")
                {
                    throw new InvalidOperationException("The host ended before it was ready.");
                }

                await Task.Delay(killAfter, TimeProvider.System, cancel);
            }
            finally
            {
                host.Kill(); // SIGKILL: nothing of the process runs any more.
                await host.WaitForExitAsync(CancellationToken.None);
            }
        }

        return await InspectAsync(root, cameras, decode, cancel);
    }

    private static async Task<KillOutcome> InspectAsync(string root, int cameras, bool decode, CancellationToken cancel)
    {
        var faults = new List<string>();
        var disk = new PosixSegmentDisk(root);
        await using var recorder = new Recorder(
            new RecorderOptions { Root = root, ReserveBytes = 0 }, disk, TimeProvider.System, NullLoggerFactory.Instance);
        var found = (await recorder.ScanAsync(cancel)).ToDictionary(s => s.Path);

        var index = new Dictionary<string, string[]>();
        var indexFile = Path.Combine(root, RecordingHost.IndexFile);
        foreach (var row in File.Exists(indexFile) ? await File.ReadAllLinesAsync(indexFile, cancel) : [])
        {
            var fields = row.Split(' ');
            if (fields.Length == 6)
            {
                _ = fields[0] == nameof(SegmentChangeKind.Deleted) ? index.Remove(fields[1]) : (index[fields[1]] = fields) is not null; // A line that the kill cut short was never told to anybody.
            }
        }

        // A file goes before its row, so that nothing is left that nobody knows; the row is found at the next start.
        var leavingFile = Path.Combine(root, RecordingHost.LeavingFile);
        var leaving = File.Exists(leavingFile) ? (await File.ReadAllTextAsync(leavingFile, cancel)).Split([' ', '\n']).ToHashSet() : [];
        foreach (var (path, row) in index)
        {
            if (leaving.Contains(path))
            {
                continue;
            }

            if (!found.TryGetValue(path, out var segment))
            {
                faults.Add($"{path} is in the index and not on the disk");
            }
            else if (segment.Bytes < Number(row[2]) || segment.End.UtcTicks < Number(row[4]) - TimeSpan.TicksPerMillisecond)
            {
                faults.Add($"{path}: the index is ahead of the data");
            }
        }

        var exports = Path.Combine(root, RecordingHost.Exports);
        var whole = Directory.Exists(exports) ? Directory.GetFiles(exports, "*.whole") : [];
        if (decode)
        {
            faults.AddRange(found.Keys.Select(path => Path.Combine(root, path)).Concat(whole).Select(Complaint).OfType<string>());
        }

        var progress = await File.ReadAllBytesAsync(Path.Combine(root, RecordingHost.ProgressFile), cancel);
        long received = 0, beatBefore = 0;
        if (progress.Length == 24)
        {
            received = BitConverter.ToInt64(progress, 0);
            beatBefore = BitConverter.ToInt64(progress, 16);
        }

        var ends = Enumerable.Range(1, cameras)
            .Select(camera => found.Values.Where(s => s.CameraId == camera).Select(s => s.End.UtcTicks).DefaultIfEmpty(0).Max())
            .ToList();
        var until = ends.Min();
        return new KillOutcome
        {
            Loss = until == 0 ? TimeSpan.Zero : new TimeSpan(Math.Max(0, received - until)),
            Overdue = beatBefore == 0 ? TimeSpan.Zero : new TimeSpan(beatBefore - until) - LastFrame,
            Segments = found.Count,
            Exports = whole.Length,
            Deleted = leaving.Count,
            Faults = faults,
        };
    }

    private static string? Complaint(string file)
    {
        try
        {
            var complaints = SampleFootage.Run("ffmpeg", $"-v error -xerror -i {file} -f null -");
            return complaints.Length > 0 ? $"{file}: {complaints}" : null;
        }
        catch (InvalidOperationException unreadable)
        {
            return unreadable.Message;
        }
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
