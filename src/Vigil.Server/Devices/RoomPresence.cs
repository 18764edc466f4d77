using System.Collections.Concurrent;

namespace Vigil.Server.Devices;

/// <summary>Whether the room is heard.</summary>
public enum Microphone
{
    On,

    /// <summary>A call or another app has it: sound goes on, and is silence.</summary>
    Muted,

    /// <summary>It never had one: the picture alone is sent.</summary>
    None,

    /// <summary>It had one, and the picture alone is sent now.</summary>
    Lost,
}

/// <summary>How the device in a camera's room is, for parents. What was reported last stays after it has gone: an empty battery explains much.</summary>
public sealed record RoomState
{
    public required bool Online { get; init; }

    /// <summary>Not online, but its page is open: somebody has to tap "Start sending" there.</summary>
    public required bool Waiting { get; init; }

    public required DateTimeOffset? LastSeenAt { get; init; }

    public required string DeviceName { get; init; }

    /// <summary>0 to 1; null when the device cannot say.</summary>
    public required double? Battery { get; init; }

    public required bool? Charging { get; init; }

    public required double? RttMs { get; init; }

    public required double? LossPercent { get; init; }

    /// <summary>Null while it does not send, or does not say.</summary>
    public required Microphone? Microphone { get; init; }

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

    /// <summary>Null while it does not send.</summary>
    public Microphone? Microphone { get; init; }
}

/// <summary>Who is in which room, from the keys and what their devices report.</summary>
public sealed class RoomPresence(DeviceKeys keys, RoomPlayback playback)
{
    private readonly ConcurrentDictionary<long, RoomReport> reports = new();

    /// <summary>The device that sends a camera's picture, or sent it last; another one may wait beside it.</summary>
    private readonly ConcurrentDictionary<int, long> senders = new();

    /// <summary>Reports kept: at most one for each key that is good, and one more.</summary>
    internal int Count => reports.Count;

    /// <summary>
    /// Null when the camera has no device. Of several, the one that is connected, else the one that sent last (a page that waits must not hide that it has gone), else
    /// one that waits, else the one that was last.
    /// </summary>
    public RoomState? Of(int cameraId)
    {
        var devices = keys.OfCamera(cameraId).Select(key => (Key: key, Online: keys.IsOnline(key.Id), Seen: keys.LastSeenOf(key)));
        var sentLast = senders.TryGetValue(cameraId, out var sender) ? sender : 0;
        return devices.OrderByDescending(d => d.Online).ThenByDescending(d => d.Key.Id == sentLast).ThenByDescending(d => keys.IsWaiting(d.Key.Id))
            .ThenByDescending(d => d.Seen).ThenByDescending(d => d.Key.Id)
            .Select(d => Describe(d.Key, d.Online, d.Seen)).FirstOrDefault();
    }

    /// <summary>Takes down a report; rings when it is news.</summary>
    public void Report(CurrentDevice device, RoomReport report)
    {
        var known = reports.GetValueOrDefault(device.KeyId);
        if (report.Microphone == Microphone.None && known?.Microphone is Microphone.On or Microphone.Muted or Microphone.Lost)
        {
            report = report with { Microphone = Microphone.Lost };
        }

        if (report.Microphone is not null)
        {
            senders[device.CameraId] = device.KeyId;
        }

        if (known == report)
        {
            return;
        }

        foreach (var gone in reports.Keys.Where(id => !keys.IsGood(id)))
        {
            reports.TryRemove(gone, out _);
        }

        foreach (var sender in senders.Where(sender => !keys.IsGood(sender.Value)))
        {
            senders.TryRemove(sender);
        }

        reports[device.KeyId] = report;
        keys.Changed.Send(device.CameraId);
    }

    /// <summary>Of the device that sends this camera; null when none is connected, or it does not say.</summary>
    public Microphone? MicrophoneOf(int cameraId) =>
        senders.TryGetValue(cameraId, out var key) && keys.IsOnline(key) ? reports.GetValueOrDefault(key)?.Microphone : null;

    private RoomState Describe(DeviceKey key, bool online, DateTimeOffset? seen)
    {
        var report = reports.GetValueOrDefault(key.Id);
        return new RoomState
        {
            Online = online,
            Waiting = keys.IsWaiting(key.Id),
            LastSeenAt = seen,
            DeviceName = key.Name,
            Battery = report?.Battery,
            Charging = report?.Charging,
            RttMs = online ? report?.RttMs : null,
            LossPercent = online ? report?.LossPercent : null,
            Microphone = online ? report?.Microphone : null,
            Talker = playback.Of(key.CameraId).Talker,
            Lullaby = playback.Of(key.CameraId).Lullaby,
        };
    }
}
