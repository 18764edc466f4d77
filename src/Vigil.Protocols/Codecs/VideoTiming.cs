namespace Vigil.Protocols.Codecs;

/// <summary>What a video track's decoder configuration says of time.</summary>
/// <param name="FramesPerSecond">Nominal; 0 when it does not say.</param>
/// <param name="ReorderFrames">Most frames that are decoded before and shown after another; null when it does not say.</param>
public readonly record struct VideoTiming(double FramesPerSecond, int? ReorderFrames)
{
    /// <summary>From the SPS inside <see cref="TrackFormat.Config"/>. JPEG never reorders.</summary>
    public static VideoTiming Of(TrackFormat format)
    {
        var sets = new List<byte[]>();
        switch (format.Codec)
        {
            case Codec.H264 when H264Config.TryReadParameterSets(format.Config.Span, sets):
                foreach (var nal in sets)
                {
                    if (H264Sps.TryParse(nal, out var sps) == SpsParseError.None)
                    {
                        return new VideoTiming(sps.FramesPerSecond, sps.ReorderFrames);
                    }
                }

                return default;
            case Codec.H265 when H265Config.TryReadParameterSets(format.Config.Span, sets):
                foreach (var nal in sets)
                {
                    if (H265Sps.TryParse(nal, out var sps) == SpsParseError.None)
                    {
                        return new VideoTiming(sps.FramesPerSecond, sps.ReorderFrames);
                    }
                }

                return default;
            case Codec.Mjpeg:
                return new VideoTiming(0, 0);
            default:
                return default;
        }
    }

    /// <summary>A decoding order for time stamps of <paramref name="ticksPerSecond"/>; 25 fps are assumed where nothing is known.</summary>
    public DecodeOrder ToDecodeOrder(long ticksPerSecond) =>
        new(ReorderFrames ?? 0, (long)(ticksPerSecond / (FramesPerSecond > 0 ? FramesPerSecond : 25)));
}
