using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Vigil.Bench.Harness;

namespace Vigil.Bench.WebRtc;

/// <summary>Debian's Janus with the streaming plugin and one mountpoint, fed with the same encoded picture by ffmpeg over RTP.</summary>
internal sealed class JanusServer : IAsyncDisposable
{
    private readonly Process janus;
    private readonly Process feed;

    private JanusServer(Process janus, Process feed, string address)
    {
        this.janus = janus;
        this.feed = feed;
        Address = address;
    }

    public int Id => janus.Id;

    public string Address { get; }

    /// <param name="run">Where to put its files.</param>
    /// <param name="video">Annex B, 25 pictures a second.</param>
    /// <param name="eventLoops">0 as Debian has it: a thread for every viewer.</param>
    /// <returns>Null where Janus is not installed.</returns>
    public static async Task<JanusServer?> StartAsync(BenchRun run, string video, int eventLoops)
    {
        if (!File.Exists("/usr/bin/janus"))
        {
            return null;
        }

        var (http, rtp) = (FreePort(), FreePort());
        var folder = Directory.CreateDirectory(Path.Combine(run.Scratch, $"janus-{eventLoops}")).FullName;
        const string Library = "/usr/lib/x86_64-linux-gnu/janus";
        await File.WriteAllTextAsync(Path.Combine(folder, "janus.jcfg"), $$"""
            general: {
              configs_folder = "{{folder}}"
              plugins_folder = "{{Library}}/plugins"
              transports_folder = "{{Library}}/transports"
              debug_level = 2
              session_timeout = 0
              {{(eventLoops > 0 ? $"event_loops = {eventLoops}" : "")}}
            }
            plugins: { disable = "libjanus_audiobridge.so,libjanus_duktape.so,libjanus_echotest.so,libjanus_lua.so,libjanus_nosip.so,libjanus_recordplay.so,libjanus_sip.so,libjanus_textroom.so,libjanus_videocall.so,libjanus_videoroom.so,libjanus_voicemail.so" }
            transports: { disable = "libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,libjanus_rabbitmq.so,libjanus_websockets.so" }
            """);
        await File.WriteAllTextAsync(Path.Combine(folder, "janus.transport.http.jcfg"), $$"""
            general: { json = "compact", base_path = "/janus", http = true, port = {{http}}, ip = "127.0.0.1", https = false }
            """);
        await File.WriteAllTextAsync(Path.Combine(folder, "janus.plugin.streaming.jcfg"), $$"""
            camera: {
              type = "rtp"
              id = 1
              media = ( { type = "video", mid = "v", port = {{rtp}}, pt = 103, codec = "h264", fmtp = "profile-level-id=42e01f;packetization-mode=1" } )
            }
            """);
        var janus = Start("/usr/bin/janus", $"-F {folder} -C {folder}/janus.jcfg", run);
        var container = Path.Combine(folder, "picture.mp4");
        using (var wrap = Start("ffmpeg", $"-v error -nostdin -y -r 25 -i {video} -c copy {container}", run))
        {
            await wrap.WaitForExitAsync(run.Cancel);
        }

        // Packets as large as ours, so that both servers have as many to send.
        var feed = Start(
            "ffmpeg", $"-v error -nostdin -re -stream_loop -1 -i {container} -c copy -an -payload_type 103 -f rtp rtp://127.0.0.1:{rtp}?pkt_size=1164", run);
        var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{http}/janus");
        using var client = new HttpClient();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var info = await client.GetAsync(new Uri(address + "/info"), run.Cancel);
                return new JanusServer(janus, feed, address);
            }
            catch (HttpRequestException) when (attempt < 100 && !janus.HasExited)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), run.Time, run.Cancel);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in new[] { feed, janus })
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    private static Process Start(string program, string arguments, BenchRun run)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { } said && Environment.GetEnvironmentVariable("VIGIL_BENCH_LOUD") is not null)
            {
                run.Say(said);
            }
        };
        process.BeginOutputReadLine();
        return process;
    }

    private static int FreePort()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        return ((IPEndPoint)free.LocalEndpoint).Port;
    }
}
