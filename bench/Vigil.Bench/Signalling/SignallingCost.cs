using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Vigil.Bench.Harness;
using Vigil.Bench.Live;

namespace Vigil.Bench.Signalling;

/// <summary>
/// Many devices that are nearly always silent: what one costs Vigil, a bare Kestrel echo and FastAPI; how fast viewers and devices meet; and the storm after
/// a restart. <c>--quick</c> takes a thousand instead of ten thousand.
/// </summary>
internal sealed class SignallingCost : Figure
{
    private const int Watching = 16;
    private const int RelayedASecond = 2000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    public override string Name => "signalling";

    public override string Title => "Devices and viewers that meet";

    public override async Task<Table> Measure(BenchRun run)
    {
        var isQuick = run.SampleLength < TimeSpan.FromSeconds(10);
        var count = isQuick ? 1000 : 10_000;
        var table = new Table("what", "Vigil", "bare echo", "FastAPI", "target", "Vigil / echo", "FastAPI / Vigil");
        await using var load = Role.Start("signal-load");

        run.Say("bare echo");
        var echoPort = FreePort();
        Crossed echo;
        await using (var server = Role.Start("signal-echo", Text(echoPort)))
        {
            await server.Next("READY", Patience);
            echo = await CrossAsync(run, load, server.Id, count, echoPort, "/", null);
        }

        run.Say("Vigil");
        Crossed ours;
        Storm storm;
        await using (var server = await ServerUnderTest.StartAsync(run))
        {
            await PrepareAsync(server, count);
            // Cameras made behind its back are read when it starts.
            await server.KillAsync();
            await server.StartAgainAsync();
            ours = await CrossAsync(run, load, server.Id, count, server.Address.Port, "/ws/device", await server.TokenAsync());
            run.Say("restart");
            storm = await StormAsync(load, server, count);
        }

        run.Say("FastAPI");
        var peerPort = FreePort();
        Crossed? peer = null;
        using (var python = StartPython(peerPort))
        {
            try
            {
                await UntilListeningAsync(run, peerPort, python);
                peer = await CrossAsync(run, load, python.Id, count, peerPort, "/ws/device", "none");
            }
            finally
            {
                python.Kill(entireProcessTree: true);
            }
        }

        Row("memory of a socket, kB", c => c.KilobytesEach, "≤ 24; ≤ 2 × echo");
        Row("CPU for their heartbeats, % of one core", c => c.BeatPercent, "≤ 2 × echo");
        Row("CPU before they came, % of one core", c => c.IdlePercent, "");
        Row("handshakes per second of its CPU", c => c.HandshakesPerSecond, "≥ 1,000; ≥ 5 × FastAPI", more: true);
        Row($"one candidate among {RelayedASecond:N0} a second, p50 ms", c => c.RelayP50, "");
        Row("the same, p99 ms", c => c.RelayP99, "≤ 5");
        Row("CPU of that, % of one core", c => c.RelayPercent, "≥ 5 × less than FastAPI");
        table.Row(string.Create(CultureInfo.InvariantCulture, $"all {count:N0} back after kill -9, s"), Table.Number(storm.Seconds), "", "", "≤ 10", "", "");
        table.Row("memory after it and a minute, × before", Table.Number(storm.MemoryRatio), "", "", "about 1", "", "");
        table.Notes.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"{count:N0} devices, a heartbeat every 30 s. Errors: {ours.Errors + storm.Errors} with Vigil (of the storm {storm.Errors}), {echo.Errors} with the echo, {peer.Errors} with FastAPI {(storm.Words.Length > 0 ? "(" + storm.Words + ")" : "")}."));
        table.Notes.Add($"Load average at the end: {(await File.ReadAllTextAsync("/proc/loadavg", run.Cancel)).Split(' ')[0]}. Load and servers share the machine; CPU is the server process's own, its database left out.");
        return table;

        void Row(string what, Func<Crossed, double> of, string target, bool more = false) => table.Row(
            what, Table.Number(of(ours)), Number(of(echo)), Number(of(peer!)), target,
            double.IsNaN(of(echo)) ? "" : Table.Ratio(of(ours), of(echo)),
            more ? Table.Ratio(of(ours), of(peer!)) : Table.Ratio(of(peer!), of(ours)));

        static string Number(double value) => double.IsNaN(value) ? "" : Table.Number(value);
    }

    private static async Task<Crossed> CrossAsync(BenchRun run, Role load, int process, int count, int port, string path, string? token)
    {
        var cost = new ProcessCost(process, run.Time);
        // A first crowd comes and goes: code is compiled, pools are filled.
        await load.Ask($"open {Text(count / 20)} {Text(port)} {path}", Patience);
        await load.Ask("beat 2", Patience);
        await load.Ask("close", Patience);
        await Task.Delay(TimeSpan.FromSeconds(2), run.Time, run.Cancel);
        var before = cost.OwnMegabytes;
        var (idle, _) = await cost.Percent(run.SampleLength, run.Cancel);
        var opened = Words(await load.Ask($"open {Text(count)} {Text(port)} {path}", Patience));
        var settle = Text((int)run.SampleLength.TotalSeconds);
        await load.Ask($"beat {settle}", Patience);
        var (percent, _) = await WhileAsync(cost, run, () => load.Ask($"beat {settle}", Patience));
        var memory = cost.OwnMegabytes;
        var result = new Crossed
        {
            KilobytesEach = (memory - before) * 1024 / count,
            BeatPercent = percent - idle,
            IdlePercent = idle,
            Errors = Whole(opened[2]),
            Megabytes = memory,
        };
        if (token is not null)
        {
            await load.Ask($"viewers {Text(Watching)} {Text(port)} /ws/viewer {token}", Patience);
            // Until what is called often has been compiled twice; of a shorter while the compiler would be a good part.
            await load.Ask("watch 15", Patience);
            await load.Ask($"relay {Text(RelayedASecond)} 3", Patience);
            var (watchPercent, watched) = await WhileAsync(cost, run, () => load.Ask($"watch {settle}", Patience));
            var (relayPercent, relayed) = await WhileAsync(cost, run, () => load.Ask($"relay {Text(RelayedASecond)} {settle}", Patience));
            var (handshakes, latencies) = (Words(watched.Text), Words(relayed.Text));
            result = result with
            {
                HandshakesPerSecond = double.Parse(handshakes[0], CultureInfo.InvariantCulture) / (watchPercent / 100 * watched.Seconds),
                RelayP50 = double.Parse(latencies[2], CultureInfo.InvariantCulture),
                RelayP99 = double.Parse(latencies[3], CultureInfo.InvariantCulture),
                RelayPercent = relayPercent,
                Errors = result.Errors + Whole(handshakes[1]),
            };
        }

        if (path != "/ws/device" || token == "none")
        {
            await load.Ask("close", Patience);
        }

        return result;
    }

    /// <summary>CPU of the server, in percent of one core, for as long as the load takes.</summary>
    private static async Task<(double Percent, (string Text, double Seconds) Said)> WhileAsync(ProcessCost cost, BenchRun run, Func<Task<string>> work)
    {
        var began = run.Time.GetTimestamp();
        var before = cost.OwnSeconds;
        var text = await work();
        var seconds = run.Time.GetElapsedTime(began).TotalSeconds;
        return ((cost.OwnSeconds - before) / seconds * 100, (text, seconds));
    }

    private static async Task<Storm> StormAsync(Role load, ServerUnderTest server, int count)
    {
        var before = new ProcessCost(server.Id, TimeProvider.System).OwnMegabytes;
        var storm = load.Ask("storm 120", Patience);
        await server.KillAsync();
        await server.StartAgainAsync();
        var words = Words(await storm);
        await load.Ask("beat 60", Patience);
        var after = new ProcessCost(server.Id, TimeProvider.System).OwnMegabytes;
        await load.Ask("close", Patience);
        return new Storm(
            Whole(words[1]) == count ? double.Parse(words[0], CultureInfo.InvariantCulture) / 1000 : double.NaN,
            after / before, Whole(words[2]), string.Join(' ', words[3..]));
    }

    /// <summary>Devices that are registered, the first few of them paired; by SQL, because registration is limited on purpose.</summary>
    private static async Task PrepareAsync(ServerUnderTest server, int count)
    {
        await server.QueryAsync(
            $"""
            insert into signal_device (device_id, registered_at) select 'bench-' || lpad(n::text, 5, '0'), now() from generate_series(1, {Text(count)}) n;
            with cameras as (
                insert into camera (uid, household_id, name, address, record_on_alert, created_at, updated_at)
                select gen_random_uuid(), (select min(id) from household), 'bench-' || lpad(n::text, 5, '0'), 'device:' || d.id, false, now(), now()
                from generate_series(1, {Text(Watching)}) n join signal_device d on d.device_id = 'bench-' || lpad(n::text, 5, '0')
                returning id, name, household_id)
            update signal_device d set camera_id = c.id, household_id = c.household_id, paired_at = now() from cameras c where c.name = d.device_id;
            """);
    }

    private static Process StartPython(int port)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Signalling", "peer_server.py");
        return Process.Start(new ProcessStartInfo("/usr/bin/python3", [script, Text(port)])) ?? throw new InvalidOperationException("Python did not start.");
    }

    private static async Task UntilListeningAsync(BenchRun run, int port, Process server)
    {
        while (!server.HasExited)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, port, run.Cancel);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), run.Time, run.Cancel);
            }
        }

        throw new InvalidOperationException("FastAPI did not start: apt-get install python3-fastapi python3-uvicorn python3-websockets");
    }

    private static int FreePort()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        return ((IPEndPoint)free.LocalEndpoint).Port;
    }

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static long Whole(string word) => long.Parse(word, CultureInfo.InvariantCulture);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record Crossed
    {
        public required double KilobytesEach { get; init; }

        public required double Megabytes { get; init; }

        /// <summary>Without what the server does anyway.</summary>
        public required double BeatPercent { get; init; }

        public required double IdlePercent { get; init; }

        public double HandshakesPerSecond { get; init; } = double.NaN;

        public double RelayP50 { get; init; } = double.NaN;

        public double RelayP99 { get; init; } = double.NaN;

        public double RelayPercent { get; init; } = double.NaN;

        public required long Errors { get; init; }
    }

    private sealed record Storm(double Seconds, double MemoryRatio, long Errors, string Words);
}
