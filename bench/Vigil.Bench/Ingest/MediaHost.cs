using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Media;
using Vigil.Media.Decoding;
using Vigil.Media.Recording;
using Vigil.Perception.Hearing;

namespace Vigil.Bench.Ingest;

/// <summary>
/// The engine alone, without HTTP or a database: takes in the cameras at the given addresses. It says READY when all are live,
/// and on 'status' how many are.
/// </summary>
internal static class MediaHost
{
    public static async Task<int> Run(string[] arguments)
    {
        var addresses = arguments.Where(a => a.StartsWith("rtsp", StringComparison.Ordinal)).ToList();
        await using var engine = new MediaEngine(new MediaEngineOptions { AllowLoopback = true }, TimeProvider.System, NullLoggerFactory.Instance);
        var feeds = addresses.Select((address, i) => engine.Start(new CameraSource { CameraId = i + 1, Address = new Uri(address) })).ToList();

        var rings = arguments.SkipWhile(a => a != "--rings").Skip(1).FirstOrDefault();
        await using var recorder = rings is null
            ? null
            : new Recorder(new RecorderOptions { Root = rings }, new PosixSegmentDisk(rings), TimeProvider.System, NullLoggerFactory.Instance);
        var holds = new List<IDisposable>();
        foreach (var feed in feeds)
        {
            var camera = recorder?.Attach(feed.CameraId, feed.Main, TimeSpan.FromSeconds(5));
            if (camera is not null && arguments.Contains("--record"))
            {
                holds.Add(camera.Hold());
            }
        }

        var listening = new List<Task>();
        using var end = new CancellationTokenSource();
        foreach (var feed in arguments.Contains("--listen") ? feeds : [])
        {
            var tap = new SoundTap(feed.CameraId, feed.Main, new SoundTapOptions(), TimeProvider.System, NullLoggerFactory.Instance);
            listening.Add(Listen(tap, end.Token));
        }

        var live = 0;
        while (live < feeds.Count)
        {
            await engine.StatusChanges.ReadAsync();
            live = feeds.Count(f => f.Status.State == FeedState.Live);
        }

        Console.WriteLine("READY");
        while (await Console.In.ReadLineAsync() is { } line)
        {
            live = feeds.Count(f => f.Status.State == FeedState.Live);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{line} {live} live, {feeds.Sum(f => f.Status.Reconnects)} reconnects"));
        }

        holds.ForEach(h => h.Dispose());
        await end.CancelAsync();
        await Task.WhenAll(listening);
        return 0;
    }

    /// <summary>Judges every block of sound as the alarm does.</summary>
    private static async Task Listen(SoundTap tap, CancellationToken cancel)
    {
        await using var _ = tap;
        using var blocks = tap.Subscribe("bench");
        try
        {
            await foreach (var block in blocks.Blocks.ReadAllAsync(cancel))
            {
                GC.KeepAlive(SoundLevel.Measure(block.Samples.Span));
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
