using System.Buffers;
using Microsoft.Extensions.Logging;

namespace Vigil.Media.Ingest;

/// <summary>
/// One ffmpeg that turns any input into a transport stream on its standard output. Video is copied, sound becomes AAC. Its arguments
/// hold no address and no password: those go in by standard input, or we fetch the bytes ourselves.
/// </summary>
/// <remarks>
/// One transport stream and not one output per track: unlike fragmented MP4 it keeps every time stamp, its muxer does not wait for
/// the other track longer than <c>max_interleave_delta</c>, and lips stay in sync.
/// </remarks>
internal sealed partial class FfmpegRun(MediaEngineOptions options, TimeProvider time, ILogger logger)
{
    private const int ReadBytes = 64 * 1024;

    private static readonly string[] Common = ["-hide_banner", "-v", "error", "-nostats", "-nostdin", "-fpsprobesize", "0"];

    private static readonly string[] Output =
    [
        "-map_metadata", "-1", "-sn", "-dn", "-muxdelay", "0", "-muxpreload", "0", "-max_interleave_delta", "200000",
        "-flush_packets", "1", "-omit_video_pes_length", "0", "-pes_payload_size", "0", "-f", "mpegts", "pipe:1",
    ];

    /// <summary>Copies video as it is; the sound, whatever it was, becomes AAC.</summary>
    public static IReadOnlyList<string> CopyTracks(StreamRequest request) =>
    [
        .. request.WantVideo ? ["-map", "0:v:0?", "-c:v", "copy"] : Array.Empty<string>(),
        .. request.WantAudio ? ["-map", "0:a:0?", "-c:a", "aac", "-b:a", "64k", "-ac", "1"] : Array.Empty<string>(),
    ];

    /// <param name="request">What is wanted of the input.</param>
    /// <param name="sink">Takes the units.</param>
    /// <param name="input">Input arguments; free of secrets.</param>
    /// <param name="tracks">Maps and codecs.</param>
    /// <param name="feed">Writes standard input; completing it is the end of the input. Null for an input that needs none.</param>
    /// <param name="cancel">Kills the child.</param>
    public async Task<IngestEnd> RunAsync(
        StreamRequest request,
        StreamSink sink,
        IReadOnlyList<string> input,
        IReadOnlyList<string> tracks,
        Func<Stream, CancellationToken, Task>? feed,
        CancellationToken cancel)
    {
        ChildProcess child;
        try
        {
            child = await ChildProcess.StartAsync(
                new ChildCommand
                {
                    Program = options.FfmpegPath,
                    Arguments = [.. Common, .. input, .. tracks, .. Output],
                    RunAsUser = options.RunAsUser,
                },
                time);
        }
        catch (IOException failure)
        {
            StartFailed(logger, failure, request.Name);
            return new IngestEnd(FeedFailure.IngestCrashed, "ffmpeg could not be started.");
        }

        await using (child)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            await using var kill = stop.Token.Register(child.Kill);
            var feeding = FeedAsync(child, feed, stop.Token);
            var demuxer = new TsTracks(request, sink);
            try
            {
                await ReadAsync(child.Output, demuxer, sink);
            }
            finally
            {
                await stop.CancelAsync();
                sink.End();
            }

            var fed = await feeding;
            cancel.ThrowIfCancellationRequested();
            ChildEnded(logger, request.Name, Redaction.Clean(child.Errors, request));
            return fed ?? Explain(child, demuxer, request, sink);
        }
    }

    private static async Task ReadAsync(Stream output, TsTracks demuxer, StreamSink sink)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            while (await output.ReadAsync(buffer) is > 0 and var read)
            {
                demuxer.Push(buffer.AsSpan(0, read), sink.Clock.Now);
            }
        }
        catch (IOException)
        {
            // Killed: the reason is told elsewhere.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The end that the feeding found, or null when it had nothing to complain of.</summary>
    private static async Task<IngestEnd?> FeedAsync(ChildProcess child, Func<Stream, CancellationToken, Task>? feed, CancellationToken stop)
    {
        try
        {
            if (feed is not null)
            {
                await feed(child.Input, stop);
            }

            child.CloseInput();
            return null;
        }
        catch (IngestException failure)
        {
            child.CloseInput();
            return new IngestEnd(failure.Failure, failure.Message);
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException or OperationCanceledException)
        {
            child.CloseInput();
            return null;
        }
    }

    private static IngestEnd Explain(ChildProcess child, TsTracks demuxer, StreamRequest request, StreamSink sink)
    {
        if (demuxer.StreamTypes is { Count: > 0 } types && !types.Any(Protocols.MpegTs.TsDemuxer.IsCarried))
        {
            return new IngestEnd(FeedFailure.UnsupportedCodec, "The camera sends a codec that Vigil cannot carry.");
        }

        return FfmpegWords.Explain(child.Errors, request, anyUnit: sink.LastUnitAt is not null);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "ffmpeg for {Stream} could not be started")]
    private static partial void StartFailed(ILogger logger, Exception failure, string stream);

    [LoggerMessage(Level = LogLevel.Information, Message = "ffmpeg for {Stream} ended: {Errors}")]
    private static partial void ChildEnded(ILogger logger, string stream, string errors);
}
