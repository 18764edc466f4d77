using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Vigil.Bench.Harness;

namespace Vigil.Bench.Signalling;

/// <summary>
/// The far side of every signalling server that is measured, as a process of its own: devices with heartbeats, viewers, handshakes, candidates and the storm
/// after a restart. Told by lines, answers each with the line and its result.
/// </summary>
internal static class SignalLoad
{
    private const int AtOnce = 100;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(30);
    private static readonly TimeProvider Time = TimeProvider.System;
    private static readonly ConcurrentDictionary<int, WireSocket> Devices = new();
    private static readonly ConcurrentDictionary<int, WireSocket> Viewers = new();
    private static readonly ConcurrentBag<double> Latencies = [];
    private static readonly SemaphoreSlim Coming = new(AtOnce);
    private static readonly byte[] Beat = Text("heartbeat", "{}");
    private static long heard;
    private static long errors;
    private static long handshakes;
    private static int back;
    private static bool comesBack;
    private static string errorWords = "";
    private static TaskCompletionSource<long> firstBack = new();
    private static TaskCompletionSource allBack = new();

    public static async Task<int> Run(string[] arguments)
    {
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var words = line.Split(' ');
            var result = words[0] switch
            {
                "open" => await OpenAsync(Number(words[1]), Number(words[2]), words[3]),
                "beat" => await BeatAsync(Number(words[1])),
                "viewers" => await ViewersAsync(Number(words[1]), Number(words[2]), words[3], words[4]),
                "watch" => await WatchAsync(Number(words[1])),
                "relay" => await RelayAsync(Number(words[1]), Number(words[2])),
                "storm" => await StormAsync(Number(words[1])),
                "close" => Close(),
                _ => "unknown",
            };
            // Words behind the first may be secrets of the server.
            Console.WriteLine($"{line} {result}");
        }

