using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Vigil.Media.Decoding;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.Mp4;

namespace Vigil.Media.Live;

/// <summary>
/// Turns the frames of one bus into init segments and fragments, one per frame, so that nothing waits for anything. One input, then
/// drain: <see cref="Push"/>, then <see cref="TryTake"/> until false. Formats change only at key frames. Sound is in the stream while
/// it is alive: a player holds the picture back to the end of its shortest track, so a microphone that pauses must not stay announced.
/// </summary>
internal sealed class LiveMuxer : IDisposable
{
    /// <summary>Sound that is silent on the wire for longer is gone until it comes back.</summary>
    private static readonly TimeSpan AudioPatience = TimeSpan.FromSeconds(2);

    private readonly Queue<LiveOutput> ready = new();
    private readonly ArrayBufferWriter<byte> scratch = new(512);
    private readonly Mp4Sample[] sample = new Mp4Sample[1];
    private readonly TrackSamples[] track = new TrackSamples[1];
    private SampleTimer? video;
    private SampleTimer? audio;
    private TrackFormat? audioFormat;
    private TrackFormat? transcoderInput;
    private OpusTranscoder? transcoder;
    private MediaTime lastAudio;
    private bool audioEverTimed;
    private uint sequence;
    private int generation;

    /// <summary>The init segment that goes with what comes out now; null before the first.</summary>
    public LiveInit? Init { get; private set; }

    /// <summary>A format known before its first frame: sound announced is sound expected.</summary>
    public void Announce(TrackFormat? announced)
    {
        if (announced is { Kind: TrackKind.Audio } && audioFormat is null)
        {
            SetAudioFormat(announced);
        }
    }

    /// <summary>Frames before this one were not seen: timers and the transcoder begin anew, the generation goes on.</summary>
    public void Restart()
    {
        transcoder?.Dispose();
        transcoder = null;
        transcoderInput = null;
        audioFormat = null;
        audioEverTimed = false;
        video = null;
        audio = null;
        ready.Clear();
    }

    public void Push(MediaFrame frame)
    {
        if (frame.Kind == TrackKind.Video)
        {
            PushVideo(frame);
        }
        else
        {
            PushAudio(frame);
        }
    }

    public bool TryTake([MaybeNullWhen(false)] out LiveOutput output) => ready.TryDequeue(out output);

    public void Dispose() => transcoder?.Dispose();

    private void PushVideo(MediaFrame frame)
    {
        if (frame.Format.Codec == Codec.Mjpeg || (frame.Format.Config.IsEmpty && video is null))
        {
            return; // No browser plays JPEG in fragments; LiveStream.IsUnsupported says so.
        }

        if (frame.IsKeyFrame)
        {
            if (!audioEverTimed)
            {
                audioEverTimed = true;
                lastAudio = frame.Dts;
            }

            var wanted = audioFormat is not null && frame.Dts - lastAudio < AudioPatience ? audioFormat : null;
            if (video is null || !video.Format.Equals(frame.Format) || !Equals(audio?.Format, wanted))
            {
                Begin(frame.Format, wanted);
            }
        }

        if (video is not null && video.Format.Equals(frame.Format))
        {
            Emit(video, 1, frame, frame.IsKeyFrame);
        }
    }

    private void PushAudio(MediaFrame frame)
    {
        SetAudioFormat(frame.Format);
        lastAudio = frame.Dts;
        audioEverTimed = true;
        if (transcoder is null)
        {
            EmitAudio(frame);
            return;
        }

        transcoder.Push(frame);
        while (transcoder.TryTake(out var opus))
        {
            EmitAudio(opus);
        }
    }

    private void EmitAudio(MediaFrame frame)
    {
        if (audio is not null && audio.Format.Equals(frame.Format))
        {
            Emit(audio, video is null ? 1 : 2, frame, startsGroup: video is null);
        }
    }

    /// <summary>A camera that has only sound: there is no key frame to wait for.</summary>
    public void BeginWithoutPicture()
    {
        if (video is null && audioFormat is not null && !Equals(audio?.Format, audioFormat))
        {
            Begin(null, audioFormat);
        }
    }

    private void SetAudioFormat(TrackFormat format)
    {
        switch (format.Codec)
        {
            case Codec.PcmA or Codec.PcmU:
                if (!format.Equals(transcoderInput))
                {
                    transcoder?.Dispose();
                    transcoder = OpusTranscoder.CanTranscode(format) ? new OpusTranscoder(format) : null;
                    transcoderInput = format;
                    audioFormat = transcoder?.Format;
                }

                break;
            case Codec.Aac or Codec.Opus when !format.Config.IsEmpty:
                transcoder?.Dispose();
                transcoder = null;
                transcoderInput = null;
                audioFormat = format;
                break;
        }
    }

    private void Begin(TrackFormat? videoFormat, TrackFormat? withAudio)
    {
        video = videoFormat is null ? null : new SampleTimer(videoFormat, MediaTime.Zero);
        audio = withAudio is null ? null : new SampleTimer(withAudio, MediaTime.Zero);
        TrackFormat[] tracks = [.. new[] { videoFormat, withAudio }.OfType<TrackFormat>()];
        var segment = new ArrayBufferWriter<byte>(1024);
        Mp4Init.Write(segment, tracks);
        var container = videoFormat is null ? "audio/mp4" : "video/mp4";
        Init = new LiveInit
        {
            Generation = ++generation,
            Mime = $"{container}; codecs=\"{string.Join(',', tracks.Select(format => format.CodecString))}\"",
            Video = videoFormat is null ? null : new LiveVideo(videoFormat.CodecString, videoFormat.Width, videoFormat.Height),
            Audio = withAudio is null ? null : new LiveAudio(withAudio.CodecString, withAudio.Channels, withAudio.ClockRate),
            Segment = segment.WrittenMemory,
        };
        ready.Enqueue(new LiveOutput(Init, null));
    }

    private void Emit(SampleTimer timer, int trackId, MediaFrame frame, bool startsGroup)
    {
        sample[0] = timer.Take(frame);
        track[0] = new TrackSamples { TrackId = trackId, BaseDecodeTime = timer.ToClock(frame.Dts), Samples = sample };
        scratch.ResetWrittenCount();
        Mp4Fragment.WriteHead(scratch, ++sequence, track, new ProducerTime(trackId, frame.WallClock, timer.ToClock(frame.Pts)));
        ready.Enqueue(new LiveOutput(null, new LiveFragment
        {
            Head = scratch.WrittenSpan.ToArray(),
            Payload = frame.Payload,
            IsVideo = frame.Kind == TrackKind.Video,
            StartsGroup = startsGroup,
            DecodeTime = new TimeSpan(frame.Dts.Ticks),
            WallClock = frame.WallClock,
        }));
    }
}

/// <summary>Either a new beginning or the next fragment.</summary>
internal readonly record struct LiveOutput(LiveInit? Init, LiveFragment? Fragment);
