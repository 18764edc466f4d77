using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Vigil.Media.Bus;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.Live;

/// <summary>One viewer of a <see cref="MjpegStream"/>: gets the newest picture, never a queue of old ones. Dispose to leave.</summary>
public sealed class MjpegViewer : IDisposable
{
    private readonly MjpegStream stream;
    private readonly Channel<ReadOnlyMemory<byte>> newest = Channel.CreateBounded<ReadOnlyMemory<byte>>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

    internal MjpegViewer(MjpegStream stream) => this.stream = stream;

    /// <summary>Complete JPEG pictures; completes when the stream ends.</summary>
    public ChannelReader<ReadOnlyMemory<byte>> Pictures => newest.Reader;

    public void Dispose()
    {
        stream.Leave(this);
        newest.Writer.TryComplete();
    }

    internal void Offer(ReadOnlyMemory<byte> picture) => newest.Writer.TryWrite(picture);

    internal void End() => newest.Writer.TryComplete();
}

/// <summary>
/// JPEG pictures of one camera in one size, encoded once for all viewers and only while there are any: at most ten a second, or key
/// frames alone when the machine is busy. A camera that sends JPEG itself is passed through.
/// </summary>
#pragma warning disable CA1001 // The token source is cancelled once and has no timer: nothing to dispose.
public sealed partial class MjpegStream
#pragma warning restore CA1001
{
    private const int MostPerSecond = 10;
    private static readonly TimeSpan WriteTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(30);

    private readonly MediaBus bus;
    private readonly int width;
    private readonly bool keyFramesOnly;
    private readonly IDisposable share;
    private readonly LiveOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly Action<MjpegStream> over;
    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private MjpegViewer[] viewers = [];
    private bool started;
    private bool ended;

    internal MjpegStream(
        MediaBus bus, int width, bool keyFramesOnly, IDisposable share, LiveOptions options, TimeProvider time, ILogger logger, Action<MjpegStream> over)
    {
        this.bus = bus;
        this.width = width;
        this.keyFramesOnly = keyFramesOnly;
        this.share = share;
        this.options = options;
        this.time = time;
        this.logger = logger;
        this.over = over;
    }

    /// <summary>Null when the stream has just ended: ask for a new one.</summary>
    internal MjpegViewer? Watch()
    {
        var viewer = new MjpegViewer(this);
        lock (gate)
        {
            if (ended)
            {
                return null;
            }

            viewers = [.. viewers, viewer];
            if (!started)
            {
                started = true;
                _ = RunAsync();
            }
        }

        return viewer;
    }

    internal void Leave(MjpegViewer viewer)
    {
        lock (gate)
        {
            viewers = [.. viewers.Where(other => other != viewer)];
            if (viewers.Length > 0)
            {
                return;
            }

            ended = true;
        }

        stop.Cancel();
    }

    internal void End()
    {
        lock (gate)
        {
            ended = true;
        }

        stop.Cancel();
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        var backOff = TimeSpan.FromSeconds(1);
        try
        {
            while (true)
            {
                try
                {
                    await PictureLoopAsync(stop.Token);
                    backOff = TimeSpan.FromSeconds(1);
                }
                catch (IOException failure)
                {
                    LogBroke(width, failure.Message, backOff.TotalSeconds);
                    await Task.Delay(backOff, time, stop.Token);
                    backOff = TimeSpan.FromTicks(Math.Min(backOff.Ticks * 2, LongestBackOff.Ticks));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody watches any more.
        }
        finally
        {
            share.Dispose();
            over(this);
            foreach (var viewer in viewers)
            {
                viewer.End();
            }
        }
    }

    /// <summary>Pictures of one format; returns when it changes.</summary>
    private async Task PictureLoopAsync(CancellationToken cancel)
    {
        using var frames = bus.Subscribe(new SubscriptionOptions { Name = "mjpeg", Audio = false, FromGroupStart = true, Capacity = 1_024 });
        var frame = await frames.ReadAsync(cancel);
        var format = frame.Format;
        if (format.Codec == Codec.Mjpeg)
        {
            await PassThroughAsync(frames, frame, cancel);
            return;
        }

        await using var encoder = await JpegEncoder.StartAsync(format, width, EveryNth(frame), options, Hand, time);
        while (frame.Format.Equals(format))
        {
            if (frame.IsKeyFrame || !keyFramesOnly)
            {
                using var patience = new CancellationTokenSource(WriteTimeout, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
                try
                {
                    await encoder.WriteAsync(frame, either.Token);
                }
                catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
                {
                    throw new IOException("ffmpeg takes no more pictures.");
                }
            }

            frame = await frames.ReadAsync(cancel);
        }
    }

    private async Task PassThroughAsync(Subscription frames, MediaFrame frame, CancellationToken cancel)
    {
        MediaTime? last = null;
        var interval = TimeSpan.FromSeconds(1.0 / MostPerSecond) - TimeSpan.FromMilliseconds(5);
        while (frame.Format.Codec == Codec.Mjpeg)
        {
            if (last is null || frame.Pts - last.Value >= interval)
            {
                last = frame.Pts;
                Hand(frame.Payload);
            }

            frame = await frames.ReadAsync(cancel);
        }
    }

    /// <summary>Which share of the pictures is encoded: 25 a second become every third. Taken from the cached group, where it is long enough.</summary>
    private int EveryNth(MediaFrame first)
    {
        if (keyFramesOnly)
        {
            return 1;
        }

        using var peek = bus.Subscribe(new SubscriptionOptions { Name = "mjpeg pace", Audio = false, FromGroupStart = true, Capacity = 1_024 });
        var count = 0;
        var last = first;
        while (peek.TryRead(out var frame))
        {
            count++;
            last = frame;
        }

        var span = (last.Dts - first.Dts).TotalSeconds;
        var perSecond = count > 3 && span > 0.1 ? (count - 1) / span : 25;
        return Math.Max(1, (int)Math.Ceiling((perSecond / MostPerSecond) - 0.05));
    }

    private void Hand(ReadOnlyMemory<byte> picture)
    {
        foreach (var viewer in Volatile.Read(ref viewers))
        {
            viewer.Offer(picture);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The JPEG encoder for {Width} px broke ({Reason}); next try in {Seconds} s.")]
    private partial void LogBroke(int width, string reason, double seconds);
}
