using Vigil.Protocols.Codecs;

namespace Vigil.Media.Ingest;

/// <summary>Measures one track: frames per second, key frame interval, bit rate, over windows of about two seconds of media.</summary>
internal sealed class TrackMeter
{
    private const double WindowSeconds = 2;

    private MediaTime windowStart;
    private int windowFrames;
    private long windowBytes;
    private MediaTime lastKey;
    private bool started;
    private bool keySeen;

    public double FramesPerSecond { get; private set; }

    public double KeyFrameIntervalSeconds { get; private set; }

    public long BitrateBps { get; private set; }

    public void Restart()
    {
        started = false;
        keySeen = false;
    }

    /// <summary>True when a measurement was finished.</summary>
    public bool Add(MediaTime dts, bool isKeyFrame, int bytes)
    {
        if (isKeyFrame)
        {
            if (keySeen)
            {
                KeyFrameIntervalSeconds = Math.Round((dts - lastKey).TotalSeconds, 2);
            }

            (keySeen, lastKey) = (true, dts);
        }

        if (!started)
        {
            (started, windowStart, windowFrames, windowBytes) = (true, dts, 0, 0);
        }

        var seconds = (dts - windowStart).TotalSeconds;
        if (seconds >= WindowSeconds)
        {
            FramesPerSecond = Math.Round(windowFrames / seconds, 1);
            BitrateBps = (long)(windowBytes * 8 / seconds);
            (windowStart, windowFrames, windowBytes) = (dts, 1, bytes);
            return true;
        }

        windowFrames++;
        windowBytes += bytes;
        return false;
    }

    public StreamFacts Describe(TrackFormat format) => new()
    {
        Codec = PlainName(format.Codec),
        CodecString = format.CodecString,
        Width = format.Width,
        Height = format.Height,
        Channels = format.Channels,
        ClockRate = format.ClockRate,
        FramesPerSecond = FramesPerSecond,
        KeyFrameIntervalSeconds = format.Kind == TrackKind.Video ? KeyFrameIntervalSeconds : 0,
        BitrateBps = BitrateBps,
    };

    public static string PlainName(Codec codec) => codec switch
    {
        Codec.H264 => "H.264",
        Codec.H265 => "H.265",
        Codec.Mjpeg => "JPEG",
        Codec.Aac => "AAC",
        Codec.Opus => "Opus",
        Codec.PcmA => "G.711 A",
        Codec.PcmU => "G.711 µ",
        _ => throw new System.Diagnostics.UnreachableException($"Codec {codec} has no name."),
    };
}
