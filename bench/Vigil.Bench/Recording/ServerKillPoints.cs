using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Bench.Harness;
using Vigil.Bench.Live;
using Vigil.Media.Recording;
using Vigil.Testing;

namespace Vigil.Bench.Recording;

/// <summary>Kills the whole server again and again while a loud camera is being recorded, starts it on what is left, and looks.</summary>
internal sealed class ServerKillPoints : Figure
{
    private const int Points = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public override string Name => "server-kill";

    public override string Title => "kill -9 of the whole server at random points while an alert is recorded";

    public override async Task<Table> Measure(BenchRun run)
    {
        // Its tone is over the threshold for ever: there is always an open event, and a clip that grows.
        await using var camera = FakeCamera.Start(await Clip.MakeAsync(new ClipRecipe()));
        await using var server = await ServerUnderTest.StartAsync(run);
        var id = await server.AddCameraAsync("Loud", camera.Address.ToString());
        await server.PatchAsync($"api/v1/cameras/{id}", new { yellowThreshold = 200, redThreshold = 500 });
        var random = new Random(20);
        var losses = new List<double>();
        var healthy = new List<double>();
        var faults = new List<string>();
        var files = 0;
        for (var point = 0; point < Points; point++)
        {
            await UntilAsync(() => Task.FromResult(IsRecording(server.Segments, run.Time)), "Nothing is recorded.");
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(20, 3000)), run.Time, run.Cancel);

            var killed = run.Time.GetUtcNow();
            await server.KillAsync();
            var found = await ScanAsync(server.Segments, run.Cancel);
            files = found.Count;
            losses.Add((killed - found.Max(s => s.End)).TotalSeconds);
            faults.AddRange(await IndexFaultsAsync(server, found));
            faults.AddRange(found.Select(s => Unreadable(server.Segments, s)).OfType<string>());

            var clock = Stopwatch.StartNew();
            await server.StartAgainAsync();
            healthy.Add(clock.Elapsed.TotalSeconds);
            await UntilAsync(
                async () => await server.QueryAsync(FormattableString.Invariant(
                    $"select count(*) from event where ended_at is null and started_at < to_timestamp({killed.ToUnixTimeMilliseconds() / 1000.0})")) == "0",
                "An event of before stays open.");
            run.Say(string.Create(CultureInfo.InvariantCulture, $"{point + 1} of {Points}: {losses[^1]:0.00} s lost"));
        }

        var table = new Table(
            "points", "segment files", "unreadable, or index ahead", "loss s, median", "most", "over 1 s", "healthy after s, median", "most ");
        table.Row(
            Points.ToString(CultureInfo.InvariantCulture),
            files.ToString(CultureInfo.InvariantCulture),
            faults.Distinct().Count().ToString(CultureInfo.InvariantCulture),
            Table.Number(Sample.Median(losses)),
            Table.Number(losses.Max()),
            losses.Count(l => l > 1).ToString(CultureInfo.InvariantCulture),
            Table.Number(Sample.Median(healthy)),
            Table.Number(healthy.Max()));
        table.Notes.AddRange(faults.Distinct().Take(5));
        table.Notes.Add("Loss is from the newest media on the disk to the moment before the kill. The database lives on, as it does when only the server "
            + "dies, and is asked before the restart; every file is decoded by ffmpeg. After each start every event of before was closed.");
        return table;
    }

    private static bool IsRecording(string segments, TimeProvider time) =>
        Directory.EnumerateFiles(segments, "*.mp4", SearchOption.AllDirectories)
            .Any(file => time.GetUtcNow() - File.GetLastWriteTimeUtc(file) < TimeSpan.FromSeconds(0.5));

    /// <summary>As the server will at its start.</summary>
    private static async Task<IReadOnlyList<SegmentRecord>> ScanAsync(string root, CancellationToken cancel)
    {
        await using var recorder = new Recorder(
            new RecorderOptions { Root = root, ReserveBytes = 0 }, new PosixSegmentDisk(root), TimeProvider.System, NullLoggerFactory.Instance);
        return await recorder.ScanAsync(cancel);
    }

    private static async Task<List<string>> IndexFaultsAsync(ServerUnderTest server, IReadOnlyList<SegmentRecord> found)
    {
        var faults = new List<string>();
        var disk = found.ToDictionary(s => s.Path);
        var rows = await server.QueryAsync("select path, bytes, (extract(epoch from ended_at) * 1000)::bigint from segment");
        foreach (var row in rows.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(r => r.Split('|')))
        {
            if (!disk.TryGetValue(row[0], out var segment))
            {
                faults.Add($"{row[0]} is in the index and not on the disk");
            }
            else if (segment.Bytes < Number(row[1]) || segment.End.ToUnixTimeMilliseconds() < Number(row[2]) - 1)
            {
                faults.Add($"{row[0]}: the index is ahead of the data");
            }
        }

        return faults;
    }

    private static string? Unreadable(string root, SegmentRecord segment)
    {
        try
        {
            var complaints = SampleFootage.Run("ffmpeg", $"-v error -xerror -i {Path.Combine(root, segment.Path)} -f null -");
            return complaints.Length > 0 ? $"{segment.Path}: {complaints}" : null;
        }
        catch (InvalidOperationException unreadable)
        {
            return unreadable.Message;
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> done, string otherwise)
    {
        var clock = Stopwatch.StartNew();
        while (!await done())
        {
            if (clock.Elapsed > Patience)
            {
                throw new InvalidOperationException(otherwise);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
