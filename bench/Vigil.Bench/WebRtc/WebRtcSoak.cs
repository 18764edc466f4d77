using System.Globalization;
using Vigil.Bench.Harness;

namespace Vigil.Bench.WebRtc;

/// <summary>Thousands of sessions that come and go: does anything stay behind?</summary>
internal sealed class WebRtcSoak : Figure
{
    private const int Rounds = 6;
    private const int PerRound = 1000;

    /// <summary>The engine gives its memory back every ten seconds.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(11);

    /// <summary>By then every path was taken, compiled and compiled better: what grows afterwards grows with the sessions.</summary>
    private const int WarmRounds = 2;

    public override string Name => "webrtc-soak";

    public override string Title => "6,000 WebRTC sessions that come and go: of ten one publishes, six say goodbye, two vanish, one never begins";

    public override async Task<Table> Measure(BenchRun run)
    {
        await using var farm = Role.Start("cameras", await Material.Video1080(run), await Material.Aac(run));
        var port = await farm.Next("READY", TimeSpan.FromSeconds(20));
        await using var engine = Role.Start("webrtc", $"rtsp://127.0.0.1:{port}/v/1");
        var http = await engine.Next("READY", TimeSpan.FromSeconds(20));
        await using var crowd = Role.Start("crowd", "churn", $"http://localhost:{http}/1/whep", $"http://localhost:{http}/2/whip");
        await crowd.Next("READY", TimeSpan.FromSeconds(20));
        var cost = new ProcessCost(engine.Id, run.Time);
        var table = new Table("sessions so far", "memory MB", "of it managed", "native in use", "handles", "threads");
        await Task.Delay(TimeSpan.FromSeconds(3), run.Time, run.Cancel);
        double[] first = [], warm = [], end = [];
        for (var round = 0; round <= Rounds; round++)
        {
            if (round > 0)
            {
                await crowd.Ask(string.Create(CultureInfo.InvariantCulture, $"churn {PerRound}"), TimeSpan.FromMinutes(5));
            }

            end = await QuietAsync(run, engine, cost);
            first = round == 1 ? end : first;
            warm = round == WarmRounds ? end : warm;
            run.Say(string.Join(' ', end));
            table.Row([Table.Number(round * PerRound), .. end.Select(Table.Number)]);
        }

        table.Row(["end to first thousand", .. end.Zip(first, Table.Ratio)]);
        table.Row(["end to second thousand, warm (target 0.95 to 1.05)", .. end.Zip(warm, Table.Ratio)]);
        return table;
    }

    /// <summary>Waits until the last session has ended (30 s after it vanished), and reads.</summary>
    private static async Task<double[]> QuietAsync(BenchRun run, Role engine, ProcessCost cost)
    {
        while (true)
        {
            var status = (await engine.Ask("status", TimeSpan.FromSeconds(20))).Split(' ');
            if (status[0] == "0")
            {
                await Task.Delay(Settling, run.Time, run.Cancel);
                return [cost.OwnMegabytes, .. status.Skip(1).Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
            }

            await Task.Delay(TimeSpan.FromSeconds(2), run.Time, run.Cancel);
        }
    }
}
