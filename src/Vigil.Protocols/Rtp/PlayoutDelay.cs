using System.Buffers.Binary;

namespace Vigil.Protocols.Rtp;

/// <summary>
/// The playout delay header extension (http://www.webrtc.org/experiments/rtp-hdrext/playout-delay): the sender's word on how long a
/// player may keep a picture before it shows it. Chromium and Safari show a picture as soon as it is decoded when the least is zero and
/// the most half a second or less; without it they wait for the next beat of their own smoothing.
/// </summary>
public static class PlayoutDelay
{
    public const string Uri = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay";

    /// <summary>A one-byte extension block with this element alone (RFC 8285 §4.2), in bytes.</summary>
    public const int BlockLength = 8;

    private const int LongestUnits = 0xFFF;

    /// <summary>Writes the block behind the fixed header; the header's X bit is the caller's.</summary>
    /// <param name="block">At least <see cref="BlockLength"/> bytes.</param>
    /// <param name="id">1 to 14, as agreed in the session description.</param>
    /// <param name="least">In steps of 10 ms up to 40.95 s.</param>
    /// <param name="most">As <paramref name="least"/>.</param>
    public static void Write(Span<byte> block, int id, TimeSpan least, TimeSpan most)
    {
        BinaryPrimitives.WriteUInt32BigEndian(block, 0xBEDE_0001);
        BinaryPrimitives.WriteUInt32BigEndian(block[4..], ((uint)id << 28) | (2u << 24) | (Units(least) << 12) | Units(most));
    }

    private static uint Units(TimeSpan delay) => (uint)Math.Clamp(delay.Ticks / (10 * TimeSpan.TicksPerMillisecond), 0, LongestUnits);
}
