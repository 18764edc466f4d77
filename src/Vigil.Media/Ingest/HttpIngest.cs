using Microsoft.Extensions.Logging;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.Ingest;

/// <summary>
/// Cameras that speak HTTP: MJPEG is taken apart here, snapshots are fetched again and again, HLS and everything else is fetched by us
/// and piped into ffmpeg, which opens nothing itself.
/// </summary>
internal sealed partial class HttpIngest(Dialer dialer, FfmpegRun ffmpeg, MediaEngineOptions options, ILogger logger) : IIngest
{
    private const string NoPictures = "What answers there sends no JPEG pictures.";

    private static readonly TimeSpan SnapshotPeriod = TimeSpan.FromMilliseconds(500);

    /// <summary>What ffmpeg may open for piped data: its own input and nothing else, whatever the data claims to be.</summary>
    private static readonly string[] PipeInput = ["-protocol_whitelist", "pipe", "-i", "pipe:0"];

    public string Name => "ffmpeg";

    public async Task<IngestEnd> RunAsync(StreamRequest request, StreamSink sink, CancellationToken cancel)
    {
        try
        {
            using var http = new CameraHttp(dialer, request, options.AnswerTimeout, sink.Clock.Time);
            using var answer = await http.GetAsync(request.Address, cancel);
            var said = answer.Content.Headers.NonValidated.TryGetValues("Content-Type", out var values) ? values.ToString() : "";
            var media = said.Split(';')[0].Trim().ToLowerInvariant();
            Answered(logger, request.Name, media);
            if (media.Contains("mpegurl", StringComparison.Ordinal) || request.Address.AbsolutePath.EndsWith(".m3u8", StringComparison.OrdinalIgnoreCase))
            {
                var hls = new HlsFetch(http, request.Address, sink.Clock.Time);
                return await ffmpeg.RunAsync(request, sink, ["-re", .. PipeInput], FfmpegRun.CopyTracks(request), hls.FeedAsync, cancel);
            }

            await using var body = await answer.Content.ReadAsStreamAsync(cancel);
            var head = new byte[PictureReader.HeadBytes];
            var filled = await body.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancel);
            head = head[..filled];
            // What it is counts more than what it is called: cameras name their pictures in every way, or not at all.
            var parts = media.StartsWith("multipart/", StringComparison.Ordinal);
            if (parts || media is "image/jpeg" or "image/jpg" || PictureReader.AreBegunBy(head))
            {
                // An answer of a known length is one picture, whatever else its maker put into it.
                var whole = !parts && !media.StartsWith("video/", StringComparison.Ordinal)
                    && answer.Content.Headers.ContentLength is > 0 and <= CodecLimits.MaxJpegBytes;
                return await ReadPicturesAsync(http, said, whole, head, body, request, sink, cancel);
            }

            if (media is "text/html" or "text/plain" or "application/json" or "text/xml" or "application/xml")
            {
                return new IngestEnd(FeedFailure.NotACamera, "There is a web page at that address, not a camera's stream.");
            }

            // A file would be gone in a moment; a live stream paces itself.
            string[] pace = answer.Content.Headers.ContentLength is > 0 ? ["-re"] : [];
            var rest = head;
            if (media is "audio/wav" or "audio/x-wav" or "audio/wave" or "audio/vnd.wave")
            {
                if (await WavHead.ReadAsync(head, body, cancel) is not { } samples)
                {
                    return new IngestEnd(FeedFailure.UnsupportedCodec, "The camera's sound is no WAV that Vigil can read.");
                }

                pace = [.. pace, .. samples];
                rest = [];
            }

            return await ffmpeg.RunAsync(
                request, sink, [.. pace, .. PipeInput], FfmpegRun.CopyTracks(request), (input, stop) => CopyAsync(rest, body, input, stop), cancel);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            cancel.ThrowIfCancellationRequested();
            return new IngestEnd(FeedFailure.NoAnswer, "The connection to the camera broke.");
        }
    }

    private static async Task CopyAsync(byte[] head, Stream body, Stream input, CancellationToken stop)
    {
        await input.WriteAsync(head, stop);
        await body.CopyToAsync(input, stop);
    }

    /// <summary>Empty when there is more than a picture may have.</summary>
    private static async Task<byte[]> ReadWholeAsync(byte[] head, Stream body, CancellationToken cancel)
    {
        using var whole = new MemoryStream();
        whole.Write(head);
        var buffer = new byte[16 * 1024];
        while (await body.ReadAsync(buffer, cancel) is > 0 and var read)
        {
            if (whole.Length + read > CodecLimits.MaxJpegBytes)
            {
                return [];
            }

            whole.Write(buffer, 0, read);
        }

        return whole.ToArray();
    }

    /// <summary>One picture after another; an answer that ends after a single one, without being a stream of parts, is a snapshot and asked for again.</summary>
    private static async Task<IngestEnd> ReadPicturesAsync(
        CameraHttp http, string type, bool whole, byte[] head, Stream body, StreamRequest request, StreamSink sink, CancellationToken cancel)
    {
        var jpeg = new JpegTrack(sink);
        var parts = type.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase);
        try
        {
            var read = await ReadAsync(head, body);
            if (read is { Count: 0, IsBroken: false } && !parts)
            {
                return new IngestEnd(FeedFailure.NotACamera, NoPictures);
            }

            using var timer = new PeriodicTimer(SnapshotPeriod, sink.Clock.Time);
            while (read.Count == 1 && !parts && await timer.WaitForNextTickAsync(cancel))
            {
                using var answer = await http.GetAsync(request.Address, cancel);
                await using var next = await answer.Content.ReadAsStreamAsync(cancel);
                read = await ReadAsync([], next);
            }

            return read.IsBroken ? new IngestEnd(FeedFailure.ProtocolError, "The camera's MJPEG stream turned into garbage.")
                : read.Count == 0 && !parts ? new IngestEnd(FeedFailure.ProtocolError, "The camera stopped sending pictures.")
                : new IngestEnd(FeedFailure.NoAnswer, "The camera ended the stream.");
        }
        finally
        {
            sink.End();
        }

        async Task<(long Count, bool IsBroken)> ReadAsync(byte[] first, Stream rest) => whole
            ? (jpeg.Push(await ReadWholeAsync(first, rest, cancel)) ? 1 : 0, false)
            : await PictureReader.ReadAsync(type, first, rest, jpeg, cancel);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Stream} answers with {MediaType}")]
    private static partial void Answered(ILogger logger, string stream, string mediaType);
}
