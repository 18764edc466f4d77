using System.Collections.Concurrent;
using System.Text.Json;

namespace Vigil.Server.Live;

/// <summary>The room devices that hold a socket to this server now, and how to tell them something. Nothing here waits for a device.</summary>
public sealed class RoomPhones
{
    private readonly ConcurrentDictionary<long, RoomConnection> byKey = new();
    private readonly ConcurrentDictionary<long, RoomConnection> waiting = new();

    /// <summary>A device of this camera's room is connected.</summary>
    public bool AnyIn(int cameraId) => byKey.Values.Any(phone => phone.CameraId == cameraId);

    /// <summary>Tells all devices of a camera's room.</summary>
    public void Tell<T>(int cameraId, T message)
    {
        foreach (var phone in byKey.Values.Where(phone => phone.CameraId == cameraId))
        {
            phone.Say(message);
        }
    }

    /// <summary>Tells one device, when it is connected.</summary>
    public void TellDevice<T>(long keyId, T message)
    {
        if (byKey.TryGetValue(keyId, out var phone))
        {
            phone.Say(message);
        }
    }

    /// <summary>One socket per key: the newest wins, because the older is most often the same phone before it lost its network.</summary>
    internal void Enter(RoomConnection phone) => Enter(byKey, phone);

    /// <summary>A page that does not send yet: it drives out no other than an older one of the same key that does not either.</summary>
    internal void Wait(RoomConnection phone) => Enter(waiting, phone);

    internal void Leave(RoomConnection phone)
    {
        byKey.TryRemove(KeyValuePair.Create(phone.KeyId, phone));
        waiting.TryRemove(KeyValuePair.Create(phone.KeyId, phone));
    }

    private static void Enter(ConcurrentDictionary<long, RoomConnection> phones, RoomConnection phone)
    {
        RoomConnection? older = null;
        phones.AddOrUpdate(phone.KeyId, phone, (_, known) =>
        {
            older = known;
            return phone;
        });
        older?.Close(new { type = "replaced", by = phone.DeviceName }, "replaced");
    }

    internal static byte[] Encode<T>(T message) => JsonSerializer.SerializeToUtf8Bytes(message, LiveJson.Options);
}