        return 0;
    }

    private static async Task<string> OpenAsync(int count, int port, string path)
    {
        var began = Time.GetTimestamp();
        var failed = Interlocked.Read(ref errors);
        await Task.WhenAll(Enumerable.Range(1, count).Where(number => !Devices.ContainsKey(number)).Select(number => TryComeAsync(number, port, path)));
        return Line($"{Time.GetElapsedTime(began).TotalMilliseconds} {Devices.Count} {Interlocked.Read(ref errors) - failed} {errorWords}");
    }

    /// <summary>Heartbeats of all devices, evenly over thirty seconds.</summary>
    private static async Task<string> BeatAsync(int seconds)
    {
        var began = Time.GetTimestamp();
        var before = Interlocked.Read(ref heard);
        var all = Devices.Values.ToArray();
        long sent = 0;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10), Time);
        while (await timer.WaitForNextTickAsync() && Time.GetElapsedTime(began).TotalSeconds < seconds)
        {
            var due = (long)(Time.GetElapsedTime(began) / Heartbeat * all.Length);
            for (; sent < due; sent++)
            {
                TrySay(all[sent % all.Length], Beat);
            }
        }

        await UntilAsync(() => Interlocked.Read(ref heard) - before >= sent);
        return Line($"{sent} {Interlocked.Read(ref heard) - before}");
    }

    private static async Task<string> ViewersAsync(int count, int port, string path, string token)
    {
        for (var number = 1; number <= count; number++)
        {
            var viewer = new WireSocket { Number = number };
            await viewer.ConnectAsync(IPAddress.Loopback, port, path);
            var welcome = new TaskCompletionSource();
            _ = viewer.ListenAsync((from, text) => Follow(from, text, welcome));
            viewer.Say(Text("hello", $$"""{"token":"{{token}}"}"""));
            await welcome.Task.WaitAsync(TimeSpan.FromSeconds(30), Time);
            Viewers[number] = viewer;
        }

        return Line($"{Viewers.Count}");
    }

    /// <summary>Each viewer looks at one device after another: request, offer, answer, end.</summary>
    private static async Task<string> WatchAsync(int seconds)
    {
        var began = Time.GetTimestamp();
        var before = Interlocked.Read(ref handshakes);
        var failed = Interlocked.Read(ref errors);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(40), Time); // 75 messages a second are no flood.
        do
        {
            foreach (var viewer in Viewers.Values.Where(viewer => viewer.Session.Length == 0))
            {
                viewer.Session = "wanted";
                TrySay(viewer, Text("watch_request", $$"""{"device_id":"bench-{{viewer.Number:D5}}"}"""));
            }
        }
        while (await timer.WaitForNextTickAsync() && Time.GetElapsedTime(began).TotalSeconds < seconds);

        await UntilAsync(() => Viewers.Values.All(viewer => viewer.Session.Length == 0));
        return Line($"{Interlocked.Read(ref handshakes) - before} {Interlocked.Read(ref errors) - failed}");
    }

    /// <summary>Candidates both ways through sessions that stay.</summary>
    private static async Task<string> RelayAsync(int aSecond, int seconds)
    {
        keeps = true;
        foreach (var viewer in Viewers.Values)
        {
            viewer.Session = "wanted";
            TrySay(viewer, Text("watch_request", $$"""{"device_id":"bench-{{viewer.Number:D5}}"}"""));
        }

        await UntilAsync(() => Viewers.Values.All(viewer => viewer.Session.Length == 36 && viewer.Session == Devices[viewer.Number].Session));
        Latencies.Clear();
        var sides = Viewers.Values.Concat(Viewers.Values.Select(viewer => Devices[viewer.Number])).ToArray();
        var began = Time.GetTimestamp();
        long sent = 0;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(2), Time);
        while (await timer.WaitForNextTickAsync() && Time.GetElapsedTime(began).TotalSeconds < seconds)
        {
            for (var due = (long)(Time.GetElapsedTime(began).TotalSeconds * aSecond); sent < due; sent++)
            {
                var side = sides[sent % sides.Length];
                TrySay(side, Text("signal_ice",
                    $$$"""{"session_id":"{{{side.Session}}}","candidate":{"candidate":"candidate:1 1 udp 2130706431 192.168.1.20 50000 typ host","sdpMid":"0","sdpMLineIndex":0,"at":"{{{Time.GetTimestamp():D20}}}"}}"""));
            }
        }

        await UntilAsync(() => Latencies.Count >= sent);
        keeps = false;
        foreach (var viewer in Viewers.Values)
        {
            TrySay(viewer, Text("end_watch", $$"""{"session_id":"{{viewer.Session}}"}"""));
            viewer.Session = "";
        }

        var all = Latencies.ToArray();
        return Line($"{sent} {all.Length} {Sample.Percentile(all, 50)} {Sample.Percentile(all, 99)} {all.DefaultIfEmpty().Max()}");
    }

    /// <summary>Waits until the server has gone and all devices have come back to the next one.</summary>
    private static async Task<string> StormAsync(int patience)
    {
        (firstBack, allBack) = (new TaskCompletionSource<long>(), new TaskCompletionSource());
        Volatile.Write(ref back, 0);
        var failed = Interlocked.Read(ref errors);
        comesBack = true;
        try
        {
            await allBack.Task.WaitAsync(TimeSpan.FromSeconds(patience), Time);
        }
        catch (TimeoutException)
        {
        }

        comesBack = false;
        var took = firstBack.Task.IsCompleted ? Time.GetElapsedTime(await firstBack.Task).TotalMilliseconds : -1;
        return Line($"{took} {Volatile.Read(ref back)} {Interlocked.Read(ref errors) - failed} {errorWords}");
    }

    private static string Close()
    {
        foreach (var socket in Devices.Values.Concat(Viewers.Values))
        {
            socket.Dispose();
        }

        Devices.Clear();
        Viewers.Clear();
        return "closed";
    }

    private static bool keeps;

    private static async Task TryComeAsync(int number, int port, string path)
    {
        try
        {
            await ComeAsync(number, port, path);
        }
        catch (Exception failure) when (failure is IOException or SocketException or TimeoutException or InvalidDataException)
        {
            // It is counted.
        }
    }

    private static async Task ComeAsync(int number, int port, string path)
    {
        await Coming.WaitAsync();
        var device = new WireSocket { Number = number };
        var welcome = new TaskCompletionSource();
        try
        {
            // Many homes: of one address the server would take less.
            await device.ConnectAsync(new IPAddress(new byte[] { 127, 0, 1, (byte)(1 + (number % 200)) }), port, path);
            var listening = device.ListenAsync((from, text) => Take(from, text, welcome));
            device.Say(Text("hello", $$"""{"device_id":"bench-{{number:D5}}"}"""));
            var first = await Task.WhenAny(welcome.Task, listening).WaitAsync(TimeSpan.FromSeconds(30), Time);
            if (first == listening)
            {
                throw new InvalidDataException(device.Ending);
            }

            Devices[number] = device;
            _ = ReturnAsync(listening, device, port, path);
        }
        catch (Exception failure) when (failure is IOException or SocketException or TimeoutException or InvalidDataException)
        {
            device.Dispose();
            if (!comesBack || firstBack.Task.IsCompleted)
            {
                errorWords = failure.Message.ReplaceLineEndings(" ");
                Interlocked.Increment(ref errors);
            }

            throw;
        }
        finally
        {
            Coming.Release();
        }
    }

    /// <summary>As an agent does: again and again until the server is back.</summary>
    private static async Task ReturnAsync(Task listening, WireSocket device, int port, string path)
    {
        await listening;
        while (comesBack)
        {
            try
            {
                device.Dispose();
                await ComeAsync(device.Number, port, path);
                firstBack.TrySetResult(Time.GetTimestamp());
                if (Interlocked.Increment(ref back) == Devices.Count)
                {
                    allBack.TrySetResult();
                }

                return;
            }
            catch (Exception failure) when (failure is IOException or SocketException or TimeoutException or InvalidDataException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(200, 1000)), Time);
            }
        }
    }

    /// <summary>What a device does.</summary>
    private static void Take(WireSocket from, ReadOnlySpan<byte> text, TaskCompletionSource welcome)
    {
        if (Is(text, "heartbeat"u8))
        {
            Interlocked.Increment(ref heard);
        }
        else if (Is(text, "hello"u8))
        {
            welcome.TrySetResult();
        }
        else if (Is(text, "signal_offer"u8))
        {
            from.Session = SessionOf(text);
            TrySay(from, Text("signal_answer", $$$"""{"session_id":"{{{from.Session}}}","sdp":{"type":"answer","sdp":"{{{Description}}}"}}"""));
        }
        else if (Is(text, "signal_ice"u8))
        {
            Note(text);
        }
    }

    /// <summary>What a viewer does.</summary>
    private static void Follow(WireSocket from, ReadOnlySpan<byte> text, TaskCompletionSource welcome)
    {
        if (Is(text, "watch_ready"u8))
        {
            from.Session = SessionOf(text);
            TrySay(from, Text("signal_offer", $$$"""{"session_id":"{{{from.Session}}}","sdp":{"type":"offer","sdp":"{{{Description}}}"}}"""));
        }
        else if (Is(text, "signal_answer"u8))
        {
            if (!keeps)
            {
                Interlocked.Increment(ref handshakes);
                TrySay(from, Text("end_watch", $$"""{"session_id":"{{from.Session}}"}"""));
                from.Session = "";
            }
        }
        else if (Is(text, "signal_ice"u8))
        {
            Note(text);
        }
        else if (Is(text, "hello"u8))
        {
            welcome.TrySetResult();
        }
        else if (Is(text, "error"u8))
        {
            errorWords = Encoding.UTF8.GetString(text);
            Interlocked.Increment(ref errors);
            from.Session = "";
        }
    }

    /// <summary>About as long as a browser's.</summary>
    private static readonly string Description = string.Concat(Enumerable.Repeat("a=rtpmap:96 H264/90000\\r\\n", 120));

    private static void Note(ReadOnlySpan<byte> text)
    {
        var at = text.IndexOf("\"at\":\""u8);
        if (at > 0 && long.TryParse(text.Slice(at + 6, 20), CultureInfo.InvariantCulture, out var sent))
        {
            Latencies.Add(Time.GetElapsedTime(sent).TotalMilliseconds);
        }
    }

    private static string SessionOf(ReadOnlySpan<byte> text)
    {
        var at = text.IndexOf("\"session_id\":\""u8);
        return at > 0 ? Encoding.ASCII.GetString(text.Slice(at + 14, 36)) : "";
    }

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> type) => text[..Math.Min(text.Length, 48)].IndexOf(type) > 0;

    private static void TrySay(WireSocket socket, byte[] text)
    {
        try
        {
            socket.Say(text);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            Interlocked.Increment(ref errors);
        }
    }

    private static async Task UntilAsync(Func<bool> done)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20), Time);
        for (var looks = 0; looks < 500 && !done(); looks++)
        {
            await timer.WaitForNextTickAsync();
        }
    }

    private static byte[] Text(string type, string payload) => Encoding.UTF8.GetBytes($$"""{"type":"{{type}}","ts":"2026-01-15T12:00:00.000Z","payload":{{payload}}}""");

    private static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
