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
/// which capture time it had received media (now, and at the last two beats of the recorder).
/// </summary>
public static class RecordingHost
{
    public const string IndexFile = "index.txt";
    public const string ProgressFile = "progress.bin";

    /// <summary>Arguments: directory, footage (a fragmented MP4), number of cameras, speed.</summary>
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
            SegmentLength = TimeSpan.FromSeconds(4),
            ReserveBytes = 1 << 20,
            Beat = () =>
            {
                beatBefore = beat;
                beat = Interlocked.Read(ref now);
            },
        };
        await using var recorder = new Recorder(options, new PosixSegmentDisk(root), time, NullLoggerFactory.Instance);
        var indexing = IndexAsync(recorder, Path.Combine(root, IndexFile));
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

            if (indexing.IsCompleted || holds.Count == 0)
            {
                return 1;
            }
        }
    }

    private static MediaFrame Place(MediaFrame frame, TimeSpan round, DateTimeOffset epoch) => new()
    {
        Format = frame.Format,
        Pts = frame.Pts + round,
        Dts = frame.Dts + round,
        IsKeyFrame = frame.IsKeyFrame,
        WallClock = epoch + (frame.Pts - MediaTime.Zero) + round,
        Payload = frame.Payload,
    };

    private static async Task IndexAsync(Recorder recorder, string path)
    {
        await using var log = new StreamWriter(path, append: true) { AutoFlush = true };
        await foreach (var change in recorder.Changes.ReadAllAsync())
        {
            var s = change.Segment;
            await log.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"{change.Kind} {s.Path} {s.Bytes} {s.Start.UtcTicks} {s.End.UtcTicks} {s.Ended}"));
        }
    }
}
