using System.Globalization;
using Vigil.Bench.Harness;

namespace Vigil.Bench.Ingest;

/// <summary>What it costs to take in many cameras while nobody watches, and what listening, rings and recording add.</summary>
internal sealed class IngestCost : Figure
{
    private const int Cameras = 20;

    public override string Name => "ingest";

    public override string Title => "Taking in 20 cameras of 1080p25 at 4 Mbit/s, nobody watching";

    public override async Task<Table> Measure(BenchRun run)
    {
        await using var farm = Role.Start("cameras", await Material.Video1080(run), await Material.Aac(run));
        var port = await farm.Next("READY", TimeSpan.FromSeconds(20));
        var table = new Table("20 cameras", "CPU % of one core", "of it ffmpeg", "ratio", "memory MB", "of it ffmpeg");
        var first = double.NaN;
        foreach (var (what, path, more) in new (string, string, string[])[]
        {
            ("video only", "v", []),
            ("video and AAC, nobody listening", "av", []),
            ("+ listening on all (AAC decoded)", "av", ["--listen"]),
            ("+ pre-roll rings of 5 s", "av", ["--listen", "--rings", Path.Combine(run.Scratch, "rings")]),
            ("+ recording all", "av", ["--listen", "--rings", Path.Combine(run.Scratch, "record"), "--record"]),
            ("video only, recording all", "v", ["--rings", Path.Combine(run.Scratch, "record-v"), "--record"]),
        })
        {
            run.Say(what);
            var addresses = Enumerable.Range(1, Cameras).Select(i => string.Create(CultureInfo.InvariantCulture, $"rtsp://127.0.0.1:{port}/{path}/{i}"));
            await using var host = Role.Start("media-host", [.. addresses, .. more]);
            await host.Next("READY", TimeSpan.FromSeconds(60));
            var cost = new ProcessCost(host.Id, run.Time);

            // The first seconds pay for compilation and for the first groups of pictures.
            await cost.Percent(TimeSpan.FromSeconds(10), run.Cancel);
            List<double> all = [], children = [], memory = [], childMemory = [];
            for (var i = 0; i < run.Samples; i++)
            {
                var (own, below) = await cost.Percent(run.SampleLength, run.Cancel);
                all.Add(own + below);
                children.Add(below);
                memory.Add(cost.OwnMegabytes + cost.ChildrenMegabytes);
                childMemory.Add(cost.ChildrenMegabytes);
            }

            var state = await host.Ask("status", TimeSpan.FromSeconds(10));
            if (!state.StartsWith("20 live, 0 reconnects", StringComparison.Ordinal))
            {
                table.Notes.Add($"{what}: {state}. The figures of this row are not to be trusted.");
            }

            first = double.IsNaN(first) ? Sample.Median(all) : first;
            table.Row(
                what,
                Table.Number(Sample.Median(all)),
                Table.Number(Sample.Median(children)),
                Table.Ratio(Sample.Median(all), first),
                Table.Number(Sample.Median(memory)),
                Table.Number(Sample.Median(childMemory)));
        }

        return table;
    }
}
