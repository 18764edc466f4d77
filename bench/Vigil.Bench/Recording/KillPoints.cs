using System.Globalization;
using Vigil.Bench.Harness;
using Vigil.RecorderHost;
using Vigil.Testing;

namespace Vigil.Bench.Recording;

/// <summary>Kills a recording process again and again at random moments and looks at what is left.</summary>
internal sealed class KillPoints : Figure
{
    private const int Cameras = 4;
    private const int AtOnce = 10;

    public override string Name => "kill";

    public override string Title => "kill -9 at random points while four cameras are recorded, old footage is cleaned up, and ranges are exported";

    public override async Task<Table> Measure(BenchRun run)
    {
        var points = run.SampleLength < TimeSpan.FromSeconds(10) ? 100 : 1000;
        var footage = Path.Combine(run.Scratch, "footage.mp4");
        SampleFootage.Encode(footage, 4);
        var random = new Random(1000);
        var moments = Enumerable.Range(0, points).Select(_ => TimeSpan.FromMilliseconds(random.Next(20, 6000))).ToList();
        var outcomes = new List<KillOutcome>();
        using var places = new SemaphoreSlim(AtOnce);
        var trials = moments.Select(async (moment, i) =>
        {
            await places.WaitAsync(run.Cancel);
            var root = Path.Combine(run.Scratch, string.Create(CultureInfo.InvariantCulture, $"kill-{i}"));
            try
            {
                var outcome = await KillTrial.RunAsync(root, footage, Cameras, speed: 1, moment, decode: i % 20 == 0, run.Cancel, busy: true);
                lock (outcomes)
                {
                    outcomes.Add(outcome);
                    if (outcomes.Count % 100 == 0)
                    {
                        run.Say(string.Create(CultureInfo.InvariantCulture, $"{outcomes.Count} of {points}"));
                    }
                }
            }
            finally
            {
                Directory.Delete(root, recursive: true);
                places.Release();
            }
        });
        await Task.WhenAll(trials);

        var losses = outcomes.Select(o => o.Loss.TotalSeconds).ToList();
        var faults = outcomes.SelectMany(o => o.Faults).ToList();
        var table = new Table("points", "segment files", "cleaned up", "exports", "unreadable, or index ahead", "loss s, median", "p95", "most", "over 1 s", "overdue s, most");
        table.Row(
            points.ToString(CultureInfo.InvariantCulture),
            outcomes.Sum(o => o.Segments).ToString(CultureInfo.InvariantCulture),
            outcomes.Sum(o => o.Deleted).ToString(CultureInfo.InvariantCulture),
            outcomes.Sum(o => o.Exports).ToString(CultureInfo.InvariantCulture),
            faults.Count.ToString(CultureInfo.InvariantCulture),
            Table.Number(Sample.Median(losses)),
            Table.Number(Sample.Percentile(losses, 95)),
            Table.Number(losses.Max()),
            losses.Count(l => l > 1).ToString(CultureInfo.InvariantCulture),
            Table.Number(Math.Max(0, outcomes.Max(o => o.Overdue.TotalSeconds))));
        table.Notes.AddRange(faults.Take(5));
        table.Notes.Add("Overdue is media that the recorder held although it had a whole beat to write it; the rest of a loss is what a machine that is "
            + "too busy to run the process costs.");
        table.Notes.Add("Exports are the last three of each point that were whole when it died.");
        table.Notes.Add("Every file is read by our own reader, those of every twentieth point are decoded by ffmpeg, exports included.");
        return table;
    }
}
