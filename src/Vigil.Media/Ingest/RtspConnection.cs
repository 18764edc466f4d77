using System.Buffers;
using System.Buffers.Binary;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.Rtcp;
using Vigil.Protocols.Rtp;
using Vigil.Protocols.Rtsp;
using Vigil.Protocols.Sdp;

namespace Vigil.Media.Ingest;

/// <summary>
/// Drives one <see cref="RtspSession"/> over one connection: one task reads, one ticks (deadlines, keep-alive, receiver reports).
/// One read takes many interleaved frames; nothing is allocated or awaited per packet.
/// </summary>
internal sealed class RtspConnection : IDisposable
{
    /// <summary>A quarter of a second at 4 Mbit/s, and more than the largest unit (<see cref="RtspLimits.UnitBytes"/>).</summary>
    private const int BufferBytes = 128 * 1024;

    private static readonly TimeSpan TickPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReportPeriod = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan GoodbyeLimit = TimeSpan.FromMilliseconds(500);

    private readonly Stream stream;
    private readonly RtspSession session;
    private readonly StreamRequest request;
    private readonly StreamSink sink;
    private readonly Lock gate = new();
    private readonly SemaphoreSlim writing = new(1, 1);
    private readonly RtpPipe?[] rtp = new RtpPipe?[256];
    private readonly RtpPipe?[] rtcp = new RtpPipe?[256];
    private readonly List<RtpPipe> pipes = [];
    private readonly uint ssrc = (uint)Random.Shared.NextInt64(1, uint.MaxValue);
    private int mappedTracks;
    private int skipped;
    private bool anyMessage;
    private string? soundLeftOut;
    private long lostBefore;

    public RtspConnection(Stream stream, RtspSession session, StreamRequest request, StreamSink sink)
    {
        this.stream = stream;
        this.session = session;
        this.request = request;
        this.sink = sink;
    }

    private TimeSpan Now => sink.Clock.Now;

    public async Task<IngestEnd> RunAsync(CancellationToken cancel)
    {
        lostBefore = sink.LostPackets;
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        lock (gate)
        {
            session.Start(Now);
        }

        await FlushAsync(done.Token);
        var ticking = TickAsync(done.Token);
        try
        {
            await ReadAsync();
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // A reset, or our own close: the session knows which.
        }
        finally
        {
            await done.CancelAsync();
            await ticking;
            sink.End();
        }

        cancel.ThrowIfCancellationRequested();
        return soundLeftOut is not null
            ? new IngestEnd(FeedFailure.UnsupportedCodec, $"The camera's sound ({RtspWords.Name(soundLeftOut)}) needs ffmpeg.", OtherIngestMayWork: true, ForSound: true)
            : RtspWords.Explain(session, request, sink, pipes.Any(p => p.Stats.Packets > 0));
    }

    public void Dispose() => writing.Dispose();

