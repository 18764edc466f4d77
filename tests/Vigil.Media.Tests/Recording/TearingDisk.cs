using Vigil.Media.Recording;

namespace Vigil.Media.Tests.Recording;

/// <summary>
/// A disk in memory that keeps its promises and no more: what was not synced is dropped or torn when the power goes. Fails, fills up
/// and writes short on command.
/// </summary>
internal sealed class TearingDisk : ISegmentDisk
{
    private readonly Dictionary<string, TornFile> files = [];
    private readonly HashSet<string> durableNames = [];

    /// <summary>Room for content and reserve; writes beyond are short, then fail as a full disk does.</summary>
    public long Capacity { get; set; } = long.MaxValue / 2;

    /// <summary>The n-th write or sync from now on fails with an error.</summary>
    public int FailAfter { get; set; } = int.MaxValue;

    public long Reserved { get; private set; }

    public int Syncs { get; private set; }

    public long Used => files.Values.Sum(f => f.Length);

    public long FreeBytes => Capacity - Used - Reserved;

    public ISegmentFile Create(string path)
    {
        Fail();
        if (files.ContainsKey(path))
        {
            throw new FileExistsException();
        }

        return files[path] = new TornFile(this, path);
    }

    public ISegmentFile Open(string path) => files.TryGetValue(path, out var file) ? file : throw new FileNotFoundException(path);

    public void Sync(IReadOnlyCollection<ISegmentFile> synced, IReadOnlyCollection<string> directories)
    {
        Fail();
        Syncs++;
        foreach (var file in synced.Cast<TornFile>())
        {
            file.Durable = file.Content.ToArray();
        }

        foreach (var directory in directories)
        {
            // The entry of a file lives in its directory, and that directory's own entry in the one above.
            durableNames.UnionWith(files.Keys.Where(p => p[..p.LastIndexOf('/')] == directory));
        }
    }

    public void Delete(string path) => files.Remove(path);

    public IEnumerable<string> List() => [.. files.Keys];

    public bool Reserve(long bytes)
    {
        if (bytes - Reserved > FreeBytes)
        {
            return false;
        }

        Reserved = bytes;
        return true;
    }

    /// <summary>The power goes and comes back: every file is what was synced, and beyond that whatever chance makes of it.</summary>
    public void CutPower(Random random)
    {
        FailAfter = int.MaxValue;
        foreach (var path in files.Keys.ToList())
        {
            if (!durableNames.Contains(path) && random.Next(2) == 0)
            {
                files.Remove(path);
            }
            else
            {
                files[path].Tear(random);
            }
        }
    }

    public byte[] ContentOf(string path) => [.. files[path].Content];

    public byte[] DurableContentOf(string path) => files[path].Durable;

    private void Fail()
    {
        if (--FailAfter < 0)
        {
            throw new IOException("Input/output error.");
        }
    }

    private sealed class TornFile(TearingDisk disk, string path) : ISegmentFile
    {
        public List<byte> Content { get; private set; } = [];

        public byte[] Durable { get; set; } = [];

        public string Path => path;

        public long Length => Content.Count;

        public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
        {
            disk.Fail();
            offset.ShouldBe(Content.Count, "segments are only ever appended to");
            foreach (var buffer in buffers)
            {
                var room = (int)Math.Max(0, Math.Min(buffer.Length, disk.FreeBytes));
                Content.AddRange(buffer.Span[..room]);
                if (room < buffer.Length)
                {
                    throw new DiskFullException();
                }
            }
        }

        public int Read(long offset, Span<byte> into)
        {
            var count = (int)Math.Max(0, Math.Min(into.Length, Content.Count - offset));
            for (var i = 0; i < count; i++)
            {
                into[i] = Content[(int)offset + i];
            }

            return count;
        }

        public ValueTask<int> ReadAsync(long offset, Memory<byte> into, CancellationToken cancel) => ValueTask.FromResult(Read(offset, into.Span));

        public void Truncate(long length) => Content = Content[..(int)length];

        public void Tear(Random random)
        {
            var written = Content.ToArray();
            var kept = Durable.ToList();
            var tail = written.Length > kept.Count ? written[kept.Count..] : [];
            switch (random.Next(4))
            {
                case 0: // Nothing of it came through.
                    break;
                case 1: // The size did, the bytes did not.
                    kept.AddRange(new byte[tail.Length]);
                    break;
                case 2: // A part of it.
                    kept.AddRange(tail[..random.Next(tail.Length + 1)]);
                    break;
                default: // Some blocks, in no order.
                    for (var block = 0; block < tail.Length; block += 512)
                    {
                        var part = tail[block..Math.Min(block + 512, tail.Length)];
                        kept.AddRange(random.Next(2) == 0 ? part : new byte[part.Length]);
                    }

                    break;
            }

            Content = kept;
            Durable = [.. kept];
        }

        public void Dispose()
        {
        }
    }
}
