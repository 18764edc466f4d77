using Vigil.Server.Accounts;
using Vigil.Server.Devices.Signaling;

namespace Vigil.Server.Live.Signaling;

/// <summary>A device's socket after its hello.</summary>
internal sealed class DeviceLink(SignalDevice device, SignalSocket socket, DateTimeOffset connectedAt)
{
    /// <summary>Of requests through the proxy, how many may wait for the device at a time.</summary>
    private const int MostAsked = 8;

    /// <summary>Of those, one account's: a page that asks again and again leaves room for everybody else.</summary>
    private const int MostAskedByOne = 4;

    private static readonly TimeSpan LateAnswer = TimeSpan.FromMinutes(1);

    private volatile SignalDevice device = device;

    /// <summary>Whose requests wait for its answer; the list is its own lock.</summary>
    private readonly List<long> asked = [];
    private long? lastAsked;

    /// <summary>The row as it was last read: another owner, another name.</summary>
    public SignalDevice Device
    {
        get => device;
        set => device = value;
    }

    public SignalSocket Socket => socket;

    public DateTimeOffset ConnectedAt { get; } = connectedAt;

    /// <summary>Tells this socket from an earlier one of the same device.</summary>
    public string Number { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Whether the other servers have been told of this socket. Whoever is told of after it, is newer.</summary>
    public bool IsAnnounced { get; set; }

    public DateTimeOffset LastHeartbeat { get; set; } = connectedAt;

    /// <summary>Where its go2rtc answers, as it says; told to nobody.</summary>
    public string? Go2Rtc { get; init; }

    /// <summary>What the device said of itself last (battery, temperature …), as it is spelt.</summary>
    public string? Presence { get; set; }

    public string? Capabilities { get; set; }

    /// <summary>Of the second generation: it answers HTTP requests for its go2rtc, and no offers.</summary>
    public bool IsProxying => Go2Rtc is not null || Capabilities is not null;

    /// <summary>Whether requests of the proxy wait for its answer.</summary>
    public bool IsAsked
    {
        get
        {
            lock (asked)
            {
                return asked.Count > 0;
            }
        }
    }

    /// <summary>Notes a request; false when it may not be asked. Whoever notes one also says when it is over (<see cref="EndAsk"/>).</summary>
    public bool TryAsk(long account)
    {
        lock (asked)
        {
            if (asked.Count >= MostAsked || asked.Count(one => one == account) >= MostAskedByOne)
            {
                return false;
            }

            asked.Add(account);
            return true;
        }
    }

    public void EndAsk(long account, TimeProvider time)
    {
        lock (asked)
        {
            asked.Remove(account);
            lastAsked = time.GetTimestamp();
        }
    }

    /// <summary>Whether a long answer may come: also of a request whose asker has just gone, which the device does not learn.</summary>
    public bool MayAnswer(TimeProvider time)
    {
        lock (asked)
        {
            return asked.Count > 0 || (lastAsked is { } at && time.GetElapsedTime(at) < LateAnswer);
        }
    }
}

/// <summary>A viewer's socket after its hello.</summary>
internal sealed class ViewerLink(CurrentMember member, SignalSocket socket)
{
    public CurrentMember Member => member;

    public SignalSocket Socket => socket;
}

/// <summary>A watch session with the two it belongs to. Lock it to change or read its state.</summary>
internal sealed class Watch(Guid id, SignalDevice device, string? node, ViewerLink viewer, WatchSession session)
{
    public Guid Id => id;

    public string DeviceName => device.DeviceId;

    /// <summary>The other server that the device is connected to; null: to this one.</summary>
    public string? Node => node;

    public long DeviceId => device.Id;

    public int CameraId => device.CameraId ?? 0;

    public ViewerLink Viewer => viewer;

    public WatchSession Session => session;

    /// <summary>As it is to be written down.</summary>
    public WatchRow Row() => new()
    {
        Id = id,
        HouseholdId = device.HouseholdId ?? 0,
        DeviceId = device.Id,
        AccountId = viewer.Member.AccountId,
        State = session.State,
        Reason = session.Reason,
        StartedAt = session.StartedAt,
        ActiveAt = session.ActiveAt,
        EndedAt = session.EndedAt,
    };
}
