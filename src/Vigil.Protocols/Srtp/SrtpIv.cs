using System.Buffers.Binary;

namespace Vigil.Protocols.Srtp;

/// <summary>Initialisation vectors of both profiles for RTP and RTCP.</summary>
internal static class SrtpIv
{
    /// <summary>RFC 3711 §4.1.1 (counter mode, 16 bytes) or RFC 7714 §8.1 and §9.1 (GCM, 12 bytes), by the salt's length.</summary>
    /// <param name="salt">Session salt.</param>
    /// <param name="ssrc">Of the packet.</param>
    /// <param name="index">48-bit packet index, or 31-bit SRTCP index.</param>
    /// <param name="iv">16 bytes of room.</param>
    public static ReadOnlySpan<byte> Build(ReadOnlySpan<byte> salt, uint ssrc, ulong index, Span<byte> iv)
    {
        iv.Clear();
        if (salt.Length == 12)
        {
            BinaryPrimitives.WriteUInt32BigEndian(iv[2..], ssrc);

            // The 48-bit index fills bytes 6 to 11; an SRTCP index leaves the upper two zero.
            BinaryPrimitives.WriteUInt16BigEndian(iv[6..], (ushort)(index >> 32));
            BinaryPrimitives.WriteUInt32BigEndian(iv[8..], (uint)index);
            iv = iv[..12];
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(iv[4..], ssrc);
            BinaryPrimitives.WriteUInt16BigEndian(iv[8..], (ushort)(index >> 32));
            BinaryPrimitives.WriteUInt32BigEndian(iv[10..], (uint)index);
            iv = iv[..16];
        }

        for (var i = 0; i < salt.Length; i++)
        {
            iv[i] ^= salt[i];
        }

        return iv;
    }
}
