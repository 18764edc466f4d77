namespace Vigil.Protocols.Codecs;

/// <summary>What a decoder or an MP4 sample entry must know before the first frame. Immutable; a change of format is a new instance.</summary>
public sealed record TrackFormat
{
    public required Codec Codec { get; init; }

    /// <summary>Ticks per second of the track's own clock: 90,000 for video, the sampling rate for audio (48,000 for Opus, RFC 7587 §4.1).</summary>
    public required int ClockRate { get; init; }

    /// <summary>
    /// Decoder configuration: AVCDecoderConfigurationRecord (H264), HEVCDecoderConfigurationRecord (H265), AudioSpecificConfig (AAC),
    /// the OpusSpecificBox body (Opus, "Encapsulation of Opus in ISOBMFF" §4.3.2). Empty for G.711 and JPEG.
    /// </summary>
    public ReadOnlyMemory<byte> Config { get; init; }

    /// <summary>Picture size in pixels after cropping; 0 for audio and while unknown (JPEG before the first picture).</summary>
    public int Width { get; init; }

    public int Height { get; init; }

    /// <summary>Audio channels; 0 for video.</summary>
    public int Channels { get; init; }

    /// <summary>RFC 6381 codec string for MIME types, e.g. <c>avc1.64001f</c>, <c>mp4a.40.2</c>, <c>opus</c>.</summary>
    public string CodecString { get; init; } = "";

    public TrackKind Kind => Codec.Kind;

    public bool Equals(TrackFormat? other) =>
        other is not null && Codec == other.Codec && ClockRate == other.ClockRate && Width == other.Width && Height == other.Height
        && Channels == other.Channels && CodecString == other.CodecString && Config.Span.SequenceEqual(other.Config.Span);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Codec);
        hash.Add(ClockRate);
        hash.Add(Width);
        hash.Add(Height);
        hash.Add(Channels);
        hash.AddBytes(Config.Span);
        return hash.ToHashCode();
    }
}
