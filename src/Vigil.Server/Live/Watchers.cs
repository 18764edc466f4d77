using System.Collections.Concurrent;
using Vigil.Server.Accounts;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live;

/// <summary>Who is looking at (or listening to) each camera on this server, by whichever road, so that the room may know.</summary>
public sealed class Watchers(TimeProvider time)
{
    /// <summary>A player of playlists asks every few seconds; one that has not for this long is gone.</summary>
    private static readonly TimeSpan PlaylistPatience = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<Watch, byte> open = new();
    private readonly ConcurrentDictionary<(int CameraId, long AccountId), (string Name, long At)> playlists = new();

    /// <summary>Rings with the camera whose watchers have changed. One whose player just stopped asking rings nothing: look again now and then.</summary>
    public Broadcast<int> Changed { get; } = new();

    /// <summary>The member watches until the result is disposed.</summary>
    public IDisposable Enter(int cameraId, CurrentMember member)
    {
        var watch = new Watch(this, cameraId, member.AccountId, NameOf(member));
        open[watch] = 0;
        Changed.Send(cameraId);
        return watch;
    }

    /// <summary>The member's player has asked for more just now.</summary>
    public void Asked(int cameraId, CurrentMember member)
    {
        var news = !playlists.ContainsKey((cameraId, member.AccountId));
        playlists[(cameraId, member.AccountId)] = (NameOf(member), time.GetTimestamp());
        if (news)
        {
            Changed.Send(cameraId);
        }
    }

    /// <summary>Names of the people who watch, each once, in alphabetical order.</summary>
    public IReadOnlyList<string> Of(int cameraId)
    {
        foreach (var (key, last) in playlists)
        {
            if (time.GetElapsedTime(last.At) > PlaylistPatience)
            {
                playlists.TryRemove(KeyValuePair.Create(key, last));
            }
        }

        return
        [
            .. open.Keys.Where(watch => watch.CameraId == cameraId).Select(watch => (watch.AccountId, watch.Name))
                .Concat(playlists.Where(pair => pair.Key.CameraId == cameraId).Select(pair => (pair.Key.AccountId, pair.Value.Name)))
                .DistinctBy(person => person.AccountId).Select(person => person.Name).Order(StringComparer.Ordinal),
        ];
    }

    internal static string NameOf(CurrentMember member) => member.Name is { Length: > 0 } name ? name : member.Username;

    private sealed class Watch(Watchers owner, int cameraId, long accountId, string name) : IDisposable
    {
        public int CameraId => cameraId;

        public long AccountId => accountId;

        public string Name => name;

        public void Dispose()
        {
            if (owner.open.TryRemove(this, out _))
            {
                owner.Changed.Send(cameraId);
            }
        }
    }
}
