namespace Vigil.Protocols.Rtp;

/// <summary>Every bound of the RTP layer, with where the number comes from.</summary>
public static class RtpLimits
{
    /// <summary>How far back a sequence number still is a late packet and not a new start: RFC 3550 appendix A.1, MAX_MISORDER.</summary>
    public const int MaxMisorder = 100;

    /// <summary>
    /// Largest access unit. Level 5.1 allows 4K key frames of some 5 MiB in theory (MinCR 2); cameras stay under 2 MiB. Past this the
    /// unit is dropped, so that a camera without markers and with a stopped clock cannot fill the memory.
    /// </summary>
    public const int MaxAccessUnitBytes = 8 * 1024 * 1024;

    /// <summary>Largest audio frame: 6,144 bits per channel for AAC (ISO/IEC 14496-3 §4.5.3) times eight channels; G.711 packets stay below too.</summary>
    public const int MaxAudioFrameBytes = 8 * 1024;
}
