using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Vigil.Server.Accounts;
using Vigil.Server.Hosting;

namespace Vigil.Server.Health;

/// <summary>
/// <c>/ws/{user_id}?token=</c> of the health contract. Only for that user: without a good token 401, with somebody else's 403, both before the
/// socket opens. It lives as long as the login session, not as long as the token.
/// </summary>
internal sealed class HealthSocket(ReadingDesk desk, ReadingTable table, SessionLeases sessions, IHostApplicationLifetime lifetime, TimeProvider time)
{
    private const int MostAnswersWaiting = 64;
    private const int LongestText = 4096;
    private static readonly TimeSpan SendPatience = TimeSpan.FromSeconds(10);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/ws/{user_id:regex(^\\d+$)}", Open).AllowAnonymous().WithMetadata(AcceptsTokenInQuery.Mark).WithErrorShape(ErrorShape.Detail)
            .ExcludeFromDescription();

    private static Task<IResult> Open(string user_id, HttpContext http, HealthSocket socket) => socket.ServeAsync(user_id, http);

    private async Task<IResult> ServeAsync(string userId, HttpContext http)
    {
        if (CurrentMember.Of(http) is not { IsOutsider: false } member || !CookieOriginRule.MayAct(http))
        {
            http.Response.Headers.WWWAuthenticate = "Bearer";
            return Detail(StatusCodes.Status401Unauthorized, "Could not validate credentials");
        }

        if (!long.TryParse(userId, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id != member.AccountId)
        {
            return Detail(StatusCodes.Status403Forbidden, "This socket is somebody else's");
        }

        if (!http.WebSockets.IsWebSocketRequest)
        {
            return Detail(StatusCodes.Status400BadRequest, "This address is a WebSocket");
        }

        using var socket = await http.WebSockets.AcceptWebSocketAsync();
        using var stored = desk.Stored.Listen(capacity: 256);
        using var lease = sessions.Watch(member);
        var latest = await table.ListAsync(member.HouseholdId, new ReadingFilter { AccountId = member.AccountId, Limit = 1 }, http.RequestAborted);
        var answers = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MostAnswersWaiting) { FullMode = BoundedChannelFullMode.Wait });
        foreach (var word in ReadingMessages.Welcome(latest.Count > 0 ? latest[0] : null, member.AccountId))
        {
            answers.Writer.TryWrite(word);
        }

        await SocketLife.RunAsync(
            socket,
            cancel => ListenAsync(socket, answers.Writer, cancel),
            [
                cancel => SendAsync(socket, stored, answers.Reader, member, cancel),
                cancel => WhileSignedInAsync(lease, cancel),
            ],
            time,
            http.RequestAborted,
            lifetime.ApplicationStopping);
        return TypedResults.Empty;
    }

    private async Task<string> SendAsync(
        WebSocket socket, Broadcast<Reading>.Listener stored, ChannelReader<byte[]> answers, CurrentMember member, CancellationToken cancel)
    {
        while (true)
        {
            while (answers.TryRead(out var answer))
            {
                await SendAsync(socket, answer, cancel);
            }

            while (stored.Items.TryRead(out var reading))
            {
                if (reading.AccountId == member.AccountId && reading.HouseholdId == member.HouseholdId)
                {
                    foreach (var message in ReadingMessages.About(reading, Guid.CreateVersion7(time.GetUtcNow()).ToString()))
                    {
                        await SendAsync(socket, message, cancel);
                    }
                }
            }

            using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            Task[] news = [answers.WaitToReadAsync(turn.Token).AsTask(), stored.Items.WaitToReadAsync(turn.Token).AsTask()];
            await await Task.WhenAny(news);
            await turn.CancelAsync();
            await Task.WhenAll(news).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SendAsync(WebSocket socket, byte[] message, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(SendPatience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        await socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, both.Token);
    }

    /// <summary>Every text is answered; one that is longer than anything our clients say ends the socket.</summary>
    private static async Task<string> ListenAsync(WebSocket socket, ChannelWriter<byte[]> answers, CancellationToken cancel)
    {
        var buffer = new byte[LongestText];
        var held = 0;
        while (true)
        {
            var got = await socket.ReceiveAsync(buffer.AsMemory(held), cancel);
            if (got.MessageType == WebSocketMessageType.Close)
            {
                return "";
            }

            held += got.Count;
            if (!got.EndOfMessage)
            {
                if (held == buffer.Length)
                {
                    return "tooLong";
                }

                continue;
            }

            if (got.MessageType == WebSocketMessageType.Text)
            {
                await answers.WriteAsync(ReadingMessages.Echo(Encoding.UTF8.GetString(buffer, 0, held)), cancel);
            }

            held = 0;
        }
    }

    private async Task<string> WhileSignedInAsync(SessionLease lease, CancellationToken cancel)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel, lease.Ended);
        await Task.Delay(Timeout.InfiniteTimeSpan, time, over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return lease.Ended.IsCancellationRequested ? lease.Reason : "";
    }

    private static IResult Detail(int status, string detail) => Results.Json(new JsonObject { ["detail"] = detail }, statusCode: status);
}
