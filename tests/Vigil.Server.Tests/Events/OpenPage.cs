using System.Net.WebSockets;
using System.Text.Json;

namespace Vigil.Server.Tests.Events;

/// <summary>A browser page as far as its socket is concerned.</summary>
internal sealed class OpenPage : IAsyncDisposable
{
    private readonly ClientWebSocket socket = new();
    private readonly byte[] buffer = new byte[64 * 1024];

    public static async Task<OpenPage> OpenAsync(TestServer server, TestMember member, string path = "/ws/live", string query = "")
    {
        var page = new OpenPage();
        page.socket.Options.SetRequestHeader("Cookie", member.CookieHeader);
        page.socket.Options.SetRequestHeader("Origin", server.Address.GetLeftPart(UriPartial.Authority));
        await page.socket.ConnectAsync(new UriBuilder(server.Address) { Scheme = "ws", Path = path, Query = query }.Uri, TestContext.Current.CancellationToken);
        return page;
    }

    /// <summary>The next message; null when the server has closed.</summary>
    public async Task<JsonElement?> NextAsync()
    {
        var length = 0;
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(length), TestContext.Current.CancellationToken);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            length += part.Count;
            if (part.EndOfMessage)
            {
                return JsonDocument.Parse(buffer.AsMemory(0, length)).RootElement.Clone();
            }
        }
    }

    /// <summary>Reads until a message is as wanted; fails after a minute.</summary>
    public async Task<JsonElement> UntilAsync(Func<JsonElement, bool> wanted)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (await NextAsync().WaitAsync(patience.Token) is { } message)
        {
            if (wanted(message))
            {
                return message;
            }
        }

        throw new InvalidOperationException("The server closed the socket before the message came.");
    }

    public Task<JsonElement> UntilAsync(string type) => UntilAsync(m => m.GetProperty("type").GetString() == type);

    /// <summary>The event of the next message about a kind of event that is as wanted.</summary>
    public async Task<JsonElement> UntilEventAsync(string kind, Func<JsonElement, bool>? wanted = null) =>
        (await UntilAsync(m => m.GetProperty("type").GetString() == "event" && m.GetProperty("event") is var e
            && e.GetProperty("kind").GetString() == kind && (wanted is null || wanted(e)))).GetProperty("event");

    public async Task SayAsync(string text) =>
        await socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, TestContext.Current.CancellationToken);

    /// <summary>A message that the network brings in two parts.</summary>
    public async Task SayInPartsAsync(string first, string rest)
    {
        await socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(first), WebSocketMessageType.Text, endOfMessage: false, TestContext.Current.CancellationToken);
        await SayAsync(rest);
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
