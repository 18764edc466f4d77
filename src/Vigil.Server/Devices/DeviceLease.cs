namespace Vigil.Server.Devices;

/// <summary>One connection's interest in its key. While it is held, the device is online, or waits for somebody to let it send.</summary>
public sealed class DeviceLease : IDisposable
{
    private readonly DeviceKeys keys;
    private readonly CancellationTokenSource ended = new();

    internal DeviceLease(DeviceKeys keys, long keyId, int cameraId, bool isWaiting)
    {
        IsWaiting = isWaiting;
        this.keys = keys;
        KeyId = keyId;
        CameraId = cameraId;
        Ended = ended.Token;
    }

    public long KeyId { get; }

    public int CameraId { get; }

    /// <summary>The device's page is open, and sends nothing yet.</summary>
    public bool IsWaiting { get; }

    /// <summary>Cancelled when the key opens nothing any more.</summary>
    public CancellationToken Ended { get; }

    public void Dispose()
    {
        keys.Remove(this);
        ended.Dispose();
    }

    internal void End()
    {
        try
        {
            ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The connection closed at the same moment.
        }
    }
}
