using System.Collections.Concurrent;

namespace Vigil.Server.Devices;

/// <summary>How the device in a camera's room is, for parents. What was reported last stays after it has gone: an empty battery explains much.</summary>
public sealed record RoomState
{
    public required bool Online { get; init; }

    public required DateTimeOffset? LastSeenAt { get; init; }

    public required string DeviceName { get; init; }

    /// <summary>0 to 1; null when the device cannot say.</summary>
    public required double? Battery { get; init; }

    public required bool? Charging { get; init; }

    public required double? RttMs { get; init; }

    public required double? LossPercent { get; init; }

    /// <summary>Who speaks into the room just now.</summary>
    public required string? Talker { get; init; }

    /// <summary>What the room's device plays for the child.</summary>
    public required Lullaby? Lullaby { get; init; }
}

/// <summary>What a room device says of itself.</summary>
public sealed record RoomReport
{
    public required double? Battery { get; init; }

    public required bool? Charging { get; init; }

    public required double? RttMs { get; init; }

    public required double? LossPercent { get; init; }
}

/// <summary>Who is in which room, from the keys and what their devices report.</summary>
public sealed class RoomPresence(DeviceKeys keys, RoomPlayback playback)
{
    private readonly ConcurrentDictionary<long, RoomReport> reports = new();

    /// <summary>Reports kept: at most one for each key that is good, and one more.</summary>
    internal int Count => reports.Count;

    /// <summary>Null when the camera has no device. Of several, the one that is connected, else the one that was last.</summary>
    public RoomState? Of(int cameraId)
    {
        var devices = keys.OfCamera(cameraId).Select(key => (Key: key, Online: keys.IsOnline(key.Id), Seen: keys.LastSeenOf(key)));
        return devices.OrderByDescending(d => d.Online).ThenByDescending(d => d.Seen).ThenByDescending(d => d.Key.Id)
            .Select(d => Describe(d.Key, d.Online, d.Seen)).FirstOrDefault();
    }

    /// <summary>Takes down a report; rings when it is news.</summary>
    public void Report(CurrentDevice device, RoomReport report)
    {
        if (reports.TryGetValue(device.KeyId, out var known) && known == report)
        {
            return;
        }

        foreach (var gone in reports.Keys.Where(id => !keys.IsGood(id)))
        {
            reports.TryRemove(gone, out _);
        }

        reports[device.KeyId] = report;
        keys.Changed.Send(device.CameraId);
    }

    private RoomState Describe(DeviceKey key, bool online, DateTimeOffset? seen)
    {
        var report = reports.GetValueOrDefault(key.Id);
        return new RoomState
        {
            Online = online,
            LastSeenAt = seen,
            DeviceName = key.Name,
            Battery = report?.Battery,
            Charging = report?.Charging,
            RttMs = online ? report?.RttMs : null,
            LossPercent = online ? report?.LossPercent : null,
            Talker = playback.Of(key.CameraId).Talker,
            Lullaby = playback.Of(key.CameraId).Lullaby,
        };
    }
}
