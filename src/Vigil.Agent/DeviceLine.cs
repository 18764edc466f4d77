using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace Vigil.Agent;

/// <summary>
/// The device's socket: who it is, a heartbeat every 15 seconds, and what the server says. Comes back by itself, ever more slowly; a server that says nothing
/// for 45 seconds is gone, whatever the network pretends.
/// </summary>
internal sealed partial class DeviceLine(AgentSettings settings, AgentStateFile state, ServerDoor door, TimeProvider time, ILogger logger) : IDisposable
{
    public const string Version = "vigil-agent 1";

    private const int Longest = 256 * 1024;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan ConnectWithin = TimeSpan.FromSeconds(20);

    private readonly SemaphoreSlim saying = new(1);
    private ClientWebSocket? open;

    /// <summary>Says it if there is somebody to say it to.</summary>
    public async Task SayAsync(string type, JsonObject payload, CancellationToken cancel)
    {
        await saying.WaitAsync(cancel);
        try
        {
            if (open is { State: WebSocketState.Open } socket)
            {
                await socket.SendAsync(AgentMessages.Write(type, time.GetUtcNow(), payload), WebSocketMessageType.Text, true, cancel);
            }
        }
        catch (Exception gone) when (gone is WebSocketException or IOException or ObjectDisposedException)
        {
            // The listening side sees it, too.
        }
        finally
        {
            saying.Release();
        }
    }

    /// <summary>Until cancelled.</summary>
    /// <param name="take">Each message, one at a time.</param>
    /// <param name="cancel">The end.</param>
    public async Task RunAsync(Func<string, JsonElement, Task> take, CancellationToken cancel)
    {
        var pause = new Pause(time);
        var isRegistered = false;
        while (true)
        {
            try
            {
                if (!isRegistered)
                {
                    await door.RegisterAsync(Identity.DeviceId, settings.Name, "publisher", cancel);
                    isRegistered = true;
                }

                var reason = await ConnectAsync(take, pause, cancel);
                isRegistered = reason != "Device not found"; // What nobody pairs within a day is forgotten.
                Closed(logger, reason);
            }
            catch (Exception away) when (away is HttpRequestException or WebSocketException or IOException
                || (away is OperationCanceledException && !cancel.IsCancellationRequested))
            {
                Away(logger, away.Message);
            }

            await pause.WaitAsync(cancel);
        }
    }

    public void Dispose() => saying.Dispose();

    /// <summary>The state with the secret that was set, if one was.</summary>
    private AgentState Identity => settings.Secret is { } set ? state.Current with { Secret = set } : state.Current;

    private async Task<string> ConnectAsync(Func<string, JsonElement, Task> take, Pause pause, CancellationToken cancel)
    {
        using var socket = new ClientWebSocket();
        socket.Options.KeepAliveInterval = TimeSpan.Zero; // Heartbeats are of the protocol.
        using var patience = new CancellationTokenSource(ConnectWithin, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        var address = new UriBuilder(settings.Server) { Scheme = settings.Server.Scheme == "https" ? "wss" : "ws", Path = "/ws/device" }.Uri;
        await socket.ConnectAsync(address, door.Invoker, either.Token);
        open = socket;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var beating = Task.CompletedTask;
        try
        {
            var identity = Identity;
            await SayAsync("hello", new JsonObject { ["device_id"] = identity.DeviceId, ["device_secret"] = identity.Secret, ["agent_version"] = Version }, cancel);
            beating = BeatAsync(over.Token);
            return await ListenAsync(socket, take, pause, cancel);
        }
        finally
        {
            await over.CancelAsync();
            await beating;
            open = null;
        }
    }

    private async Task<string> ListenAsync(ClientWebSocket socket, Func<string, JsonElement, Task> take, Pause pause, CancellationToken cancel)
    {
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var length = 0;
            while (true)
            {
                using var silence = new CancellationTokenSource(Silence, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancel);
                var part = await socket.ReceiveAsync(buffer.AsMemory(length), either.Token);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return socket.CloseStatusDescription ?? "";
                }

                length += part.Count;
                if (part.EndOfMessage)
                {
                    break;
                }

                if (length == buffer.Length)
                {
                    if (length >= Longest)
                    {
                        return "the server said too much at once";
                    }

                    Array.Resize(ref buffer, length * 2);
                }
            }

            if (AgentMessages.Read(buffer.AsMemory(0, length)) is { } message)
            {
                if (message.Type == "hello_ack")
                {
                    pause.Reset();
                }

                await take(message.Type, message.Payload);
            }
        }
    }

    private async Task BeatAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Heartbeat, time);
        try
        {
            do
            {
                await SayAsync("heartbeat", [], cancel);
            }
            while (await timer.WaitForNextTickAsync(cancel));
        }
        catch (OperationCanceledException)
        {
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The server has closed the line ({Reason}); trying again")]
    private static partial void Closed(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The server does not answer ({Why}); trying again")]
    private static partial void Away(ILogger logger, string why);
}
