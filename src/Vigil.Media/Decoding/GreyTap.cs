using System.Globalization;
using Vigil.Media.Bus;
using Vigil.Media.Ingest;
using Vigil.Media.Live;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.Decoding;

/// <summary>Why a <see cref="GreyTap"/> has no more pictures.</summary>
public enum GreyEnd
{
    /// <summary>The camera sends another format now: begin again.</summary>
    FormatChanged,

    /// <summary>Nothing came.</summary>
    NoPicture,

    /// <summary>Only key frames may be decoded, and they are too far apart.</summary>
    TooSparse,
}

/// <summary>Which pictures a <see cref="GreyTap"/> gives.</summary>
public sealed record GreyTapOptions
{
    public string FfmpegPath { get; init; } = "ffmpeg";

    /// <summary>The account ffmpeg runs as when the server is root.</summary>
    public string? RunAsUser { get; init; }

    public required int Width { get; init; }

    public required int Height { get; init; }

    /// <summary>Decode nothing but key frames: for a stream that is too big to be decoded whole.</summary>
    public bool KeyFramesOnly { get; init; }
}

/// <summary>A small grey picture, row by row, valid only during the call.</summary>
public readonly ref struct GreyPicture(ReadOnlySpan<byte> pixels, TimeSpan position, DateTimeOffset at)
{
    public ReadOnlySpan<byte> Pixels { get; } = pixels;

    /// <summary>On the media timeline of the bus.</summary>
    public TimeSpan Position { get; } = position;

    public DateTimeOffset At { get; } = at;
}

/// <summary>Takes a picture; called by one task at a time.</summary>
public delegate void TakeGrey(GreyPicture picture);

/// <summary>
/// About three small grey pictures a second of one stream, decoded by one ffmpeg with one thread. A stream of more than
/// <see cref="LargestDecoded"/> pixels is never decoded whole, only its key frames; and those only when they are at most <see cref="LongestGap"/> apart.
/// </summary>
public static class GreyTap
{
    /// <summary>1280 × 720: a sub-stream is smaller, a main stream is larger.</summary>
    public const int LargestDecoded = 1280 * 720;

    public static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(4.5);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.3);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan WriteTimeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Gives pictures until there are no more. An <see cref="IOException"/> says that ffmpeg broke, or could not be started. ffmpeg picks one picture
    /// every 0.3 s by the time at which it gets them, so that a camera that slows down at night is looked at no less often.
    /// </summary>
    public static async Task<GreyEnd> RunAsync(MediaBus bus, GreyTapOptions options, TakeGrey take, TimeProvider time, CancellationToken cancel)
    {
        using var frames = bus.Subscribe(new SubscriptionOptions { Name = "motion", Audio = false, FromGroupStart = true, Capacity = 300 });
        if (await NextAsync(frames, time, cancel) is not { } frame)
        {
            return GreyEnd.NoPicture;
        }

        var format = frame.Format;
        var isJpeg = format.Codec == Codec.Mjpeg;
        var keysOnly = !isJpeg && (options.KeyFramesOnly || format.Width * format.Height > LargestDecoded);
        await using var child = await ChildProcess.StartAsync(CommandFor(format, options), time);
        var newest = new Newest { Pts = frame.Pts, At = frame.WallClock, Since = time.GetTimestamp() };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await using var kill = stop.Token.Register(child.Kill);
        var reading = ReadAsync(child, options, newest, take, time);
        try
        {
            var input = new PictureInput();
            MediaTime? lastFed = null;
            var sparse = 0;
            while (true)
            {
                if (isJpeg ? lastFed is not { } fed || frame.Pts - fed >= Interval : frame.IsKeyFrame || !keysOnly)
                {
                    // Two in a row: one gap may be the camera's absence.
                    sparse = keysOnly && lastFed is { } before && frame.Pts - before > LongestGap ? sparse + 1 : 0;
                    lastFed = frame.Pts;
                    newest.Set(frame);
                    await WriteAsync(child, isJpeg ? frame.Payload : input.Write(frame), time, cancel);
                }

                if (reading.IsCompleted)
                {
                    await reading;
                    throw new IOException($"ffmpeg ended: {child.Errors}");
                }

                var late = time.GetElapsedTime(newest.Since) > Patience;
                if (sparse == 2 || (late && keysOnly))
                {
                    return GreyEnd.TooSparse;
                }

                if (late)
                {
                    throw new IOException("ffmpeg gives no pictures.");
                }

                if (await NextAsync(frames, time, cancel) is not { } next)
                {
                    return GreyEnd.NoPicture;
                }

                if (!next.Format.Equals(format))
                {
                    return GreyEnd.FormatChanged;
                }

                frame = next;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    internal static ChildCommand CommandFor(TrackFormat format, GreyTapOptions options) => new()
    {
        Program = options.FfmpegPath,
        RunAsUser = options.RunAsUser,
        Arguments =
        [
            "-v", "error", "-nostats", "-threads", "1", "-probesize", "32", "-analyzeduration", "0", "-flags", "low_delay",
            "-skip_loop_filter", "all", // What deblocking would mend is not seen at this size.
            "-protocol_whitelist", "pipe", "-use_wallclock_as_timestamps", "1",
            "-f", format.Codec == Codec.Mjpeg ? "mjpeg" : PictureInput.FormatName(format.Codec) ?? throw new IOException($"{format.Codec} is not a picture."),
            "-i", "pipe:0", "-an",
            "-vf", string.Create(
                CultureInfo.InvariantCulture,
                $"select=isnan(prev_selected_t)+gte(t-prev_selected_t\\,{Interval.TotalSeconds}),scale={options.Width}:{options.Height}:flags=area,format=gray"),
            "-vsync", "passthrough", "-f", "rawvideo", "-flush_packets", "1", "pipe:1",
        ],
    };

    /// <summary>Null when none comes for long.</summary>
    private static async Task<MediaFrame?> NextAsync(Subscription frames, TimeProvider time, CancellationToken cancel)
    {
        if (frames.TryRead(out var waiting))
        {
            return waiting;
        }

        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        try
        {
            return await frames.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return null;
        }
    }

    private static async Task WriteAsync(ChildProcess child, ReadOnlyMemory<byte> picture, TimeProvider time, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(WriteTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        try
        {
            await child.Input.WriteAsync(picture, either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new IOException("ffmpeg takes no more pictures.");
        }
    }

    private static async Task ReadAsync(ChildProcess child, GreyTapOptions options, Newest newest, TakeGrey take, TimeProvider time)
    {
        await Task.Yield();
        var pixels = new byte[options.Width * options.Height];
        while (await child.Output.ReadAtLeastAsync(pixels, pixels.Length, throwOnEndOfStream: false) == pixels.Length)
        {
            newest.Since = time.GetTimestamp();
            var (pts, at) = newest.Get();
            take(new GreyPicture(pixels, new TimeSpan(pts.Ticks), at));
        }
    }

    /// <summary>Of the frame that went in last, which is the one that comes out.</summary>
    private sealed class Newest
    {
        private readonly Lock gate = new();

        public MediaTime Pts { private get; set; }

        public DateTimeOffset At { private get; set; }

        /// <summary>When a picture came out, or the first went in.</summary>
        public long Since
        {
            get => Volatile.Read(ref field);
            set => Volatile.Write(ref field, value);
        }

        public void Set(MediaFrame frame)
        {
            lock (gate)
            {
                (Pts, At) = (frame.Pts, frame.WallClock);
            }
        }

        public (MediaTime Pts, DateTimeOffset At) Get()
        {
            lock (gate)
            {
                return (Pts, At);
            }
        }
    }
}
