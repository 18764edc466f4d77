using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Mp4;

/// <summary>
/// Turns the frames of one track into samples on the track's own clock. A duration comes from the next frame's decoding time where
/// that is known; else it is the last distance seen. Times are converted from the absolute position each time, so that rounding and
/// clock drift never add up.
/// </summary>
public sealed class SampleTimer(TrackFormat format, MediaTime origin)
{
    /// <summary>Until two frames were seen: 25 pictures a second, 1024 samples of AAC, 20 ms of Opus.</summary>
    private uint lastDuration = format.Codec switch
    {
        Codec.Aac => 1024,
        _ when format.Kind == TrackKind.Audio => (uint)(format.ClockRate / 50),
        _ => (uint)(format.ClockRate / 25),
    };

    private long lastDecodeTime = long.MinValue;

    public TrackFormat Format { get; } = format;

    /// <summary>The position of <paramref name="time"/> in ticks of the track's clock since the origin.</summary>
    public long ToClock(MediaTime time) => new MediaTime((time - origin).Ticks).ToClock(Format.ClockRate);

    /// <summary>The sample for <paramref name="frame"/>. <paramref name="next"/> is the frame after it on the same track, if it is there already.</summary>
    public Mp4Sample Take(MediaFrame frame, MediaFrame? next = null)
    {
        var decodeTime = ToClock(frame.Dts);
        if (next is not null)
        {
            lastDuration = Distance(decodeTime, ToClock(next.Dts));
        }
        else if (lastDecodeTime != long.MinValue && decodeTime > lastDecodeTime && decodeTime - lastDecodeTime <= 2L * Format.ClockRate)
        {
            lastDuration = Distance(lastDecodeTime, decodeTime); // Longer is a gap, and says nothing about the pace.
        }

        lastDecodeTime = decodeTime;
        return new Mp4Sample(frame.Payload, lastDuration, (int)(ToClock(frame.Pts) - decodeTime), frame.IsKeyFrame);
    }

    private static uint Distance(long from, long to) => (uint)Math.Clamp(to - from, 1, int.MaxValue);
}
