using System.Collections.Concurrent;

namespace Vigil.Server.Devices;

/// <summary>What a room's device plays: sounds that it makes by itself, or a file of the household.</summary>
public enum LullabySound
{
    White,
    Pink,
    Brown,
    Heartbeat,
    Melody,
    File,
}

/// <summary>What is played for the child.</summary>
public sealed record Lullaby
{
    public required LullabySound Sound { get; init; }

    /// <summary>Which of the household's files; null for a sound that the device makes.</summary>
    public Guid? File { get; init; }

    public string? FileName { get; init; }

    /// <summary>0 to 1, of what the device's own volume gives.</summary>
    public required double Volume { get; init; }

    public required string StartedBy { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required DateTimeOffset Until { get; init; }
}

/// <summary>What the device in a room plays by our doing. <paramref name="TalkEndedAt"/> is when somebody last stopped speaking.</summary>
public sealed record RoomSound(string? Talker, DateTimeOffset? TalkEndedAt, Lullaby? Lullaby = null);

/// <summary>
/// What is played into each room, where those who make it play and those who listen for noise both can see it. In memory: a voice ends
/// with the server that carries it, and lullabies are read again when their device comes.
/// </summary>
public sealed class RoomPlayback(DeviceKeys keys, TimeProvider time)
{
    private static readonly RoomSound Nothing = new(null, null);

    private readonly ConcurrentDictionary<int, RoomSound> rooms = new();

    public RoomSound Of(int cameraId)
    {
        var room = rooms.GetValueOrDefault(cameraId, Nothing);
        return room.Lullaby is { } lullaby && lullaby.Until <= time.GetUtcNow() ? room with { Lullaby = null } : room;
    }

    /// <summary>Somebody of this name speaks into the room; null: nobody any more.</summary>
    public void Speaks(int cameraId, string? name) =>
        Put(cameraId, room => room.Talker == name ? room : room with { Talker = name, TalkEndedAt = name is null ? time.GetUtcNow() : null });

    /// <summary>This is played; null: nothing any more.</summary>
    public void Plays(int cameraId, Lullaby? lullaby) => Put(cameraId, room => room.Lullaby == lullaby ? room : room with { Lullaby = lullaby });

    private void Put(int cameraId, Func<RoomSound, RoomSound> change)
    {
        var before = rooms.GetValueOrDefault(cameraId, Nothing);
        if (rooms.AddOrUpdate(cameraId, _ => change(Nothing), (_, room) => change(room)) != before)
        {
            keys.Changed.Send(cameraId);
        }
    }
}
