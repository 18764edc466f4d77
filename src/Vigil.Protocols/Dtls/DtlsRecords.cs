using System.Buffers.Binary;

namespace Vigil.Protocols.Dtls;

/// <summary>The outside of DTLS records (RFC 6347 §4.1): enough to cut a stream of them into datagrams.</summary>
public static class DtlsRecords
{
    /// <summary>Type, version, epoch, sequence number and length.</summary>
    public const int HeaderLength = 13;

    /// <summary>
    /// How many bytes at the beginning of <paramref name="stream"/> make the next datagram: whole records, as many as fit into
    /// <paramref name="maxDatagram"/>, and one even when it alone is longer. 0 when there is no whole record.
    /// </summary>
    public static int Cut(ReadOnlySpan<byte> stream, int maxDatagram)
    {
        var length = 0;
        while (length + HeaderLength <= stream.Length)
        {
            var record = HeaderLength + BinaryPrimitives.ReadUInt16BigEndian(stream[(length + 11)..]);
            if (length + record > stream.Length || (length > 0 && length + record > maxDatagram))
            {
                break;
            }

            length += record;
        }

        return length;
    }
}
