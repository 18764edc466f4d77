using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vigil.EndToEnd.Tests.Machine;

/// <summary>What an open page hears: every message of '/ws/live', kept, and awaited by its content.</summary>
internal sealed class LiveSocket : IAsyncDisposable
{
    private readonly ClientWebSocket socket = new();
    private readonly CancellationTokenSource closing = new();
    private readonly Lock gate = new();
    private readonly List<JsonNode> messages = [];
    private readonly List<(Func<JsonNode, bool> Wanted, TaskCompletionSource<JsonNode> Found)> waiting = [];
    private Task reading = Task.CompletedTask;

    public static async Task<LiveSocket> Open(Uri server, System.Net.CookieContainer cookies)
    {
        var live = new LiveSocket();
        live.socket.Options.Cookies = cookies;
        live.socket.Options.SetRequestHeader("Origin", server.GetLeftPart(UriPartial.Authority));
        await live.socket.ConnectAsync(new UriBuilder(server) { Scheme = "ws", Path = "/ws/live" }.Uri, CancellationToken.None);
        live.reading = live.Read();
        await live.Next(m => (string?)m["type"] == "hello", TimeSpan.FromSeconds(5));
        return live;
    }

    /// <summary>The first message, past or to come, that is wanted.</summary>
    public async Task<JsonNode> Next(Func<JsonNode, bool> wanted, TimeSpan within)
    {
        Task<JsonNode> found;
        lock (gate)
        {
            if (messages.Find(m => wanted(m)) is { } already)
            {
                return already;
            }

            var source = new TaskCompletionSource<JsonNode>(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting.Add((wanted, source));
            found = source.Task;
        }

        try
        {
            return await found.WaitAsync(within, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            lock (gate)
            {
                var heard = messages.Where(m => (string?)m["type"] is not ("level" or "heartbeat")).TakeLast(20).Select(m => m.ToJsonString());
                throw new TimeoutException($"Not heard within {within}. Heard ({messages.Count}):\n{string.Join('\n', heard)}");
            }
        }
    }

    public IReadOnlyList<JsonNode> Heard()
    {
        lock (gate)
        {
            return [.. messages];
        }
    }

    /// <summary>Forgets what was heard, so that only what comes from now on counts.</summary>
    public void Forget()
    {
        lock (gate)
        {
            messages.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await reading;
        socket.Dispose();
        closing.Dispose();
    }

    private async Task Read()
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                var length = 0;
                ValueWebSocketReceiveResult part;
                do
                {
                    part = await socket.ReceiveAsync(buffer.AsMemory(length), closing.Token);
                    length += part.Count;
                }
                while (!part.EndOfMessage);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                Take(JsonNode.Parse(Encoding.UTF8.GetString(buffer, 0, length))!);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or JsonException)
        {
            // The page is closed, or the server is gone: whoever waits will say what was missing.
        }
    }

    private void Take(JsonNode message)
    {
        lock (gate)
        {
            messages.Add(message);
            for (var i = waiting.Count - 1; i >= 0; i--)
            {
                if (waiting[i].Wanted(message))
                {
                    waiting[i].Found.TrySetResult(message);
                    waiting.RemoveAt(i);
                }
            }
        }
    }
}
