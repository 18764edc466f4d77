using System.Collections.Concurrent;

namespace Vigil.Server.Devices;

/// <summary>What the device in a room plays by our doing. <paramref name="TalkEndedAt"/> is when somebody last stopped speaking.</summary>
public sealed record RoomSound(string? Talker, DateTimeOffset? TalkEndedAt);

/// <summary>
/// What is played into each room, where those who make it play and those who listen for noise both can see it. In memory: a voice ends
/// with the server that carries it.
/// </summary>
public sealed class RoomPlayback(DeviceKeys keys, TimeProvider time)
{
    private static readonly RoomSound Nothing = new(null, null);

    private readonly ConcurrentDictionary<int, RoomSound> rooms = new();

    public RoomSound Of(int cameraId) => rooms.GetValueOrDefault(cameraId, Nothing);

    /// <summary>Somebody of this name speaks into the room; null: nobody any more.</summary>
    public void Speaks(int cameraId, string? name)
    {
        var before = Of(cameraId);
        if (before.Talker != name)
        {
            rooms[cameraId] = before with { Talker = name, TalkEndedAt = name is null ? time.GetUtcNow() : null };
            keys.Changed.Send(cameraId);
        }
    }
}
