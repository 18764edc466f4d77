using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;
using Vigil.Bench.Harness;
using Vigil.Bench.Live;

namespace Vigil.Bench.Hearing;

/// <summary>
/// From the first moment of a cry at the camera to the alert on the socket of an open page: RTSP cameras with AAC that are quiet at first, real cries, the
/// real server.
/// </summary>
internal sealed class CryAlert : Figure
{
    private const int Quiet = 12_000;
    private const int HopMilliseconds = 500;
    private const int Shifts = 6;
    private const int Rate = 16_000;
    private static readonly string[] Clips = ["cry-1", "cry-2"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly string Folder = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../testdata/hearing"));

    public override string Name => "cry-alert";

    public override string Title => "From the onset of a cry at the camera to the alert on an open page";

    public override async Task<Table> Measure(BenchRun run)
    {
        var table = new Table("clip", "onsets", "median s", "least", "most", "target");
        await using var server = await ServerUnderTest.StartAsync(run);
        using var page = await OpenPageAsync(server, run.Cancel);
        var heard = new Dictionary<int, double>();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(run.Cancel);
        var listening = ListenAsync(page, heard, run.Time, enough);
        var farms = new List<Role>();
        var due = new Dictionary<int, (string Clip, double At)>();
        try
        {
            foreach (var (clip, shift) in Clips.SelectMany(clip => Enumerable.Range(0, Shifts).Select(shift => (clip, shift))))
            {
                var quiet = Quiet + (HopMilliseconds * shift / Shifts);
                var file = Path.Combine(Folder, clip + ".ogg");
                var onset = quiet + (await OnsetAsync(file, run.Cancel) * 1000);
                var farm = Role.Start("cameras", await Material.Small(run), await Material.Nursery(run, clip, file, quiet));
                farms.Add(farm);
                var port = await farm.Next("READY", TimeSpan.FromSeconds(20));
                var id = await server.AddCameraAsync($"Room {farms.Count}", $"rtsp://127.0.0.1:{port}/av/1");
                due[id] = (clip, double.Parse(await farm.Next("PLAYING", TimeSpan.FromSeconds(20)), CultureInfo.InvariantCulture) + onset);
            }

            enough.CancelAfter(Patience);
            await listening;
        }
        finally
        {
            foreach (var farm in farms)
            {
                await farm.DisposeAsync();
            }
        }

        foreach (var clip in Clips)
        {
            Row(clip, due.Where(camera => camera.Value.Clip == clip), "");
        }

        Row("all", due, "≤ 2.5 median");
        table.Notes.Add("The onset lies at six places between two windows. Onset: the first 20 ms louder than a tenth of the loudest.");
        table.Notes.Add($"Load average at the end: {(await File.ReadAllTextAsync("/proc/loadavg", run.Cancel)).Split(' ')[0]}.");
        return table;

        void Row(string what, IEnumerable<KeyValuePair<int, (string Clip, double At)>> cameras, string target)
        {
            var asked = cameras.ToList();
            double[] seconds = [.. asked.Where(camera => heard.ContainsKey(camera.Key)).Select(camera => (heard[camera.Key] - camera.Value.At) / 1000)];
            table.Row(
                what, $"{seconds.Length} of {asked.Count}", Table.Number(Sample.Median(seconds)), Table.Number(seconds.DefaultIfEmpty(double.NaN).Min()),
                Table.Number(seconds.DefaultIfEmpty(double.NaN).Max()), target);
        }
    }

    private static async Task<ClientWebSocket> OpenPageAsync(ServerUnderTest server, CancellationToken cancel)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Cookie", $"vigil={server.SessionCookie}");
        socket.Options.SetRequestHeader("Origin", server.Address.GetLeftPart(UriPartial.Authority));
        await socket.ConnectAsync(new Uri($"ws://{server.Address.Authority}/ws/live"), cancel);
        return socket;
    }

    /// <summary>Until every camera has cried: when the page was first told, in milliseconds of Unix time.</summary>
    private static async Task ListenAsync(ClientWebSocket page, Dictionary<int, double> heard, TimeProvider time, CancellationTokenSource enough)
    {
        var buffer = new byte[256 * 1024];
        try
        {
            while (heard.Count < Clips.Length * Shifts)
            {
                var length = 0;
                ValueWebSocketReceiveResult part;
                do
                {
                    part = await page.ReceiveAsync(buffer.AsMemory(length), enough.Token);
                    length += part.Count;
                }
                while (!part.EndOfMessage);

                var now = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalMilliseconds;
                using var message = JsonDocument.Parse(buffer.AsMemory(0, length));
                if (message.RootElement.GetProperty("type").GetString() == "event" && message.RootElement.GetProperty("event") is var told
                    && told.GetProperty("kind").GetString() == "cry")
                {
                    heard.TryAdd(told.GetProperty("cameraId").GetInt32(), now);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Those that were not heard are missing in the count.
        }
    }

    private static async Task<double> OnsetAsync(string file, CancellationToken cancel)
    {
        const int Block = Rate / 50;
        using var ffmpeg = Process.Start(new ProcessStartInfo("ffmpeg", ["-v", "error", "-nostdin", "-i", file, "-ac", "1", "-ar", "16000", "-f", "s16le", "-"]) { RedirectStandardOutput = true })!;
        using var bytes = new MemoryStream();
        await ffmpeg.StandardOutput.BaseStream.CopyToAsync(bytes, cancel);
        var samples = bytes.ToArray();
        double[] loud = [.. samples.Chunk(2).Select(pair => (double)BitConverter.ToInt16(pair)).Chunk(Block).Select(block => Math.Sqrt(block.Average(s => s * s)))];
        return (double)Array.FindIndex(loud, value => value > loud.Max() / 10) * Block / Rate;
    }
}
