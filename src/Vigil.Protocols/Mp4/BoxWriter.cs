using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;

namespace Vigil.Protocols.Mp4;

/// <summary>
/// Builds ISO base media boxes whose sizes are patched when they end. Holds a pooled buffer: dispose it, and do not copy the value.
/// Meant for headers of a few kilobytes; media bytes never pass through it.
/// </summary>
internal struct BoxWriter : IDisposable
{
    private byte[] buffer;
    private int length;

    public BoxWriter(int capacity) => buffer = ArrayPool<byte>.Shared.Rent(capacity);

    public readonly int Length => length;

    public readonly ReadOnlySpan<byte> Written => buffer.AsSpan(0, length);

    /// <summary>Opens a box; pass the result to <see cref="End"/>.</summary>
    public int Begin(ReadOnlySpan<byte> type)
    {
        Debug.Assert(type.Length == 4, "A box type has four characters.");
        var start = length;
        U32(0);
        Bytes(type);
        return start;
    }

    /// <summary>Opens a full box (ISO/IEC 14496-12 §4.2) with its version and flags.</summary>
    public int BeginFull(ReadOnlySpan<byte> type, byte version, uint flags)
    {
        var start = Begin(type);
        U32(((uint)version << 24) | flags);
        return start;
    }

    public readonly void End(int start) => PatchU32(start, (uint)(length - start));

    public readonly void PatchU32(int at, uint value) => BinaryPrimitives.WriteUInt32BigEndian(buffer.AsSpan(at), value);

    public void U8(byte value) => Take(1)[0] = value;

    public void U16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Take(2), value);

    public void U32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Take(4), value);

    public void I32(int value) => BinaryPrimitives.WriteInt32BigEndian(Take(4), value);

    public void U64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Take(8), value);

    public void Bytes(ReadOnlySpan<byte> value) => value.CopyTo(Take(value.Length));

    public void Zeros(int count) => Take(count).Clear();

    public readonly void CopyTo(IBufferWriter<byte> into) => into.Write(Written);

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
        length = 0;
    }

    private Span<byte> Take(int count)
    {
        if (length + count > buffer.Length)
        {
            var bigger = ArrayPool<byte>.Shared.Rent(Math.Max(buffer.Length * 2, length + count));
            Written.CopyTo(bigger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = bigger;
        }

        var span = buffer.AsSpan(length, count);
        length += count;
        return span;
    }
}
