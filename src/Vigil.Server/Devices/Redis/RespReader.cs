using System.Buffers;
using System.Buffers.Text;

namespace Vigil.Server.Devices.Redis;

/// <summary>What is at the start of a buffer.</summary>
internal enum RespRead
{
    Complete,

    /// <summary>Only the beginning of a value: read more and come back.</summary>
    NeedMore,

    /// <summary>Not this protocol, or over a limit: hang up.</summary>
    Malformed,
}

/// <summary>
/// Takes what Redis says apart: RESP2 and RESP3 (redis.io, "Redis serialization protocol specification"), without streamed values and attributes, which
/// Redis sends only to who asks for them. Does no I/O and keeps no state; the caller keeps what was not consumed and appends to it. First measures a value
/// and then copies it out, so that an incomplete or malformed one costs no memory.
/// </summary>
internal static class RespReader
{
    /// <summary>A description of a session in its envelopes has at most some 300 KB; nothing else comes near.</summary>
    public const int LongestText = 1024 * 1024;

    public const int LongestValue = 4 * 1024 * 1024;
    public const int MostItems = 65_536;
    public const int Deepest = 8;
    private const int LongestLine = 16 * 1024;

    /// <param name="buffer">Begins after the value when there was one.</param>
    /// <param name="value">Set when the answer is <see cref="RespRead.Complete"/>.</param>
    public static RespRead TryRead(ref ReadOnlySequence<byte> buffer, out RespValue? value)
    {
        value = null;
        var found = Measure(new SequenceReader<byte>(buffer), out var length);
        if (found == RespRead.Complete)
        {
            var reader = new SequenceReader<byte>(buffer.Slice(0, length));
            value = Copy(ref reader);
            buffer = buffer.Slice(length);
        }

        return found;
    }

    private static RespRead Measure(SequenceReader<byte> reader, out long length)
    {
        length = 0;
        Span<long> open = stackalloc long[Deepest]; // How many values each list that has begun still wants.
        var depth = 0;
        for (var items = 1; items <= MostItems; items++)
        {
            if (reader.Consumed > LongestValue)
            {
                return RespRead.Malformed;
            }

            if (ReadHead(ref reader, out var head) is var read && read != RespRead.Complete)
            {
                return read;
            }

            if (head.TextLength is { } text && SkipText(ref reader, text) is var skipped && skipped != RespRead.Complete)
            {
                return skipped;
            }

            if (head.ItemCount > 0)
            {
                if (depth == Deepest)
                {
                    return RespRead.Malformed;
                }

                open[depth++] = head.ItemCount;
                continue;
            }

            while (depth > 0 && --open[depth - 1] == 0)
            {
                depth--;
            }

            if (depth == 0)
            {
                length = reader.Consumed;
                return length > LongestValue ? RespRead.Malformed : RespRead.Complete;
            }
        }

        return RespRead.Malformed;
    }

    /// <summary>Reads the line that a value begins with.</summary>
    private static RespRead ReadHead(ref SequenceReader<byte> reader, out Head head)
    {
        head = default;
        if (!reader.TryPeek(out var type))
        {
            return RespRead.NeedMore;
        }

        if (!"+-:_,#($=!*~>%"u8.Contains(type))
        {
            return RespRead.Malformed;
        }

        if (!reader.TryReadTo(out ReadOnlySequence<byte> line, "\r\n"u8))
        {
            return reader.Remaining > LongestLine ? RespRead.Malformed : RespRead.NeedMore;
        }

        line = line.Slice(1);
        if (line.Length > LongestLine || line.PositionOf((byte)'\r') is not null || line.PositionOf((byte)'\n') is not null)
        {
            return RespRead.Malformed;
        }

        head = new Head { Type = type, Line = line, Kind = KindOf(type) };
        switch (type)
        {
            case (byte)'+' or (byte)'-' or (byte)',' or (byte)'(':
                return RespRead.Complete;
            case (byte)'_':
                return line.IsEmpty ? RespRead.Complete : RespRead.Malformed;
            case (byte)'#':
                var truth = line.Length == 1 ? line.FirstSpan[0] : 0;
                head.Number = truth == 't' ? 1 : 0;
                return truth == 't' || truth == 'f' ? RespRead.Complete : RespRead.Malformed;
        }

        if (!TryNumber(line, out var number))
        {
            return RespRead.Malformed;
        }

        head.Number = number;
        if (type == ':')
        {
            return RespRead.Complete;
        }

        if (number == -1 && (type == '$' || type == '*'))
        {
            head.Kind = RespKind.Null; // RESP2 has no null of its own.
            return RespRead.Complete;
        }

        if (type is (byte)'$' or (byte)'=' or (byte)'!')
        {
            head.TextLength = (int)Math.Clamp(number, 0, LongestText);
            return number is >= 0 and <= LongestText ? RespRead.Complete : RespRead.Malformed;
        }

        head.ItemCount = (int)Math.Clamp(number, 0, MostItems) * (type == '%' ? 2 : 1);
        return number is >= 0 and <= MostItems ? RespRead.Complete : RespRead.Malformed;
    }

    private static RespRead SkipText(ref SequenceReader<byte> reader, int length)
    {
        if (reader.Remaining < length + 2)
        {
            return RespRead.NeedMore;
        }

        reader.Advance(length);
        return reader.IsNext("\r\n"u8, advancePast: true) ? RespRead.Complete : RespRead.Malformed;
    }

    /// <summary>Only of what has been measured; not deeper than <see cref="Deepest"/>.</summary>
    private static RespValue Copy(ref SequenceReader<byte> reader)
    {
        ReadHead(ref reader, out var head);
        if (head.TextLength is { } length)
        {
            var text = reader.UnreadSequence.Slice(0, length);
            reader.Advance(length + 2);
            // A verbatim string says its format first: "txt:".
            return new RespValue { Kind = head.Kind, Bytes = (head.Type == '=' && length >= 4 ? text.Slice(4) : text).ToArray() };
        }

        if (head.Kind is RespKind.Text or RespKind.Error)
        {
            return new RespValue { Kind = head.Kind, Bytes = head.Line.ToArray() };
        }

        var items = head.ItemCount == 0 ? [] : new RespValue[head.ItemCount];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = Copy(ref reader);
        }

        return new RespValue { Kind = head.Kind, Number = head.Kind == RespKind.Integer ? head.Number : 0, Items = items };
    }

    private static RespKind KindOf(byte type) => type switch
    {
        (byte)'-' or (byte)'!' => RespKind.Error,
        (byte)':' or (byte)'#' => RespKind.Integer,
        (byte)'_' => RespKind.Null,
        (byte)'*' or (byte)'~' => RespKind.List,
        (byte)'%' => RespKind.Map,
        (byte)'>' => RespKind.Push,
        _ => RespKind.Text,
    };

    private static bool TryNumber(ReadOnlySequence<byte> line, out long number)
    {
        Span<byte> digits = stackalloc byte[20];
        number = 0;
        if (line.Length is 0 or > 20)
        {
            return false;
        }

        line.CopyTo(digits);
        return Utf8Parser.TryParse(digits[..(int)line.Length], out number, out var used) && used == line.Length;
    }

    private ref struct Head
    {
        public byte Type { get; init; }
        public RespKind Kind { get; set; }
        public ReadOnlySequence<byte> Line { get; init; }
        public long Number { get; set; }
        public int? TextLength { get; set; }
        public int ItemCount { get; set; }
    }
}
