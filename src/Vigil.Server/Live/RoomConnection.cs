using System.Net.WebSockets;
using System.Threading.Channels;
using Vigil.Server.Devices;

namespace Vigil.Server.Live;

/// <summary>One room device's socket after its hello: what waits to be sent, and how it ends.</summary>
internal sealed class RoomConnection(WebSocket socket, CurrentDevice device, TimeProvider time) : IDisposable
{
    /// <summary>A device that leaves this many unread does not read: it is cut off and comes back.</summary>
    private const int MostUnread = 64;

    private static readonly TimeSpan SendPatience = TimeSpan.FromSeconds(10);

    private readonly Channel<byte[]> unread = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MostUnread) { SingleReader = true });
    private readonly CancellationTokenSource over = new();
    private string reason = "";

    public long KeyId => device.KeyId;

    public int CameraId => device.CameraId;

    public string DeviceName => device.Name;

    /// <summary>Cancelled when there is nothing more to say; what was said before is still sent.</summary>
    public CancellationToken Over => over.Token;

    public void Say<T>(T message)
    {
        if (!unread.Writer.TryWrite(RoomPhones.Encode(message)))
        {
            Finish("Too slow.");
        }
    }

    /// <summary>Says a last thing and ends.</summary>
    public void Close<T>(T last, string why)
    {
        Say(last);
        Finish(why);
    }

    /// <summary>Sends until there is nothing more to say; the reason to close.</summary>
    public async Task<string> SendAsync(CancellationToken cancel)
    {
        await foreach (var message in unread.Reader.ReadAllAsync(cancel))
        {
            using var patience = new CancellationTokenSource(SendPatience, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
            await socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, both.Token);
        }

        return reason;
    }

    public void Dispose() => over.Dispose();

    private void Finish(string why)
    {
        reason = reason.Length > 0 ? reason : why;
        unread.Writer.TryComplete();
        try
        {
            over.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself at the same moment.
        }
    }
}
