using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Vigil.Media;
using Vigil.Media.WebRtc;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Devices;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live;

/// <summary>
/// Media of a WebRTC session flows past every request, so somebody must look after it: ends a session at once when its login session, its
/// right to the camera or its device key has gone, and soon after the camera itself.
/// </summary>
internal sealed partial class WebRtcLeases(
    WebRtcSessions webRtc, CameraLeases access, CameraDirectory cameras, DeviceKeys keys, Watchers watchers, RoomPhones phones,
    Talks talks, Pulses pulses, IOptions<WebRtcSettings> settings, TimeProvider time, ILogger<WebRtcLeases> logger) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    /// <summary>Sessions of one household whose client has not come yet: a page with sixteen cameras, on four phones at once.</summary>
    private const int MaxPendingOfHousehold = 64;

    private readonly ConcurrentDictionary<string, Lease> leases = new();
    private long added;

    /// <summary>May one more begin? A room that publishes is never kept out by those who watch.</summary>
    public bool HasRoom(int cameraId, bool toPublish)
    {
        var household = cameras.Find(cameraId)?.HouseholdId;
        int ofCamera = 0, ofHousehold = 0, pending = 0;
        foreach (var (session, lease) in leases)
        {
            if (cameras.Find(lease.CameraId)?.HouseholdId == household && webRtc.Exists(session))
            {
                ofHousehold++;
                ofCamera += lease.CameraId == cameraId ? 1 : 0;
                pending += webRtc.IsPending(session) ? 1 : 0;
            }
        }

        return pending < MaxPendingOfHousehold
            && (toPublish || (ofCamera < settings.Value.MaxSessionsPerCamera && ofHousehold < settings.Value.MaxSessionsPerHousehold));
    }

    /// <summary>Whether a device besides this one has a session that sends the camera's picture.</summary>
    public bool OtherPublishes(int cameraId, CurrentDevice device) => leases.Any(pair =>
        pair.Value is { KeyId: { } key, Publisher: not null } && pair.Value.CameraId == cameraId && key != device.KeyId && webRtc.Exists(pair.Key) && !webRtc.IsPending(pair.Key));

    /// <summary>A member watches. After a short pause the camera has another feed, and nothing would ever come of this one again.</summary>
    public void AddViewer(CameraFeed feed, string session, CurrentMember member, WatchVia via)
    {
        var cameraId = feed.CameraId;
        var right = access.Watch(member, cameraId, CameraNeed.View);
        Add(session, new Lease(cameraId, null, () => !feed.Stopped.IsCancellationRequested)
        {
            Publisher = null,
            Ended = right.Ended,
            Held = [right, watchers.Enter(cameraId, member, via)],
        });
    }

    /// <summary>A member publishes.</summary>
    public void AddPublisher(int cameraId, string session, CurrentMember member)
    {
        var right = access.Watch(member, cameraId, CameraNeed.Control);
        Add(session, new Lease(cameraId, null, () => true)
        {
            Publisher = Watchers.NameOf(member),
            Ended = right.Ended,
            Held = [right],
        });
    }

    /// <summary>A member speaks into the room, for as long as one may without a pause.</summary>
    public void AddTalker(int cameraId, string session, CurrentMember member)
    {
        var right = access.Watch(member, cameraId, CameraNeed.Control);
        var since = time.GetTimestamp();
        Add(session, new Lease(cameraId, null, () => time.GetElapsedTime(since) < Talks.Longest)
        {
            Publisher = null,
            Ended = right.Ended,
            Held = [right],
        });
    }

    /// <summary>A device publishes, or only listens to who speaks.</summary>
    public void Add(int cameraId, string session, CurrentDevice device, bool publishes)
    {
        var key = keys.Watch(device);
        Add(session, new Lease(cameraId, device.KeyId, () => true) { Publisher = publishes ? device.Name : null, Ended = key.Ended, Held = [key] });
    }

    public bool Owns(int cameraId, string session, CurrentDevice? device) =>
        leases.TryGetValue(session, out var lease) && lease.CameraId == cameraId && (device is null || device.KeyId == lease.KeyId);

    /// <summary>Another publisher has taken the camera from this one, whose device learns by whom (unless it is itself, back from a lost network).</summary>
    public void Replaced(string session)
    {
        if (leases.TryGetValue(session, out var old) && old.KeyId is { } key
            && leases.Values.Where(lease => lease.CameraId == old.CameraId && lease.Publisher is not null).MaxBy(lease => lease.Number) is { } newest
            && newest.KeyId != key)
        {
            phones.TellDevice(key, new { type = "replaced", by = newest.Publisher });
        }
    }

    /// <summary>Ends a session; false when it has ended already.</summary>
    public bool End(string session)
    {
        var running = webRtc.End(session);
        if (leases.TryRemove(session, out var lease))
        {
            lease.Dispose();
        }

        return running;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var listens = TellListening(before: null);
        using var pulse = pulses.Register("webrtc sessions", TimeSpan.FromSeconds(60));
        using var timer = new PeriodicTimer(LookEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                pulse.Beat();
                listens = TellListening(listens);
                Look();
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private bool TellListening(bool? before)
    {
        var trouble = webRtc.Trouble;
        if (trouble is null && before is not true)
        {
            LogListening(webRtc.ListensByTcp ? "UDP and TCP" : "UDP", webRtc.Listening.Count == 0 ? 0 : webRtc.Listening[0].Port, webRtc.Listening.Count);
        }
        else if (trouble is not null && before is not false)
        {
            LogOff(trouble);
        }

        return trouble is null;
    }

    private void Add(string session, Lease lease)
    {
        lease.Number = Interlocked.Increment(ref added);
        leases[session] = lease;
        lease.Ring = lease.Ended.Register(() => End(session));
    }

    private void Look()
    {
        foreach (var (session, lease) in leases)
        {
            // A room that is paused for privacy sends nothing, not even to be thrown away here.
            if (!webRtc.Exists(session) || cameras.Find(lease.CameraId) is not { Paused: false } || !lease.Allowed())
            {
                End(session);
            }
        }

        talks.Sweep();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Live pictures by WebRTC use {Protocols} port {Port} on {Count} addresses")]
    private partial void LogListening(string protocols, int port, int count);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "WebRTC is off: {Reason}. Live pictures go on without it; room cameras cannot send. It begins by itself when the reason is gone")]
    private partial void LogOff(string reason);

    private sealed class Lease(int cameraId, long? keyId, Func<bool> allowed) : IDisposable
    {
        public int CameraId => cameraId;

        /// <summary>Of the device; null for a member.</summary>
        public long? KeyId => keyId;

        public Func<bool> Allowed => allowed;

        /// <summary>Who publishes; null for a viewer.</summary>
        public required string? Publisher { get; init; }

        /// <summary>Grows with every session.</summary>
        public long Number { get; set; }

        public required CancellationToken Ended { get; init; }

        public required IReadOnlyList<IDisposable> Held { get; init; }

        public CancellationTokenRegistration Ring { get; set; }

        public void Dispose()
        {
            Ring.Unregister(); // Not Dispose: that waits for the callback, and this may be the callback.
            foreach (var held in Held)
            {
                held.Dispose();
            }
        }
    }
}
