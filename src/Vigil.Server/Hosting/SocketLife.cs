using System.Net.WebSockets;

namespace Vigil.Server.Hosting;

/// <summary>
/// Runs a WebSocket until one of its loops ends, and closes it properly: cancelling a pending receive would cut the connection, so the
/// sending side stops first, says goodbye, and the receiving side gets a moment to hear the answer.
/// </summary>
public static class SocketLife
{
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(1);

    /// <param name="socket">An accepted socket; the caller disposes it.</param>
    /// <param name="listen">Receives; returns when the far side has closed, or with a reason to close.</param>
    /// <param name="others">Whatever else keeps the socket open, the sender among them; each returns with a reason to close.</param>
    /// <param name="time">For the moment of goodbye.</param>
    /// <param name="aborted">The request is gone.</param>
    /// <param name="stop">Close politely.</param>
    public static async Task RunAsync(
        WebSocket socket, Func<CancellationToken, Task<string>> listen, Func<CancellationToken, Task<string>>[] others, TimeProvider time,
        CancellationToken aborted, CancellationToken stop)
    {
        using var sending = CancellationTokenSource.CreateLinkedTokenSource(aborted, stop);
        using var receiving = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        var listening = listen(receiving.Token);
        var rest = others.Select(o => o(sending.Token)).ToList();
        var ended = await Task.WhenAny([listening, .. rest]);
        await sending.CancelAsync();
        foreach (var task in rest)
        {
            await ReasonAsync(task);
        }

        try
        {
            using var patience = new CancellationTokenSource(Goodbye, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(aborted, patience.Token);
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, await ReasonAsync(ended), both.Token);
            await listening.WaitAsync(both.Token);
        }
        catch (Exception gone) when (IsEnd(gone))
        {
        }

        await receiving.CancelAsync();
        await ReasonAsync(listening);
    }

    private static async Task<string> ReasonAsync(Task<string> task)
    {
        try
        {
            return await task;
        }
        catch (Exception end) when (IsEnd(end))
        {
            return "";
        }
    }

    private static bool IsEnd(Exception e) => e is OperationCanceledException or WebSocketException or IOException or ObjectDisposedException;
}
