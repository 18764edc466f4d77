using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Vigil.Server.Tests.Live;

/// <summary>What pairing gave a phone.</summary>
internal sealed record PairedPhone(int Camera, string Key)
{
    /// <summary>A new room with one paired phone.</summary>
    public static async Task<PairedPhone> NewRoomAsync(TestServer server, HttpClient parent, string room, string phone, CancellationToken cancel)
    {
        using var made = await parent.PostAsJsonAsync("/api/v1/room-cameras", new { name = room }, cancel);
        made.StatusCode.ShouldBe(HttpStatusCode.Created, await made.Content.ReadAsStringAsync(cancel));
        var answer = await made.Content.ReadFromJsonAsync<JsonElement>(cancel);
        return await UseAsync(server, answer.GetProperty("pairing").GetProperty("code").GetString()!, phone, cancel);
    }

    /// <summary>Another phone for a room that there is.</summary>
    public static async Task<PairedPhone> ForRoomAsync(TestServer server, HttpClient parent, int camera, string phone, CancellationToken cancel)
    {
        using var made = await parent.PostAsync($"/api/v1/cameras/{camera}/pairing", null, cancel);
        var answer = await made.Content.ReadFromJsonAsync<JsonElement>(cancel);
        return await UseAsync(server, answer.GetProperty("code").GetString()!, phone, cancel);
    }

    private static async Task<PairedPhone> UseAsync(TestServer server, string code, string phone, CancellationToken cancel)
    {
        using var paired = await server.Client.PostAsJsonAsync("/api/v1/devices/pair", new { code, deviceName = phone }, cancel);
        paired.StatusCode.ShouldBe(HttpStatusCode.Created, await paired.Content.ReadAsStringAsync(cancel));
        var answer = await paired.Content.ReadFromJsonAsync<JsonElement>(cancel);
        return new PairedPhone(answer.GetProperty("cameraId").GetInt32(), answer.GetProperty("key").GetString()!);
    }
}

/// <summary>The socket of a room phone's page.</summary>
internal sealed class RoomLine : IAsyncDisposable
{
    private readonly ClientWebSocket socket = new();
    private readonly byte[] buffer = new byte[64 * 1024];

    /// <summary>Says hello and reads the welcome.</summary>
    public static async Task<RoomLine> OpenAsync(TestServer server, string key)
    {
        var line = await ConnectAsync(server);
        await line.SayAsync(new { type = "hello", key });
        return line;
    }

    public static async Task<RoomLine> ConnectAsync(TestServer server, string? origin = null)
    {
        var line = new RoomLine();
        if (origin is not null)
        {
            line.socket.Options.SetRequestHeader("Origin", origin);
        }

        await line.socket.ConnectAsync(new UriBuilder(server.Address) { Scheme = "ws", Path = "/ws/room" }.Uri, Patience());
        return line;
    }

    public Task SayAsync(object message) => SayAsync(JsonSerializer.Serialize(message));

    public async Task SayAsync(string text, bool end = true) =>
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, end, Patience());

    /// <summary>The next message that is no heartbeat; null when the server has closed.</summary>
    public async Task<JsonElement?> NextAsync()
    {
        while (true)
        {
            var length = 0;
            WebSocketReceiveResult part;
            do
            {
                part = await socket.ReceiveAsync(new ArraySegment<byte>(buffer, length, buffer.Length - length), Patience());
                length += part.Count;
            }
            while (!part.EndOfMessage);

            if (part.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            var message = JsonDocument.Parse(buffer.AsMemory(0, length)).RootElement.Clone();
            if (message.GetProperty("type").GetString() != "heartbeat")
            {
                return message;
            }
        }
    }

    public async Task<JsonElement> UntilAsync(string type, Func<JsonElement, bool>? wanted = null)
    {
        while (await NextAsync() is { } message)
        {
            if (message.GetProperty("type").GetString() == type && (wanted is null || wanted(message)))
            {
                return message;
            }
        }

        throw new InvalidOperationException($"The server closed the socket before it said {type}.");
    }

    public async Task<string?> UntilClosedAsync()
    {
        while (await NextAsync() is not null)
        {
        }

        return socket.CloseStatusDescription;
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private static CancellationToken Patience() => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token; // Only so that a failure ends.
}
