using Vigil.Bench.Harness;
using Vigil.Bench.Live;
using Vigil.Protocols.Codecs;
using Vigil.Testing;

namespace Vigil.Bench.Recording;

/// <summary>One hour as a file to keep, through the real server: until it flows, and how fast.</summary>
internal sealed class HourExport : Figure
{
    public override string Name => "export";

    public override string Title => "Exporting one hour (25 pictures a second, 1.2 Mbit/s) over HTTP on loopback, its sound as AAC";

    public override async Task<Table> Measure(BenchRun run)
    {
        var table = new Table("camera's sound", "MB", "flows after ms, median", "first", "most", "target", "MB per second, median", "least", "target ");
        foreach (var (sound, name) in ((Codec, string)[])[(Codec.Aac, "AAC"), (Codec.Opus, "Opus"), (Codec.PcmA, "G.711")])
        {
            await MeasureAsync(run, table, sound, name);
        }

        table.Notes.Add("Files are in the page cache; the client that reads shares the machine. AAC goes as it is; other sound is encoded while the export flows.");
        return table;
    }

    private static async Task MeasureAsync(BenchRun run, Table table, Codec sound, string name)
    {
        await using var server = await ServerUnderTest.StartAsync(run);
        await server.AddPausedCameraAsync("Crib");
        run.Say($"recording an hour with {name}");
        await StoredFootage.GiveHourAsync(server, sound);
        var buffer = new byte[256 * 1024];
        List<double> starts = [], rates = [];
        var length = 0L;
        for (var i = 0; i < (run.IsQuick ? 4 : 10); i++)
        {
            // Another file each time: one that was opened a moment ago is kept open.
            var from = SampleFootage.Epoch.AddSeconds(5 + i);
            var started = run.Time.GetTimestamp();
            using var answer = await server.GetAsync(
                $"api/v1/cameras/1/footage.mp4?from={TimelineSeek.Iso(from)}&to={TimelineSeek.Iso(from.AddHours(1))}&sound=aac&download=1", run.Cancel);
            await using var body = await answer.Content.ReadAsStreamAsync(run.Cancel);
            var got = await body.ReadAsync(buffer, run.Cancel);
            starts.Add(run.Time.GetElapsedTime(started).TotalMilliseconds);
            var flows = run.Time.GetTimestamp();
            for (length = got; (got = await body.ReadAsync(buffer, run.Cancel)) > 0;)
            {
                length += got;
            }

            if (length != answer.Content.Headers.ContentLength)
            {
                throw new InvalidOperationException($"{length} bytes came of {answer.Content.Headers.ContentLength}.");
            }

            rates.Add(length / 1e6 / run.Time.GetElapsedTime(flows).TotalSeconds);
        }

        table.Row(
            name, Table.Number(length / 1e6), Table.Number(Sample.Median(starts)), Table.Number(starts[0]), Table.Number(starts.Max()), "200",
            Table.Number(Sample.Median(rates)), Table.Number(rates.Min()), "200");
    }
}
