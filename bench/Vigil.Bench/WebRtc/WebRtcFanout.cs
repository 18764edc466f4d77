using System.Globalization;
using Vigil.Bench.Harness;

namespace Vigil.Bench.WebRtc;

/// <summary>What one more viewer costs, beside Janus's streaming plugin with the same picture and the same clients; then a crowd.</summary>
internal sealed class WebRtcFanout : Figure
{
    private const int Viewers = 60;
    private static readonly int[] Crowds = [300];

    public override string Name => "webrtc-fanout";

    public override string Title => "One camera of 1080p25 at 4 Mbit/s to many WebRTC viewers, by WHEP and by Janus";

    public override async Task<Table> Measure(BenchRun run)
    {
        var video = await Material.Video1080(run);
        await using var farm = Role.Start("cameras", video, await Material.Aac(run));
        var port = await farm.Next("READY", TimeSpan.FromSeconds(20));
        await using var engine = Role.Start("webrtc", $"rtsp://127.0.0.1:{port}/v/1");
        var http = await engine.Next("READY", TimeSpan.FromSeconds(20));
        await using var threads = await JanusServer.StartAsync(run, video, eventLoops: 0);
        await using var loops = await JanusServer.StartAsync(run, video, eventLoops: Environment.ProcessorCount);
        await Task.Delay(TimeSpan.FromSeconds(3), run.Time, run.Cancel); // The first group of pictures.
        var whep = $"http://localhost:{http}/1/whep";
        var table = new Table(
            "server", "viewers", "CPU % of one core", "per viewer", "ratio", "memory MB per viewer", "Mbit/s per viewer", "packets lost", "lost by server", "client CPU %");
        List<(string Name, Func<Task<Load>> Load, List<Load> Loads)> servers =
            [("Vigil (target 0.40 ×, 1 MB)", () => LoadAsync(run, engine, engine.Id, "whep", whep, Viewers), [])];
        foreach (var (name, janus) in new[] { ("Janus, streaming plugin, as Debian has it", threads), ("Janus, with an event loop per core", loops) })
        {
            if (janus is not null)
            {
                servers.Add((name, () => LoadAsync(run, null, janus.Id, "janus", janus.Address, Viewers), []));
            }
        }

        // In turns, so that all of them meet the same weather. The first crowd pays for compilation, buffers and pools.
        for (var i = 0; i <= run.Samples; i++)
        {
            run.Say($"round {i} of {run.Samples}");
            foreach (var (_, measure, loads) in servers)
            {
                loads.Add(await measure());
            }
        }

        foreach (var (name, _, loads) in servers)
        {
            Row(table, name, Viewers, loads, servers.Count == 1 ? 0 : Median(servers[1].Loads));
        }

        foreach (var crowd in Crowds)
        {
            run.Say($"{crowd} viewers");
            Row(table, "Vigil (target: none lost by the server)", crowd, [await LoadAsync(run, engine, engine.Id, "whep", whep, crowd)], 0);
        }

        return table;
    }

    private static void Row(Table table, string server, int viewers, List<Load> loads, double peer)
    {
        var cpu = Median(loads);
        var measured = loads.Skip(loads.Count > 1 ? 1 : 0).ToList();
        table.Row(
            server, viewers.ToString(CultureInfo.InvariantCulture), Table.Number(cpu), Table.Number(cpu / viewers), Table.Ratio(cpu, peer),
            Table.Number(loads.Max(load => load.Megabytes) / viewers), Table.Number(Sample.Median([.. measured.Select(load => load.Megabits)]) / viewers),
            Table.Number(measured.Sum(load => load.Lost)), loads[0].Dropped < 0 ? "" : Table.Number(measured.Sum(load => load.Dropped)),
            Table.Number(Sample.Median([.. measured.Select(load => load.ClientCpu)])));
    }

    private static double Median(List<Load> loads) => Sample.Median([.. loads.Skip(loads.Count > 1 ? 1 : 0).Select(load => load.Cpu)]);

    /// <summary>A crowd joins, is measured, and leaves.</summary>
    private static async Task<Load> LoadAsync(BenchRun run, Role? engine, int server, string door, string url, int viewers)
    {
        var cost = new ProcessCost(server, run.Time);
        var before = cost.OwnMegabytes;
        await using var crowd = Role.Start("crowd", door, url, viewers.ToString(CultureInfo.InvariantCulture));
        await crowd.Next("READY", TimeSpan.FromSeconds(120));
        await Task.Delay(TimeSpan.FromSeconds(3), run.Time, run.Cancel); // Handshakes and catching up are not what is measured.
        var clientCost = new ProcessCost(crowd.Id, run.Time);
        var droppedBefore = await DroppedAsync(engine);
        var startCounts = await CountAsync(crowd);
        var began = run.Time.GetTimestamp();
        var client = clientCost.Percent(run.SampleLength, run.Cancel);
        var (cpu, _) = await cost.Percent(run.SampleLength, run.Cancel);
        var (clientCpu, _) = await client;
        var endCounts = await CountAsync(crowd);
        var seconds = run.Time.GetElapsedTime(began).TotalSeconds;
        var dropped = await DroppedAsync(engine) - droppedBefore;
        var grown = endCounts.Zip(startCounts, (end, start) => end - start).ToArray();
        run.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{door} {viewers}: {endCounts[0]} connected, server {cpu:F1} %, client {clientCpu:F1} %, {grown[1] / seconds / viewers:F0} packets/s and {grown[5] / seconds / viewers:F1} pictures/s each, {grown[3]} lost, {grown[4]} refused, {dropped} dropped by the server, {cost.OwnMegabytes - before:F1} MB more"));
        return new Load(cpu, cost.OwnMegabytes - before, grown[2] * 8 / seconds / 1e6, grown[3], engine is null ? -1 : dropped, clientCpu);
    }

    private static async Task<long[]> CountAsync(Role crowd) =>
        [.. (await crowd.Ask("count", TimeSpan.FromSeconds(20))).Split(' ').Select(number => long.Parse(number, CultureInfo.InvariantCulture))];

    private static async Task<long> DroppedAsync(Role? engine) =>
        engine is null ? 0 : long.Parse((await engine.Ask("dropped", TimeSpan.FromSeconds(20))).Trim(), CultureInfo.InvariantCulture);

    private sealed record Load(double Cpu, double Megabytes, double Megabits, long Lost, long Dropped, double ClientCpu);
}
