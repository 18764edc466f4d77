using Vigil.Protocols.Codecs;
using Vigil.Protocols.MpegTs;
using Vigil.Protocols.Rtp;

namespace Vigil.Media.Ingest;

/// <summary>From our ffmpeg's transport stream to units in the sink. Both tracks share the stream's one clock, so lips stay in sync.</summary>
internal sealed class TsTracks(StreamRequest request, StreamSink sink)
{
    /// <summary>ISO/IEC 13818-1: all of its clocks.</summary>
    private const int ClockRate = 90_000;

    private readonly TsDemuxer demuxer = new();
    private readonly AdtsSplitter adts = new();
    private AnnexBUnitReader? video;
    private byte videoType;
    private bool begun;

    /// <summary>The stream types of the program, once known.</summary>
    public IReadOnlyList<byte>? StreamTypes => demuxer.StreamTypes;

    public void Push(ReadOnlySpan<byte> bytes, TimeSpan now)
    {
        demuxer.Push(bytes);
        while (demuxer.TryTake(out var unit))
        {
            if (!begun)
            {
                begun = true;
                var pictures = request.WantVideo && StreamTypes!.Any(t => t is TsDemuxer.H264 or TsDemuxer.H265);
                sink.Begin(pictures ? ClockRate : 0, ClockRate, sharedClock: true);
            }

            switch (unit.StreamType)
            {
                case TsDemuxer.H264 or TsDemuxer.H265 when request.WantVideo:
                    PushVideo(unit, now);
                    break;
                case TsDemuxer.Aac when request.WantAudio:
                    PushAudio(unit, now);
                    break;
                default:
                    break;
            }
        }
    }

    private void PushVideo(in TsUnit unit, TimeSpan now)
    {
        if (video is null || videoType != unit.StreamType)
        {
            videoType = unit.StreamType;
            video = new AnnexBUnitReader(videoType == TsDemuxer.H264 ? Codec.H264 : Codec.H265);
        }

        video.Push(unit.Payload.Span);
        video.Flush(); // ffmpeg puts one access unit into one packet.
        while (video.TryTake(out var picture))
        {
            sink.Push(picture.Format, unit.Pts, unit.Dts, picture.IsKeyFrame, picture.Payload, now);
        }
    }

    private void PushAudio(in TsUnit unit, TimeSpan now)
    {
        adts.Push(unit.Payload.Span);
        var at = unit.Pts;
        while (adts.TryTake(out var frame))
        {
            var format = adts.Format!;
            sink.Push(format, at, null, isKeyFrame: true, frame, now);
            at += 1024L * ClockRate / format.ClockRate;
        }
    }
}
