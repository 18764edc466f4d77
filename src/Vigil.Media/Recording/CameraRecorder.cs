#pragma warning disable CA1822 // Not built yet.
namespace Vigil.Media.Recording;

/// <summary>One camera's place at the <see cref="Recorder"/>.</summary>
public sealed class CameraRecorder
{
    internal CameraRecorder(int cameraId, TimeSpan preRoll)
    {
        CameraId = cameraId;
        PreRoll = preRoll;
    }

    public int CameraId { get; }

    public TimeSpan PreRoll { get; }

    /// <summary>
    /// Records from the key frame at or before <paramref name="from"/> (default: now − <see cref="PreRoll"/>, and no earlier than the ring
    /// reaches) until the hold is disposed. Several holds share the bytes.
    /// </summary>
    public RecordingHold Hold(DateTimeOffset? from = null) => new(from ?? default);
}

/// <summary>While it lives, its camera is recorded. Dispose it to stop; recording ends when the last one is gone.</summary>
public sealed class RecordingHold : IDisposable
{
    internal RecordingHold(DateTimeOffset from) => From = from;

    /// <summary>From when on was asked for.</summary>
    public DateTimeOffset From { get; }

    public void Dispose()
    {
    }
}
