using System.Collections.Concurrent;
using System.Net.WebSockets;
using Microsoft.Extensions.Options;
using Vigil.Server.Devices.Signaling;

namespace Vigil.Server.Live.Signaling;

/// <summary>Whose sockets are open on this server: devices, viewers, and whoever has not said hello yet.</summary>
internal sealed class SignalHub(SignalPresence presence, IOptions<SignalingOptions> options, TimeProvider time)
{
    private readonly ConcurrentDictionary<long, DeviceLink> devices = new();
    private readonly ConcurrentDictionary<string, DeviceLink> named = new();
    private readonly ConcurrentDictionary<ViewerLink, byte> viewers = new();
    private readonly ConcurrentDictionary<SignalSocket, long> strangers = new();

    public IEnumerable<DeviceLink> Devices => devices.Values;

    /// <summary>All sockets, also those that have not said hello.</summary>
    public IEnumerable<SignalSocket> Sockets =>
        strangers.Keys.Concat(devices.Values.Select(device => device.Socket)).Concat(viewers.Keys.Select(viewer => viewer.Socket));

    public DeviceLink? FindDevice(long id) => devices.GetValueOrDefault(id);

    /// <summary>By what it calls itself.</summary>
    public DeviceLink? FindDevice(string deviceId) => named.GetValueOrDefault(deviceId);

    /// <summary>The socket is closed unless the result is disposed in time.</summary>
    public IDisposable AwaitHello(SignalSocket socket)
    {
        strangers[socket] = time.GetTimestamp();
        return new Hello(this, socket);
    }

    /// <summary>The server stops: whoever is here is told, and comes back to the next one.</summary>
    public void SayGoodbye()
    {
        foreach (var socket in Sockets)
        {
            socket.Close(WebSocketCloseStatus.EndpointUnavailable, "Server stopping");
        }
    }

    /// <summary>Closes sockets that have said nothing for too long.</summary>
    public void CloseSilent(TimeSpan helloPatience)
    {
        foreach (var (socket, since) in strangers)
        {
            if (time.GetElapsedTime(since) > helloPatience)
            {
                socket.Close(WebSocketCloseStatus.PolicyViolation, "Expected hello message");
            }
        }

        var longest = TimeSpan.FromSeconds(options.Value.HeartbeatTimeout);
        foreach (var socket in devices.Values.Select(device => device.Socket).Concat(viewers.Keys.Select(viewer => viewer.Socket)))
        {
            if (socket.Silence > longest)
            {
                socket.Close(WebSocketCloseStatus.PolicyViolation, "Heartbeat timeout");
            }
        }
    }

    /// <summary>A device has come. Returns an older socket of the same device, which it has replaced and which is to be closed.</summary>
    public DeviceLink? Enter(DeviceLink device)
    {
        presence.Enter(device.Device.Id);
        DeviceLink? older = null;
        devices.AddOrUpdate(device.Device.Id, device, (_, known) =>
        {
            older = known;
            return device;
        });
        named[device.Device.DeviceId] = device;
        return older;
    }

    /// <summary>False when a newer socket of the same device had replaced it.</summary>
    public bool Leave(DeviceLink device)
    {
        var wasHere = devices.TryRemove(KeyValuePair.Create(device.Device.Id, device));
        named.TryRemove(KeyValuePair.Create(device.Device.DeviceId, device));
        presence.Leave(device.Device.Id);
        return wasHere;
    }

    public void Enter(ViewerLink viewer) => viewers[viewer] = 0;

    public void Leave(ViewerLink viewer) => viewers.TryRemove(viewer, out _);

    private sealed class Hello(SignalHub hub, SignalSocket socket) : IDisposable
    {
        public void Dispose() => hub.strangers.TryRemove(socket, out _);
    }
}
