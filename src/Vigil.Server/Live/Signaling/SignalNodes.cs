using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Vigil.Server.Devices.Redis;

namespace Vigil.Server.Live.Signaling;

/// <summary>
/// What this server writes into Redis and says to others on the same database: its devices, its viewers' sessions, and messages between a device here and a
/// viewer there. Without Redis it does nothing. Everything written has a life of at most <see cref="EntryLife"/> and is renewed while it is true.
/// </summary>
internal sealed class SignalNodes(RedisClient redis, TimeProvider time)
{
    /// <summary>Where all servers hear of devices that come and go.</summary>
    public const string Everybody = "vigil:devices";

    /// <summary>The documented hash of connected devices.</summary>
    public const string OnlineKey = "devices:online";

    /// <summary>No entry outlives its server by more.</summary>
    public static readonly TimeSpan EntryLife = TimeSpan.FromSeconds(90);

    /// <summary>A server that has not said so for this long has gone.</summary>
    public static readonly TimeSpan NodeLife = TimeSpan.FromSeconds(30);

    /// <summary>Sessions of other servers' viewers with devices here.</summary>
    private readonly ConcurrentDictionary<Guid, Guest> guests = new();

    /// <summary>This run of this server.</summary>
    public string Me { get; } = Guid.NewGuid().ToString("N");

    public IEnumerable<KeyValuePair<Guid, Guest>> Guests => guests;

    public static string NodeKey(string node) => $"vigil:node:{node}";

    public static string PresenceKey(string deviceId) => $"device:presence:{deviceId}";

    public static string SessionKey(Guid session) => $"session:{session}";

    /// <summary>Says it to one server. False when it cannot be said now.</summary>
    public bool Send(string node, NodeMessage message) => redis.Post("PUBLISH", NodeKey(node), message.ToBytes());

    public void Enter(DeviceLink device)
    {
        DropGuests(device.Device.Id);
        if (redis.IsSet)
        {
            redis.Post(Entry(device, isNew: true));
        }
    }

    public void Leave(DeviceLink device)
    {
        DropGuests(device.Device.Id);
        if (redis.IsSet)
        {
            redis.Post(NodeScripts.Remove(device.Device.DeviceId, device.Device.Id, Me));
        }
    }

    /// <summary>The command that writes a device down.</summary>
    /// <param name="device">One that is connected here.</param>
    /// <param name="isNew">It has just come: whoever had it before has it no more.</param>
    public RespWord[] Entry(DeviceLink device, bool isNew) => NodeScripts.Write(
        device.Device.DeviceId,
        Me,
        Json(json =>
        {
            json.WriteString("connected_at", SignalText.Instant(device.ConnectedAt));
            json.WriteString("last_heartbeat", SignalText.Instant(device.LastHeartbeat));
            json.WriteNumber("id", device.Device.Id);
            json.WriteString("node", Me);
        }),
        device.Presence ?? "{}",
        new NodeMessage { Kind = NodeMessageKind.Came, From = Me, Device = device.Device.Id, Name = device.Device.DeviceId, Link = device.Number },
        isNew);

    public void Began(Watch watch)
    {
        if (redis.IsSet)
        {
            redis.Post(Entry(watch));
        }
    }

    /// <summary>The command that writes a session down.</summary>
    public RespWord[] Entry(Watch watch) => NodeScripts.WriteSession(watch.Id, Json(json =>
    {
        json.WriteString("user_id", watch.Viewer.Member.AccountId.ToString(CultureInfo.InvariantCulture));
        json.WriteString("device_id", watch.DeviceName);
        json.WriteString("started_at", SignalText.Instant(watch.Session.StartedAt));
        json.WriteString("node", Me);
    }));

    public void Ended(Watch watch)
    {
        if (redis.IsSet)
        {
            redis.Post("DEL", SessionKey(watch.Id));
        }
    }

    /// <summary>Passes on what a device here says to another server's viewer; false when the session is none of theirs.</summary>
    public bool TryPassOn(DeviceLink device, SignalMessage message) =>
        message.Session is { } session && guests.TryGetValue(session, out var guest) && guest.Device == device.Device.Id
        && (Send(guest.Node, new NodeMessage
        {
            Kind = NodeMessageKind.Heard,
            From = Me,
            Device = guest.Device,
            Session = session,
            Text = SignalText.Again(message, time.GetUtcNow()),
        }) || true); // While Redis is away nobody hears it, as when a viewer's network is.

    /// <summary>False when the device has as many viewers of other servers as it may.</summary>
    public bool TryAddGuest(Guid session, Guest guest) =>
        guests.Count(known => known.Value.Device == guest.Device) < WatchSessions.MostPerDevice && guests.TryAdd(session, guest);

    public bool IsGuest(Guid session, Guest guest) => guests.TryGetValue(session, out var known) && known == guest;

    public bool DropGuest(Guid session, Guest guest) => guests.TryRemove(KeyValuePair.Create(session, guest));

    /// <summary>Ends the session of another server's viewer, for a <see cref="NodeMessage.Reason"/>; false when there is none.</summary>
    public bool TryGiveUp(Guid session, long device, string reason)
    {
        if (!guests.TryGetValue(session, out var guest) || guest.Device != device || !DropGuest(session, guest))
        {
            return false;
        }

        Send(guest.Node, new NodeMessage { Kind = NodeMessageKind.Gone, From = Me, Device = device, Session = session, Reason = reason });
        return true;
    }

    private void DropGuests(long device)
    {
        foreach (var (session, _) in guests)
        {
            TryGiveUp(session, device, reason: "");
        }
    }

    private static byte[] Json(Action<Utf8JsonWriter> body)
    {
        using var buffer = new MemoryStream(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            body(json);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>Another server's viewer.</summary>
    internal sealed record Guest(string Node, long Device);
}
