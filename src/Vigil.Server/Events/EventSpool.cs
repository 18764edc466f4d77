using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Vigil.Server.Events;

/// <summary>
/// Where events wait while the database is away: one file, appended to and synced, one line per state of an event:
/// sixteen hex digits of SHA-256, a space, JSON. A torn or damaged line is skipped and counted. Bounded: when full it is
/// rewritten with only the newest state of each event, and when that does not help, the oldest events go. One user at a time.
/// </summary>
public sealed class EventSpool(string path, long mostBytes = EventSpool.DefaultMostBytes)
{
    /// <summary>An event is about 500 bytes: sixteen thousand of them, a night of alarms in twenty rooms.</summary>
    public const long DefaultMostBytes = 8 * 1024 * 1024;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Lines that could not be read back, since this object exists.</summary>
    public int Damaged { get; private set; }

    public bool IsEmpty => !File.Exists(path) || new FileInfo(path).Length == 0;

    /// <summary>Returns when the events are on the disk.</summary>
    public void Append(IReadOnlyCollection<CameraEvent> events)
    {
        var lines = Encode(events);
        if (!IsEmpty && new FileInfo(path).Length + lines.Length > mostBytes)
        {
            Rewrite(Newest(events));
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        file.Seek(0, SeekOrigin.End);
        if (file.Length > 0 && !EndsWithLine(file))
        {
            file.WriteByte((byte)'\n'); // A crash tore the last line: it must not swallow this one.
        }

        file.Write(lines);
        file.Flush(flushToDisk: true);
    }

    /// <summary>The newest state of every event that waits, oldest event first.</summary>
    public IReadOnlyList<CameraEvent> Read()
    {
        if (!File.Exists(path))
        {
            return [];
        }

        var newest = new Dictionary<Guid, CameraEvent>();
        foreach (var line in File.ReadLines(path))
        {
            if (line.Length == 0)
            {
                continue;
            }

            if (Decode(line) is not { } seen)
            {
                Damaged++;
            }
            else if (!newest.TryGetValue(seen.Id, out var known) || known.Revision <= seen.Revision)
            {
                newest[seen.Id] = seen;
            }
        }

        return [.. newest.Values.OrderBy(e => e.StartedAt)];
    }

    /// <summary>Everything in it has been filed.</summary>
    public void Clear()
    {
        if (File.Exists(path))
        {
            using var file = new FileStream(path, FileMode.Truncate, FileAccess.Write);
            file.Flush(flushToDisk: true);
        }
    }

    private List<CameraEvent> Newest(IReadOnlyCollection<CameraEvent> added)
    {
        var newest = Read().ToDictionary(e => e.Id);
        foreach (var e in added)
        {
            newest[e.Id] = e;
        }

        return [.. newest.Values.OrderBy(e => e.StartedAt)];
    }

    private void Rewrite(List<CameraEvent> events)
    {
        var lines = Encode(events);
        while (lines.Length > mostBytes && events.Count > 1)
        {
            events.RemoveRange(0, Math.Max(1, events.Count / 4));
            lines = Encode(events);
        }

        var fresh = path + ".new";
        using (var file = new FileStream(fresh, FileMode.Create, FileAccess.Write))
        {
            file.Write(lines);
            file.Flush(flushToDisk: true);
        }

        File.Move(fresh, path, overwrite: true);
    }

    private static byte[] Encode(IEnumerable<CameraEvent> events)
    {
        var text = new StringBuilder();
        foreach (var e in events)
        {
            var json = JsonSerializer.Serialize(e, Json);
            text.Append(Checksum(json)).Append(' ').Append(json).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static CameraEvent? Decode(string line)
    {
        if (line.Length < 18 || line[16] != ' ' || Checksum(line[17..]) != line[..16])
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<CameraEvent>(line[17..], Json);
        }
        catch (JsonException)
        {
            return null; // Whole, but written by a version whose events looked otherwise.
        }
    }

    private static string Checksum(string json) =>
        BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(json))).ToString("x16", null);

    private static bool EndsWithLine(FileStream file)
    {
        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte() == '\n';
    }
}
