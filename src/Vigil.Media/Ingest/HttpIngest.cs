using System.Buffers;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using Vigil.Protocols.Codecs;

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
            var type = answer.Content.Headers.ContentType;
            var media = type?.MediaType?.ToLowerInvariant() ?? "";
            Answered(logger, request.Name, media);
            if (media.StartsWith("multipart/", StringComparison.Ordinal))
            {
                return await ReadMultipartAsync(answer, type!, sink, cancel);
            }

            if (media is "image/jpeg" or "image/jpg")
            {
                return await PollAsync(http, answer, request, sink, cancel);
            }

            if (media.Contains("mpegurl", StringComparison.Ordinal) || request.Address.AbsolutePath.EndsWith(".m3u8", StringComparison.OrdinalIgnoreCase))
            {
                var hls = new HlsFetch(http, request.Address, sink.Clock.Time);
                return await ffmpeg.RunAsync(request, sink, ["-re", .. PipeInput], FfmpegRun.CopyTracks(request), hls.FeedAsync, cancel);
            }

            if (media is "text/html" or "text/plain" or "application/json" or "text/xml" or "application/xml")
            {
                return new IngestEnd(FeedFailure.NotACamera, "There is a web page at that address, not a camera's stream.");
            }

            // A file would be gone in a moment; a live stream paces itself.
            string[] pace = answer.Content.Headers.ContentLength is > 0 ? ["-re"] : [];
            await using var body = await answer.Content.ReadAsStreamAsync(cancel);
            if (media is "audio/wav" or "audio/x-wav" or "audio/wave" or "audio/vnd.wave")
            {
                if (await WavHead.ReadAsync(body, cancel) is not { } samples)
                {
                    return new IngestEnd(FeedFailure.UnsupportedCodec, "The camera's sound is no WAV that Vigil can read.");
                }

                pace = [.. pace, .. samples];
            }

            return await ffmpeg.RunAsync(
                request, sink, [.. pace, .. PipeInput], FfmpegRun.CopyTracks(request), (input, stop) => body.CopyToAsync(input, stop), cancel);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            cancel.ThrowIfCancellationRequested();
            return new IngestEnd(FeedFailure.NoAnswer, "The connection to the camera broke.");
        }
    }

    private static async Task<IngestEnd> ReadMultipartAsync(
        HttpResponseMessage answer, MediaTypeHeaderValue type, StreamSink sink, CancellationToken cancel)
    {
        if (!MultipartSplitter.TryReadBoundary(type.ToString(), out var boundary))
        {
            return new IngestEnd(FeedFailure.ProtocolError, "The camera's MJPEG stream names no boundary.");
        }

        var jpeg = new JpegTrack(sink);
        var splitter = new MultipartSplitter(boundary);
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            await using var body = await answer.Content.ReadAsStreamAsync(cancel);
            while (await body.ReadAsync(buffer, cancel) is > 0 and var read)
            {
                splitter.Push(buffer.AsSpan(0, read));
                while (splitter.TryTake(out var part))
                {
                    jpeg.Push(part.Body);
                }

                if (splitter.Error != MultipartError.None)
                {
                    return new IngestEnd(FeedFailure.ProtocolError, "The camera's MJPEG stream turned into garbage.");
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            sink.End();
        }

        return new IngestEnd(FeedFailure.NoAnswer, "The camera ended the stream.");
    }

    private static async Task<IngestEnd> PollAsync(
        CameraHttp http, HttpResponseMessage first, StreamRequest request, StreamSink sink, CancellationToken cancel)
    {
        var jpeg = new JpegTrack(sink);
        try
        {
            await PushPictureAsync(first, jpeg, cancel);
            using var timer = new PeriodicTimer(SnapshotPeriod, sink.Clock.Time);
            while (await timer.WaitForNextTickAsync(cancel))
            {
                using var answer = await http.GetAsync(request.Address, cancel);
                if (!await PushPictureAsync(answer, jpeg, cancel))
                {
                    return new IngestEnd(FeedFailure.ProtocolError, "The camera stopped sending pictures.");
                }
            }
        }
        finally
        {
            sink.End();
        }

        return new IngestEnd(FeedFailure.NoAnswer, "The camera ended the stream.");
    }

    private static async Task<bool> PushPictureAsync(HttpResponseMessage answer, JpegTrack jpeg, CancellationToken cancel)
    {
        if (answer.Content.Headers.ContentLength > CodecLimits.MaxJpegBytes)
        {
            return false;
        }

        await answer.Content.LoadIntoBufferAsync(CodecLimits.MaxJpegBytes, cancel);
        return jpeg.Push(await answer.Content.ReadAsByteArrayAsync(cancel));
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Stream} answers with {MediaType}")]
    private static partial void Answered(ILogger logger, string stream, string mediaType);
}
