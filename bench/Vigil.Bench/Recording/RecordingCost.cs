using System.Diagnostics;
using System.Globalization;
using Vigil.Bench.Harness;

namespace Vigil.Bench.Recording;

/// <summary>What recording costs per camera, ingest included, beside one ffmpeg per camera that copies into segments.</summary>
internal sealed class RecordingCost : Figure
{
    private const int Cameras = 20;

    public override string Name => "recording";

    public override string Title => "Recording 20 cameras of 1080p25 at 4 Mbit/s, video only, in segments of 60 s";

    public override async Task<Table> Measure(BenchRun run)
    {
        await using var farm = Role.Start("cameras", await Material.Video1080(run), await Material.Aac(run));
        var port = await farm.Next("READY", TimeSpan.FromSeconds(20));
        var addresses = Enumerable.Range(1, Cameras)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"rtsp://127.0.0.1:{port}/v/{i}")).ToList();
        var table = new Table("20 cameras", "CPU % of one core per camera", "ratio", "memory MB in all", "MB written per second");

        var ffmpeg = await Ffmpeg(run, addresses);
        var idle = await Host(run, addresses, []);
        var recording = await Host(run, addresses, ["--rings", Path.Combine(run.Scratch, "segments"), "--record"]);
        Row("ffmpeg -c copy -f segment, one each", ffmpeg);
        Row("Vigil, recording", recording);
        Row("Vigil, taking in only", idle);
        table.Notes.Add("Vigil's own syncs are in its row; ffmpeg does not sync at all and loses what the kernel has not written.");
        return table;

        void Row(string name, Cost cost) => table.Row(
            name,
            Table.Number(cost.Percent / Cameras),
            Table.Ratio(cost.Percent, ffmpeg.Percent),
            Table.Number(cost.Megabytes),
            Table.Number(cost.MegabytesPerSecond));
    }

    private static async Task<Cost> Host(BenchRun run, IReadOnlyList<string> addresses, string[] more)
    {
        run.Say(more.Length > 0 ? "Vigil recording" : "Vigil taking in");
        await using var host = Role.Start("media-host", [.. addresses, .. more]);
        await host.Next("READY", TimeSpan.FromSeconds(60));
        var cost = new ProcessCost(host.Id, run.Time);
        await cost.Percent(TimeSpan.FromSeconds(10), run.Cancel);
        return await Sampled(run, async length => (await cost.Percent(length, run.Cancel)).Own, () => cost.OwnMegabytes, more.Length > 1 ? more[1] : null);
    }

    internal static async Task<Cost> Ffmpeg(BenchRun run, IReadOnlyList<string> addresses)
    {
        run.Say("ffmpeg recording");
        var directory = Directory.CreateDirectory(Path.Combine(run.Scratch, "ffmpeg")).FullName;
        var processes = new List<Process>();
        try
        {
            foreach (var (address, i) in addresses.Select((address, i) => (address, i)))
            {
                var start = new ProcessStartInfo(
                    "ffmpeg",
                    $"-v error -nostdin -rtsp_transport tcp -i {address} -map 0:v -c copy -f segment -segment_time 60 -reset_timestamps 1 "
                    + string.Create(CultureInfo.InvariantCulture, $"-segment_format mp4 {directory}/{i}-%03d.mp4"));
                processes.Add(Process.Start(start) ?? throw new InvalidOperationException("ffmpeg did not start."));
            }

            var costs = processes.Select(p => new ProcessCost(p.Id, run.Time)).ToList();
            await costs[0].Percent(TimeSpan.FromSeconds(10), run.Cancel);
            return await Sampled(
                run,
                async length => (await Task.WhenAll(costs.Select(c => c.Percent(length, run.Cancel)))).Sum(c => c.Own),
                () => costs.Sum(c => c.OwnMegabytes),
                directory);
        }
        finally
        {
            foreach (var process in processes)
            {
                process.Kill();
                await process.WaitForExitAsync(CancellationToken.None);
                process.Dispose();
            }
        }
    }

    private static async Task<Cost> Sampled(BenchRun run, Func<TimeSpan, Task<double>> percent, Func<double> megabytes, string? directory)
    {
        List<double> all = [], memory = [];
        var before = Size(directory);
        var started = run.Time.GetTimestamp();
        for (var i = 0; i < run.Samples; i++)
        {
            all.Add(await percent(run.SampleLength));
            memory.Add(megabytes());
        }

        var rate = (Size(directory) - before) / run.Time.GetElapsedTime(started).TotalSeconds;
        return new Cost(Sample.Median(all), Sample.Median(memory), rate);
    }

    private static double Size(string? directory) => directory is null
        ? 0
        : new DirectoryInfo(directory).EnumerateFiles("*.mp4", SearchOption.AllDirectories).Sum(f => f.Length) / 1e6;

    internal sealed record Cost(double Percent, double Megabytes, double MegabytesPerSecond);
}
