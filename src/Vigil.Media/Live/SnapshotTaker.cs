using System.Globalization;
using Vigil.Media.Bus;
using Vigil.Media.Ingest;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.Live;

/// <summary>How a snapshot went.</summary>
public enum SnapshotResult
{
    Taken,

    /// <summary>The camera has sent no key frame in time.</summary>
    NoPicture,

    /// <summary>The machine has no share left.</summary>
    Busy,

    /// <summary>It could not be decoded.</summary>
    Failed,
}

/// <summary>A JPEG, or why there is none.</summary>
public sealed record Snapshot(SnapshotResult Result, ReadOnlyMemory<byte> Picture, DateTimeOffset TakenAt);

/// <summary>The newest key frame as JPEG, at most once a second per width; who asks in between gets the same picture.</summary>
internal sealed class SnapshotTaker(MediaBus bus, TranscodeBudget budget, LiveOptions options, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan KeyFramePatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DecodePatience = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly Dictionary<int, (Task<Snapshot> Picture, long StartedAt)> cache = [];

    public Task<Snapshot> TakeAsync(int width)
    {
        lock (gate)
        {
            if (cache.TryGetValue(width, out var known) && (!known.Picture.IsCompleted || time.GetElapsedTime(known.StartedAt) < Lifetime))
            {
                return known.Picture;
            }

            // Sizes come from a short list (LiveOutputs), so this never holds many.
            var picture = TakeNowAsync(width);
            cache[width] = (picture, time.GetTimestamp());
            return picture;
        }
    }

    private async Task<Snapshot> TakeNowAsync(int width)
    {
        await Task.Yield();
        try
        {
            var frame = await NewestKeyFrameAsync();
            if (frame.Format.Codec == Codec.Mjpeg)
            {
                return new Snapshot(SnapshotResult.Taken, frame.Payload, frame.WallClock);
            }

            using var share = budget.TryTake(TranscodeKind.Snapshot);
            if (share is null)
            {
                return new Snapshot(SnapshotResult.Busy, default, default);
            }

            var picture = await EncodeAsync(frame, width);
            return new Snapshot(picture.Length > 0 ? SnapshotResult.Taken : SnapshotResult.Failed, picture, frame.WallClock);
        }
        catch (OperationCanceledException)
        {
            return new Snapshot(SnapshotResult.NoPicture, default, default);
        }
        catch (IOException)
        {
            return new Snapshot(SnapshotResult.Failed, default, default);
        }
    }

    private async Task<MediaFrame> NewestKeyFrameAsync()
    {
        using var frames = bus.Subscribe(new SubscriptionOptions { Name = "snapshot", Audio = false, FromGroupStart = true, Capacity = 4_096 });
        using var patience = new CancellationTokenSource(KeyFramePatience, time);
        while (true)
        {
            var frame = await frames.ReadAsync(patience.Token);
            if (frame.IsKeyFrame)
            {
                return frame;
            }
        }
    }

    private async Task<byte[]> EncodeAsync(MediaFrame frame, int width)
    {
        var filter = string.Create(CultureInfo.InvariantCulture, $"scale=w='min({width},iw)':h=-2:flags=bilinear");
        await using var child = await ChildProcess.StartAsync(
            JpegEncoder.Command(frame.Format, options, filter, ["-frames:v", "1", "-f", "image2pipe", "pipe:1"]), time);
        using var patience = new CancellationTokenSource(DecodePatience, time);
        await child.Input.WriteAsync(new PictureInput().Write(frame), patience.Token);
        child.CloseInput();
        using var picture = new MemoryStream();
        await child.Output.CopyToAsync(picture, patience.Token);
        return picture.ToArray();
    }
}
