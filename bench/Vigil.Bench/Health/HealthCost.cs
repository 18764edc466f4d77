using System.Globalization;
using System.Text.RegularExpressions;
using Vigil.Bench.Harness;
using Vigil.Bench.Live;

namespace Vigil.Bench.Health;

/// <summary>
/// The health API over ten million readings, one million of them one person's, beside the naive statement on the same rows; and how many readings
/// it takes a second. <c>--quick</c> takes a tenth of the rows.
/// </summary>
internal sealed partial class HealthCost : Figure
{
    private const int Asked = 40;
    private const int Connections = 48;
    private const string OfOne = "from health_reading where household_id = 1 and account_id = 1";

    private static readonly (string What, string Path, string Target, string? Naive)[] Questions =
    [
        ("stats", "health/stats", "≤ 50",
            $"select count(*), count(*) filter (where cry), count(*) filter (where sick), avg(temperature), avg(humidity) {OfOne}"),
        ("a week by hour", "health/timeseries?interval=1%20hour", "≤ 100", Buckets("hour", 7)),
        ("a quarter by day", "health/timeseries?interval=1%20day&start_date={quarter}", "", Buckets("day", 90)),
        ("history, first 100", "health/history?limit=100", "≤ 30", null),
        ("history, 100 behind 10,000", "health/history?limit=100&offset=10000", "≤ 30", null),
        ("history, 1,000 of those that cry", "health/history?limit=1000&cry_detected=true", "≤ 30", null),
        ("history, 100 behind nearly all", "health/history?limit=100&offset={last}", "≤ 30", null),
        ("heat map of a month", "health/charts/hourly-heatmap?days=30", "", null),
    ];

    public override string Name => "health";

    public override string Title => "Readings: ten million, a million of them one person's";

    public override async Task<Table> Measure(BenchRun run)
    {
        var rows = run.IsQuick ? 1_000_000 : 10_000_000;
        var table = new Table("what", "median", "p95", "target", "naive, in the database alone", "ratio");
        await using var server = await ServerUnderTest.StartAsync(run);
        run.Say($"{rows.ToString("N0", CultureInfo.InvariantCulture)} readings");
        var began = run.Time.GetTimestamp();
        await HealthData.FillAsync(server, rows);
        run.Say(string.Create(CultureInfo.InvariantCulture, $"written and indexed in {run.Time.GetElapsedTime(began).TotalSeconds:F0} s"));
        var quarter = Uri.EscapeDataString(run.Time.GetUtcNow().AddDays(-90).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        var last = ((rows / 10) - 100).ToString(CultureInfo.InvariantCulture);
        foreach (var (what, path, target, naive) in Questions)
        {
            run.Say(what);
            var address = path.Replace("{quarter}", quarter, StringComparison.Ordinal).Replace("{last}", last, StringComparison.Ordinal);
            var took = new List<double>();
            for (var i = 0; i < Asked; i++)
            {
                took.Add(await TimedAsync(run, server, address));
            }

            var peer = naive is null ? double.NaN : await NaiveAsync(server, naive);
            took.RemoveRange(0, Asked / 4); // Compiled, planned, in the cache.
            table.Row(
                what + ", ms", Table.Number(Sample.Median(took)), Table.Number(Sample.Percentile(took, 95)), target,
                double.IsNaN(peer) ? "" : Table.Number(peer), double.IsNaN(peer) ? "" : Table.Ratio(Sample.Median(took), peer));
        }

        await UploadsAsync(run, server, table);
        table.Notes.Add("Asked one after another over HTTP, by a member who is signed in; the naive statement has the same indexes, and date_trunc with group by for the series.");
        table.Notes.Add($"Load average at the end: {(await File.ReadAllTextAsync("/proc/loadavg", run.Cancel)).Split(' ')[0]}. Load, server and database share the machine.");
        return table;
    }

    private static async Task UploadsAsync(BenchRun run, ServerUnderTest server, Table table)
    {
        run.Say("uploads");
        var token = await server.TokenAsync();
        var load = new UploadLoad(server.Address, token, run.Time);
        await load.RunAsync(Connections, TimeSpan.FromSeconds(3), run.Cancel);
        var own = new ProcessCost(server.Id, run.Time);
        var database = new ProcessCost(server.DatabaseId, run.Time);
        var samples = new List<(double Rate, double P50, double P99, double Server, double Database)>();
        for (var i = 0; i < run.Samples; i++)
        {
            var serverBefore = own.OwnSeconds;
            var sampling = database.Percent(run.SampleLength, run.Cancel);
            var result = await load.RunAsync(Connections, run.SampleLength, run.Cancel);
            var (_, databasePercent) = await sampling;
            samples.Add((
                result.Done / run.SampleLength.TotalSeconds, Sample.Median(result.Milliseconds), Sample.Percentile(result.Milliseconds, 99),
                (own.OwnSeconds - serverBefore) * 1e6 / result.Done, databasePercent / 100 * run.SampleLength.TotalSeconds * 1e6 / result.Done));
        }

        var middle = samples.OrderBy(sample => sample.Rate).ElementAt(samples.Count / 2);
        table.Row("uploads without sound, per second", Table.Number(middle.Rate), "", "≥ 2,000", "", "");
        table.Row($"one of {Connections.ToString(CultureInfo.InvariantCulture)} at a time, ms", Table.Number(middle.P50), Table.Number(middle.P99) + " (p99)", "", "", "");
        table.Row("CPU of one upload, server and database, µs", $"{Table.Number(middle.Server)} + {Table.Number(middle.Database)}", "", "", "", "");
    }

    private static async Task<double> TimedAsync(BenchRun run, ServerUnderTest server, string path)
    {
        var began = run.Time.GetTimestamp();
        using var answer = await server.GetAsync(path, run.Cancel);
        await answer.Content.ReadAsByteArrayAsync(run.Cancel);
        return run.Time.GetElapsedTime(began).TotalMilliseconds;
    }

    /// <summary>Milliseconds inside PostgreSQL, the median of five after one.</summary>
    private static async Task<double> NaiveAsync(ServerUnderTest server, string statement)
    {
        var took = new List<double>();
        for (var i = 0; i < 6; i++)
        {
            took.Add(double.Parse(ExecutionTime().Match(await server.QueryAsync($"explain (analyze, timing off) {statement}")).Groups[1].Value, CultureInfo.InvariantCulture));
        }

        return Sample.Median(took[1..]);
    }

    private static string Buckets(string unit, int days) => string.Create(
        CultureInfo.InvariantCulture,
        $"select date_trunc('{unit}', created_at), avg(temperature), avg(humidity), count(*), count(*) filter (where cry), count(*) filter (where sick) {OfOne} and created_at >= now() - interval '{days} days' group by 1 order by 1 desc");

    [GeneratedRegex(@"Execution Time: ([0-9.]+) ms")]
    private static partial Regex ExecutionTime();
}
