using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json.Nodes;

namespace Vigil.Agent;

/// <summary>
/// Devices for load tests: they speak the signalling, answer every offer with one and the same description, and send no media. Named
/// <c>fake-00001</c> and so on; registered only when the server does not know them, which it allows a few of a minute.
/// </summary>
internal sealed class FakeDevices(AgentSettings settings, ServerDoor door, TimeProvider time) : IDisposable
{
    private const int AtOnce = 200;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(30);
    private static readonly string Answer = string.Join(
        "\r\n", "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0", "m=video 9 UDP/TLS/RTP/SAVPF 96", "c=IN IP4 0.0.0.0", "a=mid:0",
        "a=ice-ufrag:fake", "a=ice-pwd:fakefakefakefakefakefake", "a=fingerprint:sha-256 " + string.Join(':', Enumerable.Repeat("00", 32)),
        "a=setup:active", "a=sendonly", "a=rtcp-mux", "a=rtpmap:96 H264/90000", "");

    private readonly SemaphoreSlim coming = new(AtOnce);
    private int here;
    private long answered;

    public async Task RunAsync(int count, CancellationToken cancel)
    {
        var all = Enumerable.Range(1, count).Select(number => RunOneAsync($"fake-{number:D5}", cancel)).Append(TellAsync(count, cancel));
        await Task.WhenAll(all);
    }

    public void Dispose() => coming.Dispose();

    private async Task TellAsync(int count, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        var told = -1;
        while (await timer.WaitForNextTickAsync(cancel))
        {
            if (Volatile.Read(ref here) is var now && now != told)
            {
                told = now;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{now} of {count} connected, {Interlocked.Read(ref answered)} offers answered"));
            }
        }
    }

    private async Task RunOneAsync(string id, CancellationToken cancel)
    {
        var pause = new Pause(time);
        while (true)
        {
            try
            {
                if (await ConnectAsync(id, pause, cancel) == "Device not found")
                {
                    await door.RegisterAsync(id, id, "camera", cancel);
                }
            }
            catch (Exception away) when (away is WebSocketException or HttpRequestException or IOException)
            {
                // Again, a little later.
            }

            await pause.WaitAsync(cancel);
        }
    }

    private async Task<string?> ConnectAsync(string id, Pause pause, CancellationToken cancel)
    {
        using var socket = new ClientWebSocket();
        socket.Options.KeepAliveInterval = TimeSpan.Zero;
        await coming.WaitAsync(cancel);
        try
        {
            await socket.ConnectAsync(
                new UriBuilder(settings.Server) { Scheme = settings.Server.Scheme == "https" ? "wss" : "ws", Path = "/ws/device" }.Uri, door.Invoker, cancel);
            await SayAsync(socket, "hello", new JsonObject { ["device_id"] = id }, cancel);
        }
        finally
        {
            coming.Release();
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var isHere = false;
        var beating = Task.CompletedTask;
        try
        {
            var buffer = new byte[4096];
            while (true)
            {
                var part = await socket.ReceiveAsync(buffer.AsMemory(), cancel);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return socket.CloseStatusDescription;
                }

                if (!part.EndOfMessage || AgentMessages.Read(buffer.AsMemory(0, part.Count)) is not { } message)
                {
                    continue; // An offer with much in it: only its session matters, and comes first.
                }

                if (message.Type == "hello_ack" && !isHere)
                {
                    isHere = true;
                    pause.Reset();
                    Interlocked.Increment(ref here);
                    beating = BeatAsync(socket, over.Token);
                }
                else if (message.Type == "signal_offer" && AgentMessages.Text(message.Payload, "session_id") is { } session)
                {
                    Interlocked.Increment(ref answered);
                    await SayAsync(socket, "signal_answer", new JsonObject { ["session_id"] = session, ["sdp"] = new JsonObject { ["type"] = "answer", ["sdp"] = Answer } }, cancel);
                }
            }
        }
        finally
        {
            await over.CancelAsync();
            await beating;
            Interlocked.Add(ref here, isHere ? -1 : 0);
        }
    }

    private async Task BeatAsync(ClientWebSocket socket, CancellationToken over)
    {
        using var timer = new PeriodicTimer(Heartbeat, time);
        try
        {
            while (await timer.WaitForNextTickAsync(over))
            {
                await SayAsync(socket, "heartbeat", [], over);
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or WebSocketException or IOException or ObjectDisposedException)
        {
        }
    }

    private Task SayAsync(ClientWebSocket socket, string type, JsonObject payload, CancellationToken cancel) =>
        socket.SendAsync(new ArraySegment<byte>(AgentMessages.Write(type, time.GetUtcNow(), payload)), WebSocketMessageType.Text, true, cancel);
}
