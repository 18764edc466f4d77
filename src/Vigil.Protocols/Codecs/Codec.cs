namespace Vigil.Protocols.Codecs;

/// <summary>Every codec Vigil carries. Closed: switches over it are exhaustive, so a new codec makes the compiler list the places.</summary>
public enum Codec
{
    /// <summary>ITU-T H.264; frames are access units of NAL units, each behind a four-byte big-endian length.</summary>
    H264,

    /// <summary>ITU-T H.265; framed like <see cref="H264"/>.</summary>
    H265,

    /// <summary>Motion JPEG; a frame is one complete JFIF picture.</summary>
    Mjpeg,

    /// <summary>MPEG-4 AAC; a frame is one raw_data_block without ADTS header.</summary>
    Aac,

    /// <summary>Opus (RFC 6716); a frame is one Opus packet.</summary>
    Opus,

    /// <summary>G.711 A-law; a frame is one byte per sample.</summary>
    PcmA,

    /// <summary>G.711 µ-law; a frame is one byte per sample.</summary>
    PcmU,
}

/// <summary>What kind of track a codec makes.</summary>
public enum TrackKind
{
    Video,
    Audio,
}

public static class CodecKinds
{
    extension(Codec codec)
    {
        public TrackKind Kind => codec is Codec.H264 or Codec.H265 or Codec.Mjpeg ? TrackKind.Video : TrackKind.Audio;
    }
}
