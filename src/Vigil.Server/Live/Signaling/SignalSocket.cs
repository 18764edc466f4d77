using System.Buffers;
using System.Net.WebSockets;

namespace Vigil.Server.Live.Signaling;

/// <summary>
/// One open socket of the signalling protocol. While nothing comes it holds no buffer, and while nothing is to be said no task: thousands of them are idle
/// most of the time. What it has to say waits in a bounded queue; a far side that does not read is cut off.
/// </summary>
internal sealed class SignalSocket(WebSocket socket, TimeProvider time)
{
    /// <summary>A description of a session has some ten kilobytes.</summary>
    public const int Longest = 256 * 1024;

    public const WebSocketCloseStatus TryAgainLater = (WebSocketCloseStatus)1013;
    public const WebSocketCloseStatus Replaced = (WebSocketCloseStatus)4000;

    private const int MostUnread = 256;
    private const int MostUnreadBytes = 4 * 1024 * 1024;
    private const int MessagesPerPeriod = 1000;
    private static readonly TimeSpan MessagePeriod = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SendPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Queue<byte[]> unread = new();
    private readonly TaskCompletionSource heardEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource said = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int unreadBytes;
    private bool isSending;
    private bool isCloseSent;
    private (WebSocketCloseStatus Status, string Reason)? closing;
    private long heardAt = time.GetTimestamp();
    private long period = time.GetTimestamp();
    private int inPeriod;

    /// <summary>How long the far side has said nothing.</summary>
    public TimeSpan Silence => time.GetElapsedTime(Volatile.Read(ref heardAt));

    /// <summary>Nothing more is said or heard but the goodbye.</summary>
    public bool IsClosing
    {
        get
        {
            lock (gate)
            {
                return closing is not null;
            }
        }
    }

    /// <summary>Says it when its turn comes; false when the socket is closing. Never waits.</summary>
    public bool Say(byte[] message)
    {
        lock (gate)
        {
            if (closing is not null)
            {
                return false;
            }

            if (unread.Count >= MostUnread || unreadBytes + message.Length > MostUnreadBytes)
            {
                unread.Clear();
                closing = (WebSocketCloseStatus.PolicyViolation, "Too slow");
            }
            else
            {
                unread.Enqueue(message);
                unreadBytes += message.Length;
            }

            if (isSending)
            {
                return true;
            }

            isSending = true;
        }

        _ = SendAsync();
        return true;
    }

    /// <summary>Ends it after what has been said; the first reason stands.</summary>
    public void Close(WebSocketCloseStatus status, string reason)
    {
        lock (gate)
        {
            closing ??= (status, reason);
            if (isSending)
            {
                return;
            }

            isSending = true;
        }

        _ = SendAsync();
    }

    /// <summary>Hears until the far side has gone; returns when both have said goodbye, or one had no patience.</summary>
    /// <param name="take">Is given one text at a time, which it must not keep.</param>
    /// <param name="longest">How long a message may be just now.</param>
    /// <param name="aborted">The connection is gone.</param>
    public async Task RunAsync(Func<ReadOnlyMemory<byte>, ValueTask> take, Func<int> longest, CancellationToken aborted)
    {
        try
        {
            await ListenAsync(take, longest, aborted);
        }
        catch (Exception gone) when (gone is OperationCanceledException or WebSocketException or IOException or ObjectDisposedException)
        {
        }

        heardEnd.TrySetResult();
        Close(WebSocketCloseStatus.NormalClosure, "");
        await said.Task;
    }

    private async Task ListenAsync(Func<ReadOnlyMemory<byte>, ValueTask> take, Func<int> longest, CancellationToken aborted)
    {
        while (true)
        {
            // Waits without a buffer.
            var hint = await socket.ReceiveAsync(Memory<byte>.Empty, aborted);
            if (hint.MessageType == WebSocketMessageType.Close)
            {
                return;
            }

            var buffer = ArrayPool<byte>.Shared.Rent(4096);
            try
            {
                var length = 0;
                while (!hint.EndOfMessage)
                {
                    if (length == buffer.Length)
                    {
                        if (length >= longest())
                        {
                            Close(WebSocketCloseStatus.MessageTooBig, "Message too long");
                            length = 0; // What still comes is not kept.
                        }
                        else
                        {
                            var larger = ArrayPool<byte>.Shared.Rent(length * 2);
                            buffer.CopyTo(larger, 0);
                            ArrayPool<byte>.Shared.Return(buffer);
                            buffer = larger;
                        }
                    }

                    hint = await socket.ReceiveAsync(buffer.AsMemory(length), aborted);
                    if (hint.MessageType == WebSocketMessageType.Close)
                    {
                        return;
                    }

                    length += hint.Count;
                }

                Volatile.Write(ref heardAt, time.GetTimestamp());
                if (hint.MessageType == WebSocketMessageType.Binary)
                {
                    Close(WebSocketCloseStatus.InvalidMessageType, "Only text is understood here");
                }
                else if (length > longest())
                {
                    Close(WebSocketCloseStatus.MessageTooBig, "Message too long");
                }
                else if (IsFlood())
                {
                    Close(WebSocketCloseStatus.PolicyViolation, "Too many messages");
                }
                else if (!IsClosing)
                {
                    await take(buffer.AsMemory(0, length));
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private bool IsFlood()
    {
        if (time.GetElapsedTime(period) > MessagePeriod)
        {
            (period, inPeriod) = (time.GetTimestamp(), 0);
        }

        return ++inPeriod > MessagesPerPeriod;
    }

    private async Task SendAsync()
    {
        try
        {
            while (true)
            {
                byte[]? next;
                lock (gate)
                {
                    if (!unread.TryDequeue(out next))
                    {
                        if (closing is null || isCloseSent)
                        {
                            isSending = false;
                            return;
                        }

                        isCloseSent = true;
                    }
                    else
                    {
                        unreadBytes -= next.Length;
                    }
                }

                if (next is null)
                {
                    break;
                }

                var sent = socket.SendAsync(next.AsMemory(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
                if (!sent.IsCompletedSuccessfully)
                {
                    await sent.AsTask().WaitAsync(SendPatience, time);
                }
            }

            await socket.CloseOutputAsync(closing!.Value.Status, closing.Value.Reason, CancellationToken.None).WaitAsync(Goodbye, time);
            // Closing the connection under what the far side still sends would lose it the reason.
            await heardEnd.Task.WaitAsync(Goodbye, time);
            said.TrySetResult();
        }
        catch (Exception gone) when (gone is TimeoutException or WebSocketException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            lock (gate)
            {
                closing ??= (WebSocketCloseStatus.PolicyViolation, "Too slow");
                isCloseSent = true;
                unread.Clear();
            }

            socket.Abort();
            said.TrySetResult();
        }
    }
}