    private async Task ReadAsync()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var filled = 0;
            while (session.State != RtspState.Ended)
            {
                // No token: the ticking task closes the stream, which costs nothing per read.
                var read = await stream.ReadAsync(buffer.AsMemory(filled), CancellationToken.None);
                if (read == 0)
                {
                    return;
                }

                filled += read;
                bool message;
                do
                {
                    (var consumed, message) = Process(buffer.AsSpan(0, filled));
                    filled -= consumed;
                    buffer.AsSpan(consumed, filled).CopyTo(buffer);
                    if (message)
                    {
                        await FlushAsync(CancellationToken.None);
                    }
                }
                while (message);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Takes everything up to and with the next message, which may need an answer before anything else.</summary>
    private (int Consumed, bool Message) Process(ReadOnlySpan<byte> data)
    {
        var now = Now;
        var at = 0;
        lock (gate)
        {
            while (session.State != RtspState.Ended)
            {
                var unit = RtspReader.Read(data[at..]);
                at += unit.Consumed;
                switch (unit.Kind)
                {
                    case RtspUnitKind.NeedMore:
                        return (at, false);
                    case RtspUnitKind.Interleaved:
                        skipped = 0;
                        rtp[unit.Channel]?.PushRtp(unit.Payload, now);
                        rtcp[unit.Channel]?.PushRtcp(unit.Payload, now);
                        break;
                    case RtspUnitKind.Message:
                        anyMessage = true;
                        ReceiveMessage(unit.Message!, now);
                        return (at, true);
                    case RtspUnitKind.Garbage:
                        skipped += unit.Consumed;
                        // Blank lines before the first answer are manners; anything else there is another protocol.
                        if ((!anyMessage && data.Slice(at - unit.Consumed, unit.Consumed).ContainsAnyExcept("\r\n \0"u8))
                            || skipped > RtspLimits.LostSyncBytes)
                        {
                            session.Abort(RtspEnd.NotRtsp);
                        }

                        break;
                    default:
                        session.Abort(RtspEnd.NotRtsp);
                        break;
                }
            }
        }

        return (at, false);
    }

    private void ReceiveMessage(RtspMessage message, TimeSpan now)
    {
        session.Receive(message, now);
        if (session.State == RtspState.Described)
        {
            var chosen = ChooseTracks(session.Description!);
            if (chosen.Count > 0 && request is { WantAudio: true, SilenceWillDo: false }
                && SdpTracks.SoundLeftOut(session.Description!, chosen) is { } sound)
            {
                soundLeftOut = sound;
                session.Abort(RtspEnd.NothingToPlay);
                return;
            }

            session.SetUp(chosen, now);
        }

        for (; mappedTracks < session.Tracks.Count; mappedTracks++)
        {
            var track = session.Tracks[mappedTracks];
            rtp[track.RtpChannel] = pipes[mappedTracks];
            rtcp[track.RtcpChannel] = pipes[mappedTracks];
            pipes[mappedTracks].RtcpChannel = track.RtcpChannel;
        }
    }

    private List<int> ChooseTracks(SdpDescription description)
    {
        var chosen = SdpTracks.Choose(
            description, request.WantVideo, request.WantAudio, static track => Depacketizer.Create(track) is not null);
        foreach (var media in chosen)
        {
            var track = SdpTracks.Describe(description.Media[media])!;
            var pipe = new RtpPipe(track, Depacketizer.Create(track)!, sink);
            pipes.Add(pipe);
            if (pipe.Format is { } format)
            {
                sink.Announce(format);
            }
        }

        sink.Unshown = request.WantVideo && SdpTracks.PictureLeftOut(description, chosen) is { } picture ? RtspWords.Name(picture) : "";
        sink.Begin(
            pipes.FirstOrDefault(p => p.Kind == TrackKind.Video)?.ClockRate ?? 0,
            pipes.FirstOrDefault(p => p.Kind == TrackKind.Audio)?.ClockRate ?? 0);
        return [.. chosen];
    }

    private async Task TickAsync(CancellationToken done)
    {
        try
        {
            using var timer = new PeriodicTimer(TickPeriod, sink.Clock.Time);
            var reportAt = Now + ReportPeriod;
            while (await timer.WaitForNextTickAsync(done))
            {
                lock (gate)
                {
                    session.Tick(Now);
                    sink.LostPackets = lostBefore + pipes.Sum(p => p.Stats.LostPackets);
                }

                await FlushAsync(done);
                if (session.State == RtspState.Ended)
                {
                    break;
                }

                if (session.State == RtspState.Playing && Now >= reportAt)
                {
                    reportAt = Now + ReportPeriod;
                    await SendReportsAsync(done);
                }
            }
        }
        catch (OperationCanceledException)
        {
            await SayGoodbyeAsync();
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // The read sees the same and ends the session.
        }
        finally
        {
            await stream.DisposeAsync();
        }
    }

    private async Task SayGoodbyeAsync()
    {
        lock (gate)
        {
            session.Stop(Now);
        }

        try
        {
            using var limit = new CancellationTokenSource(GoodbyeLimit, sink.Clock.Time);
            await FlushAsync(limit.Token);
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The camera does not have to hear it.
        }
    }

    private async Task SendReportsAsync(CancellationToken cancel)
    {
        foreach (var pipe in pipes)
        {
            var bytes = new ArrayBufferWriter<byte>(128);
            lock (gate)
            {
                WriteReport(bytes, pipe);
            }

            if (bytes.WrittenCount > 0)
            {
                await WriteAsync(bytes.WrittenMemory, cancel);
            }
        }
    }

    private void WriteReport(ArrayBufferWriter<byte> bytes, RtpPipe pipe)
    {
        if (pipe.Report(Now) is not { } block)
        {
            return;
        }

        var report = new ArrayBufferWriter<byte>(128);
        RtcpWriter.WriteReceiverReport(report, ssrc, [block], "vigil");
        var span = bytes.GetSpan(report.WrittenCount + 4);
        span[0] = (byte)'$';
        span[1] = pipe.RtcpChannel;
        BinaryPrimitives.WriteUInt16BigEndian(span[2..], (ushort)report.WrittenCount);
        report.WrittenSpan.CopyTo(span[4..]);
        bytes.Advance(report.WrittenCount + 4);
    }

    private async Task FlushAsync(CancellationToken cancel)
    {
        while (true)
        {
            ReadOnlyMemory<byte> bytes;
            lock (gate)
            {
                if (!session.TryTakeSend(out bytes))
                {
                    return;
                }
            }

            await WriteAsync(bytes, cancel);
        }
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        await writing.WaitAsync(cancel);
        try
        {
            await stream.WriteAsync(bytes, cancel);
        }
        finally
        {
            writing.Release();
        }
    }
}
