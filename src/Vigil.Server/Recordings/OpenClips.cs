using System.Security.Cryptography;
using System.Text;
using Vigil.Media.Recording;
using Vigil.Server.Hosting;

namespace Vigil.Server.Recordings;

/// <summary>
/// Clips that are being played: a player asks for many parts of one, and opening it means hundreds of files. One that nobody reads is kept
/// for a moment, for the next part. What opens it is asked anew each time, so footage that was deleted is not found here.
/// </summary>
public sealed class OpenClips(VigilPaths paths, TimeProvider time) : IDisposable
{
    private const int MostOpening = 2;
    private const int MostIdle = 8;
    private static readonly TimeSpan IdleFor = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Tables in memory and open files grow with the time that clips cover.</summary>
    private static readonly TimeSpan MostIdleFootage = TimeSpan.FromHours(26);
    private static readonly TimeSpan MostFootage = TimeSpan.FromHours(104);

    private readonly Lock gate = new();
    private readonly List<Entry> entries = []; // The one used last stands last.
    private readonly SemaphoreSlim opening = new(MostOpening);
    private ITimer? sweeping;

    /// <summary>Busy: too many at once, try again. Otherwise null when the range holds no media.</summary>
    public async Task<(bool Busy, OpenClip? Clip)> OpenAsync(
        IReadOnlyList<SegmentRecord> segments, DateTimeOffset from, DateTimeOffset to, DateTimeOffset notBefore, CancellationToken cancel)
    {
        var key = KeyOf(segments, from, to, notBefore);
        if (Find(key) is { } known)
        {
            return (false, known);
        }

        if (!await WaitAsync(cancel))
        {
            return (true, null);
        }

        try
        {
            if (Find(key) is { } opened)
            {
                return (false, opened);
            }

            if (!HasRoom(to - from))
            {
                return (true, null);
            }

            // Hundreds of files are opened and their tables read: not on a thread that others' requests wait for.
            return (false, await Task.Run(() => ClipFile.Open(segments, paths.Segments, from, to, notBefore), CancellationToken.None) is { } clip
                ? Keep(new Entry(key, clip, to - from)) : null);
        }
        finally
        {
            opening.Release();
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            sweeping?.Dispose();
            entries.Where(e => e.Users == 0).ToList().ForEach(Close);
        }

        opening.Dispose();
    }

    internal OpenClip Share(Entry entry)
    {
        lock (gate)
        {
            return Lend(entry);
        }
    }

    internal void Return(Entry entry)
    {
        lock (gate)
        {
            entry.Users--;
            entry.Since = time.GetTimestamp();
            Tidy();
        }
    }

    private async Task<bool> WaitAsync(CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            await opening.WaitAsync(both.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    private OpenClip? Find(string key)
    {
        lock (gate)
        {
            return entries.Find(e => e.Key == key) is { } found ? Lend(found) : null;
        }
    }

    private OpenClip Keep(Entry entry)
    {
        lock (gate)
        {
            if (entries.Find(e => e.Key == entry.Key) is { } other)
            {
                entry.Clip.Dispose();
                return Lend(other);
            }

            sweeping ??= time.CreateTimer(_ => Sweep(), null, IdleFor, IdleFor);
            return Lend(entry);
        }
    }

    private OpenClip Lend(Entry entry)
    {
        entry.Users++;
        entries.Remove(entry);
        entries.Add(entry);
        return new OpenClip(this, entry);
    }

    private bool HasRoom(TimeSpan footage)
    {
        lock (gate)
        {
            return entries.Where(e => e.Users > 0).Aggregate(footage, (sum, e) => sum + e.Footage) <= MostFootage;
        }
    }

    private void Sweep()
    {
        lock (gate)
        {
            Tidy();
        }
    }

    private void Tidy()
    {
        var idle = entries.Where(e => e.Users == 0).Reverse().ToList();
        var footage = TimeSpan.Zero;
        for (var i = 0; i < idle.Count; i++)
        {
            footage += idle[i].Footage;
            if (i >= MostIdle || footage > MostIdleFootage || time.GetElapsedTime(idle[i].Since) >= IdleFor)
            {
                Close(idle[i]);
            }
        }

        if (entries.Count == 0)
        {
            sweeping?.Dispose();
            sweeping = null;
        }
    }

    private void Close(Entry entry)
    {
        entries.Remove(entry);
        entry.Clip.Dispose();
    }

    private static string KeyOf(IReadOnlyList<SegmentRecord> segments, DateTimeOffset from, DateTimeOffset to, DateTimeOffset notBefore)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{from.UtcTicks};{to.UtcTicks};{notBefore.UtcTicks};"));
        foreach (var segment in segments)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{segment.Path}:{segment.Bytes}:{segment.Open};"));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    internal sealed class Entry(string key, ClipFile clip, TimeSpan footage)
    {
        public string Key => key;

        public ClipFile Clip => clip;

        public TimeSpan Footage => footage;

        public int Users { get; set; }

        public long Since { get; set; }
    }
}

/// <summary>One reader's share of a clip; the files stay open at least until it is disposed.</summary>
public sealed class OpenClip : IDisposable
{
    private readonly OpenClips owner;
    private readonly OpenClips.Entry entry;
    private bool disposed;

    internal OpenClip(OpenClips owner, OpenClips.Entry entry)
    {
        this.owner = owner;
        this.entry = entry;
    }

    public ClipFile File => entry.Clip;

    /// <summary>Another share of the same clip, for one who may read longer.</summary>
    public OpenClip Share() => owner.Share(entry);

    public void Dispose()
    {
        if (!Interlocked.Exchange(ref disposed, true))
        {
            owner.Return(entry);
        }
    }
}
