using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Vigil.Server.Tests.Health;

/// <summary>`/ws/{user_id}` as the contract's clients open it: with the token in the address.</summary>
internal sealed class HealthSocketClient : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<HealthSocketClient> OpenAsync(TestServer server, HealthClient client, long? userId = null)
    {
        var opened = new HealthSocketClient();
        opened._socket.Options.CollectHttpResponseDetails = true;
        await opened._socket.ConnectAsync(Address(server, (userId ?? client.UserId).ToString(System.Globalization.CultureInfo.InvariantCulture), client.Token), Cancel);
        return opened;
    }

    /// <summary>The status with which the server refuses to open it.</summary>
    public static async Task<int> RefusalAsync(TestServer server, string userId, string? token)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        await Should.ThrowAsync<WebSocketException>(() => socket.ConnectAsync(Address(server, userId, token), Cancel));
        return (int)socket.HttpStatusCode;
    }

    public Task SayAsync(string text) => _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, Cancel);

    /// <summary>The next message, which must be of this kind.</summary>
    public async Task<JsonElement> NextAsync(string kind)
    {
        var message = await NextAsync();
        message.GetProperty("event").GetString().ShouldBe(kind, message.ToString());
        return message;
    }

    public async Task<JsonElement> NextAsync()
    {
        var buffer = new byte[16 * 1024];
        var got = await _socket.ReceiveAsync(buffer, Cancel);
        got.MessageType.ShouldBe(WebSocketMessageType.Text);
        got.EndOfMessage.ShouldBeTrue();
        return JsonDocument.Parse(buffer.AsMemory(0, got.Count)).RootElement;
    }

    /// <summary>Waits until the server closes it.</summary>
    public async Task<string?> UntilClosedAsync()
    {
        var buffer = new byte[16 * 1024];
        while ((await _socket.ReceiveAsync(buffer, Cancel)).MessageType != WebSocketMessageType.Close)
        {
        }

        return _socket.CloseStatusDescription;
    }

    public ValueTask DisposeAsync()
    {
        _socket.Abort();
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private static Uri Address(TestServer server, string userId, string? token) =>
        new($"ws://{server.Address.Authority}/ws/{userId}{(token is null ? "" : "?token=" + Uri.EscapeDataString(token))}");
}
