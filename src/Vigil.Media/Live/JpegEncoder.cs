using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Vigil.Media.Ingest;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.Live;

/// <summary>An ffmpeg that takes H.264 or H.265 and gives JPEG pictures, each handed on as soon as it is there.</summary>
internal sealed class JpegEncoder : IAsyncDisposable
{
    private const int LongestHeader = 512;
    private const int LargestPicture = 8 * 1024 * 1024;

    private readonly ChildProcess child;
    private readonly PictureInput input = new();
    private readonly Action<ReadOnlyMemory<byte>> hand;
    private readonly Task reading;

    private JpegEncoder(ChildProcess child, Action<ReadOnlyMemory<byte>> hand)
    {
        this.child = child;
        this.hand = hand;
        reading = ReadAsync();
    }

    public static async Task<JpegEncoder> StartAsync(
        TrackFormat format, int width, int everyNth, LiveOptions options, Action<ReadOnlyMemory<byte>> hand, TimeProvider time)
    {
        var filter = string.Create(
            CultureInfo.InvariantCulture, $"select=not(mod(n\\,{everyNth})),scale=w='min({width},iw)':h=-2:flags=fast_bilinear");
        return new JpegEncoder(
            await ChildProcess.StartAsync(
                Command(format, options, filter, ["-f", "mpjpeg", "-flush_packets", "1", "pipe:1"]), time),
            hand);
    }

    /// <summary>ffmpeg from raw video on standard input through <paramref name="filter"/> to JPEG, with nothing buffered on the way.</summary>
    public static ChildCommand Command(TrackFormat format, LiveOptions options, string filter, string[] output) => new()
    {
        Program = options.FfmpegPath,
        RunAsUser = options.RunAsUser,
        Arguments =
        [
            "-v", "error", "-nostats", "-threads", "1", "-probesize", "32", "-analyzeduration", "0", "-flags", "low_delay",
            "-protocol_whitelist", "pipe",
            "-f", PictureInput.FormatName(format.Codec) ?? throw new IOException($"{format.Codec} is not a picture."),
            "-i", "pipe:0", "-an", "-vf", filter, "-vsync", "passthrough", "-c:v", "mjpeg", "-threads", "1", "-q:v", "6", .. output,
        ],
    };

    public async Task WriteAsync(MediaFrame frame, CancellationToken cancel)
    {
        if (reading.IsCompleted)
        {
            throw new IOException($"ffmpeg ended: {child.Errors}");
        }

        await child.Input.WriteAsync(input.Write(frame), cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await child.DisposeAsync();
        await reading;
    }

    private async Task ReadAsync()
    {
        var pipe = PipeReader.Create(child.Output, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        try
        {
            while (true)
            {
                var read = await pipe.ReadAsync();
                var rest = read.Buffer;
                while (TryTakePart(ref rest, out var picture))
                {
                    if (!picture.IsEmpty)
                    {
                        hand(picture);
                    }
                }

                pipe.AdvanceTo(rest.Start, rest.End);
                if (read.IsCompleted)
                {
                    return;
                }
            }
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // The next picture finds the reading ended and says so.
        }
    }

    /// <summary>One part of ffmpeg's multipart output: boundary and headers with a Content-length, an empty line, the picture.</summary>
    private static bool TryTakePart(ref ReadOnlySequence<byte> rest, out ReadOnlyMemory<byte> picture)
    {
        picture = default;
        var reader = new SequenceReader<byte>(rest);
        if (!reader.TryReadTo(out ReadOnlySequence<byte> header, "\r\n\r\n"u8))
        {
            return rest.Length > LongestHeader ? throw new IOException("ffmpeg wrote no part header.") : false;
        }

        var text = Encoding.ASCII.GetString(header);
        var at = text.IndexOf("Content-length:", StringComparison.OrdinalIgnoreCase);
        if (at < 0)
        {
            rest = reader.UnreadSequence; // What stands before the first boundary.
            return true;
        }

        var value = text.AsSpan(at + "Content-length:".Length);
        var lineEnd = value.IndexOf('\r');
        if (!int.TryParse(lineEnd < 0 ? value : value[..lineEnd], NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out var length)
            || length is < 0 or > LargestPicture)
        {
            throw new IOException("ffmpeg wrote a part of impossible length.");
        }

        if (reader.Remaining < length)
        {
            return false;
        }

        picture = reader.UnreadSequence.Slice(0, length).ToArray();
        rest = reader.UnreadSequence.Slice(length);
        return true;
    }
}
