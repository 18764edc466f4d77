using System.Buffers;
using System.Security.Cryptography;
using Vigil.Media.Ingest;
using Vigil.Protocols.Rtcp;
using Vigil.Protocols.Rtp;

namespace Vigil.Media.WebRtc;

/// <summary>One phone, laptop or encoder that sends a camera's picture and sound (RFC 9725).</summary>
internal sealed class WhipPublisher(PeerTransport transport, Action<WhipPublisher> connected, Action<WhipPublisher> closed) : IPeer
{
    private const string Cname = "vigil";
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(1);

    /// <summary>An encoder is not asked for key frames more often (RFC 5104 §3.5.1.2): one may be on its way, or the request was lost.</summary>
    private static readonly TimeSpan KeyFrameThrottle = TimeSpan.FromMilliseconds(500);

    /// <summary>Browsers make key frames only when asked, and recordings, HLS and whoever joins need them.</summary>
    private static readonly TimeSpan KeyFrameInterval = TimeSpan.FromSeconds(4);

    /// <summary>
    /// Who goes on shaking hands but sends nothing that can be used holds the room's place: a phone whose page is behind another one, an
    /// encoder that began anew with another SSRC. Ended, it comes back by itself, and others of the room may come.
    /// </summary>
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(30);

    /// <summary>What a home's Wi-Fi carries for several cameras, and more than a phone's encoder makes at 720p.</summary>
    private const long BitrateLimitBps = 4_000_000;

    private readonly uint ssrc = (uint)RandomNumberGenerator.GetInt32(1, int.MaxValue);
    private readonly TransportCcFeedback arrivals = new();
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StreamSink? sink;
    private TimeSpan connectedAt;
    private TimeSpan nextReport;
    private TimeSpan nextKeyFrame;

    public required IReadOnlyList<PublishedTrack> Tracks { get; init; }

    /// <summary>Header extension id of the transport-wide sequence number; 0 when it was not agreed.</summary>
    public int TransportCcId { get; init; }

    /// <summary>Called once when another publisher takes the camera, before the transport is closed.</summary>
    public Action? Replaced { get; init; }

    public PeerTransport Transport => transport;

    /// <summary>Completes when the publisher is gone.</summary>
    public Task Ended => ended.Task;

    /// <summary>From now on units go to <paramref name="into"/>; null lets them go.</summary>
    public void Attach(StreamSink? into)
    {
        lock (transport.Gate)
        {
            into?.Begin(
                Tracks.FirstOrDefault(track => track.IsVideo)?.ClockRate ?? 0, Tracks.FirstOrDefault(track => !track.IsVideo)?.ClockRate ?? 0);
            if (sink is not null)
            {
                sink.Bus.MakesKeyFrames = false;
            }

            sink = into;
            nextKeyFrame = default;
            if (into is not null)
            {
                into.Bus.MakesKeyFrames = true;
                foreach (var track in Tracks)
                {
                    track.NewListener();
                }
            }
        }
    }

    public void Connected(TimeSpan now)
    {
        connectedAt = now;
        connected(this);
    }

    public void ReceiveRtp(ReadOnlySpan<byte> packet, ulong index, TimeSpan now)
    {
        if (RtpPacket.TryParse(packet, out var parsed) != RtpParseError.None)
        {
            return;
        }

        if (TransportCcId != 0 && HeaderExtensions.TryFind(parsed, TransportCcId, out var number) && number.Length == 2)
        {
            arrivals.Add((ushort)((number[0] << 8) | number[1]), now);
        }

        foreach (var track in Tracks)
        {
            if (track.Owns(parsed.PayloadType))
            {
                track.Receive(packet, index, sink, now);
            }

            Repair(track, now); // Of every track: a picture's packets come all at once, and its sound in between.
        }
    }

    public void ReceiveRtcp(ReadOnlySpan<byte> compound, TimeSpan now)
    {
        var reader = new RtcpReader(compound);
        while (reader.TryRead())
        {
            if (reader.Kind == RtcpKind.SenderReport)
            {
                var report = reader.SenderReport;
                foreach (var track in Tracks)
                {
                    if (track.Ssrc == report.Ssrc)
                    {
                        track.SenderReported(report, sink, now);
                    }
                }
            }
        }
    }

    public void Tick(TimeSpan now)
    {
        foreach (var track in Tracks)
        {
            track.Drain(sink, now);
            Repair(track, now);
        }

        // The picture's where there is one: a microphone may be off on purpose.
        if (now - ((Tracks.FirstOrDefault(track => track.IsVideo) ?? Tracks[0]).UnitAt ?? connectedAt) >= SilenceLimit)
        {
            transport.Close();
            return;
        }

        Span<byte> output = stackalloc byte[1200];
        Send(output[..arrivals.Write(output, ssrc, Tracks[0].Ssrc)]);
        if (now >= nextReport)
        {
            nextReport = now + ReportInterval;
            Report(now);
        }
    }

    public void Closed()
    {
        ended.TrySetResult();
        closed(this);
    }

    /// <summary>Asks for what is missing as soon as it is due: by every packet, not by the tick, which would cost half a round trip.</summary>
    private void Repair(PublishedTrack track, TimeSpan now)
    {
        Span<byte> nack = stackalloc byte[12 + (64 * 4)];
        Send(nack[..track.WriteNack(nack, ssrc, now)]);
        if (!track.IsVideo || track.Ssrc == 0 || now < nextKeyFrame)
        {
            return;
        }

        if (!track.NeedsKeyFrame && now - track.KeyFrameAt < KeyFrameInterval && sink?.Bus.TakeKeyFrameRequest() != true)
        {
            return;
        }

        nextKeyFrame = now + KeyFrameThrottle;
        Span<byte> request = stackalloc byte[16];
        Send(request[..RtcpFeedback.WritePictureLoss(request, ssrc, track.Ssrc)]);
    }

    private void Report(TimeSpan now)
    {
        var blocks = Tracks.Select(track => track.Report(now)).OfType<ReportBlock>().ToArray();
        if (blocks.Length == 0)
        {
            return;
        }

        var output = new ArrayBufferWriter<byte>(256);
        RtcpWriter.WriteReceiverReport(output, ssrc, blocks, Cname);
        var remb = output.GetSpan(64);
        output.Advance(RtcpFeedback.WriteRemb(remb, ssrc, Tracks[0].Ssrc, BitrateLimitBps));
        Send(output.WrittenSpan);
    }

    private void Send(ReadOnlySpan<byte> compound)
    {
        if (!compound.IsEmpty && transport.IsConnected)
        {
            transport.SendRtcp(compound);
        }
    }
}
