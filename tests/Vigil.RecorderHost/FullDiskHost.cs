using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Media.Bus;
using Vigil.Media.Recording;
using Vigil.Protocols.Codecs;
using Vigil.Testing;

namespace Vigil.RecorderHost;

/// <summary>
/// Records on a real, small disk that others fill and clear again. Says what happened in lines on standard output: <c>FULL</c> and
/// <c>RESUMED</c> as they come, then <c>FAULT …</c> for whatever is wrong afterwards, and <c>DONE</c> with what there is.
/// </summary>
public static class FullDiskHost
{
    private const int Crib = 1;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    /// <summary>Arguments: the directory of the disk, footage (a fragmented MP4).</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var root = Path.Combine(arguments[0], "segments");
        var ballast = Path.Combine(arguments[0], "others");
        var footage = SampleFootage.Read(await File.ReadAllBytesAsync(arguments[1]));
        var disk = new PosixSegmentDisk(root);
        var options = new RecorderOptions { Root = root, SegmentLength = TimeSpan.FromSeconds(4), ReserveBytes = 1 << 20, ResumeBytes = 1 << 20 };
        var index = new Dictionary<string, SegmentRecord>();
        await using (var recorder = new Recorder(options, disk, TimeProvider.System, NullLoggerFactory.Instance))
        {
            var bus = new MediaBus();
            using var hold = recorder.Attach(Crib, bus, TimeSpan.FromSeconds(2)).Hold();
            using var end = new CancellationTokenSource();
            var playing = PlayAsync(bus, footage, end.Token);

            await UntilAsync(s => s.End - s.Start > TimeSpan.FromSeconds(2));
            Fill(ballast, disk.FreeBytes);
            await UntilAsync(s => s.Ended == SegmentEnd.DiskFull);
            Console.WriteLine($"FULL {recorder.Status.Paused}");

            // Room for some bytes, but not for going on.
            using (var file = File.OpenWrite(ballast))
            {
                file.SetLength(file.Length - (512 * 1024));
            }

            await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System);
            Console.WriteLine($"WAITS {recorder.Status.Paused}");
            File.Delete(ballast);
            var full = index.Count;
            await UntilAsync(s => index.Count > full && s.End - s.Start > TimeSpan.FromSeconds(2));
            Console.WriteLine($"RESUMED {recorder.Status.Paused}");
            await end.CancelAsync();
            await playing;
            await recorder.DisposeAsync();
            while (recorder.Changes.TryRead(out var last))
            {
                index[last.Segment.Path] = last.Segment;
            }

            async Task UntilAsync(Func<SegmentRecord, bool> done)
            {
                await foreach (var change in recorder.Changes.ReadAllAsync())
                {
                    index[change.Segment.Path] = change.Segment;
                    if (done(change.Segment))
                    {
                        return;
                    }
                }
            }
        }

        await InspectAsync(root, disk, index);
        return 0;
    }

    private static async Task InspectAsync(string root, PosixSegmentDisk disk, Dictionary<string, SegmentRecord> index)
    {
        await using var after = new Recorder(new RecorderOptions { Root = root, ReserveBytes = 0 }, disk, TimeProvider.System, NullLoggerFactory.Instance);
        var found = (await after.ScanAsync(CancellationToken.None)).OrderBy(s => s.Start).ToList();
        foreach (var segment in found)
        {
            if (!index.Remove(segment.Path, out var told) || told.Bytes != segment.Bytes || told.Ended != segment.Ended || told.Frames != segment.Frames)
            {
                Console.WriteLine($"FAULT the index says {told}, the disk {segment}");
            }

            var complaints = SampleFootage.Run("ffmpeg", $"-v error -xerror -i {Path.Combine(root, segment.Path)} -f null -");
            if (complaints.Length > 0)
            {
                Console.WriteLine($"FAULT {segment.Path}: {complaints.ReplaceLineEndings(" ")}");
            }
        }

        foreach (var missing in index.Keys)
        {
            Console.WriteLine($"FAULT {missing} is in the index and not on the disk");
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"DONE {string.Join(' ', found.Select(s => s.Ended))}"));
    }

    /// <summary>To the last byte.</summary>
    private static void Fill(string path, long bytes)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[4096];
        try
        {
            for (var written = 0L; written < bytes + (1 << 20); written += block.Length)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    private static async Task PlayAsync(MediaBus bus, IReadOnlyList<MediaFrame> footage, CancellationToken cancel)
    {
        var time = TimeProvider.System;
        var (began, epoch, round) = (time.GetTimestamp(), time.GetUtcNow(), TimeSpan.Zero);
        var length = footage[^1].Dts - footage[0].Dts + TimeSpan.FromMilliseconds(40);
        while (true)
        {
            foreach (var frame in footage)
            {
                while (frame.Dts - footage[0].Dts + round > time.GetElapsedTime(began))
                {
                    if (cancel.IsCancellationRequested)
                    {
                        return;
                    }

                    await Task.Delay(Step, time, CancellationToken.None);
                }

                bus.Publish(RecordingHost.Place(frame, round, epoch));
            }

            round += length;
        }
    }
}
