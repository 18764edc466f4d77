using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Vigil.Protocols.Mp4;

namespace Vigil.Media.Recording;

/// <summary>
/// What a finished segment says about itself in its last box: why it ended, when, and the heads of all its fragments, so that a
/// player's seek or the scan at start-up needs one read and not one per fragment. A file without it was interrupted.
/// </summary>
internal sealed record SegmentTrailer(SegmentEnd Ended, DateTimeOffset End, IReadOnlyList<SegmentTrailer.Head> Heads)
{
    private const byte Version = 1;
    private const int FixedSize = 8 + 16 + 4 + 8 + 4;
    private static readonly byte[] Id = [0x0B, 0x6C, 0x5A, 0x9E, 0x4D, 0x1F, 0x47, 0x33, 0x9A, 0x57, 0x76, 0x67, 0x6C, 0x73, 0x65, 0x67];

    /// <summary>The <c>prft</c> and <c>moof</c> of one fragment as they stand in the file at <paramref name="Offset"/>.</summary>
    public readonly record struct Head(long Offset, ReadOnlyMemory<byte> Bytes);

    public byte[] ToBytes()
    {
        var size = FixedSize + 4;
        foreach (var head in Heads)
        {
            size += 12 + head.Bytes.Length;
        }

        var bytes = new byte[size];
        var at = bytes.AsSpan();
        BinaryPrimitives.WriteUInt32BigEndian(at, (uint)size);
        BinaryPrimitives.WriteUInt32BigEndian(at[4..], Mp4Box.Uuid);
        Id.CopyTo(at[8..]);
        at[24] = Version;
        at[25] = (byte)Ended;
        BinaryPrimitives.WriteUInt64BigEndian(at[28..], ProducerTime.ToNtp(End));
        BinaryPrimitives.WriteInt32BigEndian(at[36..], Heads.Count);
        at = at[FixedSize..];
        foreach (var head in Heads)
        {
            BinaryPrimitives.WriteInt64BigEndian(at, head.Offset);
            BinaryPrimitives.WriteInt32BigEndian(at[8..], head.Bytes.Length);
            head.Bytes.Span.CopyTo(at[12..]);
            at = at[(12 + head.Bytes.Length)..];
        }

        BinaryPrimitives.WriteUInt32BigEndian(at, (uint)size);
        return bytes;
    }

    /// <summary>Reads the whole box, head included.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static SegmentTrailer? TryParse(ReadOnlyMemory<byte> box)
    {
        var bytes = box.Span;
        if (bytes.Length < FixedSize + 4 || BinaryPrimitives.ReadUInt32BigEndian(bytes) != bytes.Length
            || BinaryPrimitives.ReadUInt32BigEndian(bytes[^4..]) != bytes.Length || !bytes.Slice(8, 16).SequenceEqual(Id)
            || bytes[24] != Version || bytes[25] is 0 or > (byte)SegmentEnd.Paused)
        {
            return null;
        }

        var end = ProducerTime.FromNtp(BinaryPrimitives.ReadUInt64BigEndian(bytes[28..]));
        var count = BinaryPrimitives.ReadInt32BigEndian(bytes[36..]);
        var heads = new List<Head>(Math.Clamp(count, 0, bytes.Length / 12));
        var at = FixedSize;
        for (var i = 0; i < count; i++)
        {
            if (bytes.Length - 4 - at < 12)
            {
                return null;
            }

            var offset = BinaryPrimitives.ReadInt64BigEndian(bytes[at..]);
            var length = BinaryPrimitives.ReadInt32BigEndian(bytes[(at + 8)..]);
            at += 12;
            if (length < 0 || length > bytes.Length - 4 - at || offset < 0)
            {
                return null;
            }

            heads.Add(new Head(offset, box.Slice(at, length)));
            at += length;
        }

        return at == bytes.Length - 4 ? new SegmentTrailer((SegmentEnd)bytes[25], end, heads) : null;
    }
}
