using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Media.Bus;
using Vigil.Media.Recording;
using Vigil.Protocols.Codecs;
using Vigil.Testing;

namespace Vigil.RecorderHost;

/// <summary>
/// A process that does nothing but record, to be killed: some cameras play the same footage for ever, all of them are held. Beside the
/// segments it keeps two files for whoever comes after its death: <c>index</c>, what it was told is durable, and <c>progress</c>, up to
/// which capture time it had received media (now, and at the last two beats of the recorder). Asked to, it also deletes old segments and makes
/// files of ranges all the time; <c>leaving</c> then names what it was about to delete.
/// </summary>
public static class RecordingHost
{
    public const string IndexFile = "index.txt";
    public const string ProgressFile = "progress.bin";

    public const string LeavingFile = "leaving.txt";
    public const string Exports = "exports";

    /// <summary>Segments of each camera that clean-up leaves.</summary>
    private const int Kept = 2;

    /// <summary>Arguments: directory, footage (a fragmented MP4), number of cameras, speed, and <c>busy</c> for clean-up and exports meanwhile.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var root = arguments[0];
        var footage = SampleFootage.Read(await File.ReadAllBytesAsync(arguments[1]));
        var cameras = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        var time = new FastTime(int.Parse(arguments[3], CultureInfo.InvariantCulture));

        using var progress = File.OpenHandle(Path.Combine(root, ProgressFile), FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        long now = 0, beat = 0, beatBefore = 0;
        var options = new RecorderOptions
        {
            Root = root,
            SegmentLength = TimeSpan.FromSeconds(arguments.Contains("busy") ? 1 : 4),
            ReserveBytes = 1 << 20,
            Beat = () =>
            {
                beatBefore = beat;
                beat = Interlocked.Read(ref now);
            },
        };
        await using var recorder = new Recorder(options, new PosixSegmentDisk(root), time, NullLoggerFactory.Instance);
        var known = new ConcurrentDictionary<string, SegmentRecord>();
        var indexing = IndexAsync(recorder, Path.Combine(root, IndexFile), known);
        var working = arguments.Contains("busy") ? Task.WhenAny(CleanAsync(recorder, root, known, time), ExportAsync(root, known, time)) : Task.Delay(Timeout.InfiniteTimeSpan, time);
        var buses = Enumerable.Range(0, cameras).Select(_ => new MediaBus()).ToList();
        var holds = buses.Select((bus, i) => recorder.Attach(i + 1, bus, TimeSpan.FromSeconds(5)).Hold()).ToList();

        Console.WriteLine("READY");
        var began = time.GetTimestamp();
        var epoch = time.GetUtcNow();
        var length = footage[^1].Dts - footage[0].Dts + TimeSpan.FromMilliseconds(40);
        var round = TimeSpan.Zero;
        for (var next = 0; ; next++)
        {
            if (next == footage.Count)
            {
                next = 0;
                round += length;
            }

            var due = footage[next].Dts - footage[0].Dts + round;
            while (due - time.GetElapsedTime(began) is var wait && wait > TimeSpan.Zero)
            {
                await Task.Delay(wait > TimeSpan.FromMilliseconds(20) ? wait : TimeSpan.FromMilliseconds(20), time);
            }

            var frame = Place(footage[next], round, epoch);
            Interlocked.Exchange(ref now, frame.WallClock.UtcTicks);
            RandomAccess.Write(progress, [.. BitConverter.GetBytes(now), .. BitConverter.GetBytes(beat), .. BitConverter.GetBytes(beatBefore)], 0);
            foreach (var bus in buses)
            {
                bus.Publish(frame);
            }

            if (indexing.IsCompleted || working.IsCompleted || holds.Count == 0)
            {
                return 1;
            }
        }
    }

    internal static MediaFrame Place(MediaFrame frame, TimeSpan round, DateTimeOffset epoch) => new()
    {
        Format = frame.Format,
        Pts = frame.Pts + round,
        Dts = frame.Dts + round,
        IsKeyFrame = frame.IsKeyFrame,
        WallClock = epoch + (frame.Pts - MediaTime.Zero) + round,
        Payload = frame.Payload,
    };

    /// <summary>As clean-up does: what goes is decided, the files go, and only then the index hears of it.</summary>
    private static async Task CleanAsync(Recorder recorder, string root, ConcurrentDictionary<string, SegmentRecord> known, TimeProvider time)
    {
        await using var log = new StreamWriter(Path.Combine(root, LeavingFile), append: true) { AutoFlush = true };
        while (true)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), time);
            var old = known.Values.Where(s => !s.Open).GroupBy(s => s.CameraId).SelectMany(c => c.OrderByDescending(s => s.Start).Skip(Kept)).ToList();
            if (old.Count > 0)
            {
                await log.WriteLineAsync(string.Join(' ', old.Select(s => s.Path)));
                await recorder.DeleteAsync(old, CancellationToken.None);
                old.ForEach(s => known.TryRemove(s.Path, out _));
            }
        }
    }

    /// <summary>Everything there is of a camera as one file, what is being written included; it has its name when it is whole.</summary>
    private static async Task ExportAsync(string root, ConcurrentDictionary<string, SegmentRecord> known, TimeProvider time)
    {
        var folder = Directory.CreateDirectory(Path.Combine(root, Exports)).FullName;
        var buffer = new byte[64 * 1024];
        for (var number = 0; ; number++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), time);
            if (known.Values.GroupBy(s => s.CameraId).OrderBy(c => c.Key).ElementAtOrDefault(number % 4) is not { } camera
                || ClipFile.Open([.. camera], root, DateTimeOffset.MinValue, DateTimeOffset.MaxValue) is not { } clip)
            {
                continue;
            }

            using var open = clip;
            var part = Path.Combine(folder, "part");
            await using (var file = File.Create(part))
            {
                for (var at = 0L; await clip.ReadAsync(at, buffer, CancellationToken.None) is > 0 and var got; at += got)
                {
                    await file.WriteAsync(buffer.AsMemory(0, got));
                }
            }

            File.Move(part, Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{number % 3}.whole")), overwrite: true);
        }
    }

    private static async Task IndexAsync(Recorder recorder, string path, ConcurrentDictionary<string, SegmentRecord> known)
    {
        await using var log = new StreamWriter(path, append: true) { AutoFlush = true };
        await foreach (var change in recorder.Changes.ReadAllAsync())
        {
            var s = change.Segment;
            if (change.Kind == SegmentChangeKind.Deleted)
            {
                known.TryRemove(s.Path, out _);
            }
            else
            {
                known[s.Path] = s;
            }

            await log.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"{change.Kind} {s.Path} {s.Bytes} {s.Start.UtcTicks} {s.End.UtcTicks} {s.Ended}"));
        }
    }
}
