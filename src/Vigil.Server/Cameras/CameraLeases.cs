using System.Collections.Concurrent;
using Vigil.Server.Accounts;
using Vigil.Server.Hosting;

namespace Vigil.Server.Cameras;

/// <summary>
/// Tells every stream, socket and running answer that shows a camera to a member when the member's right to it ends: the window, the row, the
/// camera, or the login session. At the latest five seconds after; at once when somebody revokes it. Also rings the household's pages when a window opens or closes.
/// </summary>
public sealed class CameraLeases(
    CameraAccess access, CameraGrants grants, CameraDirectory directory, SessionLeases sessions, Pulses pulses, TimeProvider time) : BackgroundService
{
    /// <summary>Half of what is promised, and then some: a busy machine may be late.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<CameraLease, byte> leases = new();

    /// <summary>Watch until the lease is disposed. The caller has checked at the door.</summary>
    public CameraLease Watch(CurrentMember member, int cameraId, CameraNeed need)
    {
        var lease = new CameraLease(this, member, cameraId, need, sessions.Watch(member));
        leases[lease] = 0;
        return lease;
    }

    /// <summary>
    /// For as long as this answer runs, however long that is: cut off when the right ends, unless somebody takes the lease with <see cref="CameraLease.Take"/>.
    /// Routes with <c>RequireCamera</c> do this by themselves.
    /// </summary>
    public void Hold(HttpContext http, CurrentMember member, int cameraId, CameraNeed need)
    {
        var lease = Watch(member, cameraId, need);
        lease.CutOff(http);
        http.Features.Set(lease);
        http.Response.RegisterForDispose(lease);
    }

    internal void Remove(CameraLease lease) => leases.TryRemove(lease, out _);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var pulse = pulses.Register("camera access", TimeSpan.FromSeconds(60));
        try
        {
            await Loops.RunAsync(stoppingToken, cancel => LookAsync(pulse, cancel), FollowChangesAsync);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task LookAsync(Pulse pulse, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Every, time);
        var open = new HashSet<long>();
        for (var isFirst = true; await timer.WaitForNextTickAsync(cancel); isFirst = false)
        {
            pulse.Beat();
            Look();
            var now = grants.All.Where(row => row.IsActive && row.Rule.At(time.GetUtcNow(), grants.ZoneOf(row.HouseholdId)).Open is not null).ToList();
            var openNow = now.Select(row => row.Id).ToHashSet();
            if (!isFirst)
            {
                foreach (var household in grants.All.Where(row => open.Contains(row.Id) != openNow.Contains(row.Id)).Select(row => row.HouseholdId).Distinct())
                {
                    directory.Changed.Send(household);
                }
            }

            open = openNow;
        }
    }

    private async Task FollowChangesAsync(CancellationToken cancel)
    {
        using var pulse = pulses.Register("changes of camera access", TimeSpan.FromSeconds(60));
        using var changes = directory.Changed.Listen(capacity: 64);
        await foreach (var _ in pulse.ReadAllAsync(changes.Items, cancel))
        {
            Look();
        }
    }

    private void Look()
    {
        foreach (var lease in leases.Keys.Where(lease => access.Check(lease.Member, lease.CameraId, lease.Need) != CameraAnswer.Allowed))
        {
            lease.End();
        }
    }
}

/// <summary>One stream's, socket's or answer's interest in the right to a camera.</summary>
public sealed class CameraLease : IDisposable
{
    /// <summary>The reason when the right to the camera ended.</summary>
    public const string AccessEnded = "accessEnded";

    private readonly CameraLeases watch;
    private readonly SessionLease session;
    private readonly CancellationTokenSource ended;
    private CancellationTokenRegistration cut;
    private bool accessEnded;

    internal CameraLease(CameraLeases watch, CurrentMember member, int cameraId, CameraNeed need, SessionLease session)
    {
        this.watch = watch;
        this.session = session;
        (Member, CameraId, Need) = (member, cameraId, need);
        ended = CancellationTokenSource.CreateLinkedTokenSource(session.Ended);
        Ended = ended.Token;
    }

    public CurrentMember Member { get; }

    public int CameraId { get; }

    public CameraNeed Need { get; }

    /// <summary>Cancelled when the right, or the login session, has ended.</summary>
    public CancellationToken Ended { get; }

    /// <summary>Why, for the page.</summary>
    public string Reason => accessEnded ? AccessEnded : session.Reason;

    /// <summary>The lease of this request, whose end is from now on the caller's to act on. Disposed with the answer.</summary>
    public static CameraLease Take(HttpContext http)
    {
        var lease = http.Features.Get<CameraLease>() ?? throw new InvalidOperationException("Nothing asked for the right to a camera here.");
        lease.cut.Unregister();
        return lease;
    }

    public void Dispose()
    {
        watch.Remove(this);
        cut.Unregister(); // Not Dispose: that waits for the callback, and this may be the callback.
        ended.Dispose();
        session.Dispose();
    }

    internal void CutOff(HttpContext http) => cut = Ended.Register(http.Abort);

    internal void End()
    {
        accessEnded = true;
        try
        {
            ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The stream closed at the same moment.
        }
    }
}
