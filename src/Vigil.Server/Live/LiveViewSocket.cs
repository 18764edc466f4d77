using System.Buffers;
using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Vigil.Media.Live;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live;

/// <summary>
/// One camera to one viewer: text that announces a stream (<c>init</c>), its init segment, then one binary message per fragment. The page
/// plays them through MSE or takes them apart for WebCodecs. A format change begins with another <c>init</c> and a higher generation.
/// </summary>
internal sealed class LiveViewSocket(
    LiveCameras cameras, Watchers watchers, IHostApplicationLifetime lifetime, TimeProvider time)
{
    /// <summary>A page that takes nothing for this long is gone, whatever its TCP connection says.</summary>
    private static readonly TimeSpan SendPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StaleAfter = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan GoodByePatience = TimeSpan.FromSeconds(2);

    private static readonly WebSocketAcceptContext Accept = new()
    {
        KeepAliveInterval = TimeSpan.FromSeconds(10),
        KeepAliveTimeout = TimeSpan.FromSeconds(20),
    };

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/cameras/{id:int}/live", Open).RequireCamera(CameraNeed.View).RequireAuthorization().ExcludeFromDescription();

    private static async Task<Results<EmptyHttpResult, ProblemHttpResult>> Open(
        int id, HttpContext http, CurrentMember member, LiveViewSocket live, string? quality = null)
    {
        if (!http.WebSockets.IsWebSocketRequest)
        {
            return Problems.BadRequest("This address is a WebSocket.");
        }

        using var socket = await http.WebSockets.AcceptWebSocketAsync(Accept);
        await live.ServeAsync(socket, id, WatchVia.Of(http, WatchRoad.Mse, LiveCameras.QualityOf(quality, LiveQuality.Main)), member, CameraLease.Take(http), http.RequestAborted);
        return TypedResults.Empty;
    }

    private async Task ServeAsync(
        WebSocket socket, int cameraId, WatchVia via, CurrentMember member, CameraLease lease, CancellationToken aborted)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(aborted, lifetime.ApplicationStopping);
        if (cameras.Open(cameraId)?.Stream(via.Quality) is not { } stream)
        {
            await GoodByeAsync(socket, Text(new { type = "ended", reason = "paused" }));
            return;
        }

        if (stream.IsUnsupported)
        {
            await GoodByeAsync(socket, Text(new { type = "unsupported", use = "mjpeg" }));
            return;
        }

        using var present = watchers.Enter(cameraId, member, via);
        using var viewer = stream.Watch();
        var sender = new Sender(socket, viewer, time);
        var sending = sender.RunAsync();
        var listening = ListenAsync(socket);
        var watching = WatchAsync(sender, stream, viewer, cameraId, lease, over.Token);
        var first = await Task.WhenAny(sending, listening, watching);
        if (first == watching && await watching is { } farewell)
        {
            viewer.Close(farewell);
            await Task.WhenAny(sending, Task.Delay(GoodByePatience, time, CancellationToken.None));
        }
        else if (first == sending && await sending)
        {
            await SendLastAsync(socket, Text(new { type = "ended", reason = "cameraStopped" }));
        }

        await over.CancelAsync();
        viewer.Close(null);
        if (sending.IsCompleted)
        {
            // The other side reads what is on its way, and answers; cutting the line now could take that away from it.
            await CloseAsync(socket);
            await Task.WhenAny(listening, Task.Delay(GoodByePatience, time, CancellationToken.None));
        }

        if (!listening.IsCompleted)
        {
            socket.Abort();
        }

        await Task.WhenAll(sending, listening, watching);
    }

    /// <summary>Looks after the viewer once a second. Returns the last message to send, or null when the connection is not worth one.</summary>
    private async Task<string?> WatchAsync(
        Sender sender, LiveStream stream, LiveViewer viewer, int cameraId, CameraLease lease, CancellationToken cancel)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel, lease.Ended);
        using var timer = new PeriodicTimer(LookEvery, time);
        var started = time.GetTimestamp();
        var stale = false;
        try
        {
            while (await timer.WaitForNextTickAsync(end.Token))
            {
                if (sender.StuckFor > SendPatience)
                {
                    return null;
                }

                if (stream.IsUnsupported)
                {
                    return Text(new { type = "unsupported", use = "mjpeg" });
                }

                var silence = stream.SinceLastFragment ?? time.GetElapsedTime(started);
                if (silence < StaleAfter)
                {
                    stale = false;
                }
                else if (!stale)
                {
                    stale = true;
                    var status = cameras.StatusOf(cameraId);
                    viewer.Say(Text(new { type = "stale", reason = status?.Detail, lastFrameAt = status?.LastFrameAt }));
                }
            }

            return null;
        }
        catch (OperationCanceledException)
        {
            return lease.Ended.IsCancellationRequested ? Text(new { type = "ended", reason = lease.Reason })
                : lifetime.ApplicationStopping.IsCancellationRequested ? Text(new { type = "ended", reason = "serverStopping" })
                : null;
        }
    }

    /// <summary>The viewer says nothing; this notices that it left.</summary>
    private static async Task ListenAsync(WebSocket socket)
    {
        var buffer = new byte[256];
        try
        {
            while ((await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None)).MessageType != WebSocketMessageType.Close)
            {
            }
        }
        catch (Exception gone) when (gone is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
        }
    }

    private async Task GoodByeAsync(WebSocket socket, string text)
    {
        await SendLastAsync(socket, text);
        await CloseAsync(socket);
        await Task.WhenAny(ListenAsync(socket), Task.Delay(GoodByePatience, time, CancellationToken.None));
    }

    private async Task SendLastAsync(WebSocket socket, string text)
    {
        using var patience = new CancellationTokenSource(GoodByePatience, time);
        try
        {
            await socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, patience.Token);
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
        }
    }

    private async Task CloseAsync(WebSocket socket)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1), time);
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
            }
        }
        catch (Exception gone)
            when (gone is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // A send still hangs: the connection is cut instead.
        }
    }

    private static string Text(object message) => JsonSerializer.Serialize(message, LiveJson.Options);

    /// <summary>Sends what the viewer's queue holds, one pooled buffer per message. The outcome is whether the stream itself ended.</summary>
    private sealed class Sender(WebSocket socket, LiveViewer viewer, TimeProvider time)
    {
        private long sendingSince;

        /// <summary>How long the message on its way has been on its way.</summary>
        public TimeSpan StuckFor => Interlocked.Read(ref sendingSince) is > 0 and var since ? time.GetElapsedTime(since) : TimeSpan.Zero;

        public async Task<bool> RunAsync()
        {
            try
            {
                while (await viewer.WaitAsync(CancellationToken.None))
                {
                    while (viewer.TryRead(out var item))
                    {
                        Interlocked.Exchange(ref sendingSince, Math.Max(1, time.GetTimestamp()));
                        await SendAsync(item);
                        Interlocked.Exchange(ref sendingSince, 0);
                    }
                }

                return true;
            }
            catch (Exception gone)
                when (gone is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
            {
                return false;
            }
        }

        private async ValueTask SendAsync(LiveItem item)
        {
            if (item.Fragment is { } fragment)
            {
                var buffer = ArrayPool<byte>.Shared.Rent(fragment.Length);
                try
                {
                    fragment.CopyTo(buffer);
                    await socket.SendAsync(
                        buffer.AsMemory(0, fragment.Length), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                }
            }
            else if (item.Init is { } init)
            {
                await SendTextAsync(Text(new { type = "init", mime = init.Mime, video = init.Video, audio = init.Audio, generation = init.Generation }));
                await socket.SendAsync(init.Segment, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
            }
            else if (item.Text is { } text)
            {
                await SendTextAsync(text);
            }
        }

        private ValueTask SendTextAsync(string text) =>
            socket.SendAsync(
                System.Text.Encoding.UTF8.GetBytes(text).AsMemory(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
    }
}

internal static class LiveJson
{
    public static readonly JsonSerializerOptions Options = Make();

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        JsonShape.Apply(options);
        return options;
    }
}
