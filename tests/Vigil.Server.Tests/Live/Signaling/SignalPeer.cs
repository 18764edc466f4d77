using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Accounts;
using Vigil.Server.Devices.Signaling;
using Vigil.Server.Live.Signaling;

namespace Vigil.Server.Tests.Live.Signaling;

/// <summary>A device's or a viewer's socket as the documented clients open it.</summary>
internal sealed class SignalPeer : IAsyncDisposable
{
    private readonly ClientWebSocket socket = new();
    private readonly byte[] buffer = new byte[4 * 1024 * 1024];

    public WebSocketCloseStatus? CloseStatus => socket.CloseStatus;

    public string? CloseReason => socket.CloseStatusDescription;

    public static Task<SignalPeer> ConnectAsync(TestServer server, string path, string? cookie = null, string? origin = null) =>
        ConnectAsync(server.Address, path, cookie, origin);

    public static async Task<SignalPeer> ConnectAsync(Uri server, string path, string? cookie = null, string? origin = null)
    {
        var peer = new SignalPeer();
        peer.socket.Options.KeepAliveInterval = TimeSpan.Zero;
        if (cookie is not null)
        {
            peer.socket.Options.SetRequestHeader("Cookie", cookie);
        }

        if (origin is not null)
        {
            peer.socket.Options.SetRequestHeader("Origin", origin);
        }

        await peer.socket.ConnectAsync(new UriBuilder(server) { Scheme = "ws", Path = path }.Uri, Patience());
        return peer;
    }

    /// <summary>A device after its hello.</summary>
    public static Task<SignalPeer> DeviceAsync(TestServer server, string id, string? secret = null) => DeviceAsync(server.Address, id, secret);

    public static async Task<SignalPeer> DeviceAsync(Uri server, string id, string? secret = null)
    {
        var peer = await ConnectAsync(server, "/ws/device");
        await peer.SayAsync("hello", secret is null ? new { device_id = id } : new { device_id = id, device_secret = secret });
        (await peer.NextAsync("hello_ack")).GetProperty("payload").GetProperty("device_id").GetString().ShouldBe(id);
        return peer;
    }

    /// <summary>A viewer after its hello.</summary>
    public static async Task<SignalPeer> ViewerAsync(TestServer server, string token)
    {
        var peer = await ConnectAsync(server, "/ws/viewer");
        await peer.SayAsync("hello", new { token });
        await peer.NextAsync("hello_ack");
        return peer;
    }

    public Task SayAsync(string type, object? payload = null, string? requestId = null) =>
        SayTextAsync(JsonSerializer.Serialize(new { type, request_id = requestId, ts = "2026-01-15T12:00:00Z", payload = payload ?? new { } }));

    public async Task SayTextAsync(string text, WebSocketMessageType type = WebSocketMessageType.Text, bool end = true) =>
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), type, end, Patience());

    /// <summary>The next message; null when the server has closed.</summary>
    public async Task<JsonElement?> NextAsync()
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

        return JsonDocument.Parse(buffer.AsMemory(0, length)).RootElement.Clone();
    }

    /// <summary>The next message, which must be of this type.</summary>
    public async Task<JsonElement> NextAsync(string type)
    {
        var message = await NextAsync() ?? throw new InvalidOperationException($"Closed ({CloseReason}) instead of {type}.");
        message.GetProperty("type").GetString().ShouldBe(type, message.GetRawText());
        message.GetProperty("ts").GetString().ShouldEndWith("Z");
        return message;
    }

    /// <summary>The payload of the next message, which must be of this type.</summary>
    public async Task<JsonElement> PayloadAsync(string type) => (await NextAsync(type)).GetProperty("payload");

    /// <summary>Why the next thing is an error.</summary>
    public async Task<string?> ErrorAsync() => (await PayloadAsync("error")).GetProperty("message").GetString();

    public async Task<string?> UntilClosedAsync()
    {
        while (await NextAsync() is not null)
        {
        }

        return CloseReason;
    }

    public Task CloseAsync() => socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Patience());

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private static CancellationToken Patience() => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token; // Only so that a failure ends.
}

/// <summary>What devices, and people who pair them, do by HTTP.</summary>
internal static class SignalDesk
{
    public static async Task RegisterAsync(TestServer server, string id, string? name = null)
    {
        using var answer = await server.Client.PostAsJsonAsync("/api/devices/register", new { device_id = id, device_name = name });
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
    }

    public static async Task<string> CodeAsync(TestServer server, string id)
    {
        using var answer = await server.Client.PostAsync($"/api/pairing/generate?device_id={id}", null);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString()!;
    }

    public static async Task<string> TokenAsync(TestServer server, string username)
    {
        using var answer = await server.Client.PostAsJsonAsync("/api/auth/login", new { username, password = TestMember.Password });
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString()!;
    }

    /// <summary>Registered, and paired by this person; not by HTTP, where a whole class of tests would be too many attempts from one address.</summary>
    public static async Task<SignalDevice> PairAsync(TestServer server, string token, string id)
    {
        await RegisterAsync(server, id, $"{id}'s phone");
        var member = await server.Services.GetRequiredService<MemberTokens>().FindAsync(token, null, CancellationToken.None);
        var adopted = await server.Services.GetRequiredService<DeviceAdoption>()
            .AdoptAsync(member!, await CodeAsync(server, id), null, neighbourhood: id, CancellationToken.None);
        return adopted.Device.ShouldNotBeNull();
    }
}
