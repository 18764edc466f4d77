namespace Vigil.Protocols.Codecs;

/// <summary>Every bound of the codec layer, with where the number comes from.</summary>
public static class CodecLimits
{
    /// <summary>An SPS with all scaling lists and a full VUI stays under 1 KiB; cameras send 20 to 60 bytes.</summary>
    public const int MaxParameterSetBytes = 4096;

    /// <summary>H.264 §7.4.2.1 allows ids up to 31; avcC counts to 31. Cameras use one.</summary>
    public const int MaxSpsCount = 31;

    /// <summary>H.264 §7.4.2.2 allows ids up to 255; H.265 up to 63. More than 64 is no camera.</summary>
    public const int MaxPpsCount = 64;

    /// <summary>Level 6.2 of H.264 and H.265 ends at 8,192 x 4,320 (or narrower and longer); twice that is room enough.</summary>
    public const int MaxPictureSide = 16_384;

    /// <summary>A 4K JPEG at quality 95 is about 5 MB.</summary>
    public const int MaxJpegBytes = 16 * 1024 * 1024;

    /// <summary>A part of a multipart stream has a handful of short headers; RFC 2046 names no bound.</summary>
    public const int MaxPartHeaderBytes = 8 * 1024;

    /// <summary>RFC 2046 §5.1.1.</summary>
    public const int MaxBoundaryLength = 70;
}
