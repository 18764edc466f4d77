using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Bench.Harness;
using Vigil.Media.Recording;

namespace Vigil.Bench.Recording;

/// <summary>Whether every second is there after a long recording in which five of twenty cameras were started anew, and what it cost.</summary>
internal sealed class RecordingHour : Figure
{
    private const int Cameras = 20;
    private const int Restarts = 5;
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Seam = TimeSpan.FromMilliseconds(500);

    public override string Name => "recording-hour";

    public override string Title => "20 cameras of 1080p25 at 4 Mbit/s recorded for long, five of them restarted; --minutes=60";

    public override async Task<Table> Measure(BenchRun run)
    {
        await using var farm = Role.Start("cameras", await Material.Video1080(run), await Material.Aac(run));
        var port = await farm.Next("READY", TimeSpan.FromSeconds(20));
        var addresses = Enumerable.Range(1, Cameras).Select(i => string.Create(CultureInfo.InvariantCulture, $"rtsp://127.0.0.1:{port}/v/{i}")).ToList();
        var root = Directory.CreateDirectory(Path.Combine(run.Scratch, "segments")).FullName;
        var away = new List<(int Camera, DateTimeOffset From, DateTimeOffset To)>();
        DateTimeOffset began, ended;
        double percent;
        string state;
        await using (var host = Role.Start("media-host", [.. addresses, "--rings", root, "--record"]))
        {
            await host.Next("READY", TimeSpan.FromSeconds(60));
            await Task.Delay(TimeSpan.FromSeconds(5), run.Time, run.Cancel); // Compilation, and a key frame of each.
            began = run.Time.GetUtcNow();
            var cost = new ProcessCost(host.Id, run.Time).Percent(run.Endurance, run.Cancel);
            for (var i = 0; i < Restarts; i++)
            {
                await Task.Delay(run.Endurance / (Restarts + 1), run.Time, run.Cancel);
                var (camera, now) = ((i * 4) + 1, run.Time.GetUtcNow());
                await farm.Ask(string.Create(CultureInfo.InvariantCulture, $"restart /v/{camera} {Away.TotalSeconds}"), TimeSpan.FromSeconds(10));
                away.Add((camera, now, now + Away));
                run.Say(string.Create(CultureInfo.InvariantCulture, $"restarted {i + 1} of {Restarts}"));
            }

            percent = (await cost).Own;
            ended = run.Time.GetUtcNow();
            await Task.Delay(TimeSpan.FromSeconds(3), run.Time, run.Cancel);
            state = await host.Ask("status", TimeSpan.FromSeconds(10));
        }

        var found = await ScanAsync(root, run.Cancel);
        var gaps = Enumerable.Range(1, Cameras).SelectMany(camera => Gaps(camera, [.. found.Where(s => s.CameraId == camera)], began, ended)).ToList();
        var missing = gaps.Sum(g => (g.To - g.From).TotalSeconds);
        var unexplained = gaps.Where(g => !away.Exists(a => a.Camera == g.Camera && a.From < g.To && a.To > g.From - TimeSpan.FromSeconds(1))).Sum(g => (g.To - g.From).TotalSeconds);
        var all = Cameras * (ended - began).TotalSeconds;
        Directory.Delete(root, recursive: true);
        var ffmpeg = await RecordingCost.Ffmpeg(run, addresses);
        var table = new Table("minutes", "seconds present", "longest gap s", "missing, cameras that stayed", "CPU % per camera", "ffmpeg", "ratio");
        table.Row(
            Table.Number(run.Endurance.TotalMinutes),
            string.Create(CultureInfo.InvariantCulture, $"{100 * (1 - (missing / all)):0.000} %"),
            Table.Number(gaps.Select(g => (g.To - g.From).TotalSeconds).DefaultIfEmpty(0).Max()),
            Table.Number(unexplained),
            Table.Number(percent / Cameras),
            Table.Number(ffmpeg.Percent / Cameras),
            Table.Ratio(percent, ffmpeg.Percent));
        table.Notes.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"Five cameras hung up and were away for {Away.TotalSeconds} s each; of an hour that alone would be {100 * (1 - (missing / (Cameras * 3600.0))):0.000} %. At the end: {state}."));
        table.Notes.Add("ffmpeg -c copy -f segment, one each, for the length of the samples, afterwards.");
        return table;
    }

    private static IEnumerable<(int Camera, DateTimeOffset From, DateTimeOffset To)> Gaps(
        int camera, IReadOnlyList<SegmentRecord> segments, DateTimeOffset from, DateTimeOffset to)
    {
        var until = from;
        foreach (var segment in segments.Where(s => s.End > from && s.Start < to).OrderBy(s => s.Start))
        {
            if (segment.Start - until > Seam)
            {
                yield return (camera, until, segment.Start);
            }

            until = segment.End > until ? segment.End : until;
        }

        if (to - until > Seam)
        {
            yield return (camera, until, to);
        }
    }

    private static async Task<IReadOnlyList<SegmentRecord>> ScanAsync(string root, CancellationToken cancel)
    {
        await using var recorder = new Recorder(
            new RecorderOptions { Root = root, ReserveBytes = 0 }, new PosixSegmentDisk(root), TimeProvider.System, NullLoggerFactory.Instance);
        return await recorder.ScanAsync(cancel);
    }
}
