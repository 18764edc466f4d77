using Vigil.Protocols.Codecs;

namespace Vigil.Media.Ingest;

/// <summary>Pictures without a clock of their own: arrival is all there is.</summary>
internal sealed class JpegTrack(StreamSink sink)
{
    private const int ClockRate = 90_000;

    private TrackFormat? format;

    /// <summary>False for bytes that are no JPEG picture.</summary>
    public bool Push(ReadOnlyMemory<byte> picture)
    {
        if (!JpegHeader.TryReadSize(picture.Span, out var width, out var height))
        {
            return false;
        }

        if (format is null)
        {
            sink.Begin(ClockRate, 0);
        }

        if (format is null || format.Width != width || format.Height != height)
        {
            format = new TrackFormat { Codec = Codec.Mjpeg, ClockRate = ClockRate, Width = width, Height = height, CodecString = "mjpeg" };
        }

        var now = sink.Clock.Now;
        var timestamp = new MediaTime(now.Ticks).ToClock(ClockRate);
        sink.Push(format, timestamp, timestamp, isKeyFrame: true, picture, now);
        return true;
    }
}
