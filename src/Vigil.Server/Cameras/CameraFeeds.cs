using System.Collections.Concurrent;
using Vigil.Media;
using Vigil.Media.WebRtc;
using Vigil.Server.Devices.Signaling;
using Vigil.Server.Hosting;

namespace Vigil.Server.Cameras;

/// <summary>How a camera is, for people.</summary>
public enum CameraState
{
    Connecting,
    Live,
    Offline,
    Paused,
}

/// <summary>A camera's state with the facts of its streams.</summary>
public sealed record CameraStatus
{
    public required int CameraId { get; init; }

    public required CameraState State { get; init; }

    public FeedFailure Failure { get; init; }

    public string Detail { get; init; } = "";

    public DateTimeOffset Since { get; init; }

    public DateTimeOffset? LastFrameAt { get; init; }

    public StreamFacts? Video { get; init; }

    public StreamFacts? Audio { get; init; }

    public int Reconnects { get; init; }

    public string Ingest { get; init; } = "";

    internal static CameraStatus Of(FeedStatus feed) => new()
    {
        CameraId = feed.CameraId,
        State = feed.State switch { FeedState.Live => CameraState.Live, FeedState.Offline => CameraState.Offline, _ => CameraState.Connecting },
        Failure = feed.Failure,
        Detail = feed.Detail,
        Since = feed.Since,
        LastFrameAt = feed.LastFrameAt,
        Video = feed.Video,
        Audio = feed.Audio,
        Reconnects = feed.Reconnects,
        Ingest = feed.IngestName,
    };
}

/// <summary>The running feeds of registered cameras: whoever wants frames comes through here.</summary>
public sealed class CameraFeeds(MediaEngine engine, CameraDirectory directory, CameraSecrets secrets, SignalPresence peers)
{
    private readonly Lock gate = new();
    private readonly ConcurrentDictionary<int, CameraSource> running = new();

    /// <summary>Every change of a camera's status.</summary>
    public Broadcast<CameraStatus> StatusChanged { get; } = new();

    /// <summary>The feed, when the camera is being read.</summary>
    public CameraFeed? Find(int cameraId) => engine.Find(cameraId);

    /// <summary>
    /// The feed, started when it is not (a server that does not own the loops reads cameras only for its own viewers). Null when the
    /// camera is unknown, paused, or a device whose picture does not come here.
    /// </summary>
    public CameraFeed? Open(int cameraId)
    {
        if (directory.Find(cameraId) is not { Paused: false, IsPeer: false } camera)
        {
            return null;
        }

        lock (gate)
        {
            var source = SourceOf(camera);
            if (engine.Find(cameraId) is { } feed && running.TryGetValue(cameraId, out var known) && known == source)
            {
                return feed;
            }

            running[cameraId] = source;
            return engine.Start(source);
        }
    }

    public async Task StopAsync(int cameraId)
    {
        lock (gate)
        {
            running.TryRemove(cameraId, out _);
        }

        await engine.StopAsync(cameraId);
    }

    /// <summary>Tells everybody the status of a camera as it is now.</summary>
    internal void Announce(int cameraId)
    {
        if (directory.Find(cameraId) is { } camera)
        {
            StatusChanged.Send(StatusOf(camera));
        }
    }

    public CameraStatus StatusOf(Camera camera) =>
        camera.Paused ? new CameraStatus { CameraId = camera.Id, State = CameraState.Paused, Detail = "Paused for privacy.", Since = camera.UpdatedAt }
        : camera.PeerDevice is { } device ? PeerStatus(camera, peers.IsOnline(device))
        : engine.Find(camera.Id) is { } feed ? CameraStatus.Of(feed.Status)
        : new CameraStatus { CameraId = camera.Id, State = CameraState.Connecting, Detail = "Starting.", Since = camera.UpdatedAt };

    /// <summary>Whether it could be looked at; what it sends nobody here can know.</summary>
    private static CameraStatus PeerStatus(Camera camera, bool isOnline) => new()
    {
        CameraId = camera.Id,
        State = isOnline ? CameraState.Live : CameraState.Offline,
        Detail = isOnline ? "" : "The device is not connected.",
        Since = camera.UpdatedAt,
        Ingest = CameraAddress.Peer,
    };

    public CameraSource SourceOf(Camera camera) => Source(camera, secrets.Open(camera), secrets.OpenHidden(camera));

    /// <summary>What the engine needs; the only place where secrets meet their address.</summary>
    public static CameraSource Source(Camera camera, string? password, IReadOnlyList<HiddenPart> hidden) => new()
    {
        CameraId = camera.Id,
        Address = camera.IsPublished ? WebRtcSessions.AddressOf(camera.Id) : CameraAddress.ToConnect(camera.Address, password, hidden),
        SubAddress = camera.SubAddress is { } sub ? CameraAddress.ToConnect(sub, password, hidden) : null,
        AudioAddress = camera.AudioAddress is { } audio ? CameraAddress.ToConnect(audio, password, hidden) : null,
        Username = camera.Username,
        Password = password,
        Ingest = camera.IngestKind,
        OnvifPort = camera.OnvifPort,
    };
}
