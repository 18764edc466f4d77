using System.Collections.Concurrent;
using Vigil.Media.WebRtc;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;

namespace Vigil.Server.Live;

/// <summary>
/// Media of a WebRTC session flows past every request, so somebody must look after it: ends a session when its login session, its
/// access to the camera, or the camera itself has gone.
/// </summary>
internal sealed partial class WebRtcLeases(
    WebRtcSessions webRtc, CameraAccess access, SessionLeases sessions, TimeProvider time, ILogger<WebRtcLeases> logger) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<string, Lease> leases = new();

    public void Add(int cameraId, string session, CurrentMember member, CameraNeed need) =>
        leases[session] = new Lease(cameraId, member, need, sessions.Watch(member));

    public bool Owns(int cameraId, string session) => leases.TryGetValue(session, out var lease) && lease.CameraId == cameraId;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        LogListening(webRtc.Listening.Count == 0 ? 0 : webRtc.Listening[0].Port, webRtc.Listening.Count);
        using var timer = new PeriodicTimer(LookEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Look();
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private void Look()
    {
        foreach (var (session, lease) in leases)
        {
            var allowed = !lease.Login.Ended.IsCancellationRequested
                && access.Check(lease.Member, lease.CameraId, lease.Need) == CameraAnswer.Allowed;
            if (allowed && webRtc.Exists(session))
            {
                continue;
            }

            webRtc.End(session);
            if (leases.TryRemove(session, out var ended))
            {
                ended.Login.Dispose();
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Live pictures by WebRTC use UDP port {Port} on {Count} addresses")]
    private partial void LogListening(int port, int count);

    private sealed record Lease(int CameraId, CurrentMember Member, CameraNeed Need, SessionLease Login);
}
