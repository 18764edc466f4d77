namespace Vigil.Protocols.Rtp;

/// <summary>One-byte header extensions (RFC 8285 §4.2).</summary>
public static class HeaderExtensions
{
    private const ushort OneByteProfile = 0xBEDE;

    /// <summary>The element with this id; false when it is not there.</summary>
    public static bool TryFind(in RtpPacket packet, int id, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (packet.ExtensionProfile != OneByteProfile)
        {
            return false;
        }

        var rest = packet.Extension;
        while (!rest.IsEmpty)
        {
            if (rest[0] == 0)
            {
                rest = rest[1..];
                continue;
            }

            var found = rest[0] >> 4;
            var length = (rest[0] & 0x0F) + 1;
            if (found == 15 || length + 1 > rest.Length)
            {
                return false;
            }

            if (found == id)
            {
                value = rest.Slice(1, length);
                return true;
            }

            rest = rest[(1 + length)..];
        }

        return false;
    }
}
