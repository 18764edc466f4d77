using System.Collections.Concurrent;
using System.Threading.Channels;
using Vigil.Server.Accounts;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live;

/// <summary>Who is looking at (or listening to) each camera on this server, by whichever road, so that the room may know, and the household later.</summary>
public sealed class Watchers(TimeProvider time)
{
    /// <summary>A player of playlists asks every few seconds; one that has not for this long is gone.</summary>
    private static readonly TimeSpan PlaylistPatience = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<Guid, Watch> open = new();
    // Two first requests of one player arrive at once: only one of them may begin a session.
    private readonly Lock gate = new();
    private readonly Dictionary<(int CameraId, long AccountId, WatchRoad Road), Watch> playlists = [];

    // A lost beginning comes with its end; of a lost end the table makes one up when nobody has seen the session for a while.
    private readonly Channel<StreamSession> news = Channel.CreateBounded<StreamSession>(new BoundedChannelOptions(4_096) { FullMode = BoundedChannelFullMode.DropOldest });

    /// <summary>Rings with the camera whose watchers have changed. One whose player just stopped asking rings nothing: look again now and then.</summary>
    public Broadcast<int> Changed { get; } = new();

    /// <summary>Those that go on now, of all households: for loops, and for answers that pick the cameras of theirs.</summary>
    public IReadOnlyList<StreamSession> Open => [.. open.Values.Select(watch => watch.Session).OrderBy(session => session.StartedAt)];

    /// <summary>Sessions that began or ended, for the one who writes them down.</summary>
    internal ChannelReader<StreamSession> News => news.Reader;

    /// <summary>The member watches until the result is disposed.</summary>
    public IDisposable Enter(int cameraId, CurrentMember member, WatchVia via)
    {
        var watch = new Watch(this, StreamSession.Begin(cameraId, member, via, time.GetUtcNow()));
        Add(watch);
        return watch;
    }

    /// <summary>The member's player has asked for more just now.</summary>
    public void Asked(int cameraId, CurrentMember member, WatchVia via)
    {
        var key = (cameraId, member.AccountId, via.Road);
        lock (gate)
        {
            if (playlists.TryGetValue(key, out var known) && known.Ask(time.GetTimestamp()))
            {
                return;
            }

            var watch = new Watch(this, StreamSession.Begin(cameraId, member, via, time.GetUtcNow()));
            watch.Ask(time.GetTimestamp());
            playlists[key] = watch;
            Add(watch);
        }
    }

    /// <summary>Names of the people who watch, each once, in alphabetical order.</summary>
    public IReadOnlyList<string> Of(int cameraId)
    {
        Sweep();
        return
        [
            .. open.Values.Select(watch => watch.Session).Where(session => session.CameraId == cameraId)
                .DistinctBy(session => session.AccountId).Select(session => session.Viewer).Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>Lets go of players that ask no more.</summary>
    internal void Sweep()
    {
        lock (gate)
        {
            foreach (var (key, watch) in playlists)
            {
                if (watch.SilentSince is { } last && time.GetElapsedTime(last) is var silence && silence > PlaylistPatience)
                {
                    playlists.Remove(key);
                    watch.End(time.GetUtcNow() - silence);
                }
            }
        }
    }

    internal void Tell(StreamSession session) => news.Writer.TryWrite(session);

    internal void EndAll()
    {
        foreach (var watch in open.Values)
        {
            watch.Dispose();
        }
    }

    internal static string NameOf(CurrentMember member) => member.Name is { Length: > 0 } name ? name : member.Username;

    private DateTimeOffset Now => time.GetUtcNow();

    private void Add(Watch watch)
    {
        open[watch.Session.Id] = watch;
        Tell(watch.Session);
        Changed.Send(watch.Session.CameraId);
    }

    private sealed class Watch(Watchers owner, StreamSession session) : IDisposable
    {
        private long asked;

        public StreamSession Session => session;

        /// <summary>When a player of playlists last asked; null for other roads.</summary>
        public long? SilentSince => Interlocked.Read(ref asked) is > 0 and var at ? at : null;

        /// <summary>False when it has ended.</summary>
        public bool Ask(long now)
        {
            Interlocked.Exchange(ref asked, Math.Max(1, now));
            return owner.open.ContainsKey(session.Id);
        }

        public void Dispose() => End(owner.Now);

        public void End(DateTimeOffset at)
        {
            if (owner.open.TryRemove(session.Id, out _))
            {
                owner.Tell(session with { EndedAt = at > session.StartedAt ? at : session.StartedAt });
                owner.Changed.Send(session.CameraId);
            }
        }
    }
}
