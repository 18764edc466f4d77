namespace Vigil.Protocols.Rtsp;

/// <summary>What a camera may send before we hang up. Each is far above what any camera seen so far needs.</summary>
public static class RtspLimits
{
    /// <summary>Start line and headers of one message; real ones stay under 1.5 KB.</summary>
    public const int HeaderBytes = 16 * 1024;

    /// <summary>Body of one message: an SDP of 64 KB would describe a hundred tracks.</summary>
    public const int BodyBytes = 64 * 1024;

    /// <summary>Header lines of one message.</summary>
    public const int HeaderLines = 100;

    /// <summary>Bytes skipped in search of the next frame before the stream counts as garbage: one largest interleaved frame.</summary>
    public const int LostSyncBytes = 64 * 1024 + 4;

    /// <summary>The largest unit that must fit into a receive buffer at once: an interleaved frame, or a message with body.</summary>
    public const int UnitBytes = HeaderBytes + BodyBytes;
}
