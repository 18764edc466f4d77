using System.Net.WebSockets;
using System.Text.Json;
using Vigil.Server.Accounts;
using Vigil.Server.Hosting;

namespace Vigil.Server.Events;

/// <summary>The one socket of a page: <c>/ws/live</c>.</summary>
internal sealed class LiveSocket(LivePages pages, SessionLeases sessions, IHostApplicationLifetime lifetime, TimeProvider time)
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    /// <summary>A page that takes nothing for this long is gone, whatever its TCP connection says.</summary>
    private static readonly TimeSpan SendPatience = TimeSpan.FromSeconds(10);

    /// <summary>Pages send pings of some twenty bytes; anything larger is not a page of ours.</summary>
    private const int LongestFromPage = 1024;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/ws/live", Open).RequireAuthorization().OpenToOutsiders().ExcludeFromDescription();

    private static async Task<IResult> Open(HttpContext http, CurrentMember member, LiveSocket live)
    {
        if (!http.WebSockets.IsWebSocketRequest)
        {
            return Problems.BadRequest("This address is a WebSocket.");
        }

        using var socket = await http.WebSockets.AcceptWebSocketAsync();
        // One may sleep in one home and be responsible for another: its alarms come too.
        var elsewhere = (http.Features.Get<SessionRow>()?.Households ?? [])
            .Where(other => other.HouseholdId != member.HouseholdId)
            .Select(other => member with { HouseholdId = other.HouseholdId, HouseholdName = other.Name, Place = other.Place, IsOutsider = other.IsOutsider, TimeZone = other.TimeZone });
        await live.ServeAsync(socket, member, [.. elsewhere], http.RequestAborted);
        return TypedResults.Empty;
    }

    private async Task ServeAsync(WebSocket socket, CurrentMember member, IReadOnlyList<CurrentMember> elsewhere, CancellationToken aborted)
    {
        using var queue = new PageQueue();
        var page = new LivePage(member, queue, elsewhere);
        pages.Enter(page);
        try
        {
            await SocketLife.RunAsync(
                socket,
                cancel => ListenAsync(socket, queue, cancel),
                [cancel => SendAsync(socket, queue, cancel), cancel => BeatAsync(page, cancel)],
                time,
                aborted,
                lifetime.ApplicationStopping);
        }
        finally
        {
            pages.Leave(page);
        }
    }

    private async Task<string> SendAsync(WebSocket socket, PageQueue queue, CancellationToken cancel)
    {
        while (true)
        {
            await queue.WaitAsync(cancel);
            while (queue.TryTake(out var message))
            {
                using var patience = new CancellationTokenSource(SendPatience, time);
                using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
                await socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, both.Token);
            }

            if (queue.Finished is { } reason)
            {
                return reason;
            }

            if (queue.Hopeless)
            {
                return "Too slow.";
            }
        }
    }

    private async Task<string> ListenAsync(WebSocket socket, PageQueue queue, CancellationToken cancel)
    {
        var buffer = new byte[LongestFromPage];
        for (var length = 0; ;)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(length), cancel);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                return "";
            }

            length += received.Count;
            if (!received.EndOfMessage)
            {
                if (length == buffer.Length)
                {
                    return "Message too long.";
                }

                continue; // A network may bring a small message in two parts.
            }

            if (ReadPing(buffer.AsMemory(0, length)) is { } t)
            {
                queue.Notice(pages.Encode(new { type = "pong", t, serverTime = time.GetUtcNow() }));
            }

            length = 0;
        }
    }

    private async Task<string> BeatAsync(LivePage page, CancellationToken cancel)
    {
        using var lease = sessions.Watch(page.Member, [page.Member.HouseholdId, .. page.Elsewhere.Select(other => other.HouseholdId)]);
        var elsewhere = page.Elsewhere.Select(other => sessions.Watch(other)).ToList();
        using var over = CancellationTokenSource.CreateLinkedTokenSource([cancel, lease.Ended, .. elsewhere.Select(other => other.Ended)]);
        using var timer = new PeriodicTimer(Heartbeat, time);
        try
        {
            while (await timer.WaitForNextTickAsync(over.Token))
            {
                page.Queue.Notice(pages.Encode(new { type = "heartbeat", serverTime = time.GetUtcNow() }));
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // Of the other homes, only that everything is over matters to the page; it connects again for the rest.
            var reason = lease.Ended.IsCancellationRequested ? lease.Reason
                : elsewhere.First(other => other.Ended.IsCancellationRequested).Reason is var other and not SessionLease.PutOut ? other
                : SessionLease.AccessChanged;
            if (reason == SessionLease.AccessChanged)
            {
                return reason; // Nobody is signed out: the page connects again and sees what it may see now.
            }

            // The reason, and nothing after it; the sender returns when that is on its way.
            page.Queue.Finish(pages.Encode(new { type = "session_ended", reason }), reason);
            await Task.Delay(SendPatience, time, cancel);
        }
        finally
        {
            elsewhere.ForEach(other => other.Dispose());
        }

        return lease.Reason;
    }

    private static double? ReadPing(ReadOnlyMemory<byte> text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 4 });
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.GetString() == "ping"
                && document.RootElement.TryGetProperty("t", out var t) && t.ValueKind == JsonValueKind.Number && t.TryGetDouble(out var number)
                && double.IsFinite(number)
                    ? number
                    : null;
        }
        catch (Exception nonsense) when (nonsense is JsonException or InvalidOperationException) // The latter: half of a surrogate pair.
        {
            return null;
        }
    }
}
