using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Media;
using Vigil.Media.WebRtc;

namespace Vigil.Bench.WebRtc;

/// <summary>
/// The engine behind the barest WHIP and WHEP, without sign-in or a database. Camera 1 is the RTSP address given (and, for its small picture, the second), camera 2 is one that
/// is published to. Answers '/' with an empty page, so that a browser has an origin with camera and microphone.
/// </summary>
internal static partial class WebRtcEngine
{
    public static async Task<int> Run(string[] arguments)
    {
        await using var engine = new MediaEngine(new MediaEngineOptions { AllowLoopback = true }, TimeProvider.System, NullLoggerFactory.Instance);
        await using var sessions = new WebRtcSessions(
            new WebRtcOptions { Port = 0, Addresses = [IPAddress.Loopback] }, engine, TimeProvider.System, NullLoggerFactory.Instance);
        var feeds = new Dictionary<int, CameraFeed> { [2] = engine.Start(new CameraSource { CameraId = 2, Address = WebRtcSessions.AddressOf(2) }) };
        if (arguments is [var address, .. var small])
        {
            feeds[1] = engine.Start(new CameraSource { CameraId = 1, Address = new Uri(address), SubAddress = small is [var sub] ? new Uri(sub) : null });
        }

        var lost = 0L;
        using var meter = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == MediaMeter.Name)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        meter.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref lost, count));
        meter.Start();
        using var http = Listen(out var port);
        var serving = ServeAsync(http, sessions, feeds);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"READY {port}"));
        while (await Console.In.ReadLineAsync() is { } line)
        {
            Console.WriteLine(line == "dropped" ? $"dropped {Interlocked.Read(ref lost)}" : $"{line} {Status(sessions)}");
        }

        http.Stop();
        await serving;
        return 0;
    }

    /// <summary>Sessions, managed and native megabytes in use after a collection, handles, threads.</summary>
    private static string Status(WebRtcSessions sessions)
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true); // Gives empty pages back, else they look like a leak.
            GC.WaitForPendingFinalizers();
        }

        using var self = Process.GetCurrentProcess();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{sessions.SessionCount} {GC.GetTotalMemory(forceFullCollection: true) / 1048576d:F2} {NativeHeap().InUse / 1048576d:F2} {Directory.GetFileSystemEntries("/proc/self/fd").Length} {self.Threads.Count}");
    }

    [LibraryImport("libc", EntryPoint = "mallinfo2")]
    private static partial MallocInfo NativeHeap();

    /// <summary><c>struct mallinfo2</c> of malloc.h: number 4 is what was mapped, number 7 what else is in use.</summary>
    private unsafe struct MallocInfo
    {
        private fixed ulong numbers[10];

        public readonly ulong InUse => numbers[4] + numbers[7];
    }

    private static HttpListener Listen(out int port)
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        var http = new HttpListener();
        http.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{port}/"));
        http.Start();
        return http;
    }

    private static async Task ServeAsync(HttpListener http, WebRtcSessions sessions, Dictionary<int, CameraFeed> feeds)
    {
        try
        {
            while (true)
            {
                var context = await http.GetContextAsync();
                try
                {
                    Answer(context, sessions, feeds);
                }
                catch (Exception gone) when (gone is HttpListenerException or IOException)
                {
                    // The page was closed before its answer was there.
                }
            }
        }
        catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException)
        {
            // Stopped, as asked.
        }
    }

    private static void Answer(HttpListenerContext context, WebRtcSessions sessions, Dictionary<int, CameraFeed> feeds)
    {
        using var response = context.Response;
        using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
        var offer = reader.ReadToEnd();
        var result = context.Request.Url!.AbsolutePath switch
        {
            "/1/whep" => sessions.Watch(feeds[1].Main, offer, clientIsLocal: true, small: feeds[1].Sub),
            "/2/whep" => sessions.Watch(feeds[2].Main, offer, clientIsLocal: true),
            "/2/whip" => sessions.Publish(2, offer, clientIsLocal: true),
            _ => null,
        };
        response.ContentType = result is null ? "text/html" : "application/sdp";
        response.StatusCode = result is null ? 200 : result.Refusal == WebRtcRefusal.None ? 201 : 503;
        response.KeepAlive = false; // This listener now and then closes a connection that it has promised to keep.
        var body = Encoding.UTF8.GetBytes(result is null ? "<!doctype html><title>bench</title>" : result.Answer + result.Detail);
        response.ContentLength64 = body.Length;
        response.OutputStream.Write(body);
    }
}
