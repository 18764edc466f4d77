namespace Vigil.Protocols.Codecs;

/// <summary>
/// Raw AAC-LC frames made as long as somebody needs them (ISO/IEC 14496-3 §4.4.2.1, <c>raw_data_block</c>), so that where each stands in a
/// file is known before it is encoded.
/// </summary>
public static class AacFrame
{
    /// <summary>No frame of one channel is longer: the decoder's input buffer holds 6,144 bits (§4.5.3.1).</summary>
    public const int MostMonoBytes = 768;

    /// <summary>ID_FIL and a count of 4 bits.</summary>
    private const int FillHead = 7;

    /// <summary>The most that a fill element holds: 15, and 255 − 1 by <c>esc_count</c>.</summary>
    private const int MostFill = 269;

    private const int EndBits = 3;

    /// <summary>
    /// One frame of silence, mono: a single channel element of which every field is 0 (one long window, no scale factor band), and ID_END.
    /// </summary>
    public static ReadOnlySpan<byte> MonoSilence => [0, 0, 0, 7];

    /// <summary>
    /// <paramref name="frame"/> with fill elements before its end (§4.4.2.7), as long as <paramref name="into"/>. False when it is longer, or
    /// does not end as a frame does.
    /// </summary>
    public static bool TryPad(ReadOnlySpan<byte> frame, Span<byte> into)
    {
        // Behind ID_END (111) there are at most seven zeros, up to the byte.
        if (frame.Length > into.Length || frame is not [.., var last] || last == 0)
        {
            return false;
        }

        var end = (frame.Length * 8) - int.TrailingZeroCount(last);
        if (end < EndBits || !Bit(frame, end - 1) || !Bit(frame, end - 2) || !Bit(frame, end - 3))
        {
            return false;
        }

        into.Clear();
        frame.CopyTo(into);
        var at = end - EndBits;
        Write(into, at, EndBits, 0);
        for (var room = (into.Length * 8) - end; room >= FillHead; room = (into.Length * 8) - at - EndBits)
        {
            at = Fill(into, at, (room - FillHead) / 8);
        }

        Write(into, at, EndBits, 7);
        return true;
    }

    /// <summary>One <c>fill_element</c> with up to <paramref name="bytes"/> bytes of head and zeros, which is EXT_FILL.</summary>
    private static int Fill(Span<byte> into, int at, int bytes)
    {
        Write(into, at, 3, 6);
        if (bytes < 15)
        {
            Write(into, at + 3, 4, (uint)bytes);
            return at + FillHead + (8 * bytes);
        }

        // The longer count takes a byte of the room.
        var count = Math.Min(bytes - 1, MostFill);
        Write(into, at + 3, 4, 15);
        Write(into, at + FillHead, 8, (uint)(count - 14));
        return at + FillHead + 8 + (8 * count);
    }

    private static bool Bit(ReadOnlySpan<byte> bytes, int at) => ((bytes[at >> 3] >> (7 - (at & 7))) & 1) != 0;

    private static void Write(Span<byte> into, int at, int count, uint value)
    {
        for (var i = count - 1; i >= 0; i--, at++)
        {
            var mask = (byte)(0x80 >> (at & 7));
            into[at >> 3] = ((value >> i) & 1) != 0 ? (byte)(into[at >> 3] | mask) : (byte)(into[at >> 3] & ~mask);
        }
    }
}
