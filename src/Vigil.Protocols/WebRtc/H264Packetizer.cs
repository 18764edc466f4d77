using System.Buffers.Binary;

namespace Vigil.Protocols.WebRtc;

/// <summary>
/// Cuts an access unit (NAL units behind four-byte lengths) into RTP payloads of packetization mode 1 (RFC 6184 §5): a NAL unit
/// that fits goes alone, a larger one becomes FU-A fragments of equal size but for the last, which is what UDP segmentation
/// offload needs.
/// </summary>
public static class H264Packetizer
{
    /// <summary>1,200-byte datagrams less RTP header, extensions and SRTP tag.</summary>
    public const int MaxPayload = 1150;

    private const int LengthBytes = 4;
    private const int FragmentHeader = 2;

    /// <summary>Calls <paramref name="take"/> for each payload in order; <c>last</c> is true for the final one, which carries the marker.</summary>
    public static void Packetize<TState>(ReadOnlySpan<byte> accessUnit, TState state, PayloadTaker<TState> take)
    {
        while (TryNext(ref accessUnit, out var nal))
        {
            if (nal.IsEmpty)
            {
                continue;
            }

            var lastNal = accessUnit.IsEmpty;
            if (nal.Length <= MaxPayload)
            {
                take(state, default, nal, lastNal);
                continue;
            }

            var body = nal[1..];
            var indicator = (byte)((nal[0] & 0xE0) | 28);
            var type = (byte)(nal[0] & 0x1F);
            for (var start = true; !body.IsEmpty; start = false)
            {
                var count = Math.Min(body.Length, MaxPayload - FragmentHeader);
                var end = count == body.Length;
                take(state, [indicator, (byte)(type | (start ? 0x80 : 0) | (end ? 0x40 : 0))], body[..count], end && lastNal);
                body = body[count..];
            }
        }
    }

    private static bool TryNext(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> nal)
    {
        nal = default;
        if (rest.Length < LengthBytes)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
        if (length > rest.Length - LengthBytes)
        {
            return false;
        }

        nal = rest.Slice(LengthBytes, (int)length);
        rest = rest[(LengthBytes + (int)length)..];
        return true;
    }
}

/// <summary>Receives one RTP payload in two parts (a fragment header of its own, or nothing, then bytes of the frame).</summary>
public delegate void PayloadTaker<in TState>(TState state, ReadOnlySpan<byte> header, ReadOnlySpan<byte> body, bool last);
