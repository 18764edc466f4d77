using System.Buffers.Binary;

namespace Vigil.Protocols.Ice;

/// <summary>What the beginning of a stream holds.</summary>
public enum FrameRead
{
    /// <summary>A whole frame.</summary>
    Frame,

    /// <summary>Less than one: come again with more bytes.</summary>
    NeedMore,

    /// <summary>A frame longer than any datagram of WebRTC: whoever sends this is not talking to us.</summary>
    TooLong,
}

/// <summary>Datagrams in a stream, each behind two bytes of length (RFC 4571 §2), as ICE over TCP has them (RFC 6544 §3).</summary>
public static class StreamFraming
{
    public const int HeadLength = 2;

    /// <summary>More than any path's MTU, so a datagram of UDP fits as well.</summary>
    public const int MaxFrame = 2048;

    /// <summary>Cuts the first frame off <paramref name="stream"/>, which moves on; an empty frame is one.</summary>
    public static FrameRead TryRead(ref Span<byte> stream, out Span<byte> frame)
    {
        frame = default;
        if (stream.Length < HeadLength)
        {
            return FrameRead.NeedMore;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(stream);
        if (length > MaxFrame)
        {
            return FrameRead.TooLong;
        }

        if (stream.Length < HeadLength + length)
        {
            return FrameRead.NeedMore;
        }

        frame = stream.Slice(HeadLength, length);
        stream = stream[(HeadLength + length)..];
        return FrameRead.Frame;
    }

    /// <summary>Writes head and frame; returns how many bytes they take.</summary>
    public static int Write(ReadOnlySpan<byte> frame, Span<byte> output)
    {
        BinaryPrimitives.WriteUInt16BigEndian(output, checked((ushort)frame.Length));
        frame.CopyTo(output[HeadLength..]);
        return HeadLength + frame.Length;
    }
}
