using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Vigil.Protocols.Mp4;

/// <summary>Why a piece of MP4 could not be read.</summary>
public enum Mp4Error
{
    None,

    /// <summary>The bytes end before the box does.</summary>
    NeedMore,

    /// <summary>A size or a count contradicts what contains it.</summary>
    Malformed,

    /// <summary>Valid, and nothing Vigil writes or reads.</summary>
    Unsupported,
}

/// <summary>The head of a box: its type and how far it reaches (ISO/IEC 14496-12 §4.2).</summary>
public readonly record struct Mp4Box(uint Type, long Size, int HeadSize)
{
    public const uint Ftyp = 0x66747970;
    public const uint Moov = 0x6D6F6F76;
    public const uint Moof = 0x6D6F6F66;
    public const uint Mdat = 0x6D646174;
    public const uint Prft = 0x70726674;
    public const uint Free = 0x66726565;
    public const uint Uuid = 0x75756964;

    /// <summary>Most bytes a head takes.</summary>
    public const int MaxHeadSize = 16;

    public string Name => string.Create(4, Type, static (name, type) =>
    {
        for (var i = 0; i < 4; i++)
        {
            var c = (char)((type >> (24 - (8 * i))) & 0xFF);
            name[i] = c is >= ' ' and < (char)127 ? c : '?';
        }
    });

    /// <summary>Reads the head at the start of <paramref name="bytes"/>. A box "to the end of the file" is unsupported: a file that is being written has no end.</summary>
    public static Mp4Error TryParse(ReadOnlySpan<byte> bytes, out Mp4Box box)
    {
        box = default;
        if (bytes.Length < 8)
        {
            return Mp4Error.NeedMore;
        }

        long size = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        var type = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        var head = 8;
        if (size == 0)
        {
            return Mp4Error.Unsupported;
        }

        if (size == 1)
        {
            if (bytes.Length < 16)
            {
                return Mp4Error.NeedMore;
            }

            size = BinaryPrimitives.ReadInt64BigEndian(bytes[8..]);
            head = 16;
        }

        if (size < head)
        {
            return Mp4Error.Malformed;
        }

        box = new Mp4Box(type, size, head);
        return Mp4Error.None;
    }
}

/// <summary>Walks the boxes of a span. A box that reaches beyond the span ends the walk with <see cref="Error"/>.</summary>
internal ref struct BoxCursor(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> rest = bytes;

    public Mp4Error Error { get; private set; }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool Next(out uint type, out ReadOnlySpan<byte> body)
    {
        type = 0;
        body = default;
        if (rest.IsEmpty)
        {
            return false;
        }

        Error = Mp4Box.TryParse(rest, out var box);
        if (Error == Mp4Error.None && box.Size > rest.Length)
        {
            Error = Mp4Error.NeedMore;
        }

        if (Error != Mp4Error.None)
        {
            return false;
        }

        type = box.Type;
        body = rest[box.HeadSize..(int)box.Size];
        rest = rest[(int)box.Size..];
        return true;
    }
}

/// <summary>Reads big-endian fields in order; past the end it yields zeros and remembers.</summary>
internal ref struct FieldReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> rest = bytes;

    public bool Overrun { get; private set; }

    public readonly ReadOnlySpan<byte> Rest => rest;

    public byte U8() => Take(1, out var b) ? b[0] : (byte)0;

    public ushort U16() => Take(2, out var b) ? BinaryPrimitives.ReadUInt16BigEndian(b) : (ushort)0;

    public uint U32() => Take(4, out var b) ? BinaryPrimitives.ReadUInt32BigEndian(b) : 0;

    public int I32() => (int)U32();

    public long I64() => Take(8, out var b) ? BinaryPrimitives.ReadInt64BigEndian(b) : 0;

    public void Skip(int count) => Take(count, out _);

    public ReadOnlySpan<byte> Bytes(int count) => Take(count, out var b) ? b : default;

    private bool Take(int count, out ReadOnlySpan<byte> taken)
    {
        if (count < 0 || count > rest.Length)
        {
            Overrun = true;
            rest = default;
            taken = default;
            return false;
        }

        taken = rest[..count];
        rest = rest[count..];
        return true;
    }
}
