using System.Diagnostics;
using System.Globalization;
using Vigil.Bench.Harness;
using Vigil.Media.Recording;
using Vigil.Testing;

namespace Vigil.Bench.Recording;

/// <summary>How soon a clip of so many minutes begins to flow, and how fast it flows.</summary>
internal sealed class ClipSpeed : Figure
{
    private static readonly int[] Minutes = [1, 10, 60];

    public override string Name => "clip";

    public override string Title => "One virtual MP4 over segments of 60 s (25 pictures a second, AAC, 1.2 Mbit/s)";

    public override async Task<Table> Measure(BenchRun run)
    {
        var root = Directory.CreateDirectory(Path.Combine(run.Scratch, "clip")).FullName;
        run.Say("recording an hour");
        var segments = await StoredFootage.RecordAsync(root, TimeSpan.FromMinutes(61));
        var table = new Table("minutes", "MB", "head MB", "open ms, median", "open ms, most", "CPU ms, median", "MB per second");
        foreach (var minutes in Minutes)
        {
            List<double> opens = [], rates = [], processor = [];
            long length = 0, media = 0;
            for (var i = 0; i < 3 * run.Samples; i++)
            {
                var before = Process.GetCurrentProcess().TotalProcessorTime;
                var started = run.Time.GetTimestamp();
                using var clip = ClipFile.Open(
                    segments, root, SampleFootage.Epoch.AddSeconds(10.3), SampleFootage.Epoch.AddSeconds(10.3).AddMinutes(minutes))!;
                processor.Add((Process.GetCurrentProcess().TotalProcessorTime - before).TotalMilliseconds);
                opens.Add(run.Time.GetElapsedTime(started).TotalMilliseconds);
                length = clip.Length;
                media = clip.MediaBytes;
                if (i % 3 == 0)
                {
                    rates.Add(await ReadAsync(clip, run));
                }
            }

            table.Row(
                minutes.ToString(CultureInfo.InvariantCulture),
                Table.Number(length / 1e6),
                Table.Number((length - media) / 1e6),
                Table.Number(Sample.Median(opens)),
                Table.Number(opens.Max()),
                Table.Number(Sample.Median(processor)),
                Table.Number(Sample.Median(rates)));
        }

        table.Notes.Add("Files are in the page cache.");
        return table;
    }

    private static async Task<double> ReadAsync(ClipFile clip, BenchRun run)
    {
        var buffer = new byte[64 * 1024];
        var started = run.Time.GetTimestamp();
        long at = 0;
        while (await clip.ReadAsync(at, buffer, run.Cancel) is var read and > 0)
        {
            at += read;
        }

        return at / 1e6 / run.Time.GetElapsedTime(started).TotalSeconds;
    }
}
