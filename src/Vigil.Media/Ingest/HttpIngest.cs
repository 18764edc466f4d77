using Microsoft.Extensions.Logging;

namespace Vigil.Media.Ingest;

/// <summary>
/// Cameras that speak HTTP: MJPEG is taken apart here, snapshots are fetched again and again, HLS and everything else is fetched by us
/// and piped into ffmpeg, which opens nothing itself.
/// </summary>
internal sealed partial class HttpIngest(Dialer dialer, FfmpegRun ffmpeg, MediaEngineOptions options, ILogger logger) : IIngest
{
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
            if (media.StartsWith("multipart/", StringComparison.Ordinal) || media is "image/jpeg" or "image/jpg" || PictureReader.AreBegunBy(head))
            {
                return await ReadPicturesAsync(http, said, head, body, request, sink, cancel);
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

    /// <summary>An answer with one picture is a snapshot, fetched again and again; one with many is a stream.</summary>
    private static async Task<IngestEnd> ReadPicturesAsync(
        CameraHttp http, string type, byte[] head, Stream body, StreamRequest request, StreamSink sink, CancellationToken cancel)
    {
        var jpeg = new JpegTrack(sink);
        try
        {
            var read = await PictureReader.ReadAsync(type, head, body, jpeg, cancel);
            if (read == 0)
            {
                return new IngestEnd(FeedFailure.NotACamera, "What answers there sends no JPEG pictures.");
            }

            using var timer = new PeriodicTimer(SnapshotPeriod, sink.Clock.Time);
            while (read == 1 && await timer.WaitForNextTickAsync(cancel))
            {
                using var answer = await http.GetAsync(request.Address, cancel);
                await using var next = await answer.Content.ReadAsStreamAsync(cancel);
                read = await PictureReader.ReadAsync(type, [], next, jpeg, cancel);
            }

            return read == 0
                ? new IngestEnd(FeedFailure.ProtocolError, "The camera stopped sending pictures.")
                : new IngestEnd(FeedFailure.NoAnswer, "The camera ended the stream.");
        }
        finally
        {
            sink.End();
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Stream} answers with {MediaType}")]
    private static partial void Answered(ILogger logger, string stream, string mediaType);
}
